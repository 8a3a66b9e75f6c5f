"""A deadline as a page shows it: its light, and the days of its clock one by one."""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from flask_babel import format_date, ngettext

from kernel.workdays import Calendar
from registry.queries import ChangeRow, ClockRow
from registry.rules.clocks import Clock, Span, State, light

#: A month's row of days is still read at a glance.
_LONGEST_STRIP_DAYS = 45


@dataclass(frozen=True, slots=True)
class ShownClock:
    """A clock of an application: its light, its days, and how it moved."""

    row: ClockRow
    light: dict[str, Any] | None
    days: list[dict[str, Any]]
    changes: list[ChangeRow]


def clock_of(calendar: Calendar, due_on: date | None, today: date) -> dict[str, Any] | None:
    """The deadline's light: overdue, soon (up to three working days), or enough; None without one."""
    if due_on is None:
        return None
    colour, left = light(calendar, today, due_on)
    return {
        "state": colour.value,
        "workdays": abs(left),
        "when": str(format_date(due_on, "long")),
    }


def as_it_stood(row: ClockRow, changes: list[ChangeRow], day: date) -> ClockRow:
    """A clock as its changes up to a past day left it; ``changes`` holds no later ones."""
    own = [one for one in changes if one.clock_id == row.clock_id]
    if not own:
        return row
    last = own[-1]
    spans = [one for one in row.clock.spans if one.begin <= day]
    if last.state is State.RUNNING:
        spans[-1] = Span(spans[-1].begin)
    clock = replace(row.clock, spans=tuple(spans))
    return replace(row, state=last.state, due_on=last.new_due_on, clock=clock)


def shown_clock(
    calendar: Calendar, row: ClockRow, changes: list[ChangeRow], today: date
) -> ShownClock:
    """A clock as a page shows it; one that stands still says how much of it is used up."""
    own = [one for one in changes if one.clock_id == row.clock_id]
    if row.state is State.RUNNING:
        shown = clock_of(calendar, row.due_on, today)
    elif row.state is State.PAUSED:
        used = row.clock.used(calendar)
        when = ngettext(
            "stopped; %(num)s working day of %(all)s is used up",
            "stopped; %(num)s working days of %(all)s are used up",
            used,
            all=row.clock.amount,
        )
        shown = {"state": "paused", "workdays": 0, "when": str(when)}
    else:
        shown = None
    is_open = row.state is not State.ENDED
    days = days_of(calendar, row.clock, row.due_on, today) if is_open else []
    return ShownClock(row, shown, days, own)


def strip_of(
    calendar: Calendar, start: date | None, due_on: date | None, today: date
) -> list[dict[str, Any]]:
    """The days of a clock that never stood still; nothing without a clock or for a long one."""
    if start is None or due_on is None:
        return []
    return days_of(calendar, Clock(0, (Span(start),)), due_on, today)


def days_of(
    calendar: Calendar, clock: Clock, due_on: date | None, today: date
) -> list[dict[str, Any]]:
    """The days of a clock from its start to its end, or to today while it stands still."""
    start, end = clock.spans[0].begin, due_on or today
    if (end - start).days > _LONGEST_STRIP_DAYS:
        return []
    strip, number = [], 0
    for step in range((end - start).days + 1):
        day = start + timedelta(days=step)
        is_running = _is_running(clock, day)
        is_counted = step > 0 and is_running and calendar.is_working(day)
        number += is_counted
        kind = _kind_of_day(day, is_counted=is_counted, ends=(start, due_on), today=today)
        if not is_running and kind in {"rest", "today"}:
            kind = "paused"
        strip.append({"kind": kind, "date": f"{day.month}-{day.day}", "number": number})
    return strip


def _is_running(clock: Clock, day: date) -> bool:
    """Whether a day lies in a span; the first day of each is not counted and belongs to no pause."""
    return any(one.begin <= day and (one.end is None or day <= one.end) for one in clock.spans)


def _kind_of_day(
    day: date, *, is_counted: bool, ends: tuple[date, date | None], today: date
) -> str:
    start, due_on = ends
    # The last day is shown as such also when it is today.
    named = {start: "start", today: "today", due_on: "due"}
    plain = "left" if day > today else "counted"
    return named.get(day, plain if is_counted else "rest")
