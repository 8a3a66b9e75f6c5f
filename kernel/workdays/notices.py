"""Holiday notices: the shipped ones, those that somebody loads, and the calendar that they make.

Rows are only ever added, so that the calendar of any past moment can be read again.
"""

from dataclasses import dataclass
from datetime import date, datetime

from chinese_calendar.constants import holidays as seeded_holidays
from chinese_calendar.constants import workdays as seeded_makeup_days
from sqlmodel import Field, Session, SQLModel, col, select

from kernel.database import UtcDateTime
from kernel.errors import Malformed, msgid
from kernel.identity import SYSTEM, Actor, Permission, check_permission
from kernel.ids import new_id
from kernel.trust import audit
from kernel.workdays.calendar import FIRST_YEAR, Calendar


class NoticeUnusable(Malformed):
    """A holiday notice that cannot be the calendar of its year."""

    code = "kernel-workdays-notice-unusable"
    title = msgid("This holiday notice cannot be loaded")
    detail = msgid(
        "Name the document, and list each day of its year once; years before %(first_year)s have "
        "no calendar here."
    )


class WorkdayNotice(SQLModel, table=True):
    """One loading of a year's holiday notice; the newest one counts, the older ones stay."""

    __tablename__ = "kernel_workday_notice"

    id: str = Field(primary_key=True)
    year: int = Field(index=True)
    source: str
    loaded_at: datetime = Field(sa_type=UtcDateTime)
    loaded_by: str


class WorkdayDay(SQLModel, table=True):
    """A day of a notice that differs from the plain week: a holiday, or a make-up day."""

    __tablename__ = "kernel_workday_day"

    notice_id: str = Field(primary_key=True, foreign_key="kernel_workday_notice.id")
    day: date = Field(primary_key=True)
    is_working: bool
    name: str


@dataclass(frozen=True, slots=True)
class DayOff:
    """A day of a notice: whether offices work on it, and what it is called."""

    day: date
    is_working: bool
    name: str


@dataclass(frozen=True, slots=True)
class NewNotice:
    """A year's holiday notice to load, with the document that it stands in."""

    year: int
    source: str
    days: tuple[DayOff, ...]


@dataclass(frozen=True, slots=True)
class NoticeRow:
    """A loaded notice, as a page lists it."""

    year: int
    source: str
    loaded_at: datetime
    days: tuple[DayOff, ...]


def _seed() -> tuple[dict[date, tuple[bool, str]], frozenset[int]]:
    days = {day: (False, str(name)) for day, name in seeded_holidays.items()}
    days |= {day: (True, str(name)) for day, name in seeded_makeup_days.items()}
    years = frozenset(day.year for day in days if day.year >= FIRST_YEAR)
    return {day: fact for day, fact in days.items() if day.year in years}, years


def shipped_calendar() -> Calendar:
    """The calendar that comes with the program: 2004 to the newest notice in ``chinesecalendar``."""
    days, years = _seed()
    return Calendar({day: working for day, (working, _) in days.items()}, years)


def seed_calendar(session: Session, *, now: datetime) -> None:
    """Load the shipped notices of years that have none; a loaded year stays as it is."""
    days, years = _seed()
    known = set(session.exec(select(WorkdayNotice.year)).all())
    for year in sorted(years - known):
        of_year = (DayOff(day, *fact) for day, fact in days.items() if day.year == year)
        _write_notice(
            session, SYSTEM.account_id, now, NewNotice(year, "chinesecalendar", tuple(of_year))
        )


def load_notice(session: Session, *, actor: Actor, now: datetime, wanted: NewNotice) -> str:
    """Load a year's holiday notice in the caller's transaction; returns its identifier.

    Raises:
        NotPermitted: the person may not load calendars.
        NoticeUnusable: a day twice or of another year, no source, or a year without calendar.
    """
    check_permission(actor, Permission.KERNEL_CALENDAR_LOAD)
    days = [one.day for one in wanted.days]
    is_usable = (
        wanted.year >= FIRST_YEAR
        and wanted.source.strip()
        and len(set(days)) == len(days) > 0
        and all(day.year == wanted.year for day in days)
    )
    if not is_usable:
        raise NoticeUnusable(first_year=FIRST_YEAR)
    made = _write_notice(session, actor.account_id, now, wanted)
    audit.record(
        session,
        actor=actor,
        now=now,
        action="kernel.calendar.load",
        subject=("kernel_workday_notice", made),
        reason=wanted.source,
        facts={"year": wanted.year, "days": len(wanted.days)},
    )
    return made


def _write_notice(session: Session, account_id: str, now: datetime, wanted: NewNotice) -> str:
    row = WorkdayNotice(
        id=new_id(now),
        year=wanted.year,
        source=wanted.source,
        loaded_at=now,
        loaded_by=account_id,
    )
    session.add(row)
    # Its days name it by column only; it must be in the table first.
    session.flush()
    session.add_all(
        WorkdayDay(notice_id=row.id, day=one.day, is_working=one.is_working, name=one.name)
        for one in wanted.days
    )
    return row.id


def read_calendar(session: Session, *, as_of: datetime | None = None) -> Calendar:
    """The calendar as the tables hold it now, or held it at a past moment."""
    newest = _newest_notices(session, as_of)
    key = tuple(sorted(notice.id for notice in newest))
    known = _KNOWN.get(key)
    if known is None:
        days = session.exec(select(WorkdayDay).where(col(WorkdayDay.notice_id).in_(key))).all()
        known = Calendar(
            {row.day: row.is_working for row in days}, frozenset(n.year for n in newest)
        )
        # A handful of states of one calendar; an old one is dropped rather than the table grown.
        if len(_KNOWN) >= _MOST_KNOWN:
            _KNOWN.clear()
        _KNOWN[key] = known
    return known


#: A notice is never changed, so the calendar of a set of notices can be kept: 700 days are
#: otherwise read for each deadline.
_KNOWN: dict[tuple[str, ...], Calendar] = {}
_MOST_KNOWN = 16


def _newest_notices(session: Session, as_of: datetime | None) -> list[WorkdayNotice]:
    statement = select(WorkdayNotice).order_by(col(WorkdayNotice.loaded_at), col(WorkdayNotice.id))
    if as_of is not None:
        statement = statement.where(col(WorkdayNotice.loaded_at) <= as_of)
    return list({notice.year: notice for notice in session.exec(statement).all()}.values())


def list_notices(session: Session, *, as_of: datetime | None = None) -> list[NoticeRow]:
    """The notices that count, by year."""
    newest = {notice.id: notice for notice in _newest_notices(session, as_of)}
    statement = select(WorkdayDay).where(col(WorkdayDay.notice_id).in_(newest))
    days = session.exec(statement.order_by(col(WorkdayDay.day))).all()
    return [
        NoticeRow(
            notice.year,
            notice.source,
            notice.loaded_at,
            tuple(DayOff(d.day, d.is_working, d.name) for d in days if d.notice_id == notice.id),
        )
        for notice in sorted(newest.values(), key=lambda one: one.year)
    ]
