"""Reads of operation agreements, as they stand on a day."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import bindparam, or_
from sqlmodel import Session, col, func, select

from licensing.models import Evaluation, ExitStep, OperationAgreement
from licensing.queries.found import found_row
from licensing.queries.operation.decisions import DecisionRow, decision_row, hands_of
from licensing.rules import Standing, agreement_status_on
from licensing.states import AgreementStatus, EndReason, Side


@dataclass(frozen=True, slots=True)
class AgreementRow:
    """An operation agreement; its status is that of the day for which it was read.

    ``file_by`` and ``evaluate_by`` are the days of two duties, ``ended_on`` its last day.
    """

    agreement_id: str
    number: str
    status: AgreementStatus
    revision: int
    selection_id: str
    supersedes_id: str
    body_id: str
    body_name: str
    operator_id: str
    operator_name: str
    scope: tuple[str, ...]
    affiliates: tuple[str, ...]
    topics: dict[str, str]
    starts_on: date
    ends_on: date
    hands: dict[str, tuple[str, ...]]
    reply: str
    decision: DecisionRow | None
    signed_at: datetime | None
    countersigned_at: datetime | None
    file_by: date | None
    filing_number: str
    filed_on: date | None
    evaluate_by: date | None
    end_reason: str
    ended_on: date | None

    @property
    def standing(self) -> Standing:
        """What the rules need to know."""
        sides = {Side.BODY: self.body_id, Side.OPERATOR: self.operator_id}
        return Standing(self.status, sides, self.hands)


@dataclass(frozen=True, slots=True)
class EvaluationRow:
    """One evaluation of an agreement's effect."""

    evaluated_on: date
    result: str
    findings: str
    next_on: date | None
    recorded_by_name: str


@dataclass(frozen=True, slots=True)
class ExitStepRow:
    """One step by which the operator leaves."""

    done_on: date
    step: str
    recorded_by_name: str


def agreement_row(found: OperationAgreement, today: date) -> AgreementRow:
    """The table row as a frozen one, on a day."""
    stored = AgreementStatus(found.status)
    status = agreement_status_on(stored, found.starts_on, found.ends_on, today)
    has_run_out = status is AgreementStatus.ENDED and stored is not status
    return AgreementRow(
        agreement_id=found.id,
        number=found.number,
        status=status,
        revision=found.revision,
        selection_id=found.selection_id or "",
        supersedes_id=found.supersedes_id or "",
        body_id=found.body_id,
        body_name=found.body_name,
        operator_id=found.operator_id,
        operator_name=found.operator_name,
        scope=tuple(found.scope),
        affiliates=tuple(found.affiliates),
        topics=dict(found.topics),
        starts_on=found.starts_on,
        ends_on=found.ends_on,
        hands=hands_of(found.hands),
        reply=found.reply,
        decision=decision_row(found.decision),
        signed_at=found.signed_at,
        countersigned_at=found.countersigned_at,
        file_by=found.file_by,
        filing_number=found.filing_number,
        filed_on=found.filed_on,
        evaluate_by=found.evaluate_by,
        end_reason=found.end_reason or (EndReason.EXPIRED.value if has_run_out else ""),
        ended_on=found.ends_on if has_run_out else found.ended_on,
    )


def find_agreement(session: Session, agreement_id: str, today: date) -> AgreementRow:
    """One operation agreement on a day; ThingUnknown when there is none."""
    return agreement_row(found_row(session, OperationAgreement, agreement_id), today)


def list_agreements(
    session: Session,
    today: date,
    *,
    organisation_id: str = "",
    after: str = "",
    limit: int | None = None,
) -> list[AgreementRow]:
    """Agreements of one party, or all, the newest first; one more than the limit."""
    statement = select(OperationAgreement).order_by(col(OperationAgreement.id).desc())
    if organisation_id:
        statement = statement.where(
            or_(
                col(OperationAgreement.body_id) == organisation_id,
                col(OperationAgreement.operator_id) == organisation_id,
            )
        )
    if after:
        statement = statement.where(col(OperationAgreement.id) < after)
    if limit is not None:
        statement = statement.limit(limit + 1)
    return [agreement_row(found, today) for found in session.exec(statement).all()]


# Every run asks: the rest of an agreement is long, and building the statement costs more than running it.
_TOLD = (
    OperationAgreement.id,
    OperationAgreement.number,
    OperationAgreement.ends_on,
    OperationAgreement.scope,
)
_IN_FORCE = (
    select(*map(col, _TOLD))
    .where(
        OperationAgreement.status == AgreementStatus.IN_FORCE,
        col(OperationAgreement.operator_id) == bindparam("operator"),
        col(OperationAgreement.starts_on) <= bindparam("today"),
        col(OperationAgreement.ends_on) >= bindparam("today"),
    )
    .order_by(col(OperationAgreement.ends_on).desc())
)


def covering_agreement(
    session: Session, *, operator_id: str, codes: tuple[str, ...], today: date
) -> tuple[str, str, date] | None:
    """Identifier, number and last day of the operator's agreement in force today that names all the codes.

    Where several do, it is the one that ends last.
    """
    given = {"operator": operator_id, "today": today}
    for identifier, number, ends_on, scope in session.execute(_IN_FORCE, given).all():
        if set(codes) <= set(scope):
            return identifier, number, ends_on
    return None


def affiliates_of(session: Session, operator_id: str) -> frozenset[str]:
    """Credit codes of an operator's affiliates, as all its signed agreements name them."""
    statement = select(OperationAgreement).where(
        OperationAgreement.operator_id == operator_id,
        col(OperationAgreement.signed_at).is_not(None),
    )
    return frozenset(code for found in session.exec(statement).all() for code in found.affiliates)


def count_operators(session: Session, today: date) -> int:
    """How many operating institutions have an agreement in force."""
    statement = select(func.count(func.distinct(OperationAgreement.operator_id))).where(
        OperationAgreement.status == AgreementStatus.IN_FORCE,
        col(OperationAgreement.starts_on) <= today,
        col(OperationAgreement.ends_on) >= today,
    )
    return session.exec(statement).one()


def list_evaluations(session: Session, agreement_id: str) -> list[EvaluationRow]:
    """The evaluations of an agreement, the newest first."""
    statement = select(Evaluation).where(Evaluation.agreement_id == agreement_id)
    found = session.exec(statement.order_by(col(Evaluation.id).desc())).all()
    return [
        EvaluationRow(one.evaluated_on, one.result, one.findings, one.next_on, one.recorded_by_name)
        for one in found
    ]


def list_exit_steps(session: Session, agreement_id: str) -> list[ExitStepRow]:
    """The steps of an exit in the order in which they were recorded."""
    statement = select(ExitStep).where(ExitStep.agreement_id == agreement_id)
    found = session.exec(statement.order_by(col(ExitStep.id))).all()
    return [ExitStepRow(one.done_on, one.step, one.recorded_by_name) for one in found]
