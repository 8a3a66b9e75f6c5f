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
    _limits: Limits | None = None
    _calendar: Calendar | None = None

    def __post_init__(self) -> None:
        """The legal day is the day of the act, unless the clock says another."""
        self.day = local_day(self.now)

    @property
    def limits(self) -> Limits:
        """The limits that this act counts with; read when they are first asked for."""
        self._limits = self._limits or read_limits(self.session, LIMITS)
        return self._limits

    @property
    def calendar(self) -> Calendar:
        """The calendar that this act counts with."""
        self._calendar = self._calendar or read_calendar(self.session)
        return self._calendar

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
