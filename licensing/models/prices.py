"""Tables of prices."""

from datetime import datetime

from sqlmodel import Field, SQLModel

from kernel.database import UtcDateTime


class PriceCeiling(SQLModel, table=True):
    """The ceiling charge of one product, in 1/100 CNY a run (S3)."""

    __tablename__ = "licensing_price_ceiling"

    product_code: str = Field(primary_key=True)
    ceiling_cents: int
    is_trial: bool
    filed_by: str
    filed_at: datetime = Field(sa_type=UtcDateTime)
