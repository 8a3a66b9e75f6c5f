"""Tables of authorised operation."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, Column
from sqlmodel import Field, SQLModel

from kernel.database import UtcDateTime


class OperationAgreement(SQLModel, table=True):
    """An operation agreement between an implementing body and an operating institution."""

    __tablename__ = "licensing_agreement"
    __table_args__ = (CheckConstraint("ends_on > starts_on", name="term"),)

    id: str = Field(primary_key=True)
    number: str = Field(unique=True)
    status: str
    revision: int = 1
    body_id: str = Field(foreign_key="kernel_organisation.id")
    body_name: str
    operator_id: str = Field(foreign_key="kernel_organisation.id", index=True)
    operator_name: str
    scope: list[str] = Field(sa_column=Column(JSON, nullable=False))
    topics: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    starts_on: date
    ends_on: date
    concluded_by: str
    concluded_at: datetime = Field(sa_type=UtcDateTime)
    signed_by: str = ""
    signed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
