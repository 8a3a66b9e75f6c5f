"""Reads of clocks: what runs, what is due, and how due dates moved."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlmodel import Session, col, select

from registry.models import ClockChange, ClockRecord
from registry.rules.clocks import Clock, Holder, Kind, Span, State


@dataclass(frozen=True, slots=True)
class ClockRow:
    """One clock: what it limits, on what, since when, until when, and who holds the ball."""

    clock_id: str
    application_id: str
    kind: Kind
    limit_key: str
    holder: Holder
    state: State
    clock: Clock
    started_at: datetime
    ended_at: datetime | None
    due_on: date | None
    is_provisional: bool


@dataclass(frozen=True, slots=True)
class DueRow:
    """A running clock with the application that it runs on."""

    clock: ClockRow
    register: str
    type: str
    name: str
    organisation_id: str
    organisation_name: str
    status: str


@dataclass(frozen=True, slots=True)
class ChangeRow:
    """One change of a clock: its start, a stop, a restart, a moved due date, its end."""

    clock_id: str
    at: datetime
    cause: str
    state: State
    old_due_on: date | None
    new_due_on: date | None
    actor_name: str


def clock_of(record: ClockRecord) -> Clock:
    """The arithmetic of a stored clock."""
    return Clock(
        record.amount + record.extra,
        tuple(
            Span(date.fromisoformat(begin), end and date.fromisoformat(end))
            for begin, end in record.spans
        ),
    )


def spans_json(clock: Clock) -> list[Any]:
    """The spans as they are stored."""
    return [[one.begin.isoformat(), one.end and one.end.isoformat()] for one in clock.spans]


def clock_row(record: ClockRecord) -> ClockRow:
    """The table row as a frozen one."""
    return ClockRow(
        record.id,
        record.application_id,
        Kind(record.kind),
        record.limit_key,
        Holder(record.holder),
        State(record.state),
        clock_of(record),
        record.started_at,
        record.ended_at,
        record.due_on,
        record.is_provisional,
    )


def clocks_of(session: Session, application_id: str) -> list[ClockRow]:
    """Every clock of an application, oldest first."""
    statement = select(ClockRecord).where(ClockRecord.application_id == application_id)
    statement = statement.order_by(col(ClockRecord.started_at), col(ClockRecord.id))
    return [clock_row(found) for found in session.exec(statement).all()]


def changes_of(session: Session, application_id: str) -> list[ChangeRow]:
    """How the clocks of an application moved, oldest first."""
    statement = (
        select(ClockChange)
        .join(ClockRecord, col(ClockRecord.id) == col(ClockChange.clock_id))
        .where(ClockRecord.application_id == application_id)
        .order_by(col(ClockChange.at), col(ClockChange.id))
    )
    return [
        ChangeRow(
            one.clock_id,
            one.at,
            one.cause,
            State(one.state),
            one.old_due_on,
            one.new_due_on,
            one.actor_name,
        )
        for one in session.exec(statement).all()
    ]


def overdue_by_clock(session: Session, kind: Kind, today: date) -> Iterator[tuple[str, str]]:
    """Clock and application of running clocks of a kind whose last day has passed."""
    statement = (
        select(ClockRecord.id, ClockRecord.application_id)
        .where(ClockRecord.state == State.RUNNING, ClockRecord.kind == kind)
        .where(col(ClockRecord.due_on) < today)
        .order_by(col(ClockRecord.due_on), col(ClockRecord.id))
    )
    yield from session.exec(statement).all()
