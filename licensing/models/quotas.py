"""Tables of quotas: what a licence grants in a period, and who holds how much of it just now."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint
from sqlmodel import Field, SQLModel

from kernel.database import UtcDateTime


class Quota(SQLModel, table=True):
    """What one licence grants of one unit in one period, and what is reserved and taken of it.

    The database itself refuses to give away more than was granted. ``period_start`` is the first
    day of the month or day, and the first day of all time where a quota counts over the whole term.
    """

    __tablename__ = "licensing_quota"
    __table_args__ = (
        CheckConstraint(
            "reserved >= 0 AND taken >= 0 AND reserved + taken <= granted", name="quota"
        ),
    )

    licence_id: str = Field(primary_key=True, foreign_key="licensing_licence.id")
    unit: str = Field(primary_key=True)
    period_start: date = Field(primary_key=True)
    granted: int
    reserved: int = 0
    taken: int = 0


class Reservation(SQLModel, table=True):
    """What one holder, such as a run, holds of a quota: settled or released once, whoever asks."""

    __tablename__ = "licensing_reservation"

    holder: str = Field(primary_key=True)
    licence_id: str = Field(primary_key=True, foreign_key="licensing_licence.id")
    unit: str = Field(primary_key=True)
    period_start: date
    amount: int
    used: int = 0
    state: str
    reserved_at: datetime = Field(sa_type=UtcDateTime)
