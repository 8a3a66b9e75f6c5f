"""Values of limits that somebody set: rows that are only ever added."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Index
from sqlmodel import Field, Session, SQLModel, col, select

from kernel.database import UtcDateTime
from kernel.errors import Malformed, msgid
from kernel.identity import Actor, Permission, check_permission
from kernel.ids import new_id
from kernel.limits.declared import Declaration, Limits, LimitUnknown, Scope, ValueRow
from kernel.trust import audit

#: No limit of the statutes is longer; more is a slip of the keyboard.
MOST = 10_000


class LimitValueUnusable(Malformed):
    """The value is no whole number in the range, or no source was given."""

    code = "kernel-limit-value-unusable"
    title = msgid("This value cannot be set")
    detail = msgid(
        "Give a whole number from 0 to %(most)s, or nothing to take a provincial value back, "
        "and the article or document that it comes from."
    )


class LimitValue(SQLModel, table=True):
    """One value that somebody set; rows are only ever added."""

    __tablename__ = "kernel_limit_value"
    __table_args__ = (Index("ix_kernel_limit_value_key", "key", "effective_from"),)

    id: str = Field(primary_key=True)
    key: str
    scope: str
    value: int | None
    source: str
    effective_from: date
    set_at: datetime = Field(sa_type=UtcDateTime)
    set_by: str
    set_by_name: str


@dataclass(frozen=True, slots=True)
class NewValue:
    """A value to set; ``value`` None takes a provincial value back."""

    key: str
    scope: Scope
    value: int | None
    source: str
    effective_from: date


def read_limits(
    session: Session, declarations: Iterable[Declaration], *, as_of: datetime | None = None
) -> Limits:
    """The limits of a package as the table holds them, or held them at a past moment."""
    statement = select(LimitValue).order_by(col(LimitValue.set_at), col(LimitValue.id))
    if as_of is not None:
        statement = statement.where(col(LimitValue.set_at) <= as_of)
    rows = tuple(
        ValueRow(
            row.key,
            Scope(row.scope),
            row.value,
            row.source,
            row.effective_from,
            row.set_at,
            row.set_by_name,
        )
        for row in session.exec(statement).all()
    )
    return Limits({declared.key: declared for declared in declarations}, rows)


def set_value(
    session: Session,
    *,
    actor: Actor,
    now: datetime,
    declarations: Iterable[Declaration],
    wanted: NewValue,
) -> str:
    """Write a value into the caller's transaction, with its audit entry; returns its identifier.

    Raises:
        NotPermitted: the person may not set limits.
        LimitUnknown, LimitValueUnusable: as they say.
    """
    check_permission(actor, Permission.KERNEL_LIMIT_SET)
    if wanted.key not in {declared.key for declared in declarations}:
        raise LimitUnknown(key=wanted.key)
    is_taken_back = wanted.value is None and wanted.scope is Scope.PROVINCIAL
    is_in_range = wanted.value is not None and 0 <= wanted.value <= MOST
    if not (is_taken_back or is_in_range) or not wanted.source.strip():
        raise LimitValueUnusable(most=MOST)
    row = LimitValue(
        id=new_id(now),
        key=wanted.key,
        scope=wanted.scope.value,
        value=wanted.value,
        source=wanted.source.strip(),
        effective_from=wanted.effective_from,
        set_at=now,
        set_by=actor.account_id,
        set_by_name=actor.display_name,
    )
    session.add(row)
    audit.record(
        session,
        actor=actor,
        now=now,
        action="kernel.limit.set",
        subject=("kernel_limit", wanted.key),
        reason=row.source,
        facts={
            "scope": row.scope,
            "value": row.value,
            "effective_from": row.effective_from.isoformat(),
        },
    )
    return row.id


def begins_on(session: Session, day: date) -> bool:
    """Whether some value comes into force on that very day."""
    statement = select(LimitValue.id).where(LimitValue.effective_from == day)
    return session.exec(statement.limit(1)).first() is not None
