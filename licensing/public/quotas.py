"""Quotas in the caller's transaction: reserved before anything is read, settled or given back after.

The database decides between many at once: one guarded UPDATE a unit, so that licences never wait for
each other where the engine locks rows. What a holder has reserved is a row of its own; settling and
releasing change that row first and do nothing a second time, so a crash, a sweeper and a late answer
cannot count one run twice. A reservation has no age at which it ends: it ends with its holder, in its own period.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import CursorResult, Executable, bindparam, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, col

from kernel.database import table_of
from kernel.workdays import local_day
from licensing import errors
from licensing.contract.terms import Terms
from licensing.models import Licence, Quota, Reservation
from licensing.states import LicenceStatus

#: A quota over the whole term begins before every licence.
TERM_START: Final = date(1970, 1, 1)
#: Units that a clause may limit, and the field of the terms that says how much.
UNITS: Final = {
    "runs": "run_quota",
    "rows": "row_quota",
    "compute": "compute_quota",
    "calls": "call_quota",
}
#: Of these as much is reserved as is left: nobody knows before how long an answer will be.
_UP_TO: Final = frozenset({"rows"})
_HELD, _SETTLED, _RELEASED = "reserved", "settled", "released"


@dataclass(frozen=True, slots=True)
class Limit:
    """What one licence grants in the present period; units without a clause are not in it."""

    licence_id: str
    granted: Mapping[str, int]
    period_start: date


def limit_of(licence_id: str, terms: Terms, now: datetime) -> Limit:
    """The quotas of a licence for the period that holds this moment (China Standard Time)."""
    day = local_day(now)
    starts = {"term": TERM_START, "month": day.replace(day=1), "day": day}
    granted = {unit: getattr(terms, field) for unit, field in UNITS.items()}
    limited = {unit: amount for unit, amount in granted.items() if amount or unit == "runs"}
    return Limit(licence_id, limited, starts[terms.quota_period])


def reserve(
    session: Session,
    limit: Limit,
    *,
    holder: str,
    wanted: Mapping[str, int],
    now: datetime,
) -> dict[str, int]:
    """Reserve for a holder under a licence, all or nothing.

    Returns what is held of each limited unit; of ``rows`` what is left, up to what was wanted.

    Raises:
        QuotaSpent, UnitQuotaSpent: one of them is used up; the caller's transaction has to end.
        LicenceNotInForce: it was suspended or ended in the meantime.
    """
    held: dict[str, int] = {}
    for unit, granted in limit.granted.items():
        if not (amount := wanted.get(unit, 0)):
            continue
        held[unit] = _reserve_one(session, limit, unit, granted, amount)
        row = {
            "holder": holder,
            "licence_id": limit.licence_id,
            "unit": unit,
            "period_start": limit.period_start,
            "amount": held[unit],
            "used": 0,
            "state": _HELD,
            "reserved_at": now,
        }
        session.execute(_HOLD, row)
    return held


def _reserve_one(session: Session, limit: Limit, unit: str, granted: int, amount: int) -> int:
    if unit in _UP_TO:
        _begin(session, limit, unit, granted)
        row = session.get_one(
            Quota, (limit.licence_id, unit, limit.period_start), with_for_update=True
        )
        amount = min(amount, row.granted - row.reserved - row.taken)
        if amount < 1:
            raise _spent(unit, granted)
    if _add(session, limit, unit, amount):
        return amount
    # Either this period has no row yet, or nothing is left, or the licence is no longer in force.
    _begin(session, limit, unit, granted)
    if _add(session, limit, unit, amount):
        return amount
    status = session.execute(
        select(col(Licence.status)).where(col(Licence.id) == limit.licence_id)
    ).scalar()
    if status != LicenceStatus.IN_FORCE:
        raise errors.LicenceNotInForce(status=str(status))
    raise _spent(unit, granted)


def _spent(unit: str, granted: int) -> Exception:
    if unit == "runs":
        return errors.QuotaSpent(granted=granted)
    return errors.UnitQuotaSpent(unit=unit, granted=granted)


def _begin(session: Session, limit: Limit, unit: str, granted: int) -> None:
    on_dialect = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    row = {
        "licence_id": limit.licence_id,
        "unit": unit,
        "period_start": limit.period_start,
        "granted": granted,
        "reserved": 0,
        "taken": 0,
    }
    session.execute(on_dialect(Quota).values(row).on_conflict_do_nothing())


# The statements of every run are built once, on the tables: building one takes longer than running it.
_QUOTAS, _LICENCES, _RESERVATIONS = table_of(Quota).c, table_of(Licence).c, table_of(Reservation).c
_NAMED = (
    _QUOTAS.licence_id == bindparam("licence"),
    _QUOTAS.unit == bindparam("of_unit"),
    _QUOTAS.period_start == bindparam("start"),
)
_ADD = (
    update(table_of(Quota))
    .where(
        *_NAMED,
        _QUOTAS.reserved + _QUOTAS.taken + bindparam("more") <= _QUOTAS.granted,
        select(_LICENCES.id)
        .where(
            _LICENCES.id == bindparam("licence"),
            _LICENCES.status == LicenceStatus.IN_FORCE,
        )
        .exists(),
    )
    .values(reserved=_QUOTAS.reserved + bindparam("more"))
)
_TAKE = (
    update(table_of(Quota))
    .where(*_NAMED)
    .values(reserved=_QUOTAS.reserved - bindparam("less"), taken=_QUOTAS.taken + bindparam("more"))
)
_HOLD = insert(table_of(Reservation))
_HELD_BY = select(
    _RESERVATIONS.licence_id,
    _RESERVATIONS.unit,
    _RESERVATIONS.period_start,
    _RESERVATIONS.amount,
).where(_RESERVATIONS.holder == bindparam("by"), _RESERVATIONS.state == _HELD)
_CLOSE = (
    update(table_of(Reservation))
    .where(
        _RESERVATIONS.holder == bindparam("by"),
        _RESERVATIONS.licence_id == bindparam("licence"),
        _RESERVATIONS.unit == bindparam("of_unit"),
        _RESERVATIONS.state == _HELD,
    )
    .values(state=bindparam("ended"), used=bindparam("much"))
)


def _add(session: Session, limit: Limit, unit: str, amount: int) -> bool:
    named = _names(limit.licence_id, unit, limit.period_start)
    return _change(session, _ADD, {**named, "more": amount}) == 1


def _names(licence_id: str, unit: str, start: date) -> dict[str, Any]:
    return {"licence": licence_id, "of_unit": unit, "start": start}


def _change(session: Session, statement: Executable, values: dict[str, Any]) -> int:
    done = session.execute(statement, values)
    assert isinstance(done, CursorResult)
    return done.rowcount


def settle(
    session: Session, holder: str, used: Mapping[str, int], *, later: Collection[str] = ()
) -> None:
    """Turn what a holder reserved into what it used; the rest is free again.

    A unit that ``used`` does not name is used whole; nobody uses more than was reserved.
    What was settled or released before stays as it is. Units in ``later`` stay reserved, however long,
    until the holder is settled or released once more.
    """
    _close(session, holder, _SETTLED, used, later)


def release(session: Session, holder: str) -> None:
    """Give back everything that a holder still has reserved."""
    _close(session, holder, _RELEASED, {})


def _close(
    session: Session,
    holder: str,
    state: str,
    used: Mapping[str, int],
    later: Collection[str] = (),
) -> None:
    for licence_id, unit, start, amount in session.execute(_HELD_BY, {"by": holder}).all():
        if unit in later:
            continue
        taken = 0 if state == _RELEASED else min(used.get(unit, amount), amount)
        named = _names(licence_id, unit, start)
        if _change(session, _CLOSE, {**named, "by": holder, "ended": state, "much": taken}):
            _change(session, _TAKE, {**named, "less": amount, "more": taken})


def take_call(session: Session, limit: Limit) -> None:
    """Count one call of the interface where the contract limits calls.

    Raises:
        UnitQuotaSpent, LicenceNotInForce: as in :func:`reserve`.
    """
    if granted := limit.granted.get("calls"):
        _reserve_one(session, limit, "calls", granted, 1)
        named = _names(limit.licence_id, "calls", limit.period_start)
        _change(session, _TAKE, {**named, "less": 1, "more": 1})


@dataclass(frozen=True, slots=True)
class Usage:
    """What is granted, reserved and taken of one unit in the present period."""

    unit: str
    granted: int
    reserved: int
    taken: int

    @property
    def left(self) -> int:
        """What can still be reserved."""
        return self.granted - self.reserved - self.taken


_USED = select(_QUOTAS.unit, _QUOTAS.granted, _QUOTAS.reserved, _QUOTAS.taken).where(
    _QUOTAS.licence_id == bindparam("licence"), _QUOTAS.period_start == bindparam("start")
)


def usage_of(session: Session, limit: Limit) -> tuple[Usage, ...]:
    """Every limited unit of a licence in the present period; one that nobody used yet is whole."""
    rows: dict[str, Any] = {
        unit: (granted, reserved, taken)
        for unit, granted, reserved, taken in session.execute(
            _USED, {"licence": limit.licence_id, "start": limit.period_start}
        ).all()
    }
    return tuple(
        Usage(unit, *rows.get(unit, (granted, 0, 0))) for unit, granted in limit.granted.items()
    )
