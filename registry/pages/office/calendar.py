"""The working-day calendar of a year, month by month, and loading a year's holiday notice."""

import calendar as weeks
import re
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from kernel.identity import Permission, check_permission, is_permitted
from kernel.web import forms
from kernel.web.context import entrance
from kernel.workdays import (
    Calendar,
    DayOff,
    NewNotice,
    NoticeRow,
    YearWithoutCalendar,
    list_notices,
    local_day,
    read_calendar,
)
from kernel.workdays.calendar import FIRST_YEAR
from registry import service
from registry.pages.door import blueprint, read_as_of, wrong_fields
from registry.pages.office.limits import moved_page

#: The last year that a date can have, with room for a month that ends in the next.
_LAST_YEAR = 9998
_SATURDAY = 5
_LINE = re.compile(r"(\d{4}-\d{2}-\d{2})[\s,;，；]+(\S+)(?:[\s,;，；]+(.*))?\Z")
#: What people write for a free day and for a make-up day.
_FREE, _WORK = frozenset({"free", "off", "休", "放假"}), frozenset({"work", "班", "上班", "调休"})
_LONGEST_SOURCE, _LONGEST_NAME, _MOST_LINES = 200, 40, 366


@dataclass(frozen=True, slots=True)
class DayCell:
    """One day of a month: whether offices work on it, and what makes it special."""

    day: date
    is_working: bool
    name: str
    is_special: bool


@blueprint.get("/calendar")
def this_year() -> ResponseReturnValue:
    """The calendar of the present year."""
    year = local_day(entrance().now).year
    return redirect(url_for("registry.show_calendar", year=year))


@blueprint.get("/calendar/<int:year>")
def show_calendar(year: int) -> str:
    """The twelve months of a year with holidays and make-up days."""
    return _calendar_page(year)


@blueprint.post("/calendar/<int:year>")
def load_calendar(year: int) -> ResponseReturnValue:
    """Load a year's holiday notice from pasted lines, and show whose deadlines moved."""

    def act() -> ResponseReturnValue:
        here = entrance()
        check_permission(here.actor, Permission.KERNEL_CALENDAR_LOAD)
        source = request.form.get("source", "").strip()[:_LONGEST_SOURCE]
        if not source:
            raise wrong_fields(source=str(_("Name the document.")))
        days = read_days(request.form.get("days", ""))
        done = service.load_calendar(
            here.db, actor=here.actor, now=here.now, wanted=NewNotice(year, source, days)
        )
        forms.notice(
            _(
                "Loaded. %(looked)s open deadlines were counted again, %(moved)s moved.",
                looked=done.looked_at,
                moved=done.moved,
            )
        )
        return redirect(url_for("registry.show_calendar_moved", year=year))

    return forms.attempt(act, lambda **shown: _calendar_page(year, **shown))


@blueprint.get("/calendar/<int:year>/moved")
def show_calendar_moved(year: int) -> str:
    """Which deadlines moved when this year's notice was last loaded."""
    return moved_page(f"calendar {year}", url_for("registry.show_calendar", year=year))


def read_days(text: str) -> tuple[DayOff, ...]:
    """The days of pasted lines such as ``2027-01-01 free 元旦``; empty lines are left out.

    Raises:
        ShapeWrong: names every line that cannot be read.
    """
    lines = [line.strip() for line in text.splitlines()]
    numbered = [(number, line) for number, line in enumerate(lines, start=1) if line]
    read = [(number, _day_of(line)) for number, line in numbered[: _MOST_LINES + 1]]
    if wrong := [str(number) for number, day in read if day is None]:
        sentence = _(
            "Write each line as a day, free or work, and a name; look at line %(numbers)s.",
            numbers=", ".join(wrong),
        )
        raise wrong_fields(days=str(sentence))
    return tuple(day for _number, day in read if day is not None)


def _day_of(line: str) -> DayOff | None:
    found = _LINE.match(line)
    if found is None:
        return None
    text, word, name = found.groups()
    is_known = word.lower() in _FREE | _WORK
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    is_working = word.lower() in _WORK
    return DayOff(day, is_working, (name or "").strip()[:_LONGEST_NAME]) if is_known else None


def _calendar_page(year: int, **shown: Any) -> str:  # noqa: ANN401 - what the form had
    if not FIRST_YEAR <= year <= _LAST_YEAR:
        raise YearWithoutCalendar(first_year=FIRST_YEAR)
    here, as_of = entrance(), read_as_of()
    with here.db.read() as session:
        counted = read_calendar(session)
        notices = list_notices(session, as_of=as_of)
    notice = next((one for one in notices if one.year == year), None)
    return render_template(
        "registry/calendar.html",
        year=year,
        months=[_month(counted, notice, year, month) for month in range(1, 13)],
        notice=notice,
        workdays=sum(
            counted.is_working(date.fromordinal(number))
            for number in range(date(year, 1, 1).toordinal(), date(year + 1, 1, 1).toordinal())
        ),
        today=local_day(here.now),
        may_load=is_permitted(here.actor, Permission.KERNEL_CALENDAR_LOAD),
        first_year=FIRST_YEAR,
        sent=request.form,
        **shown,
    )


def _month(
    counted: Calendar, notice: NoticeRow | None, year: int, month: int
) -> list[list[DayCell | None]]:
    """The weeks of a month from Monday to Sunday; days of other months are empty."""
    names = {one.day: one.name for one in notice.days} if notice else {}
    return [
        [_cell(counted, names, date(year, month, number)) if number else None for number in week]
        for week in weeks.monthcalendar(year, month)
    ]


def _cell(counted: Calendar, names: dict[date, str], day: date) -> DayCell:
    is_working = counted.is_working(day)
    is_special = is_working is not (day.weekday() < _SATURDAY) or day in names
    return DayCell(day, is_working, names.get(day, ""), is_special)
