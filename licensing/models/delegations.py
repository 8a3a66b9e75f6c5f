"""Table of delegations: who may run queries in a licensee's stead."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint
from sqlmodel import Field, SQLModel

from kernel.database import UtcDateTime


class Delegation(SQLModel, table=True):
    """One organisation lets another one run queries under a licence, until a day.

    ``parent_id`` names the delegation by which the giver itself has the right; the licensee has none.
    ``depth`` counts steps from the licensee, ``further_steps`` how many more may follow.
    """

    __tablename__ = "licensing_delegation"
    __table_args__ = (
        CheckConstraint("depth >= 1 AND further_steps >= 0", name="steps"),
        CheckConstraint("delegator_id <> delegate_id", name="another"),
    )

    id: str = Field(primary_key=True)
    licence_id: str = Field(foreign_key="licensing_licence.id", index=True)
    parent_id: str | None = Field(default=None, foreign_key="licensing_delegation.id")
    depth: int
    further_steps: int
    delegator_id: str = Field(foreign_key="kernel_organisation.id")
    delegator_name: str
    delegate_id: str = Field(foreign_key="kernel_organisation.id", index=True)
    delegate_name: str
    ends_on: date
    reason: str
    given_by: str
    given_at: datetime = Field(sa_type=UtcDateTime)
    revoked_by: str = ""
    revoked_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
