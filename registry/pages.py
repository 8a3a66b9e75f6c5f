"""Pages of the register: public search, entry, notices with objections; applications and decisions."""

import base64
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import format_date
from flask_babel import gettext as _
from marshmallow import ValidationError

from kernel.identity import Permission, check_permission, is_permitted
from kernel.web import forms
from kernel.web.context import Entrance, entrance
from kernel.web.paging import Page, cut, read_window
from kernel.web.problems import shape_error
from kernel.workdays import Calendar, local_day, read_calendar
from registry import errors, queries, schemas, service
from registry.queries import ApplicationRow, EntrySearch, StepRow
from registry.rules.decide import possible_verbs
from registry.states import TRANSITIONS, Register, Status, Verb

_INDUSTRIES = tuple("ABCDEFGHIJKLMNOPQRST")

blueprint = Blueprint("registry", __name__, url_prefix="/registry")
#: Up to this many working days left, a deadline is near; as on the task list.
_SOON_WORKDAYS = 3
#: A month's row of days is still read at a glance.
_LONGEST_STRIP_DAYS = 45


@blueprint.get("/entries")
def search_entries() -> str:
    """Search the register; open to everybody."""
    window = read_window()
    filters = _filters()
    wanted = replace(filters, after=window.after, limit=window.limit)
    with entrance().db.read() as session:
        rows = queries.search_entries(session, wanted).rows
    page = cut(rows, [str(row.code) for row in rows], window)
    return render_template(
        "registry/entries.html",
        page=page,
        filters=filters,
        industries=_INDUSTRIES,
        next_href=next_href(page),
    )


def _filters() -> EntrySearch:
    try:
        filters: EntrySearch = schemas.SearchArguments().load(request.args)
    except ValidationError as error:
        # An address that somebody typed; the form offers only values that fit.
        raise shape_error(error.messages_dict) from error
    return filters


@blueprint.get("/entries/<code>")
def show_entry(code: str) -> str:
    """The query page of one code: what registration shows, and what it does not."""
    with entrance().db.read() as session:
        row = queries.find_entry(session, code)
        steps = queries.history(session, row.application_id)
    return render_template("registry/entry.html", entry=row, steps=steps)


@blueprint.get("/notices")
def list_notices() -> str:
    """Running public notices."""
    here = entrance()
    with here.db.read() as session:
        rows = queries.running_notices(session, local_day(here.now))
    return render_template("registry/notices.html", notices=rows)


@blueprint.get("/notices/<notice_id>")
def show_notice(notice_id: str) -> str:
    """One notice with the form for an objection."""
    return _notice_page(notice_id)


@blueprint.post("/notices/<notice_id>/objections")
def create_objection(notice_id: str) -> ResponseReturnValue:
    """Object to a notice."""

    def act() -> ResponseReturnValue:
        here = entrance()
        values = forms.read_form(schemas.ObjectionBody())
        wanted = schemas.objection_of(values, notice_id)
        service.object_to(here.db, actor=here.actor, now=here.now, wanted=wanted)
        forms.notice(_("Your objection was received; the institution re-examines the application."))
        return redirect(url_for("registry.list_notices"))

    return forms.attempt(act, lambda **shown: _notice_page(notice_id, **shown))


def _notice_page(notice_id: str, **shown: Any) -> str:  # noqa: ANN401 - what the form had
    with entrance().db.read() as session:
        row = queries.find_application(session, notice_id)
    if row.notice_ends_on is None:
        raise errors.ApplicationUnknown
    fields = schemas.public_fields_of(row)
    today = local_day(entrance().now)
    is_running = row.status is Status.PUBLIC_NOTICE and today <= row.notice_ends_on
    return render_template(
        "registry/notice.html", notice=row, fields=fields, is_running=is_running, **shown
    )


@blueprint.get("/applications")
def list_applications() -> str:
    """The applications of the person's own organisation."""
    here = entrance()
    check_permission_to_read(here)
    with here.db.read() as session:
        rows = queries.applications_of(session, here.actor.organisation_id)
    may_draft = is_permitted(here.actor, Permission.REGISTRY_APPLICATION_DRAFT)
    return render_template("registry/applications.html", applications=rows, may_draft=may_draft)


