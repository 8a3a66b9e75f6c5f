"""Reads of what runs out or moved: terms near their end, and deadlines that a changed rule moved."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement
from sqlmodel import Session, col, func, select

from registry.models import Application, Certificate, ClockChange, ClockRecord, Entry
from registry.states import EntryStatus, Register


@dataclass(frozen=True, slots=True)
class EndingRow:
    """An entry or certificate in force whose term ends soon."""

    register: Register
    code: str
    name: str
    organisation_name: str
    valid_until: date
    is_own: bool


@dataclass(frozen=True, slots=True)
class MovedRow:
    """A deadline that moved when a rule changed, and whom it concerns."""

    application_id: str
    name: str
    organisation_name: str
    old_due_on: date | None
    new_due_on: date | None


@dataclass(frozen=True, slots=True)
class EndingSearch:
    """Which terms: those that end from one day up to another; ``is_own`` leaves others' out."""

    today: date
    until: date
    organisation_id: str
    is_own: bool
    limit: int


def ending_entries(session: Session, wanted: EndingSearch) -> list[EndingRow]:
    """Entries of register A whose last day is near, the nearest first."""
    statement = (
        select(Entry)
        .where(Entry.status == EntryStatus.EFFECTIVE)
        .where(col(Entry.valid_until) >= wanted.today, col(Entry.valid_until) <= wanted.until)
        .order_by(col(Entry.valid_until), col(Entry.code))
    )
    if wanted.is_own:
        statement = statement.where(Entry.organisation_id == wanted.organisation_id)
    return [
        EndingRow(
            Register.RESOURCES,
            one.code,
            one.name,
            one.organisation_name,
            one.valid_until,
            one.organisation_id == wanted.organisation_id,
        )
        for one in session.exec(statement.limit(wanted.limit)).all()
    ]


def ending_certificates(session: Session, wanted: EndingSearch) -> list[EndingRow]:
    """Certificates of register B whose last day is near, the nearest first."""
    statement = (
        select(Certificate)
        .where(Certificate.status == EntryStatus.EFFECTIVE)
        .where(
            col(Certificate.valid_until) >= wanted.today,
            col(Certificate.valid_until) <= wanted.until,
        )
        .order_by(col(Certificate.valid_until), col(Certificate.id))
    )
    if wanted.is_own:
        statement = statement.where(Certificate.organisation_id == wanted.organisation_id)
    return [
        EndingRow(
            Register.PROPERTY,
            one.code or one.id,
            one.name,
            one.organisation_name,
            one.valid_until,
            one.organisation_id == wanted.organisation_id,
        )
        for one in session.exec(statement.limit(wanted.limit)).all()
    ]


def last_moved(session: Session, cause: str) -> tuple[datetime | None, int]:
    """When deadlines last moved for a cause, and how many then; None and 0 for never.

    A cause is what the recount wrote: ``limit acceptance`` or ``calendar 2027``.
    """
    latest = select(ClockChange.at).where(ClockChange.cause == cause)
    newest = session.exec(latest.order_by(col(ClockChange.at).desc()).limit(1)).first()
    if newest is None:
        return None, 0
    statement = select(func.count()).select_from(ClockChange).where(_is_of(cause, newest))
    return newest, session.exec(statement).one()


def moved_deadlines(session: Session, cause: str, at: datetime, *, limit: int) -> list[MovedRow]:
    """The deadlines that moved for a cause at a moment, by their new day."""
    statement = (
        select(ClockChange, Application)
        .join(ClockRecord, col(ClockRecord.id) == col(ClockChange.clock_id))
        .join(Application, col(Application.id) == col(ClockRecord.application_id))
        .where(_is_of(cause, at))
        .order_by(col(ClockChange.new_due_on), col(Application.id))
        .limit(limit)
    )
    return [
        MovedRow(
            application.id,
            application.name,
            application.organisation_name,
            change.old_due_on,
            change.new_due_on,
        )
        for change, application in session.exec(statement).all()
    ]


def _is_of(cause: str, at: datetime) -> ColumnElement[bool]:
    return (col(ClockChange.cause) == cause) & (col(ClockChange.at) == at)
