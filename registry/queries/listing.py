"""Lists of the procedure, page by page: applications, and clocks that are due."""

from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy import Select, func
from sqlalchemy import select as columns
from sqlmodel import Session, col, or_, select

from registry.models import Application, ClockChange, ClockRecord
from registry.queries.applications import ApplicationRow, row_of, status_as_of
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
    """Which running clocks, now or at a past moment; ``after`` is the key of the last row before."""

    holder: str = ""
    register: str = ""
    organisation_id: str = ""
    until: date | None = None
    as_of: datetime | None = None
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
    due = col(ClockRecord.due_on) if wanted.as_of is None else col(ClockChange.new_due_on)
    statement = columns(ClockRecord, Application, due).join(
        Application, col(Application.id) == col(ClockRecord.application_id)
    )
    if wanted.as_of is None:
        statement = statement.where(col(ClockRecord.state) == State.RUNNING)
    else:
        statement = statement.join(
            ClockChange, col(ClockChange.clock_id) == col(ClockRecord.id)
        ).where(
            col(ClockChange.id).in_(_last_changes(wanted.as_of)),
            col(ClockChange.state) == State.RUNNING,
        )
    for value, column in (
        (wanted.holder, ClockRecord.holder),
        (wanted.register, Application.register_name),
        (wanted.organisation_id, Application.organisation_id),
    ):
        if value:
            statement = statement.where(col(column) == value)
    if wanted.until is not None:
        statement = statement.where(due <= wanted.until)
    if wanted.after:
        day, _, clock_id = wanted.after.partition("|")
        last = date.fromisoformat(day)
        later = (due == last) & (col(ClockRecord.id) > clock_id)
        statement = statement.where((due > last) | later)
    statement = statement.where(due.is_not(None)).order_by(due, col(ClockRecord.id))
    found = session.execute(statement.limit(wanted.limit + 1)).all()
    return [_due_row(session, wanted, *row) for row in found]


def _last_changes(moment: datetime) -> Select[str]:
    """The last change of each clock up to a moment; identifiers grow with time."""
    last = func.max(ClockChange.id)
    statement = columns(last).where(col(ClockChange.at) <= moment)
    return statement.group_by(col(ClockChange.clock_id))


def _due_row(
    session: Session, wanted: DueSearch, record: ClockRecord, row: Application, due_on: date
) -> DueRow:
    status = row.status if wanted.as_of is None else status_as_of(session, row.id, wanted.as_of)
    clock = replace(clock_row(record), due_on=due_on, state=State.RUNNING)
    return DueRow(
        clock,
        row.register_name,
        row.type,
        row.name,
        row.organisation_id,
        row.organisation_name,
        status,
    )


def key_of_due(row: DueRow) -> str:
    """The key of a row of :func:`list_due`, from which the next page goes on."""
    return f"{row.clock.due_on}|{row.clock.clock_id}"
