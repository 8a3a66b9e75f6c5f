"""Operation agreements until they are signed: drafted, decided by the body together, sent back, withdrawn."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, select

from kernel import accounts
from kernel.database import Database
from kernel.identity import Actor, Permission, check_permission
from kernel.ids import new_id
from kernel.trust import idempotency
from kernel.workdays import local_day
from licensing import errors, queries, rules
from licensing.models import OperationAgreement
from licensing.public.gates import check_resources
from licensing.queries import PlanRow, SelectionRow
from licensing.service.operation.writing import (
    CollectiveDecision,
    check_revision,
    record,
    with_hand,
    write_decision,
)
from licensing.states import (
    AGREEMENT_TRANSITIONS,
    AgreementStatus,
    EndReason,
    PlanStatus,
    SelectionStatus,
    Transition,
)
from registry import public as registry

_DECIDED = (PlanStatus.APPROVED, PlanStatus.FILED)
_SIGNED = (AgreementStatus.SIGNED, AgreementStatus.IN_FORCE)


@dataclass(frozen=True, slots=True)
class AgreementText:
    """What an agreement says: scope in codes of register A, and the 13 topics of S2 Art. 14.

    ``affiliates`` are unified social credit codes of the operator's affiliates (Art. 14(6)).
    """

    scope: tuple[str, ...]
    topics: dict[str, str]
    starts_on: date
    ends_on: date
    affiliates: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class NewAgreement:
    """A new agreement with whom a selection chose; a renewal or change names the one before."""

    number: str
    selection_id: str
    text: AgreementText
    supersedes_id: str = ""
    idempotency_key: str = ""


@dataclass(frozen=True, slots=True)
class AgreementEdit:
    """New text for a draft."""

    agreement_id: str
    revision: int
    text: AgreementText


@dataclass(frozen=True, slots=True)
class AgreementDecision:
    """The body's collective decision for one revision of an agreement."""

    agreement_id: str
    revision: int
    decision: CollectiveDecision


@dataclass(frozen=True, slots=True)
class AgreementMove:
    """Return, withdraw or terminate one revision of an agreement."""

    agreement_id: str
    verb: str
    revision: int
    reason: str = ""


def draft_agreement(db: Database, *, actor: Actor, now: datetime, wanted: NewAgreement) -> str:
    """Draft an agreement; returns its identifier.

    Raises:
        NotPermitted, NotYourSide, ThingUnknown: as they say.
        AgreementTooLong, TopicsMissing, CreditCodeWrong, NumberTaken: the text is not lawful.
        NotSelected, OperatorUnknown, PlanNotDecided, OutsidePlan: no selection and plan carry it.
        NotRegistered: a code of the scope is not in force.
        NothingToChange: the agreement to be changed is not in force, or not with this operator.
    """
    check_permission(actor, Permission.LICENSING_AGREEMENT_DRAFT)
    _check_text(wanted.text)
    with db.transaction() as session:
        return idempotency.make_once(
            session,
            actor=actor,
            now=now,
            key=wanted.idempotency_key,
            request={
                "verb": "licensing.agreement",
                "number": wanted.number,
                "selection": wanted.selection_id,
                "supersedes": wanted.supersedes_id,
                **_columns(wanted.text),
                "starts_on": str(wanted.text.starts_on),
                "ends_on": str(wanted.text.ends_on),
            },
            make=lambda: _make(session, actor, now, wanted),
        )


def _make(session: Session, actor: Actor, now: datetime, wanted: NewAgreement) -> str:
    selection, plan = _ground(session, wanted.selection_id)
    if selection.body_id != actor.organisation_id:
        raise errors.NotYourSide
    operator_id, operator_name = _operator(session, selection)
    _check_ground(session, wanted.text, plan, now)
    if wanted.supersedes_id:
        old = queries.find_agreement(session, wanted.supersedes_id, local_day(now))
        parties = (old.body_id, old.operator_id)
        if parties != (actor.organisation_id, operator_id) or old.status not in _SIGNED:
            raise errors.NothingToChange
    row = OperationAgreement(
        id=new_id(now),
        number=wanted.number,
        status=AgreementStatus.DRAFT,
        selection_id=selection.selection_id,
        supersedes_id=wanted.supersedes_id or None,
        body_id=actor.organisation_id,
        body_name=actor.organisation_name,
        operator_id=operator_id,
        operator_name=operator_name,
        **_columns(wanted.text),
        hands=with_hand({}, "draft", actor),
        created_at=now,
    )
    session.add(row)
    try:
        # The unique number decides between two requests at once, and it has to decide now.
        session.flush()
    except IntegrityError as error:
        raise errors.NumberTaken(number=wanted.number) from error
    record(session, actor, now, "draft", row)
    return row.id


def edit_agreement(db: Database, *, actor: Actor, now: datetime, wanted: AgreementEdit) -> int:
    """Save new text of a draft; returns the new revision.

    Raises:
        ThingUnknown, ContractChanged, and what ``rules.check_may`` raises.
        AgreementTooLong, TopicsMissing, CreditCodeWrong, PlanNotDecided, OutsidePlan,
        NotRegistered: the text is not lawful.
    """
    with db.transaction() as session:
        row, _ = begin(session, actor, now, (wanted.agreement_id, wanted.revision), "edit")
        _check_text(wanted.text)
        _, plan = _ground(session, row.selection_id or "")
        _check_ground(session, wanted.text, plan, now)
        for name, value in _columns(wanted.text).items():
            setattr(row, name, value)
        row.hands = with_hand(row.hands, "edit", actor)
        return finish(session, actor, now, row, "edit")


