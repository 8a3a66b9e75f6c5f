"""What everybody may see of the register: search, entries, running notices with objections."""

import base64
from dataclasses import replace
from typing import Any

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from marshmallow import ValidationError

from kernel.web import forms
from kernel.web.context import entrance
from kernel.web.paging import Page, cut, read_window
from kernel.web.problems import shape_error
from kernel.workdays import local_day
from registry import errors, queries, schemas, service
from registry.pages.door import blueprint
from registry.queries import EntryRow, EntrySearch
from registry.states import Status

_INDUSTRIES = tuple("ABCDEFGHIJKLMNOPQRST")


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


def next_href(page: Page[EntryRow]) -> str:
    """The address of the next page of a list, or nothing."""
    if not page.next_key:
        return ""
    cursor = base64.urlsafe_b64encode(page.next_key.encode()).decode()
    arguments: dict[str, Any] = {**request.args.to_dict(), "cursor": cursor}
    return url_for("registry.search_entries", **arguments)
