"""Reads of consents to operate shared data."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from licensing.models import ImplementationPlan, OperationAgreement, SharingConsent
from licensing.states import AgreementStatus, PlanStatus
from registry import public as registry


@dataclass(frozen=True, slots=True)
class ConsentRow:
    """What the providing body said of one resource, given or taken back."""

    consent_id: str
    resource_code: str
    is_given: bool
    organisation_name: str
    document_number: str
    reason: str
    recorded_by_name: str
    recorded_at: datetime


def consents_of(session: Session, codes: Sequence[str]) -> dict[str, ConsentRow]:
    """The newest word on each of the codes; a code without one is left out."""
    statement = (
        select(SharingConsent)
        .where(col(SharingConsent.resource_code).in_(codes))
        .order_by(col(SharingConsent.id))
    )
    return {found.resource_code: _row(found) for found in session.exec(statement).all()}


def list_consents(
    session: Session, *, organisation_id: str = "", after: str = "", limit: int | None = None
) -> list[ConsentRow]:
    """What a body said, or what all said, the newest first; one more than the limit."""
    statement = select(SharingConsent).order_by(col(SharingConsent.id).desc())
    if organisation_id:
        statement = statement.where(SharingConsent.organisation_id == organisation_id)
    if after:
        statement = statement.where(col(SharingConsent.id) < after)
    if limit is not None:
        statement = statement.limit(limit + 1)
    return [_row(found) for found in session.exec(statement).all()]


def shared_resources_of(session: Session, provider_name: str) -> list[registry.Entry]:
    """Resources that this body shared and that a plan or an agreement which is not over names."""
    plans = select(ImplementationPlan.scope).where(
        col(ImplementationPlan.status).not_in((PlanStatus.WITHDRAWN, PlanStatus.SUPERSEDED))
    )
    agreements = select(OperationAgreement.scope).where(
        OperationAgreement.status != AgreementStatus.ENDED
    )
    codes = {
        code
        for statement in (plans, agreements)
        for scope in session.exec(statement).all()
        for code in scope
    }
    entries = registry.entries(session, sorted(codes))
    return [entry for entry in entries.values() if entry.shared_provider == provider_name]


def _row(found: SharingConsent) -> ConsentRow:
    return ConsentRow(
        found.id,
        found.resource_code,
        found.is_given,
        found.organisation_name,
        found.document_number,
        found.reason,
        found.recorded_by_name,
        found.recorded_at,
    )
