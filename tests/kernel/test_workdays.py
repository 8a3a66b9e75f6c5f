"""Working days against hand-worked cases, and the promises of the calendar as properties."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel import workdays
from kernel.clock import SettableClock
from kernel.workdays import shipped_calendar
from marketplace.operations.home import Home

CALENDAR = shipped_calendar()


@pytest.mark.parametrize(
    ("start", "count", "end"),
    [
        (date(2026, 3, 2), 0, date(2026, 3, 2)),
        (date(2026, 3, 2), 3, date(2026, 3, 5)),
        (date(2026, 3, 6), 1, date(2026, 3, 9)),
        # Spring Festival 2026: 15 to 23 February free, Saturday 14 and 28 February worked.
        (date(2026, 2, 13), 1, date(2026, 2, 14)),
        (date(2026, 2, 13), 2, date(2026, 2, 24)),
        (date(2026, 2, 13), 6, date(2026, 2, 28)),
        # National Day 2025 with Mid-Autumn: 1 to 8 October free, 28 September and 11 October worked.
        (date(2025, 9, 26), 1, date(2025, 9, 28)),
        (date(2025, 9, 30), 1, date(2025, 10, 9)),
        (date(2025, 9, 30), 3, date(2025, 10, 11)),
        # The turn of the year 2025/2026: 1 to 3 January free, Sunday 4 January worked.
        (date(2025, 12, 31), 1, date(2026, 1, 4)),
        # A leap day.
        (date(2024, 2, 28), 1, date(2024, 2, 29)),
    ],
)
def test_hand_worked_days(start: date, count: int, end: date) -> None:
    assert CALENDAR.add(start, count).day == end


def test_the_six_make_up_days_of_2026_are_working_days() -> None:
    days = [(1, 4), (2, 14), (2, 28), (5, 9), (9, 20), (10, 10)]
    assert all(CALENDAR.is_working(date(2026, month, day)) for month, day in days)


def test_a_year_without_its_notice_is_provisional_and_says_so() -> None:
    deadline = CALENDAR.add(date(2026, 12, 31), 1)
    assert deadline.provisional_years == (2027,)
    # New Year's Day is free by law, 2 and 3 January 2027 are a weekend.
    assert deadline.day == date(2027, 1, 4)
    assert CALENDAR.add(date(2026, 12, 28), 1).provisional_years == ()


def test_years_before_the_calendar_and_absurd_counts_are_refused() -> None:
    with pytest.raises(workdays.YearWithoutCalendar):
        CALENDAR.add(date(2003, 12, 31), 1)
    for count in (-1, workdays.MOST_WORKDAYS + 1):
        with pytest.raises(workdays.WorkdaysOutOfRange):
            CALENDAR.add(date(2026, 3, 2), count)


@given(st.dates(date(2004, 1, 1), date(2026, 6, 1)), st.integers(0, 60))
def test_counting_back_gives_the_number_that_was_added(start: date, count: int) -> None:
    end = CALENDAR.add(start, count).day
    assert CALENDAR.count(start, end) == count
    assert count == 0 or CALENDAR.is_working(end)
    assert CALENDAR.count(end, start) == -count


@pytest.mark.postgres
def test_the_tables_hold_the_shipped_calendar(any_home: Home) -> None:
    with any_home.db.read() as session:
        assert workdays.read_calendar(session) == CALENDAR


def test_seeding_twice_changes_nothing(home: Home, clock: SettableClock) -> None:
    with home.db.transaction() as session:
        workdays.seed_calendar(session, now=clock())
    with home.db.read() as session:
        assert workdays.read_calendar(session) == CALENDAR
        assert len(workdays.list_notices(session)) == len(CALENDAR.loaded_years)


def test_a_day_is_the_day_in_lanzhou() -> None:
    from datetime import UTC, datetime  # noqa: PLC0415 - used once

    assert workdays.local_day(datetime(2026, 3, 2, 16, 0, tzinfo=UTC)) == date(2026, 3, 3)
    assert date(2026, 3, 3) - timedelta(days=1) == workdays.local_day(
        datetime(2026, 3, 2, 15, 59, tzinfo=UTC)
    )
