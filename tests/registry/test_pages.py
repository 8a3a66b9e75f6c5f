"""What the register's pages show of deadlines and forms, from plain values."""

from datetime import date

import pytest
from flask.testing import FlaskClient

from kernel.workdays import shipped_calendar
from registry.pages.strip import clock_of, strip_of
from tests.marketplace.pagereader import PageReader, visible_text

CALENDAR = shipped_calendar()
#: Friday before the National Day holidays of 2025, which end on 8 October.
FRIDAY = date(2025, 9, 26)


def kinds(start: date, due_on: date, today: date) -> list[str]:
    return [day["kind"] for day in strip_of(CALENDAR, start, due_on, today)]


def test_a_strip_counts_working_days_only() -> None:
    strip = strip_of(CALENDAR, FRIDAY, date(2025, 9, 30), FRIDAY)

    assert [day["date"] for day in strip] == ["9-26", "9-27", "9-28", "9-29", "9-30"]
    # 28 September 2025 was a Sunday on which offices worked.
    assert [day["kind"] for day in strip] == ["today", "rest", "left", "left", "due"]
    assert [day["number"] for day in strip] == [0, 0, 1, 2, 3]


def test_a_strip_marks_today_and_what_has_passed() -> None:
    assert kinds(FRIDAY, date(2025, 9, 30), date(2025, 9, 29)) == [
        "start",
        "rest",
        "counted",
        "today",
        "due",
    ]


@pytest.mark.parametrize(("start", "due_on"), [(None, FRIDAY), (FRIDAY, None)])
def test_there_is_no_strip_without_a_clock(start: date | None, due_on: date | None) -> None:
    assert strip_of(CALENDAR, start, due_on, FRIDAY) == []


def test_a_clock_of_months_is_not_drawn() -> None:
    assert strip_of(CALENDAR, FRIDAY, date(2026, 1, 30), FRIDAY) == []


def test_no_deadline_has_no_light() -> None:
    assert clock_of(CALENDAR, None, FRIDAY) is None


def test_a_filter_that_does_not_exist_is_explained(client: FlaskClient) -> None:
    reader = PageReader(client)

    for query in ("kind=nonsense", "as_of=yesterday", "limit=0"):
        reply = reader.get(f"/registry/entries?{query}")
        assert reply.status_code == 422, visible_text(reply)
