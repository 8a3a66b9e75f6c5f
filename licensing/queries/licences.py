"""Reads of licences."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import or_
from sqlmodel import Session, col, select

from licensing.contract.odrl import read_terms
from licensing.contract.terms import Terms
from licensing.models import (
    Licence,
    Signature,
)
from licensing.queries.found import found_row
from licensing.rules import Standing
from licensing.states import LicenceStatus, Side


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
        return Standing(
            self.status, {Side.APPLICANT: self.licensee_id, Side.PROVIDER: self.provider_id}
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


def find_licence(session: Session, licence_id: str) -> LicenceRow:
    """One licence; ThingUnknown when there is none."""
    return licence_row(session, found_row(session, Licence, licence_id))


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
