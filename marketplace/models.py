"""Tables of the storefront. No behaviour."""

from datetime import datetime

from sqlalchemy import CheckConstraint
from sqlmodel import Field, SQLModel

from kernel.database import UtcDateTime


class Invoice(SQLModel, table=True):
    """A bill from an operating institution to a licensee; amounts in 1/100 CNY."""

    __tablename__ = "marketplace_invoice"
    __table_args__ = (CheckConstraint("total_cents >= 0", name="total"),)

    id: str = Field(primary_key=True)
    number: str = Field(unique=True)
    status: str
    payer_id: str = Field(foreign_key="kernel_organisation.id", index=True)
    payer_name: str
    payee_id: str = Field(foreign_key="kernel_organisation.id", index=True)
    payee_name: str
    total_cents: int
    issued_by: str
    issued_at: datetime = Field(sa_type=UtcDateTime)
    paid_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    payment_reference: str = ""


class InvoiceLine(SQLModel, table=True):
    """One metered run; an event is on one invoice at most."""

    __tablename__ = "marketplace_invoice_line"

    id: str = Field(primary_key=True)
    invoice_id: str = Field(foreign_key="marketplace_invoice.id", index=True)
    event_id: str = Field(unique=True)
    run_id: str
    licence_id: str
    receipt_id: str
    quantity: int
    price_cents: int
    at: datetime = Field(sa_type=UtcDateTime)
