"""One verb at work: the open transaction, the locked row, who, when, and the rules of that day."""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlmodel import Session

from kernel.identity import Actor
from kernel.limits import Limits, read_limits
from kernel.trust.receipts import Seal
from kernel.workdays import Calendar, local_day, read_calendar
from registry.models import Application
from registry.rules.limits import LIMITS
from registry.states import Register, Type


@dataclass(slots=True)
class Act:
    """One verb at work. ``day`` is the legal day of the act, which the clock's own acts may predate."""

    session: Session
    row: Application
    actor: Actor
    now: datetime
    seal: Seal | None
    reason: str = ""
    facts: dict[str, Any] = field(default_factory=dict)
    checklist: dict[str, bool] = field(default_factory=dict)
    day: date = field(init=False)
    limits: Limits = field(init=False)
    calendar: Calendar = field(init=False)

    def __post_init__(self) -> None:
        """Read the limits and the calendar that this act counts with."""
        self.day = local_day(self.now)
        self.limits = read_limits(self.session, LIMITS)
        self.calendar = read_calendar(self.session)

    @property
    def register(self) -> Register:
        """The register that the application is for."""
        return Register(self.row.register_name)

    @property
    def type(self) -> Type:
        """Its registration type."""
        return Type(self.row.type)

    def limit(self, key: str) -> int:
        """A limit that always has a number, on the day of the act."""
        return self.limits.on(key, self.day) or 0
