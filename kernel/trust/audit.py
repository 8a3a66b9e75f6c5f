"""One audit entry in the same transaction as the change: who, what, on what, why, when.

The table has no foreign keys, so that it can neither block nor lose with live data; triggers
refuse every UPDATE and DELETE on it.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Column, insert
from sqlmodel import Field, Session, SQLModel, col, select

from kernel.database import UtcDateTime, table_of
from kernel.identity import Actor
from kernel.ids import new_id


class AuditEntry(SQLModel, table=True):
    """One thing that a person, or the system on its own, did."""

    __tablename__ = "kernel_audit_entry"

    id: str = Field(primary_key=True)
    at: datetime = Field(sa_type=UtcDateTime, index=True)
    actor_id: str
    actor_name: str
    organisation_id: str
    action: str
    subject_kind: str
    subject_id: str = Field(index=True)
    reason: str = ""
    facts: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))


# Every act writes one: as an object it would take five times as long.
_INSERT = insert(table_of(AuditEntry))


def record(  # noqa: PLR0913 - an entry has six parts, and a bag would hide a missing one
    session: Session,
    *,
    actor: Actor,
    now: datetime,
    action: str,
    subject: tuple[str, str],
    reason: str = "",
    facts: dict[str, Any] | None = None,
) -> None:
    """Write the entry into the caller's transaction; ``subject`` is its kind and identifier."""
    entry = {
        "id": new_id(now),
        "at": now,
        "actor_id": actor.account_id,
        "actor_name": actor.display_name,
        "organisation_id": actor.organisation_id,
        "action": action,
        "subject_kind": subject[0],
        "subject_id": subject[1],
        "reason": reason,
        "facts": facts or {},
    }
    session.execute(_INSERT, entry)


def history(session: Session, subject_id: str) -> list[AuditEntry]:
    """Everything that was done to one thing, oldest first."""
    statement = (
        select(AuditEntry)
        .where(AuditEntry.subject_id == subject_id)
        .order_by(col(AuditEntry.at), col(AuditEntry.id))
    )
    return list(session.exec(statement).all())


def newest(session: Session, *, limit: int) -> list[AuditEntry]:
    """The newest entries first."""
    statement = select(AuditEntry).order_by(col(AuditEntry.at).desc(), col(AuditEntry.id).desc())
    return list(session.exec(statement.limit(limit)).all())
