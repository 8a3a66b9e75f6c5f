"""Reads of the procedure: applications as they stand or stood, their steps and objections."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement
from sqlalchemy import select as columns
from sqlmodel import Session, col, select

from kernel import accounts
from kernel.identity import Actor, Permission, check_permission, is_permitted
from registry import errors
from registry.models import Application, ClockChange, ClockRecord, Consent, Objection, Step
from registry.queries.clocks import changes_of
from registry.rules.clocks import Kind
from registry.rules.decide import Facts
from registry.rules.parties import named_codes
from registry.states import FINAL, TRANSITIONS, Register, Status, Type


@dataclass(frozen=True, slots=True)
class ApplicationRow:
    """An application as pages and REST show it."""

    application_id: str
    register: Register
    type: Type
    kind: str
    status: Status
    revision: int
    organisation_id: str
    organisation_name: str
    entry_code: str
    form: dict[str, Any]
    party: dict[str, Any]
    checklist: dict[str, Any]
    facts: Facts
    name: str
    name_key: str
    fingerprint: str
    reason: str
    created_at: datetime
    submitted_at: datetime | None
    filed_late_workdays: int
    due_on: date | None
    due_is_provisional: bool
    notice_starts_on: date | None
    notice_ends_on: date | None
    code: str | None
    coded_at: datetime | None


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
    facts: dict[str, Any]


@dataclass(frozen=True, slots=True)
class ObjectionRow:
    """An objection as the institution sees it."""

    objection_id: str
    application_id: str
    is_later: bool
    name: str
    contact: str
    statement: str
    evidence: str
    made_at: datetime
    told_at: datetime | None
    answer: str
    decision: str
    reason: str


def row_of(application: Application) -> ApplicationRow:
    """The table row as a frozen one."""
    status = Status(application.status)
    register, type_ = Register(application.register_name), Type(application.type)
    return ApplicationRow(
        application_id=application.id,
        register=register,
        type=type_,
        kind=application.kind,
        status=status,
        revision=application.revision,
        organisation_id=application.organisation_id,
        organisation_name=application.organisation_name,
        entry_code=application.entry_code,
        form=dict(application.form),
        party=dict(application.party),
        checklist=dict(application.checklist),
        facts=Facts(
            register=register,
            type=type_,
            kind=application.kind,
            status=status,
            organisation_id=application.organisation_id,
            agent_organisation_id=application.agent_organisation_id,
            drafted_by=application.drafted_by,
            accepted_by=application.accepted_by,
            reviewed_by=application.reviewed_by,
            supplements=application.supplements,
            extensions=application.extensions,
            notice_ends_on=application.notice_ends_on,
        ),
        name=application.name,
        name_key=application.name_key,
        fingerprint=application.fingerprint,
        reason=application.reason,
        created_at=application.created_at,
        submitted_at=application.submitted_at,
        filed_late_workdays=application.filed_late_workdays,
        due_on=application.due_on,
        due_is_provisional=application.due_is_provisional,
        notice_starts_on=application.notice_starts_on,
        notice_ends_on=application.notice_ends_on,
        code=application.code,
        coded_at=application.coded_at,
    )


def find_application(
    session: Session, application_id: str, *, as_of: datetime | None = None
) -> ApplicationRow:
    """One application, as it stands or as it stood at a past moment.

    Raises:
        ApplicationUnknown: there is none, or there was none at that moment.
    """
    found = session.get(Application, application_id)
    if found is None or (as_of is not None and found.created_at > as_of):
        raise errors.ApplicationUnknown
    row = row_of(found)
    return row if as_of is None else _as_it_stood(session, row, as_of)


def _as_it_stood(session: Session, row: ApplicationRow, as_of: datetime) -> ApplicationRow:
    steps = [step for step in history(session, row.application_id) if step.at <= as_of]
    if not steps:
        raise errors.ApplicationUnknown
    last = steps[-1]
    forms = [step.facts["form"] for step in steps if "form" in step.facts]
    checklists = [step.facts["checklist"] for step in steps if "checklist" in step.facts]
    form = forms[-1] if forms else row.form
    notices = [step for step in steps if step.target == Status.PUBLIC_NOTICE]
    has_code = row.coded_at is not None and row.coded_at <= as_of
    return replace(
        row,
        status=Status(last.target),
        # Every step is one revision, and a party's agreement is a step.
        revision=len(steps),
        party=row.party if any("agreed" in one.facts for one in steps) else _without_agreement(row),
        form=form,
        name=str(form.get("name", "")),
        checklist=checklists[-1] if checklists else {},
        reason=next((one.reason for one in reversed(steps) if one.verb in _REASONED), ""),
        due_on=_due_on(session, row.application_id, last, as_of),
        notice_starts_on=row.notice_starts_on if notices else None,
        notice_ends_on=_notice_end(session, row.application_id, as_of) if notices else None,
        # A supplement files again; what was true is the filing before it.
        submitted_at=next(
            (one.at for one in reversed(steps) if one.target == Status.SUBMITTED != one.source),
            None,
        ),
        code=row.code if has_code else None,
        coded_at=row.coded_at if has_code else None,
    )


def _without_agreement(row: ApplicationRow) -> dict[str, Any]:
    return {key: value for key, value in row.party.items() if key != "agreed_by"}


#: Verbs whose reasons are the application's own; what an objector states is not.
_REASONED = frozenset(
    move.verb.value for moves in TRANSITIONS.values() for move in moves if move.needs_reason
)


def _due_on(session: Session, application_id: str, last: StepRow, as_of: datetime) -> date | None:
    """The deadline after the last step, moved by what was counted again since (limits, calendar)."""
    due_on = last.due_on
    for one in changes_of(session, application_id):
        if last.at < one.at <= as_of and one.old_due_on == due_on:
            due_on = one.new_due_on
    return due_on


def _notice_end(session: Session, application_id: str, as_of: datetime) -> date | None:
    """The last day of the notice as it was known then; a longer limit may have moved it since."""
    statement = (
        columns(col(ClockChange.new_due_on))
        .join(ClockRecord, col(ClockRecord.id) == col(ClockChange.clock_id))
        .where(
            col(ClockRecord.application_id) == application_id, col(ClockRecord.kind) == Kind.NOTICE
        )
        .where(col(ClockChange.at) <= as_of)
        .order_by(col(ClockChange.at).desc(), col(ClockChange.id).desc())
        .limit(1)
    )
    return session.execute(statement).scalars().first()


def running_notices(
    session: Session, today: date, *, as_of: datetime | None = None
) -> list[ApplicationRow]:
    """Applications in their public notice, now or at a past moment, the earliest end first.

    ``today`` is the day of that moment.
    """
    statement = select(Application).where(col(Application.notice_ends_on) >= today)
    if as_of is None:
        statement = statement.where(Application.status == Status.PUBLIC_NOTICE)
    else:
        statement = statement.where(col(Application.notice_starts_on) <= today)
    ordered = statement.order_by(col(Application.notice_ends_on), col(Application.id))
    rows = [row_of(found) for found in session.exec(ordered).all()]
    if as_of is None:
        return rows
    then = (_as_it_stood(session, row, as_of) for row in rows if row.created_at <= as_of)
    return [
        row
        for row in then
        if row.status is Status.PUBLIC_NOTICE and row.notice_ends_on and row.notice_ends_on >= today
    ]


def open_applications(
    session: Session,
    *,
    statuses: Collection[Status] | None = None,
    organisation_id: str = "",
    limit: int = 200,
) -> list[ApplicationRow]:
    """What somebody still has to act on, the nearest deadline first."""
    wanted = [s for s in Status if s not in FINAL] if statuses is None else statuses
    statement = select(Application).where(col(Application.status).in_(wanted))
    if organisation_id:
        statement = statement.where(_is_of(organisation_id))
    statement = statement.order_by(
        col(Application.due_on).is_(None), col(Application.due_on), col(Application.id)
    )
    return [row_of(found) for found in session.exec(statement.limit(limit)).all()]


def _is_of(organisation_id: str) -> ColumnElement[bool]:
    """The entity's own applications, and those that an agent filed for it."""
    return (col(Application.organisation_id) == organisation_id) | (
        col(Application.agent_organisation_id) == organisation_id
    )


