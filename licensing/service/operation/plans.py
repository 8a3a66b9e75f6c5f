"""Implementation plans: drafted, decided by the body together, filed with the province (S2 Art. 9 to 11)."""

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlmodel import Session, select

from kernel.database import Database
from kernel.identity import Actor, Permission, check_permission
from kernel.ids import new_id
from kernel.trust import idempotency
from kernel.workdays import local_day
from licensing import errors, queries, rules
from licensing.models import ImplementationPlan
from licensing.queries import PlannedProduct
from licensing.service.operation.writing import (
    CollectiveDecision,
    check_revision,
    due_in_workdays,
    record,
    with_hand,
    write_decision,
)
from licensing.states import PLAN_TRANSITIONS, PlanStatus, Transition
from registry import public as registry

_VALID = (PlanStatus.APPROVED, PlanStatus.FILED)


@dataclass(frozen=True, slots=True)
class PlanText:
    """What a plan says: the words of the 12 items, and what is more than words.

    ``scope`` holds codes of register A; ``term_months`` is the longest term of an agreement.
    """

    items: dict[str, str]
    mode: str
    scope: tuple[str, ...]
    products: tuple[PlannedProduct, ...]
    term_months: int


@dataclass(frozen=True, slots=True)
class NewPlan:
    """A new plan; one that changes a decided plan names it and repeats the procedure (Art. 11)."""

    text: PlanText
    supersedes_id: str = ""
    idempotency_key: str = ""


@dataclass(frozen=True, slots=True)
class PlanEdit:
    """New text for a draft."""

    plan_id: str
    revision: int
    text: PlanText


@dataclass(frozen=True, slots=True)
class PlanMove:
    """Submit, return or withdraw one revision of a plan."""

    plan_id: str
    verb: str
    revision: int
    reason: str = ""


@dataclass(frozen=True, slots=True)
class PlanApproval:
    """The collective decision for one revision of a plan."""

    plan_id: str
    revision: int
    decision: CollectiveDecision


@dataclass(frozen=True, slots=True)
class PlanFiling:
    """The number under which the provincial data authority filed a plan."""

    plan_id: str
    revision: int
    filing_number: str


def draft_plan(db: Database, *, actor: Actor, now: datetime, wanted: NewPlan) -> str:
    """Draft a plan; returns its identifier.

    Raises:
        NotPermitted: the person may not.
        ThingUnknown, NothingToChange: the plan to be changed is unknown, not valid or not theirs.
    """
    check_permission(actor, Permission.LICENSING_PLAN_DRAFT)
    with db.transaction() as session:
        return idempotency.make_once(
            session,
            actor=actor,
            now=now,
            key=wanted.idempotency_key,
            request={
                "verb": "licensing.plan",
                "text": asdict(wanted.text),
                "supersedes": wanted.supersedes_id,
            },
            make=lambda: _make(session, actor, now, wanted),
        )


def _make(session: Session, actor: Actor, now: datetime, wanted: NewPlan) -> str:
    if wanted.supersedes_id:
        old = queries.find_plan(session, wanted.supersedes_id)
        if old.body_id != actor.organisation_id or old.status not in _VALID:
            raise errors.NothingToChange
    row = ImplementationPlan(
        id=new_id(now),
        status=PlanStatus.DRAFT,
        body_id=actor.organisation_id,
        body_name=actor.organisation_name,
        supersedes_id=wanted.supersedes_id or None,
        **_columns(wanted.text),
        hands=with_hand({}, "draft", actor),
        created_at=now,
    )
    session.add(row)
    record(session, actor, now, "draft", row)
    return row.id


def _columns(text: PlanText) -> dict[str, Any]:
    return {
        "mode": text.mode,
        "scope": list(text.scope),
        "items": dict(text.items),
        "products": [asdict(one) for one in text.products],
        "term_months": text.term_months,
    }


def edit_plan(db: Database, *, actor: Actor, now: datetime, wanted: PlanEdit) -> int:
    """Save new text of a draft; returns the new revision.

    Raises:
        ThingUnknown, ContractChanged, and what ``rules.check_may`` raises.
    """
    with db.transaction() as session:
        row, _ = _begin(session, actor, wanted.plan_id, wanted.revision, "edit")
        for name, value in _columns(wanted.text).items():
            setattr(row, name, value)
        row.hands = with_hand(row.hands, "edit", actor)
        return _end(session, actor, now, row, "edit")


