"""Page of a dataset's versions: what became worse, until when each is kept, and its deletion."""

from typing import Any

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from kernel import accounts
from kernel.identity import Permission, is_permitted
from kernel.web import forms
from kernel.web.context import Entrance, attached
from kernel.workdays import local_day
from sandbox import errors, queries, rules, schemas
from sandbox.pages.door import blueprint, signed_in
from sandbox.service import Machine
from sandbox.service.versions import keeping
from sandbox.service.versions.keeping import VersionOf


@blueprint.get("/datasets/<name>/versions")
def list_versions(name: str) -> str:
    """Every version, the newest first, for its provider and for regulators."""
    return _page(signed_in(), name)


@blueprint.post("/datasets/<name>/versions/<int:version>/<verb>")
def change_version(name: str, version: int, verb: str) -> ResponseReturnValue:
    """Set the last day, take note of alarms, or delete, by the form that was sent."""
    here = signed_in()

    def act() -> ResponseReturnValue:
        forms.notice(_act(here, name, version, verb))
        return redirect(url_for("sandbox.list_versions", name=name))

    shown = {"changed": version, "verb": verb}
    return forms.attempt(
        act, lambda **again: _page(here, name, **shown, **again), ("reason", "last_day", "note")
    )


def _act(here: Entrance, name: str, version: int, verb: str) -> str:
    actor, now, which = here.actor, here.now, VersionOf(name, version)
    if verb == "keep-until":
        day = forms.read_form(schemas.LastDayBody())["last_day"]
        keeping.keep_until(here.db, actor=actor, now=now, which=which, last_day=day)
        return str(gettext("The last day is stored."))
    if verb == "note-alarms":
        keeping.note_alarms(
            here.db, actor=actor, now=now, which=which, note=request.form.get("note", "")
        )
        return str(gettext("Your note is stored."))
    if verb != "delete":
        raise errors.VersionUnknown
    is_gone = keeping.delete_version(
        here.db,
        actor=actor,
        now=now,
        which=which,
        reason=request.form.get("reason", ""),
        seal=here.seal,
        machine=attached("machine", Machine),
    )
    if is_gone:
        return str(gettext("The version is deleted and its files are erased, with a receipt."))
    return str(
        gettext("The version answers nothing new. Its files are erased when its runs are over.")
    )


def _page(here: Entrance, name: str, **shown: Any) -> str:  # noqa: ANN401 - what the page shows beside
    with here.db.read() as session:
        rows = queries.list_versions(session, name)
        if not rows:
            raise errors.DatasetUnknown(name=name)
        rules.check_may_see_budget(here.actor, rows[0].provider_id, name)
        people = {row.deletion.get("by", "") for row in rows}
        people |= {row.quality.get("noted", {}).get("by", "") for row in rows}
        names = accounts.person_names(session, people - {""})
    today = local_day(here.now)
    return render_template(
        "sandbox/versions.html",
        versions=rows,
        stale={row.version: rules.stale_tables(row.quality, today) for row in rows},
        names=names,
        may_change=is_permitted(here.actor, Permission.SANDBOX_DATASET_INGEST)
        and here.actor.organisation_id == rows[0].provider_id,
        today=today,
        **shown,
    )
