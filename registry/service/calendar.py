"""Changes of rules and calendar: written, and every open deadline counted again in one transaction."""

from datetime import date, datetime

from sqlmodel import Session, col, select

from kernel import limits, workdays
from kernel.database import Database
from kernel.identity import SYSTEM, Actor
from kernel.limits import NewValue
from kernel.workdays import NewNotice, local_day
from registry.models import ClockChange
from registry.queries.clocks import overdue_by_clock
from registry.rules.clocks import Kind
from registry.rules.limits import LIMITS
from registry.service.applications import act_by_clock
from registry.service.clocks import Recount, recount, recount_in
from registry.states import Verb


def set_limit(db: Database, *, actor: Actor, now: datetime, wanted: NewValue) -> Recount:
    """Set a value of a limit and recount what is open; says how many deadlines moved.

    Raises:
        NotPermitted, LimitUnknown, LimitValueUnusable: nothing was changed.
    """
    with db.transaction() as session:
        limits.set_value(session, actor=actor, now=now, declarations=LIMITS, wanted=wanted)
        session.flush()
        return recount_in(session, actor=actor, now=now, cause=f"limit {wanted.key}")


def load_calendar(db: Database, *, actor: Actor, now: datetime, wanted: NewNotice) -> Recount:
    """Load a year's holiday notice and recount what is open.

    Raises:
        NotPermitted, NoticeUnusable: nothing was changed.
    """
    with db.transaction() as session:
        workdays.load_notice(session, actor=actor, now=now, wanted=wanted)
        session.flush()
        return recount_in(session, actor=actor, now=now, cause=f"calendar {wanted.year}")


#: What the law says happens by itself when a clock has run out.
_BY_CLOCK: tuple[tuple[Kind, Verb], ...] = (
    (Kind.ACCEPTANCE, Verb.ACCEPT_BY_SILENCE),
    (Kind.SUPPLEMENT, Verb.LAPSE),
)


def run_clocks(db: Database, *, now: datetime) -> int:
    """Do what happens by itself today: silence that accepts, supplements that lapse; says how many."""
    today, done = local_day(now), 0
    for kind, verb in _BY_CLOCK:
        with db.read() as session:
            over = list(overdue_by_clock(session, kind, today))
        for _, application_id in over:
            done += act_by_clock(
                db, actor=SYSTEM, now=now, verb=verb, application_id=application_id
            )
    return done


def recount_if_due(db: Database, *, now: datetime) -> Recount | None:
    """Recount once a day on which a set value comes into force; None on all other days."""
    today = local_day(now)
    with db.read() as session:
        if not limits.begins_on(session, today) or _was_recounted(session, today):
            return None
    return recount(db, actor=SYSTEM, now=now, cause=f"in force {today.isoformat()}")


def _was_recounted(session: Session, today: date) -> bool:
    statement = select(ClockChange.id).where(
        col(ClockChange.cause) == f"in force {today.isoformat()}"
    )
    return session.exec(statement.limit(1)).first() is not None