def move_plan(db: Database, *, actor: Actor, now: datetime, wanted: PlanMove) -> int:
    """Submit a plan for decision, return it with reasons, or withdraw it; returns the new revision.

    Raises:
        ThingUnknown, ContractChanged, and what ``rules.check_may`` raises.
        VerbUnlawful: also for a verb that needs more than reasons.
        PlanItemsMissing, NotRegistered: the plan is not ready to be submitted.
    """
    if wanted.verb not in {"submit", "return", "withdraw"}:
        raise errors.VerbUnlawful(status="", verb=wanted.verb)
    with db.transaction() as session:
        row, move = _begin(
            session, actor, wanted.plan_id, wanted.revision, wanted.verb, wanted.reason
        )
        if wanted.verb == "submit":
            _check_ready(session, row, now)
            row.submitted_at, row.reply = now, ""
            row.hands = with_hand(row.hands, "submit", actor)
        elif wanted.verb == "return":
            row.reply = wanted.reason.strip()
        row.status = move.target
        return _end(session, actor, now, row, wanted.verb, wanted.reason)


def _check_ready(session: Session, row: ImplementationPlan, now: datetime) -> None:
    rules.check_plan(row.items, row.scope, row.products)
    if missing := registry.missing_codes(session, row.scope, local_day(now)):
        raise errors.NotRegistered(codes=", ".join(missing))


def approve_plan(db: Database, *, actor: Actor, now: datetime, wanted: PlanApproval) -> int:
    """Record the body's collective decision; filing is due from this day. Returns the new revision.

    Raises:
        ThingUnknown, ContractChanged, and what ``rules.check_may`` raises: SamePerson for whoever
            wrote or submitted the plan.
        PlanItemsMissing, NotRegistered: what was ready at submission no longer is.
        DayAhead, MinutesNotPreserved: the decision cannot be recorded.
    """
    with db.transaction() as session:
        row, move = _begin(session, actor, wanted.plan_id, wanted.revision, "approve")
        _check_ready(session, row, now)
        row.decision = write_decision(session, actor, now, wanted.decision)
        row.status, row.decided_at = move.target, now
        row.file_by = due_in_workdays(session, "plan_filing", local_day(now))
        return _end(session, actor, now, row, "approve")


def file_plan(db: Database, *, actor: Actor, now: datetime, wanted: PlanFiling) -> int:
    """File a plan with the provincial data authority; the plan that it changes gives way.

    Raises:
        ThingUnknown, ContractChanged, and what ``rules.check_may`` raises.
    """
    with db.transaction() as session:
        row, move = _begin(session, actor, wanted.plan_id, wanted.revision, "file")
        row.status, row.filing_number = move.target, wanted.filing_number
        row.filed_on = local_day(now)
        if row.supersedes_id:
            old = _lock(session, row.supersedes_id)
            if old.status in _VALID:
                old.status = PlanStatus.SUPERSEDED
                _end(session, actor, now, old, "supersede")
        return _end(session, actor, now, row, "file-for-record")


def _begin(
    session: Session, actor: Actor, plan_id: str, revision: int, verb: str, reason: str = ""
) -> tuple[ImplementationPlan, Transition]:
    row = _lock(session, plan_id)
    standing = queries.plan_row(row).standing
    move = rules.check_may(actor, PLAN_TRANSITIONS, verb, standing, reason=reason)
    check_revision(row, revision)
    return row, move


def _end(
    session: Session,
    actor: Actor,
    now: datetime,
    row: ImplementationPlan,
    verb: str,
    reason: str = "",
) -> int:
    row.revision += 1
    session.add(row)
    record(session, actor, now, verb, row, reason)
    return row.revision


def _lock(session: Session, plan_id: str) -> ImplementationPlan:
    statement = select(ImplementationPlan).where(ImplementationPlan.id == plan_id)
    row = session.exec(statement.with_for_update()).first()
    if row is None:
        raise errors.ThingUnknown
    return row
