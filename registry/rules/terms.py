"""Terms: how long an entry or a certificate is valid, and when it may be renewed."""

from calendar import monthrange
from datetime import date, timedelta

from registry import errors
from registry.states import EntryStatus

_MONTHS = 12


def add_months(day: date, months: int) -> date:
    """The same day some months later or earlier; the month's last where it has no such day."""
    count = day.year * _MONTHS + day.month - 1 + months
    year, month = divmod(count, _MONTHS)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def valid_until(from_day: date, years: int, *, agreement_ends_on: date | None = None) -> date:
    """The last day of validity: years from a day, or an agreement's end where that is earlier.

    S1 Art. 15: three years from the code date; a product under a shorter agreement is valid for
    the actual operation period. S4 Art. 26: at most five years from the evidence date.
    """
    end = add_months(from_day, years * _MONTHS)
    return end if agreement_ends_on is None else min(end, agreement_ends_on)


def renewal_opens(valid_until_day: date, *, days: int = 0, months: int = 0) -> date:
    """The first day on which a renewal may be filed (S1 Art. 15: 60 days; S4 Art. 35: 6 months)."""
    return add_months(valid_until_day, -months) - timedelta(days=days)


def check_renewal(today: date, opens_on: date, last_day: date) -> None:
    """Let a renewal be filed only inside its window.

    Raises:
        RenewalTooEarly, RenewalTooLate: with the days of the window.
    """
    if today < opens_on:
        raise errors.RenewalTooEarly(opens_on=str(opens_on))
    if today > last_day:
        raise errors.RenewalTooLate(last_day=str(last_day))


def renewed_until(old_end: date, wanted: date | None, years: int) -> date:
    """The new last day: as wanted, at most some years from the day after the old end (S1 Art. 15).

    Raises:
        RenewalTooLong: a wish beyond it, or one that is not after the old end.
    """
    # Years from the day after the old end, its last day being the day before: the same date.
    most = add_months(old_end, years * _MONTHS)
    if wanted is None:
        return most
    if not old_end < wanted <= most:
        raise errors.RenewalTooLong(most=str(most))
    return wanted


def status_on(status: EntryStatus, last_day: date, day: date) -> EntryStatus:
    """The status that an entry has on a day: its term ends by itself (S1 Art. 15, S4 Art. 35)."""
    if status is EntryStatus.EFFECTIVE and day > last_day:
        return EntryStatus.EXPIRED
    return status