def check_permission_to_read(here: Entrance) -> None:
    """Visitors have no applications.

    Raises:
        SignInNeeded: nobody has signed in.
    """
    if here.actor.is_visitor:
        check_permission(here.actor, Permission.REGISTRY_APPLICATION_READ)


@blueprint.get("/applications/new")
def new_application() -> str:
    """An empty form."""
    check_permission(entrance().actor, Permission.REGISTRY_APPLICATION_DRAFT)
    kind = request.args.get("kind", "resource")
    return render_template(
        "registry/application_form.html", kind=kind, values={}, industries=_INDUSTRIES
    )


@blueprint.post("/applications/new")
def create_application() -> ResponseReturnValue:
    """Save a new draft."""
    kind = "product" if request.form.get("kind") == "product" else "resource"

    def act() -> ResponseReturnValue:
        here = entrance()
        wanted = service.Draft(kind, forms.read_form(schemas.FORMS[Register.RESOURCES]()))
        made = service.draft(here.db, actor=here.actor, now=here.now, wanted=wanted)
        return redirect(url_for("registry.show_application", application_id=made))

    def redisplay(**shown: Any) -> str:  # noqa: ANN401 - what the form had
        return render_template(
            "registry/application_form.html",
            kind=kind,
            values=request.form,
            industries=_INDUSTRIES,
            **shown,
        )

    return forms.attempt(act, redisplay)


@blueprint.get("/applications/<application_id>")
def show_application(application_id: str) -> str:
    """One application: what is to be decided until when, by whom, and what happened so far."""
    return _application_page(application_id)


@blueprint.get("/applications/<application_id>/edit")
def edit_form(application_id: str) -> str:
    """The form of a draft or of a supplement."""
    row = _visible(entrance(), application_id)
    return _edit_page(row, values=row.form)


@blueprint.post("/applications/<application_id>/edit")
def edit_application(application_id: str) -> ResponseReturnValue:
    """Save the form."""

    def act() -> ResponseReturnValue:
        here = entrance()
        values = forms.read_form(schemas.FORMS[Register.RESOURCES]())
        revision = _revision()
        wanted = service.Edit(application_id, revision, values)
        service.edit(here.db, actor=here.actor, now=here.now, wanted=wanted)
        forms.notice(_("Saved."))
        return redirect(url_for("registry.show_application", application_id=application_id))

    row = _visible(entrance(), application_id)
    return forms.attempt(act, lambda **shown: _edit_page(row, values=request.form, **shown))


@blueprint.post("/applications/<application_id>/<verb>")
def decide(application_id: str, verb: str) -> ResponseReturnValue:
    """Do one verb of the state table."""
    if verb not in {one.value for one in Verb}:
        raise errors.ApplicationUnknown

    def act() -> ResponseReturnValue:
        here = entrance()
        wanted = service.Decision(
            application_id,
            Verb(verb),
            _revision(),
            request.form.get("reason", ""),
        )
        service.decide(here.db, actor=here.actor, now=here.now, wanted=wanted, seal=here.seal)
        forms.notice(_("Done. The step is in the history."))
        return redirect(url_for("registry.show_application", application_id=application_id))

    return forms.attempt(act, lambda **shown: _application_page(application_id, **shown))


def _application_page(application_id: str, **shown: Any) -> str:  # noqa: ANN401 - what the form had
    here = entrance()
    row = _visible(here, application_id)
    with here.db.read() as session:
        steps = queries.history(session, application_id)
        objections = queries.objections(session, application_id)
        calendar = read_calendar(session)
    verbs = possible_verbs(here.actor, row.facts)
    with_reason = {move.verb for move in TRANSITIONS if move.needs_reason}
    return render_template(
        "registry/application.html",
        application=row,
        steps=steps,
        objections=objections,
        verbs=[verb for verb in verbs if verb not in {Verb.OBJECT, Verb.EDIT}],
        may_edit=Verb.EDIT in verbs,
        verbs_with_reason={verb.value for verb in with_reason},
        clock=clock_of(calendar, row.due_on, local_day(here.now)),
        strip=strip_of(calendar, _clock_start(steps, row), row.due_on, local_day(here.now)),
        filed=filed_fields(row.form),
        missing=missing_fields(row.kind, row.form),
        public_fields=schemas.public_fields_of(row),
        **shown,
    )


