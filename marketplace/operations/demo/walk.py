"""The demonstration under way: its home, its clock, its people, and what it says."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

from kernel.clock import CHINA, SettableClock, system_clock
from kernel.identity import Actor
from kernel.workdays import local_day, read_calendar
from marketplace.operations.demo.people import Person
from marketplace.operations.home import Home


@dataclass(slots=True)
class Walk:
    """The demonstration under way."""

    home: Home
    clock: SettableClock
    say: Callable[[str], None]
    people: dict[str, Person]
    answer: dict[str, Any] = field(default_factory=dict)

    def act(self, name: str) -> Actor:
        """The sample account of that name, as somebody who acts."""
        return self.people[name].actor

    def now(self) -> datetime:
        """The demonstration's present moment; a minute passes with each look."""
        self.clock.advance(timedelta(minutes=1))
        return min(self.clock(), system_clock())

    def wait(self, workdays: int) -> None:
        """Go on at nine in the morning that many working days later."""
        with self.home.db.read() as session:
            day = read_calendar(session).add(local_day(self.clock()), workdays).day
        self.clock.set(datetime.combine(day, time(9), CHINA))

    def today(self) -> date:
        """The demonstration's present day."""
        return local_day(self.clock())
