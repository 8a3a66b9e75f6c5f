"""Applications: one's own list, and one application with what is to be decided, now or as it stood."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlmodel import Session

from kernel.identity import Permission, is_permitted
from kernel.web import forms
from kernel.web.context import Entrance, entrance
from kernel.web.paging import cut, read_window
from kernel.workdays import Calendar, local_day, read_calendar
from registry import errors, queries, schemas, service
from registry.pages.door import (
    blueprint,
    check_permission_to_read,
    duplicates_of,
    more_href,
    read_arguments,
    read_as_of,
    read_revision,
    reads_all,
    visible,
)
from registry.pages.filing.answers import answers_of
from registry.pages.filing.progress import groups_of_row
from registry.pages.filing.review import SENDING_VERBS
from registry.pages.people import parties_of_row
from registry.pages.reasons import TEMPLATES
from registry.pages.strip import ShownClock, as_it_stood, shown_clock
from registry.queries import ApplicationRow, FileRow
from registry.rules.clocks import State
from registry.rules.decide import possible_verbs
from registry.rules.filing import checklist_of
from registry.states import TRANSITIONS, Status, Verb

#: A review that ends well answers its checklist.
CHECKED_VERBS = (Verb.PUBLISH_NOTICE, Verb.WAIVE_NOTICE, Verb.APPROVE, Verb.COMPLETE)
#: These have pages of their own.
_ELSEWHERE = frozenset({Verb.OBJECT, Verb.EDIT, *SENDING_VERBS})
_LONGEST_REASON = 2000


@blueprint.get("/applications")
def list_applications() -> str:
    """One's organisation's applications or, for the institution, all that are open."""
    here, window = entrance(), read_window()
    check_permission_to_read(here)
    wanted = read_arguments(schemas.ApplicationArguments())
    is_all = reads_all(here)
    with here.db.read() as session:
        rows = queries.list_applications(
            session,
            queries.ApplicationSearch(
                register=wanted.register,
                type=wanted.type,
                status=wanted.status,
                organisation_id="" if is_all else here.actor.organisation_id,
                after=window.after,
                limit=window.limit,
            ),
        )
    page = cut(rows, [row.application_id for row in rows], window)
    return render_template(
        "registry/applications.html",
        page=page,
        filters=wanted,
        statuses=list(Status),
        is_all=is_all,
        next_href=more_href(page.next_key, "registry.list_applications"),
        may_draft=is_permitted(here.actor, Permission.REGISTRY_APPLICATION_DRAFT),
        may_preserve=is_permitted(here.actor, Permission.REGISTRY_FILE_PRESERVE),
    )


@blueprint.get("/applications/<application_id>")
def show_application(application_id: str) -> str:
    """One application: what is to be decided until when, by whom, and what happened so far."""
    return _application_page(application_id, as_of=read_as_of())


@blueprint.post("/applications/<application_id>/<verb>")
def decide(application_id: str, verb: str) -> ResponseReturnValue:
    """Do one verb of the state table."""
    if verb not in {one.value for one in Verb}:
        raise errors.ApplicationUnknown

    def act() -> ResponseReturnValue:
        here = entrance()
        # Whoever may not see it must not learn from a refusal that it exists.
        visible(here, application_id)
        wanted = service.Decision(
            application_id,
            Verb(verb),
            read_revision(),
            request.form.get("reason", "")[:_LONGEST_REASON],
            dict.fromkeys(request.form.getlist("checklist"), True),
        )
        service.decide(here.db, actor=here.actor, now=here.now, wanted=wanted, seal=here.seal)
        forms.notice(_("Done. The step is in the history."))
        return redirect(url_for("registry.show_application", application_id=application_id))

    return forms.attempt(act, lambda **shown: _application_page(application_id, **shown))


def _application_page(
    application_id: str,
    as_of: datetime | None = None,
    **shown: Any,  # noqa: ANN401 - what the form had
) -> str:
    here = entrance()
    row = visible(here, application_id, as_of=as_of)
    with here.db.read() as session:
        steps = queries.history(session, application_id)
        objections = queries.objections(session, application_id)
        if not reads_all(here):
            # Whom the institution may call is not told to the other side.
            objections = [replace(one, contact="") for one in objections]
        calendar = read_calendar(session)
        clocks = _clocks(session, calendar, row, here, as_of)
        files = queries.files_named(session, _digests(row.form))
        similar = duplicates_of(session, row) if reads_all(here) else []
        parties = parties_of_row(session, row)
    moment = as_of or here.now
    return render_template(
        "registry/application.html",
        application=row,
        as_of=as_of,
        steps=[step for step in steps if step.at <= moment],
        objections=[one for one in objections if one.made_at <= moment],
        clocks=clocks,
        holder=next((c.row.holder for c in clocks if c.row.state is State.RUNNING), None),
        groups=_filed(row, files),
        public_fields=schemas.public_fields_of(row),
        duplicates=similar,
        is_officer=reads_all(here),
        parties=parties,
        **_possible(here, row, is_past=as_of is not None),
        **shown,
    )


def _clocks(
    session: Session,
    calendar: Calendar,
    row: ApplicationRow,
    here: Entrance,
    as_of: datetime | None,
) -> list[ShownClock]:
    """All clocks, those that run first; of a past moment only how they had moved until then."""
    moment = as_of or here.now
    changes = [one for one in queries.changes_of(session, row.application_id) if one.at <= moment]
    rows = [
        one for one in queries.clocks_of(session, row.application_id) if one.started_at <= moment
    ]
    if as_of is not None:
        rows = [as_it_stood(one, changes, local_day(as_of)) for one in rows]
    found = [shown_clock(calendar, one, changes, local_day(moment)) for one in rows]
    order = (State.RUNNING, State.PAUSED, State.ENDED)
    return sorted(found, key=lambda one: order.index(one.row.state))


def _digests(form: dict[str, Any]) -> set[str]:
    """Every text of the form that may name a preserved file."""
    tables = (row for value in form.values() if isinstance(value, list) for row in value)
    rows = [form, *(row for row in tables if isinstance(row, dict))]
    return {
        value
        for row in rows
        for value in row.values()
        if isinstance(value, str) and len(value) == _DIGEST_LENGTH
    }


_DIGEST_LENGTH = 64


def _filed(row: ApplicationRow, files: list[FileRow]) -> list[Any]:
    # What another organisation calls a file of the same digest is not told here.
    holders = {row.organisation_id, row.facts.agent_organisation_id}
    by_digest = {one.sha256: one for one in files if one.organisation_id in holders}
    groups = ((group, answers_of(group, row.form, by_digest)) for group in groups_of_row(row))
    return [(group, answers) for group, answers in groups if answers]


def _possible(here: Entrance, row: ApplicationRow, *, is_past: bool) -> dict[str, Any]:
    """What this person may do now; nothing while the past is looked at."""
    verbs = () if is_past else possible_verbs(here.actor, row.facts)
    shown = [verb for verb in verbs if verb not in _ELSEWHERE]
    reasoned = {
        move.verb
        for move in TRANSITIONS[row.register]
        if move.needs_reason and move.source is row.status and row.type in move.types
    }
    return {
        "may_edit": Verb.EDIT in verbs,
        "checked_verbs": [verb for verb in shown if verb in CHECKED_VERBS],
        "verbs": [verb for verb in shown if verb not in CHECKED_VERBS],
        "verbs_with_reason": {verb.value for verb in reasoned},
        "checklist": checklist_of(row.register, row.type),
        "templates": [text for verb in shown for text in TEMPLATES.get(verb, ())],
    }
