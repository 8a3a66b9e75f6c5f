"""Reads of licensing; frozen rows out, tables stay inside."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import or_
from sqlmodel import Session, SQLModel, col, func, select

from licensing import errors
from licensing.contract.odrl import read_terms
from licensing.contract.terms import Terms
from licensing.models import (
    Licence,
    LicenceApplication,
    Offer,
    OperationAgreement,
    PriceCeiling,
    Signature,
)
from licensing.rules import Standing
from licensing.states import AgreementStatus, ApplicationStatus, LicenceStatus


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


@dataclass(frozen=True, slots=True)
class OfferRow:
    """An offer with its terms; prices in 1/100 CNY a run."""

    offer_id: str
    product_code: str
    mode: str
    operator_id: str
    operator_name: str
    agreement_id: str
    terms: Terms
    policy: dict[str, Any]
    policy_digest: str
    price_cents: int
    ceiling_cents: int
    is_open: bool


@dataclass(frozen=True, slots=True)
class ApplicationRow:
    """An application for a licence."""

    application_id: str
    offer_id: str
    status: ApplicationStatus
    revision: int
    applicant_id: str
    applicant_name: str
    provider_id: str
    purpose: str
    justification: str
    reply: str
    submitted_at: datetime | None

    @property
    def standing(self) -> Standing:
        """What the rules need to know."""
        return Standing(self.status, self.applicant_id, self.provider_id)


@dataclass(frozen=True, slots=True)
class SignatureRow:
    """One side's signature."""

    side: str
    signer_name: str
    policy_digest: str
    signed_at: datetime


@dataclass(frozen=True, slots=True)
class LicenceRow:
    """A licence with its terms, quota and signatures."""

    licence_id: str
    number: str
    application_id: str
    offer_id: str
    product_code: str
    status: LicenceStatus
    revision: int
    licensee_id: str
    licensee_name: str
    provider_id: str
    provider_name: str
    policy: dict[str, Any]
    policy_digest: str
    starts_at: datetime
    expires_at: datetime
    runs_granted: int
    runs_reserved: int
    runs_taken: int
    reason: str
    signatures: tuple[SignatureRow, ...]

    @property
    def terms(self) -> Terms:
        """The terms that the policy says."""
        return read_terms(self.policy)

    @property
    def standing(self) -> Standing:
        """What the rules need to know."""
        return Standing(self.status, self.licensee_id, self.provider_id)


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


def offer_row(found: Offer) -> OfferRow:
    """The table row as a frozen one."""
    return OfferRow(
        offer_id=found.id,
        product_code=found.product_code,
        mode=found.mode,
        operator_id=found.operator_id,
        operator_name=found.operator_name,
        agreement_id=found.agreement_id,
        terms=read_terms(found.policy),
        policy=dict(found.policy),
        policy_digest=found.policy_digest,
        price_cents=found.price_cents,
        ceiling_cents=found.ceiling_cents,
        is_open=found.withdrawn_at is None,
    )


def application_row(found: LicenceApplication) -> ApplicationRow:
    """The table row as a frozen one."""
    return ApplicationRow(
        application_id=found.id,
        offer_id=found.offer_id,
        status=ApplicationStatus(found.status),
        revision=found.revision,
        applicant_id=found.applicant_id,
        applicant_name=found.applicant_name,
        provider_id=found.provider_id,
        purpose=found.purpose,
        justification=found.justification,
        reply=found.reply,
        submitted_at=found.submitted_at,
    )


def licence_row(session: Session, found: Licence) -> LicenceRow:
    """The table row and its signatures as a frozen one."""
    signatures = session.exec(
        select(Signature).where(Signature.licence_id == found.id).order_by(col(Signature.signed_at))
    ).all()
    return LicenceRow(
        licence_id=found.id,
        number=found.number,
        application_id=found.application_id,
        offer_id=found.offer_id,
        product_code=found.product_code,
        status=LicenceStatus(found.status),
        revision=found.revision,
        licensee_id=found.licensee_id,
        licensee_name=found.licensee_name,
        provider_id=found.provider_id,
        provider_name=found.provider_name,
        policy=dict(found.policy),
        policy_digest=found.policy_digest,
        starts_at=found.starts_at,
        expires_at=found.expires_at,
        runs_granted=found.runs_granted,
        runs_reserved=found.runs_reserved,
        runs_taken=found.runs_taken,
        reason=found.reason,
        signatures=tuple(
            SignatureRow(one.side, one.signer_name, one.policy_digest, one.signed_at)
            for one in signatures
        ),
    )


def _found(session: Session, table: type[SQLModel], identifier: str) -> Any:  # noqa: ANN401 - a row of that table
    row = session.get(table, identifier)
    if row is None:
        raise errors.ThingUnknown
    return row


def find_agreement(session: Session, agreement_id: str) -> AgreementRow:
    """One operation agreement; ThingUnknown when there is none."""
    return agreement_row(_found(session, OperationAgreement, agreement_id))


def find_offer(session: Session, offer_id: str) -> OfferRow:
    """One offer; ThingUnknown when there is none."""
    return offer_row(_found(session, Offer, offer_id))


def find_application(session: Session, application_id: str) -> ApplicationRow:
    """One application; ThingUnknown when there is none."""
    return application_row(_found(session, LicenceApplication, application_id))


def find_licence(session: Session, licence_id: str) -> LicenceRow:
    """One licence; ThingUnknown when there is none."""
    return licence_row(session, _found(session, Licence, licence_id))


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


def open_offers(session: Session, *, product_code: str = "") -> list[OfferRow]:
    """Offers that can be applied for, the oldest first."""
    statement = select(Offer).where(col(Offer.withdrawn_at).is_(None)).order_by(col(Offer.id))
    if product_code:
        statement = statement.where(Offer.product_code == product_code)
    return [offer_row(found) for found in session.exec(statement).all()]


def find_ceiling(session: Session, product_code: str) -> int | None:
    """The filed ceiling in 1/100 CNY a run, or None."""
    found = session.get(PriceCeiling, product_code)
    return found.ceiling_cents if found else None


def list_applications(session: Session, *, organisation_id: str) -> list[ApplicationRow]:
    """Applications that an organisation made or has to decide, the newest first."""
    statement = (
        select(LicenceApplication)
        .where(
            or_(
                col(LicenceApplication.applicant_id) == organisation_id,
                col(LicenceApplication.provider_id) == organisation_id,
            )
        )
        .order_by(col(LicenceApplication.id).desc())
    )
    return [application_row(found) for found in session.exec(statement).all()]


def list_licences(
    session: Session, *, organisation_id: str = "", product_code: str = ""
) -> list[LicenceRow]:
    """Licences of one party, of one product, or all, the newest first."""
    statement = select(Licence).order_by(col(Licence.id).desc())
    if organisation_id:
        statement = statement.where(
            or_(
                col(Licence.licensee_id) == organisation_id,
                col(Licence.provider_id) == organisation_id,
            )
        )
    if product_code:
        statement = statement.where(Licence.product_code == product_code)
    return [licence_row(session, found) for found in session.exec(statement).all()]


def count_operators(session: Session) -> int:
    """How many operating institutions have an agreement in force."""
    statement = select(func.count(func.distinct(OperationAgreement.operator_id))).where(
        OperationAgreement.status == AgreementStatus.IN_FORCE
    )
    return session.exec(statement).one()
