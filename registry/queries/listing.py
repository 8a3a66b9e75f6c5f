"""Lists of the procedure, page by page: applications, and clocks that are due."""

from dataclasses import dataclass
from datetime import date

from sqlmodel import Session, col, or_, select

from registry.models import Application, ClockRecord
from registry.queries.applications import ApplicationRow, row_of
from registry.queries.clocks import DueRow, clock_row
from registry.rules.clocks import State
from registry.states import FINAL


@dataclass(frozen=True, slots=True)
class ApplicationSearch:
    """Which applications; without an organisation those of all that are open."""

    register: str = ""
    type: str = ""
    status: str = ""
    organisation_id: str = ""
    after: str = ""
    limit: int = 20


@dataclass(frozen=True, slots=True)
class DueSearch:
    """Which running clocks; ``after`` is the key of the last row of the page before."""

    holder: str = ""
    register: str = ""
    organisation_id: str = ""
    until: date | None = None
    after: str = ""
    limit: int = 20


def list_applications(session: Session, wanted: ApplicationSearch) -> list[ApplicationRow]:
    """The newest first; one more than the limit when there are more."""
    statement = select(Application)
    if wanted.organisation_id:
        own = (
            col(Application.organisation_id) == wanted.organisation_id,
            col(Application.agent_organisation_id) == wanted.organisation_id,
        )
        statement = statement.where(or_(*own))
    else:
        statement = statement.where(col(Application.status).not_in(FINAL))
    if wanted.register:
        statement = statement.where(Application.register_name == wanted.register)
    if wanted.type:
        statement = statement.where(Application.type == wanted.type)
    if wanted.status:
        statement = statement.where(Application.status == wanted.status)
    if wanted.after:
        statement = statement.where(col(Application.id) < wanted.after)
    statement = statement.order_by(col(Application.id).desc()).limit(wanted.limit + 1)
    return [row_of(found) for found in session.exec(statement).all()]


def list_due(session: Session, wanted: DueSearch) -> list[DueRow]:
    """Running clocks, the nearest due date first; one more than the limit when there are more."""
    statement = (
        select(ClockRecord, Application)
        .join(Application, col(Application.id) == col(ClockRecord.application_id))
        .where(ClockRecord.state == State.RUNNING, col(ClockRecord.due_on).is_not(None))
    )
    if wanted.holder:
        statement = statement.where(ClockRecord.holder == wanted.holder)
    if wanted.register:
        statement = statement.where(Application.register_name == wanted.register)
    if wanted.organisation_id:
        statement = statement.where(Application.organisation_id == wanted.organisation_id)
    if wanted.until is not None:
        statement = statement.where(col(ClockRecord.due_on) <= wanted.until)
    if wanted.after:
        day, _, clock_id = wanted.after.partition("|")
        last = date.fromisoformat(day)
        later = (col(ClockRecord.due_on) == last) & (col(ClockRecord.id) > clock_id)
        statement = statement.where((col(ClockRecord.due_on) > last) | later)
    statement = statement.order_by(col(ClockRecord.due_on), col(ClockRecord.id))
    return [
        DueRow(
            clock_row(record),
            application.register_name,
            application.type,
            application.name,
            application.organisation_id,
            application.organisation_name,
            application.status,
        )
        for record, application in session.exec(statement.limit(wanted.limit + 1)).all()
    ]


def key_of_due(row: DueRow) -> str:
    """The key of a row of :func:`list_due`, from which the next page goes on."""
    return f"{row.clock.due_on}|{row.clock.clock_id}"
