"""Tables of offers, applications, licences and signatures."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, Column, UniqueConstraint
from sqlmodel import Field, SQLModel

from kernel.database import UtcDateTime


class Offer(SQLModel, table=True):
    """An offer: one product, one mode, one policy; never changed, only withdrawn."""

    __tablename__ = "licensing_offer"
    __table_args__ = (
        CheckConstraint("price_cents >= 0 AND price_cents <= ceiling_cents", name="price"),
    )

    id: str = Field(primary_key=True)
    product_code: str = Field(index=True)
    dataset: str
    mode: str
    operator_id: str = Field(foreign_key="kernel_organisation.id", index=True)
    operator_name: str
    agreement_id: str = Field(foreign_key="licensing_agreement.id")
    policy: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    policy_digest: str
    price_cents: int
    ceiling_cents: int
    published_by: str
    published_at: datetime = Field(sa_type=UtcDateTime)
    withdrawn_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class LicenceApplication(SQLModel, table=True):
    """An enterprise's application for a licence under one offer."""

    __tablename__ = "licensing_application"

    id: str = Field(primary_key=True)
    offer_id: str = Field(foreign_key="licensing_offer.id", index=True)
    status: str
    revision: int = 1
    applicant_id: str = Field(foreign_key="kernel_organisation.id", index=True)
    applicant_name: str
    provider_id: str = Field(foreign_key="kernel_organisation.id", index=True)
    purpose: str
    justification: str
    reply: str = ""
    created_by: str
    created_at: datetime = Field(sa_type=UtcDateTime)
    submitted_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    decided_by: str = ""
    decided_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class Licence(SQLModel, table=True):
    """A licence: the policy that both sides signed, and the state of its quota.

    ``runs_reserved`` and ``runs_taken`` never add up to more than ``runs_granted``; the database
    itself refuses it.
    """

    __tablename__ = "licensing_licence"
    __table_args__ = (
        CheckConstraint(
            "runs_reserved >= 0 AND runs_taken >= 0 AND runs_reserved + runs_taken <= runs_granted",
            name="runs",
        ),
    )

    id: str = Field(primary_key=True)
    number: str = Field(unique=True)
    application_id: str = Field(foreign_key="licensing_application.id", unique=True)
    offer_id: str = Field(foreign_key="licensing_offer.id", index=True)
    product_code: str = Field(index=True)
    status: str
    revision: int = 1
    licensee_id: str = Field(foreign_key="kernel_organisation.id", index=True)
    licensee_name: str
    provider_id: str = Field(foreign_key="kernel_organisation.id", index=True)
    provider_name: str
    policy: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    policy_digest: str
    starts_at: datetime = Field(sa_type=UtcDateTime)
    expires_at: datetime = Field(sa_type=UtcDateTime)
    runs_granted: int
    runs_reserved: int = 0
    runs_taken: int = 0
    reason: str = ""
    created_at: datetime = Field(sa_type=UtcDateTime)


class Signature(SQLModel, table=True):
    """One side's signature over the digest of the policy."""

    __tablename__ = "licensing_signature"
    __table_args__ = (UniqueConstraint("licence_id", "side"),)

    id: str = Field(primary_key=True)
    licence_id: str = Field(foreign_key="licensing_licence.id", index=True)
    side: str
    account_id: str
    signer_name: str
    policy_digest: str
    signed_at: datetime = Field(sa_type=UtcDateTime)