def visible_application(
    session: Session, actor: Actor, application_id: str, *, as_of: datetime | None = None
) -> ApplicationRow:
    """One application, for its entity, its agent, a party that the form names, and the institution.

    Raises:
        SignInNeeded: nobody has signed in.
        ApplicationUnknown: none, or whether it exists is not this person's business.
    """
    if actor.is_visitor:
        check_permission(actor, Permission.REGISTRY_APPLICATION_READ)
    row = find_application(session, application_id, as_of=as_of)
    if is_permitted(actor, Permission.REGISTRY_APPLICATION_READ):
        return row
    if row.party:
        # By real name, so the entity knows who asks; the phone number is for the institution alone.
        row = replace(row, party={**row.party, "contact": ""})
    if actor.organisation_id in {row.organisation_id, row.facts.agent_organisation_id}:
        return row
    credit_code = accounts.credit_code_of(session, actor.organisation_id)
    if credit_code and credit_code in named_codes(row.form):
        return row
    raise errors.ApplicationUnknown


def applications_of(session: Session, organisation_id: str) -> list[ApplicationRow]:
    """All applications of one registering entity or filed by it as an agent, the newest first."""
    statement = (
        select(Application).where(_is_of(organisation_id)).order_by(col(Application.id).desc())
    )
    return [row_of(found) for found in session.exec(statement).all()]


