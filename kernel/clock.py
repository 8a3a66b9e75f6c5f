"""The only caller of the system clock.

Use cases take ``now`` as an argument; entrances read it from the clock that the
composition root gave them. A demo and the tests give a :class:`SettableClock`.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

#: Statutory days are counted in the law's own time zone, not in the server's.
CHINA = ZoneInfo("Asia/Shanghai")

Clock = Callable[[], datetime]


def system_clock() -> datetime:
    """The present moment, aware, in UTC."""
    return datetime.now(UTC)  # noqa: TID251 - this module is the one place that may ask


class SettableClock:
    """A clock that stands still until it is moved."""

    def __init__(self, moment: datetime) -> None:
        """Start at an aware moment."""
        self.moment = moment.astimezone(UTC)

    def __call__(self) -> datetime:
        """The moment that was set."""
        return self.moment

    def set(self, moment: datetime) -> None:
        """Move to an aware moment, forward or back."""
        self.moment = moment.astimezone(UTC)

    def advance(self, step: timedelta) -> None:
        """Move by a step."""
        self.moment += step
