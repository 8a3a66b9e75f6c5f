"""The notice board of both registers: exactly what the law makes public, and the form to object."""

from typing import Any

from flask import redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from kernel.web import forms
from kernel.web.context import entrance
from kernel.workdays import local_day, read_calendar
from registry import errors, queries, schemas, service
from registry.pages.door import blueprint, sent_once
from registry.pages.strip import clock_of, strip_of
from registry.states import Status


@blueprint.get("/notices")
def list_notices() -> str:
    """Running public notices of both registers, the one that ends first at the top."""
    here = entrance()
    today = local_day(here.now)
    with here.db.read() as session:
        rows = queries.running_notices(session, today)
        calendar = read_calendar(session)
    shown = [
        {
            "row": row,
            "fields": schemas.public_fields_of(row),
            "clock": clock_of(calendar, row.notice_ends_on, today),
        }
        for row in rows
    ]
    return render_template("registry/notices.html", notices=shown)


@blueprint.get("/notices/<notice_id>")
def show_notice(notice_id: str) -> str:
    """One notice with the form for an objection; once it is over, where to turn instead."""
    return _notice_page(notice_id)


@blueprint.post("/notices/<notice_id>/objections")
def create_objection(notice_id: str) -> ResponseReturnValue:
    """Object to a notice by real name, with reasons and evidence (S1 Art. 12, S4 Art. 25)."""

    def act() -> ResponseReturnValue:
        here = entrance()
        values = forms.read_form(schemas.ObjectionBody())
        wanted = schemas.objection_of(values, notice_id, sent_once())
        service.object_to(here.db, actor=here.actor, now=here.now, wanted=wanted)
        forms.notice(_("Your objection was received; the institution re-examines the application."))
        return redirect(url_for("registry.list_notices"))

    return forms.attempt(act, lambda **shown: _notice_page(notice_id, **shown))


def _notice_page(notice_id: str, **shown: Any) -> str:  # noqa: ANN401 - what the form had
    here = entrance()
    today = local_day(here.now)
    with here.db.read() as session:
        row = queries.find_application(session, notice_id)
        calendar = read_calendar(session)
    if row.notice_ends_on is None:
        raise errors.ApplicationUnknown
    is_running = row.status is Status.PUBLIC_NOTICE and today <= row.notice_ends_on
    return render_template(
        "registry/notice.html",
        notice=row,
        fields=schemas.public_fields_of(row),
        is_running=is_running,
        is_objected=row.status is Status.OBJECTION,
        clock=clock_of(calendar, row.notice_ends_on, today) if is_running else None,
        # The day of publication is not counted (Civil Code Art. 201), so that it is none of them.
        days=strip_of(calendar, row.notice_starts_on, row.notice_ends_on, today)[1:]
        if is_running
        else [],
        **shown,
    )
