"""Tables of authorised operation."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, Column
from sqlmodel import Field, SQLModel

from kernel.database import UtcDateTime


class ImplementationPlan(SQLModel, table=True):
    """An implementation plan of an implementing body (S2 Art. 9 to 11).

    ``items`` holds the words of the 12 items, ``hands`` the accounts by verb that wrote it.
    """

    __tablename__ = "licensing_plan"
    __table_args__ = (CheckConstraint("term_months > 0", name="term"),)

    id: str = Field(primary_key=True)
    status: str
    revision: int = 1
    body_id: str = Field(foreign_key="kernel_organisation.id", index=True)
    body_name: str
    supersedes_id: str | None = Field(default=None, foreign_key="licensing_plan.id")
    mode: str
    scope: list[str] = Field(sa_column=Column(JSON, nullable=False))
    items: dict[str, str] = Field(sa_column=Column(JSON, nullable=False))
    products: list[dict[str, str]] = Field(sa_column=Column(JSON, nullable=False))
    term_months: int
    hands: dict[str, list[str]] = Field(sa_column=Column(JSON, nullable=False))
    reply: str = ""
    created_at: datetime = Field(sa_type=UtcDateTime)
    submitted_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    decision: dict[str, str] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
    decided_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    file_by: date | None = None
    filing_number: str = ""
    filed_on: date | None = None


class OperatorSelection(SQLModel, table=True):
    """The selection of the operating institution for one plan (S2 Art. 12)."""

    __tablename__ = "licensing_selection"

    id: str = Field(primary_key=True)
    plan_id: str = Field(foreign_key="licensing_plan.id", index=True)
    status: str
    revision: int = 1
    body_id: str = Field(foreign_key="kernel_organisation.id", index=True)
    body_name: str
    way: str
    way_reasons: str = ""
    published_on: date
    published_where: str
    candidates: list[dict[str, Any]] = Field(sa_column=Column(JSON, nullable=False))
    chosen_code: str = ""
    reasons: str = ""
    created_at: datetime = Field(sa_type=UtcDateTime)
    decided_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class OperationAgreement(SQLModel, table=True):
    """An operation agreement between an implementing body and an operating institution.

    ``affiliates`` are credit codes of the operator's; ``hands`` as in a plan. One that was made
    before plans were kept has no ``selection_id``.
    """

    __tablename__ = "licensing_agreement"
    __table_args__ = (CheckConstraint("ends_on > starts_on", name="term"),)

    id: str = Field(primary_key=True)
    number: str = Field(unique=True)
    status: str
    revision: int = 1
    selection_id: str | None = Field(default=None, foreign_key="licensing_selection.id")
    supersedes_id: str | None = Field(default=None, foreign_key="licensing_agreement.id")
    body_id: str = Field(foreign_key="kernel_organisation.id")
    body_name: str
    operator_id: str = Field(foreign_key="kernel_organisation.id", index=True)
    operator_name: str
    scope: list[str] = Field(sa_column=Column(JSON, nullable=False))
    affiliates: list[str] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    topics: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    starts_on: date
    ends_on: date
    hands: dict[str, list[str]] = Field(
        default_factory=dict, sa_column=Column(JSON, nullable=False)
    )
    reply: str = ""
    created_at: datetime = Field(sa_type=UtcDateTime)
    decision: dict[str, str] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
    decided_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    signed_by: str = ""
    signed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    countersigned_by: str = ""
    countersigned_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    file_by: date | None = None
    filing_number: str = ""
    filed_on: date | None = None
    evaluate_by: date | None = None
    end_reason: str = ""
    ended_on: date | None = None


class SharingConsent(SQLModel, table=True):
    """What the body that shared data said about its operation (S2 Art. 5); rows are only added."""

    __tablename__ = "licensing_sharing_consent"

    id: str = Field(primary_key=True)
    resource_code: str = Field(index=True)
    is_given: bool
    organisation_id: str = Field(foreign_key="kernel_organisation.id", index=True)
    organisation_name: str
    document_number: str
    reason: str = ""
    recorded_by: str
    recorded_by_name: str
    recorded_at: datetime = Field(sa_type=UtcDateTime)


class Evaluation(SQLModel, table=True):
    """One evaluation of an agreement's effect (S2 Art. 14(9)); rows are only added."""

    __tablename__ = "licensing_evaluation"

    id: str = Field(primary_key=True)
    agreement_id: str = Field(foreign_key="licensing_agreement.id", index=True)
    evaluated_on: date
    result: str
    findings: str
    next_on: date | None = None
    recorded_by: str
    recorded_by_name: str
    recorded_at: datetime = Field(sa_type=UtcDateTime)


class ExitStep(SQLModel, table=True):
    """One step by which an operator leaves an agreement; rows are only added."""

    __tablename__ = "licensing_exit_step"

    id: str = Field(primary_key=True)
    agreement_id: str = Field(foreign_key="licensing_agreement.id", index=True)
    done_on: date
    step: str
    recorded_by: str
    recorded_by_name: str
    recorded_at: datetime = Field(sa_type=UtcDateTime)
