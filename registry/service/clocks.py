"""Moves the clocks of an application, and counts all open ones again when a rule changes."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache

from sqlalchemy import insert, update
from sqlalchemy import select as columns
from sqlmodel import Session, col, select

from kernel.database import Database
from kernel.identity import Actor
from kernel.ids import new_id
from kernel.limits import Limits, read_limits
from kernel.workdays import Calendar, local_day, read_calendar
from registry.models import Application, ClockChange, ClockRecord
from registry.queries.clocks import clock_of, spans_json
from registry.rules.clocks import Clock, Holder, Kind, Span, Start, State, start_on, state_at
from registry.rules.limits import LIMITS
from registry.service.act import Act
from registry.states import Status

_BATCH = 5_000


@dataclass(frozen=True, slots=True)
class Recount:
    """What a recount did: how many clocks were looked at, how many due dates moved."""

    looked_at: int
    moved: int
    organisations: int


def enter(act: Act, target: Status) -> None:
    """End, stop or go on with the running clocks, and start the one of the new status."""
    alive = _alive(act.session, act.row.id)
    kept = []
    for record in alive:
        wanted = state_at(act.register, Kind(record.kind), target)
        if wanted is not State(record.state):
            _move(act, record, wanted)
        if wanted is not State.ENDED:
            kept.append(record)
    start = start_on(act.register, act.type, target)
    if start is not None and start.kind not in {Kind(one.kind) for one in kept}:
        kept.append(begin(act, start, act.day))
    _mirror(act.row, kept)


def begin(act: Act, start: Start, day: date) -> ClockRecord:
    """Start a clock from a day that is not counted itself."""
    amount = act.limits.on(start.limit_key, act.day) or 0
    clock = Clock(amount, (Span(day),))
    record = ClockRecord(
        id=new_id(act.now),
        application_id=act.row.id,
        kind=start.kind,
        limit_key=start.limit_key,
        amount=amount,
        holder=start.holder,
        state=State.RUNNING,
        spans=spans_json(clock),
        started_at=act.now,
    )
    _count(record, act.calendar)
    act.session.add(record)
    # Its changes name it by column only; it must be in the table first.
    act.session.flush()
    _note(act.session, record, act.actor, act.now, ("start", None))
    if start.kind is Kind.NOTICE:
        act.row.notice_starts_on, act.row.notice_ends_on = day, record.due_on
    return record


def end(act: Act, kind: Kind) -> None:
    """End the running clocks of a kind."""
    for record in _alive(act.session, act.row.id):
        if record.kind == kind:
            _move(act, record, State.ENDED)
    _mirror(act.row, _alive(act.session, act.row.id))


def end_later_objection(act: Act) -> None:
    """End the oldest clock of a later objection (S4 Art. 29)."""
    statement = (
        select(ClockRecord)
        .where(ClockRecord.application_id == act.row.id)
        .where(ClockRecord.kind == Kind.LATER_OBJECTION, ClockRecord.state != State.ENDED)
        .order_by(col(ClockRecord.started_at), col(ClockRecord.id))
        .limit(1)
    )
    if record := act.session.exec(statement).first():
        _move(act, record, State.ENDED)


def restart_duty(act: Act, event: date | None) -> None:
    """Let the duty to file run from its event, in place of what ran before (S1 Art. 9(1))."""
    running = [
        one for one in _alive(act.session, act.row.id) if one.kind == Kind.FIRST_REGISTRATION
    ]
    if not running and event is None:
        return
    if event is not None and [one.spans[0][0] for one in running] == [event.isoformat()]:
        return
    end(act, Kind.FIRST_REGISTRATION)
    if event is not None:
        start = Start(Kind.FIRST_REGISTRATION, "first_registration", Holder.ENTITY)
        _mirror(act.row, [begin(act, start, event)])


def extend(act: Act) -> None:
    """Lengthen the total of register B once (S4 Art. 28)."""
    for record in _alive(act.session, act.row.id):
        if record.kind == Kind.TOTAL:
            old = record.due_on
            record.extra = act.limit("b_extension")
            _count(record, act.calendar)
            act.session.add(record)
            _note(act.session, record, act.actor, act.now, ("extension", old))
            _mirror(act.row, [record])


def _alive(session: Session, application_id: str) -> list[ClockRecord]:
    statement = (
        select(ClockRecord)
        .where(ClockRecord.application_id == application_id)
        .where(ClockRecord.state != State.ENDED)
        .where(ClockRecord.kind != Kind.LATER_OBJECTION)
        .order_by(col(ClockRecord.started_at), col(ClockRecord.id))
    )
    return list(session.exec(statement).all())


def _move(act: Act, record: ClockRecord, wanted: State) -> None:
    old, clock = record.due_on, clock_of(record)
    if wanted is State.RUNNING:
        clock = clock.go_on(act.day)
    elif clock.is_running:
        clock = clock.stop(act.day)
    record.spans, record.state = spans_json(clock), wanted
    if wanted is State.ENDED:
        record.ended_at = act.now
    else:
        _count(record, act.calendar)
    act.session.add(record)
    cause = {State.RUNNING: "go on", State.PAUSED: "stop", State.ENDED: "end"}[wanted]
    _note(act.session, record, act.actor, act.now, (cause, old))


def _count(record: ClockRecord, calendar: Calendar) -> None:
    due = clock_of(record).due(calendar)
    record.due_on, record.is_provisional = due or (None, False)


def _note(
    session: Session, record: ClockRecord, actor: Actor, now: datetime, why: tuple[str, date | None]
) -> None:
    cause, old = why
    session.add(
        ClockChange(
            id=new_id(now),
            clock_id=record.id,
            at=now,
            cause=cause,
            state=record.state,
            old_due_on=old,
            new_due_on=record.due_on,
            actor_name=actor.display_name,
        )
    )


def _mirror(row: Application, records: list[ClockRecord]) -> None:
    """Show the newest running clock on the application itself, so that lists sort by one column."""
    running = [one for one in records if one.state == State.RUNNING]
    row.due_on = running[-1].due_on if running else None
    row.due_is_provisional = running[-1].is_provisional if running else False


def recount(db: Database, *, actor: Actor, now: datetime, cause: str) -> Recount:
    """Count every open deadline again under today's limits and calendar, in one transaction.

    Pending procedures follow the new rule from the day it is in force. A notice that was published
    is never shortened: people were told its last day. Old dates stay in ``registry_clock_change``.
    """
    with db.transaction() as session:
        return recount_in(session, actor=actor, now=now, cause=cause)


def recount_in(session: Session, *, actor: Actor, now: datetime, cause: str) -> Recount:
    """As :func:`recount`, inside the caller's transaction."""
    limits, calendar = read_limits(session, LIMITS), read_calendar(session)
    looked_at, moved, after = 0, 0, ""
    organisations: set[str] = set()
    today = local_day(now)

    @cache
    def count(clock: Clock) -> tuple[date | None, bool]:
        # Many clocks start on the same day and run alike.
        return clock.due(calendar) or (None, False)

    while True:
        statement = (
            # Only the columns: a form is long, and a hundred thousand of them are very long.
            columns(ClockRecord, col(Application.organisation_id), col(Application.due_on))
            .join(Application, col(Application.id) == col(ClockRecord.application_id))
            .where(col(ClockRecord.state) != State.ENDED, col(ClockRecord.id) > after)
            .order_by(col(ClockRecord.id))
            .limit(_BATCH)
        )
        found = session.execute(statement).all()
        if not found:
            return Recount(looked_at, moved, len(organisations))
        after, looked_at = found[-1][0].id, looked_at + len(found)
        batch = _Batch([], [], [])
        for record, organisation_id, shown in found:
            if _recounted(batch, record, (today, limits, count), shown):
                organisations.add(organisation_id)
                moved += 1
        _write(session, batch, actor, now, cause)
        # A hundred thousand rows must not pile up in the session.
        session.expunge_all()


