"""Tables of offers, applications, licences and signatures."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    CheckConstraint,
    Column,
    Dialect,
    Index,
    TypeDecorator,
    UniqueConstraint,
)
from sqlmodel import Field, SQLModel

from kernel.database import UtcDateTime


class PolicyJson(TypeDecorator[dict[str, Any]]):
    """A policy as JSON; a stored text that is no JSON any more reads as the empty document.

    Nobody has signed that one, so whoever looks at the digest finds it changed, as with any other
    character that is not what it was.
    """

    impl = JSON
    cache_ok = True

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], Any] | None:
        """Read the stored text."""
        read = super().result_processor(dialect, coltype)

        def process(value: Any) -> Any:  # noqa: ANN401 - what the driver gives
            try:
                found = read(value) if read else value
            except ValueError:
                return {}
            return found if isinstance(found, dict) else {}

        return process


class Offer(SQLModel, table=True):
    """One version of an offer: one product, one mode, one policy; never changed.

    A new version has the same ``series_id`` and withdraws the one before; applications and licences
    under an older version go on with the terms that they saw. ``approval`` says who decides: a
    person (``reviewed``), or the declared rule at once where nothing is left to a person
    (``automatic``).
    """

    __tablename__ = "licensing_offer"
    __table_args__ = (
        CheckConstraint("price_cents >= 0 AND price_cents <= ceiling_cents", name="price"),
        Index("uq_licensing_offer_version", "series_id", "version", unique=True),
    )

    id: str = Field(primary_key=True)
    series_id: str
    version: int
    approval: str
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
    """An application for a licence under one offer, and whom it waits for.

    ``researchers`` are accounts with their names, ``papers`` preserved files by SHA-256; ``trace``
    is what the policy said to the applicant when it was submitted. ``reopens_licence_id`` names the
    licence that this one would replace; that right stands until the new one is in force.
    ``turn`` is the side that moves next, ``due_on`` the day by which it should.
    """

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
    researchers: list[dict[str, str]] = Field(sa_column=Column(JSON, nullable=False))
    papers: list[str] = Field(sa_column=Column(JSON, nullable=False))
    region: str = ""
    industry: str = ""
    credentials: list[str] = Field(sa_column=Column(JSON, nullable=False))
    trace: list[dict[str, Any]] = Field(sa_column=Column(JSON, nullable=False))
    reopens_licence_id: str = ""
    reply: str = ""
    turn: str = ""
    due_on: date | None = None
    created_by: str
    created_at: datetime = Field(sa_type=UtcDateTime)
    submitted_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    decided_by: str = ""
    decided_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class Licence(SQLModel, table=True):
    """A licence: the policy that both sides signed. Its quotas are rows of their own.

    ``alarmed_at`` is when the stored policy was last found to be another than the signed one.
    """

    __tablename__ = "licensing_licence"

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
    policy: dict[str, Any] = Field(sa_column=Column(PolicyJson, nullable=False))
    policy_digest: str
    starts_at: datetime = Field(sa_type=UtcDateTime)
    expires_at: datetime = Field(sa_type=UtcDateTime)
    decided_by: str = ""
    representative: str = ""
    replaces_id: str = ""
    ended_as: str = ""
    reason: str = ""
    turn: str = ""
    due_on: date | None = None
    created_at: datetime = Field(sa_type=UtcDateTime)
    alarmed_at: datetime | None = Field(default=None, sa_type=UtcDateTime, index=True)


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
