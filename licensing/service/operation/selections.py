"""Selecting the operating institution by a fair way: candidates, one result or a failure (S2 Art. 12)."""

from dataclasses import asdict, dataclass
from datetime import date, datetime

from sqlmodel import Session, select

from kernel.database import Database
from kernel.identity import Actor, Permission, check_permission
from kernel.ids import new_id
from kernel.trust import idempotency
from kernel.workdays import local_day
from licensing import errors, queries, rules
from licensing.models import ImplementationPlan, OperatorSelection
from licensing.queries import CandidateRow
from licensing.service.operation.writing import check_revision, record
from licensing.states import SELECTION_TRANSITIONS, PlanStatus, SelectionStatus
from registry import public as registry

_DECIDED = (PlanStatus.APPROVED, PlanStatus.FILED)


@dataclass(frozen=True, slots=True)
class NewSelection:
    """A selection for one plan: the way, and when and where it was published."""

    plan_id: str
    way: str
    published_on: date
    published_where: str
    way_reasons: str = ""
    idempotency_key: str = ""


@dataclass(frozen=True, slots=True)
class Candidacy:
    """One candidate; a second entry with the same credit code takes the place of the first."""

    selection_id: str
    revision: int
    candidate: CandidateRow


@dataclass(frozen=True, slots=True)
class SelectionResult:
    """Decide for the candidate with that credit code, or let the selection fail."""

    selection_id: str
    revision: int
    verb: str
    reasons: str
    chosen_code: str = ""


def open_selection(db: Database, *, actor: Actor, now: datetime, wanted: NewSelection) -> str:
    """Open a selection for a decided plan; returns its identifier.

    Raises:
        NotPermitted, ThingUnknown, NotYourSide: as they say.
        PlanNotDecided: the plan is not approved, or gave way to another.
        SelectionGoingOn: it has a selection that did not fail.
        WayUnexplained, DayAhead: as they say.
    """
    check_permission(actor, Permission.LICENSING_SELECTION_CONDUCT)
    rules.check_way(wanted.way, wanted.way_reasons)
    rules.check_happened(wanted.published_on, local_day(now))
    with db.transaction() as session:
        return idempotency.make_once(
            session,
            actor=actor,
            now=now,
            key=wanted.idempotency_key,
            request={"verb": "licensing.selection", "plan": wanted.plan_id, "way": wanted.way},
            make=lambda: _make(session, actor, now, wanted),
        )


def _make(session: Session, actor: Actor, now: datetime, wanted: NewSelection) -> str:
    # Two people who open at once: the plan's row lets one of them wait.
    session.exec(
        select(ImplementationPlan.id)
        .where(ImplementationPlan.id == wanted.plan_id)
        .with_for_update()
    ).first()
    plan = queries.find_plan(session, wanted.plan_id)
    if plan.body_id != actor.organisation_id:
        raise errors.NotYourSide
    if plan.status not in _DECIDED:
        raise errors.PlanNotDecided(status=plan.status.value)
    known = queries.list_selections(session, plan_id=plan.plan_id)
    if any(one.status is not SelectionStatus.FAILED for one in known):
        raise errors.SelectionGoingOn
    row = OperatorSelection(
        id=new_id(now),
        plan_id=plan.plan_id,
        status=SelectionStatus.OPEN,
        body_id=plan.body_id,
        body_name=plan.body_name,
        way=wanted.way,
        way_reasons=wanted.way_reasons.strip(),
        published_on=wanted.published_on,
        published_where=wanted.published_where,
        candidates=[],
        created_at=now,
    )
    session.add(row)
    record(session, actor, now, "open-selection", row)
    return row.id


def add_candidate(db: Database, *, actor: Actor, now: datetime, wanted: Candidacy) -> int:
    """Record a candidate; returns the new revision.

    Raises:
        ThingUnknown, ContractChanged, and what ``rules.check_may`` raises.
        CreditCodeWrong: the check character is wrong.
    """
    with db.transaction() as session:
        row = _begin(session, actor, wanted.selection_id, wanted.revision, "add-candidate")
        code = wanted.candidate.credit_code
        if not registry.is_credit_code(code):
            raise errors.CreditCodeWrong(codes=code)
        others = [one for one in row.candidates if one["credit_code"] != code]
        row.candidates = [*others, asdict(wanted.candidate)]
        return _end(session, actor, now, row, "add-candidate", wanted.candidate.name)


def decide_selection(db: Database, *, actor: Actor, now: datetime, wanted: SelectionResult) -> int:
    """Decide once for a qualified candidate, or record that the selection failed.

    Raises:
        ThingUnknown, ContractChanged, and what ``rules.check_may`` raises.
        ReasonMissing: a result has reasons too.
        CandidatesMissing, NotACandidate: the result cannot be that.
    """
    if wanted.verb not in {"decide", "fail"}:
        raise errors.VerbUnlawful(status="", verb=wanted.verb)
    with db.transaction() as session:
        row = _begin(
            session, actor, wanted.selection_id, wanted.revision, wanted.verb, wanted.reasons
        )
        if wanted.verb == "decide":
            known = {one["credit_code"]: bool(one["is_qualified"]) for one in row.candidates}
            rules.check_choice(wanted.chosen_code, known)
            if not wanted.reasons.strip():
                raise errors.ReasonMissing
            row.chosen_code = wanted.chosen_code
        row.status = SelectionStatus.DECIDED if wanted.verb == "decide" else SelectionStatus.FAILED
        row.reasons, row.decided_at = wanted.reasons.strip(), now
        return _end(session, actor, now, row, wanted.verb, row.reasons)


def _begin(
    session: Session, actor: Actor, selection_id: str, revision: int, verb: str, reason: str = ""
) -> OperatorSelection:
    statement = select(OperatorSelection).where(OperatorSelection.id == selection_id)
    row = session.exec(statement.with_for_update()).first()
    if row is None:
        raise errors.ThingUnknown
    standing = queries.selection_row(row).standing
    rules.check_may(actor, SELECTION_TRANSITIONS, verb, standing, reason=reason)
    check_revision(row, revision)
    return row


def _end(
    session: Session, actor: Actor, now: datetime, row: OperatorSelection, verb: str, reason: str
) -> int:
    row.revision += 1
    session.add(row)
    record(session, actor, now, verb, row, reason)
    return row.revision