def _clock_start(steps: list[StepRow], row: ApplicationRow) -> date | None:
    """The day on which the running clock started: the first move that named its deadline."""
    return next((local_day(step.at) for step in steps if step.due_on == row.due_on), None)


def clock_of(calendar: Calendar, due_on: date | None, today: date) -> dict[str, Any] | None:
    """The deadline's light: overdue, soon (up to three working days), or enough; None without one."""
    if due_on is None:
        return None
    left = calendar.count(today, due_on)
    state = "overdue" if left < 0 else "soon" if left <= _SOON_WORKDAYS else "enough"
    return {"state": state, "workdays": abs(left), "when": format_date(due_on, "long")}


def strip_of(
    calendar: Calendar, start: date | None, due_on: date | None, today: date
) -> list[dict[str, Any]]:
    """The days of a clock from its start to its end; nothing for one that is too long to draw."""
    if start is None or due_on is None or (due_on - start).days > _LONGEST_STRIP_DAYS:
        return []
    strip, number = [], 0
    for step in range((due_on - start).days + 1):
        day = start + timedelta(days=step)
        is_counted = step > 0 and calendar.is_working(day)
        number += is_counted
        kind = _kind_of_day(day, is_counted=is_counted, ends=(start, due_on), today=today)
        strip.append({"kind": kind, "date": f"{day.month}-{day.day}", "number": number})
    return strip


def _kind_of_day(day: date, *, is_counted: bool, ends: tuple[date, date], today: date) -> str:
    start, due_on = ends
    # The last day is shown as such also when it is today.
    named = {start: "start", today: "today", due_on: "due"}
    plain = "left" if day > today else "counted"
    return named.get(day, plain if is_counted else "rest")


def filed_fields(form: dict[str, Any]) -> list[tuple[str, str]]:
    """The filled fields of a form in the order of the schema."""
    values = ((name, form.get(name)) for name in schemas.FORMS[Register.RESOURCES]().fields)
    return [
        (name, ", ".join(value) if isinstance(value, list) else str(value))
        for name, value in values
        if value
    ]


def missing_fields(kind: str, form: dict[str, Any]) -> list[str]:
    """Names of the needed fields that are still empty."""
    try:
        pass
    except errors.FormIncomplete as incomplete:
        return list(incomplete.facts["missing"])
    return []


def next_href(page: Page[ApplicationRow]) -> str:
    """The address of the next page of a list, or nothing."""
    if not page.next_key:
        return ""
    cursor = base64.urlsafe_b64encode(page.next_key.encode()).decode()
    arguments: dict[str, Any] = {**request.args.to_dict(), "cursor": cursor}
    return url_for("registry.search_entries", **arguments)


def _edit_page(row: ApplicationRow, *, values: Any, **shown: Any) -> str:  # noqa: ANN401 - form values
    return render_template(
        "registry/application_form.html",
        kind=row.kind,
        application=row,
        values=values,
        industries=_INDUSTRIES,
        **shown,
    )


def _revision() -> int:
    text = request.form.get("revision", "")
    return int(text) if text.isdigit() else 0


def _visible(here: Entrance, application_id: str) -> ApplicationRow:
    check_permission_to_read(here)
    with here.db.read() as session:
        row = queries.find_application(session, application_id)
    is_own = row.organisation_id == here.actor.organisation_id
    if not is_own and not is_permitted(here.actor, Permission.REGISTRY_APPLICATION_READ):
        raise errors.ApplicationUnknown
    return row
