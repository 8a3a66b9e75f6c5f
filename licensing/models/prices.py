"""Tables of prices (S3); money in 1/100 CNY. All but the current ceiling are only added to."""

from datetime import date, datetime

from sqlalchemy import BigInteger, CheckConstraint, UniqueConstraint
from sqlmodel import Field, SQLModel

from kernel.database import UtcDateTime


class Revenue(SQLModel, table=True):
    """A determination of the maximum allowed revenue of one operating institution, for one year.

    Never changed: the newest one that covers a day is in force on it. Rates are decimal texts.
    """

    __tablename__ = "licensing_revenue"
    __table_args__ = (
        CheckConstraint("allowed_cents >= 0 AND ends_on >= starts_on", name="allowed"),
    )

    id: str = Field(primary_key=True)
    operator_id: str = Field(foreign_key="kernel_organisation.id", index=True)
    starts_on: date
    ends_on: date
    subsidies_cents: int = Field(sa_type=BigInteger)
    yield_percent: str
    points: str
    tax_cents: int = Field(sa_type=BigInteger)
    carried_cents: int = Field(sa_type=BigInteger)
    allowed_cents: int = Field(sa_type=BigInteger)
    document_number: str
    decided_by: str
    decided_at: datetime = Field(sa_type=UtcDateTime)


class RevenueCost(SQLModel, table=True):
    """One cost item of a determination; those of the free classes are shown and not counted."""

    __tablename__ = "licensing_revenue_cost"

    revenue_id: str = Field(primary_key=True, foreign_key="licensing_revenue.id")
    number: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    kind: str
    label: str
    product_class: str
    amount_cents: int = Field(sa_type=BigInteger)


class PriceCeiling(SQLModel, table=True):
    """The ceiling charge or trial standard of one product that is in force, a unit (S3)."""

    __tablename__ = "licensing_price_ceiling"
    __table_args__ = (
        CheckConstraint(
            "ceiling_cents >= 0 AND (product_class = 'industry' OR ceiling_cents = 0)", name="class"
        ),
    )

    product_code: str = Field(primary_key=True)
    ceiling_cents: int
    is_trial: bool
    filed_by: str
    filed_at: datetime = Field(sa_type=UtcDateTime)
    product_class: str
    unit: str
    revenue_id: str | None = Field(default=None, foreign_key="licensing_revenue.id")
    forecast_runs: int = Field(sa_type=BigInteger)
    effective_from: date
    document_number: str


class PriceHistory(SQLModel, table=True):
    """Every filing as it was made; the newest at a moment was in force at that moment."""

    __tablename__ = "licensing_price_history"

    id: str = Field(primary_key=True)
    product_code: str = Field(index=True)
    ceiling_cents: int
    is_trial: bool
    filed_by: str
    filed_at: datetime = Field(sa_type=UtcDateTime)
    product_class: str
    unit: str
    revenue_id: str | None = Field(default=None, foreign_key="licensing_revenue.id")
    forecast_runs: int = Field(sa_type=BigInteger)
    effective_from: date
    document_number: str


class YearlyDeviation(SQLModel, table=True):
    """One year's revenue of an operating institution beside its maximum; checked once."""

    __tablename__ = "licensing_deviation"
    __table_args__ = (UniqueConstraint("operator_id", "year"),)

    id: str = Field(primary_key=True)
    operator_id: str = Field(foreign_key="kernel_organisation.id", index=True)
    year: int
    revenue_id: str = Field(foreign_key="licensing_revenue.id")
    actual_cents: int = Field(sa_type=BigInteger)
    allowed_cents: int = Field(sa_type=BigInteger)
    percent: str
    task: str
    excess_cents: int = Field(sa_type=BigInteger)
    report_due_on: date
    recorded_by: str
    recorded_at: datetime = Field(sa_type=UtcDateTime)
