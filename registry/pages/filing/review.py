"""Before a form is sent: the answers, what becomes public, possible duplicates, the commitment."""

from dataclasses import replace
from typing import Any

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from kernel.web import forms
from kernel.web.context import Entrance, entrance
from kernel.workdays import local_day
from registry import errors, schemas, service
from registry.form.fields import is_filled
from registry.form.validate import blocking
from registry.pages.door import blueprint, duplicates_of, read_revision, wrong_fields
from registry.pages.filing.answers import answers_of
from registry.pages.filing.form import editable, own_files
from registry.pages.filing.progress import groups_of_row, problems_of_row
from registry.pages.filing.widgets import reader
from registry.pages.people import parties_of_row
from registry.queries import ApplicationRow, Duplicate
from registry.rules.decide import possible_verbs
from registry.service import sentence_of
from registry.states import Verb

#: With these a form leaves the hands of the person who filled it in.
SENDING_VERBS = (
    Verb.SEND_TO_INTERNAL_REVIEW,
    Verb.FILE,
    Verb.REFILE,
    Verb.PROVIDE_PROOF,
)
_LONGEST_SIGNER = 60


@blueprint.get("/applications/<application_id>/check")
def check_answers(application_id: str) -> str:
    """All answers with a way to change each, and the button that sends them."""
    return _check_page(application_id)


@blueprint.post("/applications/<application_id>/send")
def send_form(application_id: str) -> ResponseReturnValue:
    """Make the commitment and send the form on its way."""

    def act() -> ResponseReturnValue:
        here = entrance()
        row = editable(here, application_id)
        verb = sending_verb(here, row)
        if verb is None:
            raise errors.VerbUnlawful(status=row.status.value, verb=Verb.FILE.value)
        revision = _make_commitment(here, row)
        wanted = service.Decision(application_id, verb, revision)
        service.decide(here.db, actor=here.actor, now=here.now, wanted=wanted, seal=here.seal)
        forms.notice(_("Sent. The page shows who acts next, and until when."))
        return redirect(url_for("registry.show_application", application_id=application_id))

    return forms.attempt(act, lambda **shown: _check_page(application_id, **shown))


def sending_verb(here: Entrance, row: ApplicationRow) -> Verb | None:
    """The verb with which this person sends the form now, if there is one."""
    possible = possible_verbs(here.actor, row.facts)
    return next((verb for verb in SENDING_VERBS if verb in possible), None)


def _make_commitment(here: Entrance, row: ApplicationRow) -> int:
    """Save the tick and the signer where they are new; the revision that is then the newest."""
    signer = request.form.get("commitment_signer", "").strip()[:_LONGEST_SIGNER]
    wrong = {}
    if "commitment_accepted" not in request.form:
        wrong["commitment_accepted"] = str(_("Tick that the entity makes the commitment."))
    if not signer:
        wrong["commitment_signer"] = str(_("Name the person who signs."))
    if wrong:
        raise wrong_fields(**wrong)
    letter = {"commitment_accepted": True, "commitment_signer": signer}
    if all(row.form.get(name) == value for name, value in letter.items()):
        return read_revision()
    wanted = service.Edit(row.application_id, read_revision(), letter)
    return service.edit(here.db, actor=here.actor, now=here.now, wanted=wanted)


def _check_page(application_id: str, **shown: Any) -> str:  # noqa: ANN401 - what the form had
    here = entrance()
    row = editable(here, application_id)
    with here.db.read() as session:
        files = {one.sha256: one for one in own_files(session, here, row)}
        parties = parties_of_row(session, row)
        similar = duplicates_of(session, row)
    groups = [group for group in groups_of_row(row) if group.name != "commitment"]
    return render_template(
        "registry/wizard_check.html",
        application=row,
        groups=[(group, answers_of(group, row.form, files)) for group in groups],
        mistakes=_mistakes(here, row),
        duplicates=[_as_others_see(one, row) for one in similar],
        parties=parties,
        public_fields=schemas.public_fields_of(row),
        verb=sending_verb(here, row),
        **shown,
    )


def _as_others_see(one: Duplicate, row: ApplicationRow) -> Duplicate:
    """A duplicate without what its organisation has not made public."""
    if one.code or one.organisation_name == row.organisation_name:
        return one
    return replace(one, name="", organisation_name="")


def _mistakes(here: Entrance, row: ApplicationRow) -> list[dict[str, str]]:
    """What keeps the form from being filed, each with the address of its field."""
    places = {field.name: group.name for group in groups_of_row(row) for field in group.fields}
    found = []
    for problem in blocking(problems_of_row(row, local_day(here.now))):
        name = problem.field.partition("/")[0]
        if name.startswith("commitment_") and not is_filled(row.form.get("commitment_accepted")):
            continue
        href = url_for(
            "registry.show_group",
            application_id=row.application_id,
            group_name=places.get(name, next(iter(places.values()))),
            checked=1,
            _anchor=name,
        )
        found.append({"text": sentence_of(problem, reader()), "href": href})
    return found
