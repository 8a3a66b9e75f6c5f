"""Statutory limits as data: every number of days that a rule counts is a row that people may change.

A package declares its limits with their national values and sources; what a person sets later is a
row of its own, so that the value of any day, as it was known at any moment, can be read again. A
provincial value goes before the national one; an empty provincial value takes it back.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import Index
from sqlmodel import Field, Session, SQLModel, col, select

from kernel.database import UtcDateTime
from kernel.errors import Malformed, NotFound, msgid
from kernel.identity import Actor, Permission, check_permission
from kernel.ids import new_id
from kernel.trust import audit

#: No limit of the statutes is longer; more is a slip of the keyboard.
MOST = 10_000


class LimitUnknown(NotFound):
    """No limit has this key."""

    code = "kernel-limit-unknown"
    title = msgid("There is no such limit")
    detail = msgid("Look at the list of limits for the key; %(key)s is none of them.")


class LimitValueUnusable(Malformed):
    """The value is no whole number in the range, or no source was given."""

    code = "kernel-limit-value-unusable"
    title = msgid("This value cannot be set")
    detail = msgid(
        "Give a whole number from 0 to %(most)s, or nothing to take a provincial value back, "
        "and the article or document that it comes from."
    )


class Scope(StrEnum):
    """Whose rule it is."""

    NATIONAL = "national"
    PROVINCIAL = "provincial"


class Unit(StrEnum):
    """What a limit counts."""

    WORKDAYS = "workdays"
    DAYS = "days"
    MONTHS = "months"
    YEARS = "years"
    NUMBER = "number"


@dataclass(frozen=True, slots=True)
class Declaration:
    """A limit that a package counts with: its national value (None: the law sets none) and source.

    ``fallback`` is what we count with where the law sets no number.
    """

    key: str
    label: str
    unit: Unit
    national: int | None
    source: str
    fallback: int | None = None


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


@dataclass(frozen=True, slots=True)
class LimitRow:
    """One limit as a page shows it on one day."""

    declaration: Declaration
    national: int | None
    provincial: int | None
    in_force: int | None
    source: str
    effective_from: date | None


@dataclass(frozen=True, slots=True)
class ValueRow:
    """One set value, for the history of a limit."""

    key: str
    scope: Scope
    value: int | None
    source: str
    effective_from: date
    set_at: datetime
    set_by_name: str


@dataclass(frozen=True, slots=True)
class Limits:
    """All limits, as they were known at one moment."""

    declarations: Mapping[str, Declaration]
    values: tuple[ValueRow, ...]

    def on(self, key: str, day: date) -> int | None:
        """The value in force on a day; None where there is no limit."""
        return self.row(key, day).in_force

    def row(self, key: str, day: date) -> LimitRow:
        """Everything about one limit on a day.

        Raises:
            LimitUnknown: nobody declared it.
        """
        declared = self.declarations.get(key)
        if declared is None:
            raise LimitUnknown(key=key)
        national = self._newest(key, Scope.NATIONAL, day)
        provincial = self._newest(key, Scope.PROVINCIAL, day)
        of_nation = national.value if national else declared.national
        if provincial is not None and provincial.value is not None:
            in_force, source, since = provincial.value, provincial.source, provincial.effective_from
        else:
            in_force = declared.fallback if of_nation is None else of_nation
            source = national.source if national else declared.source
            since = national.effective_from if national else None
        return LimitRow(
            declared, of_nation, provincial.value if provincial else None, in_force, source, since
        )

    def _newest(self, key: str, scope: Scope, day: date) -> ValueRow | None:
        fitting = [
            row
            for row in self.values
            if row.key == key and row.scope is scope and row.effective_from <= day
        ]
        # The order of the table is the order of setting: of two equal ones the later stands.
        ordered = sorted(fitting, key=lambda row: row.effective_from)
        return ordered[-1] if ordered else None


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
