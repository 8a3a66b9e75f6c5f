"""Tables of time and proof: running clocks with their changes, and preserved files."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, Column, Index
from sqlmodel import Field, SQLModel

from kernel.database import UtcDateTime


class ClockRecord(SQLModel, table=True):
    """One limit that runs on one application or objection.

    ``spans`` are the days between which it ran, ``[["2026-03-02", null]]`` while it runs for the
    first time; from them every due date can be counted again. ``state`` is running, paused or ended.
    """

    __tablename__ = "registry_clock"
    __table_args__ = (Index("ix_registry_clock_due", "state", "due_on"),)

    id: str = Field(primary_key=True)
    application_id: str = Field(foreign_key="registry_application.id", index=True)
    kind: str
    limit_key: str
    amount: int
    extra: int = 0
    holder: str
    state: str
    spans: list[Any] = Field(sa_column=Column(JSON, nullable=False))
    started_at: datetime = Field(sa_type=UtcDateTime)
    ended_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    due_on: date | None = None
    is_provisional: bool = False


class ClockChange(SQLModel, table=True):
    """Why a due date moved: rows are only ever added, so the old dates stay readable."""

    __tablename__ = "registry_clock_change"

    id: str = Field(primary_key=True)
    clock_id: str = Field(foreign_key="registry_clock.id", index=True)
    at: datetime = Field(sa_type=UtcDateTime)
    cause: str
    state: str
    old_due_on: date | None = None
    new_due_on: date | None = None
    actor_name: str


class PreservedFile(SQLModel, table=True):
    """A file, or the fingerprint of one, that was preserved before filing (S1 Art. 7)."""

    __tablename__ = "registry_preserved_file"
    __table_args__ = (Index("ix_registry_preserved_file_of", "organisation_id", "sha256"),)

    id: str = Field(primary_key=True)
    sha256: str
    sm3: str
    name: str
    media_type: str
    size_bytes: int = Field(sa_type=BigInteger)
    is_stored: bool
    organisation_id: str
    preserved_at: datetime = Field(sa_type=UtcDateTime)
    preserved_by: str
