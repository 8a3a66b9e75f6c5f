"""Reads of the register; frozen rows out, tables stay inside."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import or_
from sqlmodel import Session, col, func, select

from registry import errors
from registry.models import Application, Objection, Step
from registry.rules import Facts
from registry.states import FINAL, Status


@dataclass(frozen=True, slots=True)
class ApplicationRow:
    """An application as pages and REST show it."""

    application_id: str
    kind: str
    status: Status
    revision: int
    organisation_id: str
    organisation_name: str
    form: dict[str, Any]
    facts: Facts
    reason: str
    submitted_at: datetime | None
    due_on: date | None
    due_is_provisional: bool
    notice_starts_on: date | None
    notice_ends_on: date | None
    code: str | None
    coded_at: datetime | None
    valid_until: date | None

    @property
    def name(self) -> str:
        """The data's name, as filed."""
        return str(self.form.get("name", ""))


@dataclass(frozen=True, slots=True)
class StepRow:
    """One move in an application's history."""

    at: datetime
    verb: str
    source: str
    target: str
    actor_name: str
    reason: str
    due_on: date | None


@dataclass(frozen=True, slots=True)
class ObjectionRow:
    """An objection as the institution sees it."""

    objection_id: str
    name: str
    contact: str
    statement: str
    evidence: str
    made_at: datetime
    decision: str
    reason: str


@dataclass(frozen=True, slots=True)
class EntrySearch:
    """What somebody looks for in the register; empty text means anything."""

    text: str = ""
    region: str = ""
    industry: str = ""
    kind: str = ""
    status: str = ""
    as_of: datetime | None = None
    after: str = ""
    limit: int = 20


def row_of(application: Application) -> ApplicationRow:
    """The table row as a frozen one."""
    status = Status(application.status)
    return ApplicationRow(
        application_id=application.id,
        kind=application.kind,
        status=status,
        revision=application.revision,
        organisation_id=application.organisation_id,
        organisation_name=application.organisation_name,
        form=dict(application.form),
        facts=Facts(
            organisation_id=application.organisation_id,
            kind=application.kind,
            status=status,
            drafted_by=application.drafted_by,
            accepted_by=application.accepted_by,
            supplements=application.supplements,
            notice_ends_on=application.notice_ends_on,
        ),
        reason=application.reason,
        submitted_at=application.submitted_at,
        due_on=application.due_on,
        due_is_provisional=application.due_is_provisional,
        notice_starts_on=application.notice_starts_on,
        notice_ends_on=application.notice_ends_on,
        code=application.code,
        coded_at=application.coded_at,
        valid_until=application.valid_until,
    )


def find_application(session: Session, application_id: str) -> ApplicationRow:
    """One application.

    Raises:
        ApplicationUnknown: there is none.
    """
    found = session.get(Application, application_id)
    if found is None:
        raise errors.ApplicationUnknown
    return row_of(found)


def find_entry(session: Session, code: str, *, as_of: datetime | None = None) -> ApplicationRow:
    """The entry with that code, if it had it at the moment.

    Raises:
        EntryUnknown: no entry, or not yet at that moment.
    """
    found = session.exec(select(Application).where(Application.code == code)).first()
    if found is None or (as_of and found.coded_at and found.coded_at > as_of):
        raise errors.EntryUnknown(code=code)
    return as_it_stood(session, row_of(found), as_of)


def as_it_stood(session: Session, row: ApplicationRow, as_of: datetime | None) -> ApplicationRow:
    """The row with the status that it had at a past moment; as it is without one."""
    if as_of is None:
        return row
    return replace(row, status=Status(status_as_of(session, row.application_id, as_of)))


def search_entries(session: Session, wanted: EntrySearch) -> list[ApplicationRow]:
    """Coded entries in the order of their codes; one more than the limit, when there are more."""
    statement = select(Application).where(col(Application.code).is_not(None))
    if wanted.text:
        # The form is one JSON column without an index; a search table comes with the full register.
        pattern = f"%{wanted.text}%"
        statement = statement.where(
            or_(
                col(Application.form)["name"].as_string().like(pattern),
                col(Application.form)["summary"].as_string().like(pattern),
                col(Application.code).like(pattern),
                col(Application.organisation_name).like(pattern),
            )
        )
    for field in ("region", "industry"):
        if value := getattr(wanted, field):
            statement = statement.where(col(Application.form)[field].as_string() == value)
    if wanted.kind:
        statement = statement.where(Application.kind == wanted.kind)
    if wanted.status:
        statement = statement.where(Application.status == wanted.status)
    if wanted.as_of:
        statement = statement.where(col(Application.coded_at) <= wanted.as_of)
    if wanted.after:
        statement = statement.where(col(Application.code) > wanted.after)
    statement = statement.order_by(col(Application.code)).limit(wanted.limit + 1)
    rows = [row_of(found) for found in session.exec(statement).all()]
    return [as_it_stood(session, row, wanted.as_of) for row in rows]


def running_notices(session: Session, today: date) -> list[ApplicationRow]:
    """Applications in their public notice, the earliest end first."""
    statement = (
        select(Application)
        .where(Application.status == Status.PUBLIC_NOTICE)
        .where(col(Application.notice_ends_on) >= today)
        .order_by(col(Application.notice_ends_on), col(Application.id))
    )
    return [row_of(found) for found in session.exec(statement).all()]


def open_applications(session: Session, *, organisation_id: str = "") -> list[ApplicationRow]:
    """Everything that somebody still has to act on, the nearest deadline first."""
    statement = select(Application).where(col(Application.status).not_in(FINAL))
    if organisation_id:
        statement = statement.where(Application.organisation_id == organisation_id)
    statement = statement.order_by(
        col(Application.due_on).is_(None), col(Application.due_on), col(Application.id)
    )
    return [row_of(found) for found in session.exec(statement).all()]


def applications_of(session: Session, organisation_id: str) -> list[ApplicationRow]:
    """All applications of one registering entity, the newest first."""
    statement = (
        select(Application)
        .where(Application.organisation_id == organisation_id)
        .order_by(col(Application.id).desc())
    )
    return [row_of(found) for found in session.exec(statement).all()]


def history(session: Session, application_id: str) -> list[StepRow]:
    """The moves of one application, oldest first."""
    statement = select(Step).where(Step.application_id == application_id)
    return [
        StepRow(
            step.at, step.verb, step.source, step.target, step.actor_name, step.reason, step.due_on
        )
        for step in session.exec(statement.order_by(col(Step.at), col(Step.id))).all()
    ]


def status_as_of(session: Session, application_id: str, moment: datetime) -> str:
    """Where the application stood at a past moment; empty before its first step."""
    statement = (
        select(Step.target)
        .where(Step.application_id == application_id, col(Step.at) <= moment)
        .order_by(col(Step.at).desc(), col(Step.id).desc())
        .limit(1)
    )
    return session.exec(statement).first() or ""


def objections(session: Session, application_id: str) -> list[ObjectionRow]:
    """The objections against one application, oldest first."""
    statement = select(Objection).where(Objection.application_id == application_id)
    return [
        ObjectionRow(
            one.id,
            one.name,
            one.contact,
            one.statement,
            one.evidence,
            one.made_at,
            one.decision,
            one.reason,
        )
        for one in session.exec(statement.order_by(col(Objection.id))).all()
    ]


def count_entries(session: Session, kind: str) -> int:
    """How many entries of a kind have a code."""
    statement = (
        select(func.count())
        .select_from(Application)
        .where(Application.kind == kind, col(Application.code).is_not(None))
    )
    return session.exec(statement).one()
