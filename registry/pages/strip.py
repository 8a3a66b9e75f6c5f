"""A deadline as a page shows it: its light, and the days of its clock one by one."""

from datetime import date, timedelta
from typing import Any

from flask_babel import format_date

from kernel.workdays import Calendar
from registry.rules.clocks import SOON_WORKDAYS

#: A month's row of days is still read at a glance.
_LONGEST_STRIP_DAYS = 45


def clock_of(calendar: Calendar, due_on: date | None, today: date) -> dict[str, Any] | None:
    """The deadline's light: overdue, soon (up to three working days), or enough; None without one."""
    if due_on is None:
        return None
    left = calendar.count(today, due_on)
    state = "overdue" if left < 0 else "soon" if left <= SOON_WORKDAYS else "enough"
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
