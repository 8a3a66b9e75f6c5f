"""Tables of the procedure: applications of both registers, their steps, consents and objections."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, Column, Index, text
from sqlmodel import Field, SQLModel

from kernel.database import UtcDateTime
from registry.states import FINAL

_ENDED = ", ".join(f"'{status}'" for status in sorted(FINAL))
_IS_OPEN = f"entry_code <> '' AND status NOT IN ({_ENDED})"


class Application(SQLModel, table=True):
    """An application to one of the two registers.

    ``form`` holds the filed fields; ``entry_code`` names the entry or certificate that a later
    type acts on; ``code`` is what an initial registration got, as opaque text.
    ``name_key`` and ``fingerprint`` are what duplicates are found by.
    """

    __tablename__ = "registry_application"
    __table_args__ = (
        CheckConstraint("(code IS NULL) = (coded_at IS NULL)", name="code_and_date"),
        CheckConstraint("accepted_by = '' OR accepted_by <> reviewed_by", name="two_people"),
        Index("ix_registry_application_board", "status", "due_on"),
        Index("ix_registry_application_notices", "status", "notice_ends_on"),
        # Two people at once cannot change the same entry; the lock on it says so first.
        Index(
            "uq_registry_application_open_on_entry",
            "entry_code",
            unique=True,
            sqlite_where=text(_IS_OPEN),
            postgresql_where=text(_IS_OPEN),
        ),
    )

    id: str = Field(primary_key=True)
    register_name: str
    type: str
    kind: str
    status: str
    revision: int = 1
    organisation_id: str = Field(foreign_key="kernel_organisation.id", index=True)
    organisation_name: str
    agent_organisation_id: str = Field(default="", index=True)
    entry_code: str = Field(default="", index=True)
    form: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    name: str = ""
    name_key: str = Field(default="", index=True)
    fingerprint: str = Field(default="", index=True)
    party: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
    checklist: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
    drafted_by: str
    reviewed_inside_by: str = ""
    accepted_by: str = ""
    reviewed_by: str = ""
    coded_by: str = ""
    supplements: int = 0
    extensions: int = 0
    reason: str = ""
    created_at: datetime = Field(sa_type=UtcDateTime)
    submitted_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    filed_late_workdays: int = 0
    due_on: date | None = None
    due_is_provisional: bool = False
    notice_starts_on: date | None = None
    notice_ends_on: date | None = None
    code: str | None = Field(default=None, unique=True)
    coded_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class Step(SQLModel, table=True):
    """One move of one application: the history that as-of answers are read from.

    ``facts`` holds what the move decided on: the form where it changed, the checklist, consents.
    """

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
    facts: dict[str, Any] | None = Field(default=None, sa_column=Column(JSON, nullable=True))


class Consent(SQLModel, table=True):
    """Another organisation's agreement to one exact form (joint applications, transfers)."""

    __tablename__ = "registry_consent"

    id: str = Field(primary_key=True)
    application_id: str = Field(foreign_key="registry_application.id", index=True)
    organisation_id: str
    organisation_name: str
    credit_code: str
    form_sha256: str
    given_by: str
    given_at: datetime = Field(sa_type=UtcDateTime)


class Objection(SQLModel, table=True):
    """An objection by real name, with evidence (S1 Art. 12; S4 Art. 25, and Art. 29 when later)."""

    __tablename__ = "registry_objection"

    id: str = Field(primary_key=True)
    application_id: str = Field(foreign_key="registry_application.id", index=True)
    is_later: bool = False
    name: str
    contact: str
    statement: str
    evidence: str
    made_at: datetime = Field(sa_type=UtcDateTime)
    told_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    answer: str = ""
    decision: str = ""
    decided_by: str = ""
    decided_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    reason: str = ""