_Count = Callable[[Clock], tuple[date | None, bool]]


@dataclass(slots=True)
class _Batch:
    """Rows to write: clocks, what the applications show, and the changes."""

    clocks: list[dict[str, object]]
    shown: list[dict[str, object]]
    changes: list[tuple[ClockRecord, date | None, date | None]]


def _recounted(
    batch: _Batch, record: ClockRecord, by: tuple[date, Limits, _Count], shown: date | None
) -> bool:
    today, limits, count = by
    amount = limits.on(record.limit_key, today) or 0
    due = count(Clock(amount + record.extra, clock_of(record).spans))
    if record.kind == Kind.NOTICE and _stands(record.due_on, due[0], today):
        return False
    if (amount, *due) == (record.amount, record.due_on, record.is_provisional):
        return False
    batch.clocks.append(
        {"id": record.id, "amount": amount, "due_on": due[0], "is_provisional": due[1]}
    )
    batch.changes.append((record, record.due_on, due[0]))
    if record.state == State.RUNNING and shown == record.due_on:
        row: dict[str, object] = {"id": record.application_id, "due_on": due[0]}
        row["due_is_provisional"] = due[1]
        batch.shown.append(row)
    return record.due_on != due[0]


def _stands(published: date | None, counted: date | None, today: date) -> bool:
    """What was published is not shortened, and what is over does not open again."""
    if published is None or counted is None:
        return False
    return counted < published or published < today


def _write(session: Session, batch: _Batch, actor: Actor, now: datetime, cause: str) -> None:
    if not batch.clocks:
        return
    session.execute(update(ClockRecord), batch.clocks)
    if batch.shown:
        session.execute(update(Application), batch.shown)
    notices = [
        {"id": record.application_id, "notice_ends_on": new}
        for record, _, new in batch.changes
        if record.kind == Kind.NOTICE
    ]
    if notices:
        session.execute(update(Application), notices)
    session.execute(
        insert(ClockChange),
        [
            {
                "id": new_id(now),
                "clock_id": record.id,
                "at": now,
                "cause": cause,
                "state": record.state,
                "old_due_on": old,
                "new_due_on": new,
                "actor_name": actor.display_name,
            }
            for record, old, new in batch.changes
        ],
    )
