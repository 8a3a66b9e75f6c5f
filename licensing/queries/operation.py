"""Reads of authorised operation."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import or_
from sqlmodel import Session, col, func, select

from licensing.models import (
    OperationAgreement,
)
from licensing.queries.found import found_row
from licensing.states import AgreementStatus


@dataclass(frozen=True, slots=True)
class AgreementRow:
    """An operation agreement."""

    agreement_id: str
    number: str
    status: AgreementStatus
    revision: int
    body_id: str
    body_name: str
    operator_id: str
    operator_name: str
    scope: tuple[str, ...]
    topics: dict[str, str]
    starts_on: date
    ends_on: date


def agreement_row(found: OperationAgreement) -> AgreementRow:
    """The table row as a frozen one."""
    return AgreementRow(
        agreement_id=found.id,
        number=found.number,
        status=AgreementStatus(found.status),
        revision=found.revision,
        body_id=found.body_id,
        body_name=found.body_name,
        operator_id=found.operator_id,
        operator_name=found.operator_name,
        scope=tuple(found.scope),
        topics=dict(found.topics),
        starts_on=found.starts_on,
        ends_on=found.ends_on,
    )


def find_agreement(session: Session, agreement_id: str) -> AgreementRow:
    """One operation agreement; ThingUnknown when there is none."""
    return agreement_row(found_row(session, OperationAgreement, agreement_id))


def list_agreements(session: Session, *, organisation_id: str = "") -> list[AgreementRow]:
    """Agreements of one party, or all, the newest first."""
    statement = select(OperationAgreement).order_by(col(OperationAgreement.id).desc())
    if organisation_id:
        statement = statement.where(
            or_(
                col(OperationAgreement.body_id) == organisation_id,
                col(OperationAgreement.operator_id) == organisation_id,
            )
        )
    return [agreement_row(found) for found in session.exec(statement).all()]


def covering_agreement(
    session: Session, *, operator_id: str, codes: tuple[str, ...], today: date
) -> OperationAgreement | None:
    """The operator's agreement in force today that names all the codes."""
    statement = select(OperationAgreement).where(
        OperationAgreement.operator_id == operator_id,
        OperationAgreement.status == AgreementStatus.IN_FORCE,
        col(OperationAgreement.starts_on) <= today,
        col(OperationAgreement.ends_on) >= today,
    )
    return next(
        (found for found in session.exec(statement).all() if set(codes) <= set(found.scope)), None
    )


def count_operators(session: Session) -> int:
    """How many operating institutions have an agreement in force."""
    statement = select(func.count(func.distinct(OperationAgreement.operator_id))).where(
        OperationAgreement.status == AgreementStatus.IN_FORCE
    )
    return session.exec(statement).one()