def open_on_entry(session: Session, *codes: str) -> ApplicationRow | None:
    """The application that is changing an entry or certificate just now.

    A certificate is named by its code or, before it has one, by its registration: give both.
    """
    statement = (
        select(Application)
        .where(col(Application.entry_code).in_(codes))
        .where(col(Application.status).not_in(FINAL))
        .limit(1)
    )
    found = session.exec(statement).first()
    return None if found is None else row_of(found)


def history(session: Session, application_id: str) -> list[StepRow]:
    """The moves of one application, oldest first."""
    statement = select(Step).where(Step.application_id == application_id)
    return [
        StepRow(
            step.at,
            step.verb,
            step.source,
            step.target,
            step.actor_name,
            step.reason,
            step.due_on,
            dict(step.facts or {}),
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


def editors_of(session: Session, application_id: str) -> set[str]:
    """Accounts that wrote the form or a part of it."""
    statement = select(Step.actor_id).where(Step.application_id == application_id)
    return set(session.exec(statement.where(col(Step.verb).in_(("draft", "edit")))).all())


def objections(session: Session, application_id: str) -> list[ObjectionRow]:
    """The objections against one application or what came of it, oldest first."""
    statement = select(Objection).where(Objection.application_id == application_id)
    return [objection_row(one) for one in session.exec(statement.order_by(col(Objection.id))).all()]


def objection_row(one: Objection) -> ObjectionRow:
    """The table row as a frozen one."""
    return ObjectionRow(
        one.id,
        one.application_id,
        one.is_later,
        one.name,
        one.contact,
        one.statement,
        one.evidence,
        one.made_at,
        one.told_at,
        one.answer,
        one.decision,
        one.reason,
    )


def consents(session: Session, application_id: str, form_sha256: str) -> list[str]:
    """Credit codes of the organisations that agreed to this very form."""
    statement = (
        select(Consent.credit_code)
        .where(Consent.application_id == application_id)
        .where(Consent.form_sha256 == form_sha256)
    )
    return list(session.exec(statement).all())