def decide_agreement(
    db: Database, *, actor: Actor, now: datetime, wanted: AgreementDecision
) -> int:
    """Record the body's own collective decision (S2 Art. 13); returns the new revision.

    Raises:
        ThingUnknown, ContractChanged, and what ``rules.check_may`` raises: SamePerson for whoever
            wrote the agreement.
        PlanNotDecided, OutsidePlan: the plan no longer carries it.
        NotRegistered, NotClassified, CoreData, ConsentMissing: a gate is closed.
        DayAhead, MinutesNotPreserved: the decision cannot be recorded.
    """
    with db.transaction() as session:
        row, move = begin(session, actor, now, (wanted.agreement_id, wanted.revision), "decide")
        _, plan = _ground(session, row.selection_id or "")
        text = AgreementText(tuple(row.scope), dict(row.topics), row.starts_on, row.ends_on)
        _check_ground(session, text, plan, now)
        check_resources(session, row.scope, local_day(now))
        row.decision = write_decision(session, actor, now, wanted.decision)
        row.status, row.decided_at = move.target, now
        return finish(session, actor, now, row, "decide")


def move_agreement(db: Database, *, actor: Actor, now: datetime, wanted: AgreementMove) -> int:
    """Return a decided text with reasons, withdraw a draft, terminate with reasons.

    Raises:
        ThingUnknown, ContractChanged, and what ``rules.check_may`` raises.
        VerbUnlawful: also for a verb that needs more than reasons.
    """
    if wanted.verb not in {"return", "withdraw", "terminate"}:
        raise errors.VerbUnlawful(status="", verb=wanted.verb)
    with db.transaction() as session:
        row, move = begin(
            session, actor, now, (wanted.agreement_id, wanted.revision), wanted.verb, wanted.reason
        )
        if wanted.verb == "return":
            row.status, row.decision, row.decided_at = move.target, {}, None
        else:
            reason = {"withdraw": EndReason.WITHDRAWN, "terminate": EndReason.TERMINATED}
            end_agreement(row, reason[wanted.verb], local_day(now))
        if move.needs_reason:
            row.reply = wanted.reason.strip()
        return finish(session, actor, now, row, wanted.verb, wanted.reason)


def end_agreement(row: OperationAgreement, reason: EndReason, day: date) -> None:
    """Write that an agreement ended, why, and on which day."""
    row.status, row.end_reason, row.ended_on = AgreementStatus.ENDED, reason, day
    row.evaluate_by = None


def begin(
    session: Session,
    actor: Actor,
    now: datetime,
    which: tuple[str, int],
    verb: str,
    reason: str = "",
) -> tuple[OperationAgreement, Transition]:
    """Lock an agreement and let a lawful move pass; ``which`` is its identifier and revision.

    Raises:
        ThingUnknown, ContractChanged, and what ``rules.check_may`` raises.
    """
    statement = select(OperationAgreement).where(OperationAgreement.id == which[0])
    row = session.exec(statement.with_for_update()).first()
    if row is None:
        raise errors.ThingUnknown
    standing = queries.agreement_row(row, local_day(now)).standing
    move = rules.check_may(actor, AGREEMENT_TRANSITIONS, verb, standing, reason=reason)
    check_revision(row, which[1])
    return row, move


def finish(
    session: Session,
    actor: Actor,
    now: datetime,
    row: OperationAgreement,
    verb: str,
    reason: str = "",
) -> int:
    """Save the next revision with its audit entry; returns its number."""
    row.revision += 1
    session.add(row)
    record(session, actor, now, verb, row, reason)
    return row.revision


def _check_text(text: AgreementText) -> None:
    rules.check_agreement(text.starts_on, text.ends_on, text.topics)
    if wrong := [code for code in text.affiliates if not registry.is_credit_code(code)]:
        raise errors.CreditCodeWrong(codes=", ".join(wrong))


def _ground(session: Session, selection_id: str) -> tuple[SelectionRow, PlanRow]:
    if not selection_id:
        raise errors.NotSelected
    selection = queries.find_selection(session, selection_id)
    if selection.status is not SelectionStatus.DECIDED:
        raise errors.NotSelected
    return selection, queries.find_plan(session, selection.plan_id)


def _operator(session: Session, selection: SelectionRow) -> tuple[str, str]:
    found = accounts.organisation_of_code(session, selection.chosen_code)
    if found is None:
        raise errors.OperatorUnknown(credit_code=selection.chosen_code)
    return found


def _check_ground(session: Session, text: AgreementText, plan: PlanRow, now: datetime) -> None:
    if plan.status not in _DECIDED:
        raise errors.PlanNotDecided(status=plan.status.value)
    rules.check_within_plan(
        text.scope, text.starts_on, text.ends_on, plan=plan.scope, months=plan.term_months
    )
    if missing := registry.missing_codes(session, text.scope, local_day(now)):
        raise errors.NotRegistered(codes=", ".join(missing))


def _columns(text: AgreementText) -> dict[str, Any]:
    return {
        "scope": list(text.scope),
        "topics": dict(text.topics),
        "starts_on": text.starts_on,
        "ends_on": text.ends_on,
        "affiliates": list(text.affiliates),
    }
