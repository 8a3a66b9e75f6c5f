"""The working-day calendar, and the one function that counts deadlines in it.

A working day is a weekday that is no statutory holiday, or a weekend day that the State Council
made one (make-up day, 调休). The day of the event is not counted (Civil Code Art. 201); a period
in working days ends on a working day by construction (Administrative Licensing Law Art. 82).

A year is *loaded* once its holiday notice is in the tables, else *provisional*: then only weekends
and the statutory days with a fixed date are free (Regulation on Public Holidays, State Council
Order 795, Art. 2), and every answer that touches the year says so.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from kernel.clock import CHINA
from kernel.errors import Malformed, msgid

#: The notices before this year are not in the seed.
FIRST_YEAR = 2004
_SATURDAY = 5
#: Order 795 Art. 2: New Year 1 day, Labour Day 2, National Day 3; the lunar ones have no fixed date.
_FIXED_HOLIDAYS = {(1, 1), (5, 1), (5, 2), (10, 1), (10, 2), (10, 3)}
#: About 40 years: a request beyond it is a mistake, not a deadline.
MOST_WORKDAYS = 10_000


class YearWithoutCalendar(Malformed):
    """A day before the first year of the calendar was asked for."""

    code = "kernel-workdays-before-calendar"
    title = msgid("There is no calendar for this year")
    detail = msgid("Give a day from %(first_year)s on: the holiday notices before are not loaded.")


class WorkdaysOutOfRange(Malformed):
    """The number of working days is negative or beyond any deadline."""

    code = "kernel-workdays-out-of-range"
    title = msgid("This number of working days cannot be counted")
    detail = msgid("Give a whole number from 0 to %(most)s.")


@dataclass(frozen=True, slots=True)
class Deadline:
    """The answer to one count: the day, and the provisional years that it leans on."""

    day: date
    provisional_years: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Calendar:
    """Exceptions to the plain week, and the years for which they are complete."""

    exceptions: Mapping[date, bool]
    loaded_years: frozenset[int]

    def is_working(self, day: date) -> bool:
        """Whether offices work on that day.

        Raises:
            YearWithoutCalendar: before 2004.
        """
        if day.year < FIRST_YEAR:
            raise YearWithoutCalendar(first_year=FIRST_YEAR)
        known = self.exceptions.get(day)
        if known is not None:
            return known
        if day.year not in self.loaded_years and (day.month, day.day) in _FIXED_HOLIDAYS:
            return False
        return day.weekday() < _SATURDAY

    def add(self, day: date, workdays: int) -> Deadline:
        """The day that lies ``workdays`` working days after ``day``, which is not counted.

        Raises:
            YearWithoutCalendar: before 2004.
            WorkdaysOutOfRange: negative, or more than any deadline.
        """
        if not 0 <= workdays <= MOST_WORKDAYS:
            raise WorkdaysOutOfRange(most=MOST_WORKDAYS)
        self.is_working(day)
        current, left = day, workdays
        years = {day.year}
        while left:
            current += timedelta(days=1)
            years.add(current.year)
            left -= self.is_working(current)
        return Deadline(current, tuple(sorted(years - self.loaded_years)))

    def count(self, start: date, end: date) -> int:
        """Working days after ``start`` up to and with ``end``; negative when ``end`` is earlier."""
        if end < start:
            return -self.count(end, start)
        return sum(
            self.is_working(start + timedelta(days=step))
            for step in range(1, (end - start).days + 1)
        )


def local_day(moment: datetime) -> date:
    """The calendar day of a moment where the law applies (China Standard Time)."""
    return moment.astimezone(CHINA).date()
