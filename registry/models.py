"""Tables of register A. No behaviour: rules decide, services write, queries read."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, Column, Index
from sqlmodel import Field, SQLModel

from kernel.database import UtcDateTime


class Application(SQLModel, table=True):
    """An application and, once it has its code, the entry.

    ``form`` holds the filed fields; ``code`` is opaque text (the national coding rule is not
    public), so far always a local provisional number.
    """

    __tablename__ = "registry_application"
    __table_args__ = (
        CheckConstraint("(code IS NULL) = (coded_at IS NULL)", name="code_and_date"),
        CheckConstraint("accepted_by = '' OR accepted_by <> reviewed_by", name="two_people"),
        Index("ix_registry_application_board", "status", "due_on"),
    )

    id: str = Field(primary_key=True)
    kind: str
    status: str
    revision: int = 1
    organisation_id: str = Field(foreign_key="kernel_organisation.id", index=True)
    organisation_name: str
    form: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    drafted_by: str
    reviewed_inside_by: str = ""
    accepted_by: str = ""
    reviewed_by: str = ""
    coded_by: str = ""
    supplements: int = 0
    reason: str = ""
    created_at: datetime = Field(sa_type=UtcDateTime)
    submitted_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    due_on: date | None = None
    due_is_provisional: bool = False
    notice_starts_on: date | None = None
    notice_ends_on: date | None = None
    code: str | None = Field(default=None, unique=True)
    coded_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    valid_until: date | None = None


class Step(SQLModel, table=True):
    """One move of one application: the history that as-of answers are read from."""

    __tablename__ = "registry_step"

    id: str = Field(primary_key=True)
    application_id: str = Field(foreign_key="registry_application.id", index=True)
    at: datetime = Field(sa_type=UtcDateTime)
    verb: str
    source: str
    target: str
    actor_id: str
    actor_name: str
    reason: str = ""
    due_on: date | None = None


class Objection(SQLModel, table=True):
    """An objection by real name, with evidence (S1 Art. 12)."""

    __tablename__ = "registry_objection"

    id: str = Field(primary_key=True)
    application_id: str = Field(foreign_key="registry_application.id", index=True)
    name: str
    contact: str
    statement: str
    evidence: str
    made_at: datetime = Field(sa_type=UtcDateTime)
    decision: str = ""
    decided_by: str = ""
    decided_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    reason: str = ""


class CodeNumber(SQLModel, table=True):
    """The last local number that was given in a year."""

    __tablename__ = "registry_code_number"

    year: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    last: int
