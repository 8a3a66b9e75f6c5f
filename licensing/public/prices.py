"""Prices in the caller's transaction: what may be billed, and the check of a year."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from sqlmodel import Session

from kernel.identity import Actor, Permission, check_permission
from kernel.ids import new_id
from kernel.trust import audit
from kernel.workdays import local_day
from licensing import errors, queries, rules
from licensing.models import YearlyDeviation
from licensing.rules import Deviation


def check_billable(session: Session, licence_id: str, prices: Iterable[int]) -> None:
    """Let no price be billed above the ceiling in force when the licence was signed (S3).

    A filing from before every filing was kept is known by the offer that was made under it.

    Raises:
        BillAboveCeiling: with the licence's number and the dearest price, in 1/100 CNY a run.
        ThingUnknown: there is no such licence.
    """
    licence = queries.find_licence(session, licence_id)
    signed_at = max((one.signed_at for one in licence.signatures), default=licence.starts_at)
    filed = queries.find_filing(session, licence.product_code, as_of=signed_at)
    known = filed or queries.find_offer(session, licence.offer_id)
    dearest = max(prices, default=0)
    if dearest > known.ceiling_cents:
        raise errors.BillAboveCeiling(
            licence_number=licence.number,
            ceiling_cents=known.ceiling_cents,
            price_cents=dearest,
        )


@dataclass(frozen=True, slots=True)
class YearOfOperator:
    """What an operating institution earned in a calendar year with the charged class, in cents."""

    operator_id: str
    year: int
    actual_cents: int


@dataclass(frozen=True, slots=True)
class YearFound:
    """A year beside its maximum, before it is on record; money in 1/100 CNY.

    ``document_number`` is that of the determination that was in force on the last day.
    """

    year: YearOfOperator
    revenue_id: str
    document_number: str
    allowed_cents: int
    deviation: Deviation
    report_due_on: date


def compare_year(
    session: Session, *, actor: Actor, now: datetime, wanted: YearOfOperator
) -> YearFound:
    """Compare a year's revenue with the maximum in force on its last day; nothing is stored (S3).

    Raises:
        NotPermitted: the person may not.
        YearNotOver: the year has not ended.
        YearChecked: it is on record already.
        RevenueMissing: no maximum was in force on its last day.
    """
    check_permission(actor, Permission.LICENSING_PRICE_FILE)
    if local_day(now).year <= wanted.year:
        raise errors.YearNotOver(year=wanted.year)
    known = queries.list_deviations(session, operators=[wanted.operator_id])
    if any(one.year == wanted.year for one in known):
        raise errors.YearChecked(year=wanted.year)
    last = rules.last_day(wanted.year)
    revenue = queries.revenue_on(session, wanted.operator_id, last)
    if revenue is None:
        raise errors.RevenueMissing(day=str(last))
    return YearFound(
        year=wanted,
        revenue_id=revenue.revenue_id,
        document_number=revenue.document_number,
        allowed_cents=revenue.lines.allowed_cents,
        deviation=rules.deviation_of(wanted.actual_cents, revenue.lines.allowed_cents),
        report_due_on=rules.report_due_on(wanted.year),
    )


def check_year(session: Session, *, actor: Actor, now: datetime, wanted: YearOfOperator) -> str:
    """Record how far a year's revenue was from the maximum; returns the record's identifier.

    The maximum is the one that was in force on the last day of the year. What was earned above it
    is taken off when the next one is determined (S3).

    Raises:
        NotPermitted, YearNotOver, YearChecked, RevenueMissing: as :func:`compare_year` says.
    """
    found = compare_year(session, actor=actor, now=now, wanted=wanted)
    row = YearlyDeviation(
        id=new_id(now),
        operator_id=wanted.operator_id,
        year=wanted.year,
        revenue_id=found.revenue_id,
        actual_cents=wanted.actual_cents,
        allowed_cents=found.allowed_cents,
        percent=str(found.deviation.percent),
        task=found.deviation.task,
        excess_cents=found.deviation.excess_cents,
        report_due_on=found.report_due_on,
        recorded_by=actor.account_id,
        recorded_at=now,
    )
    session.add(row)
    audit.record(
        session,
        actor=actor,
        now=now,
        action="licensing.deviation.record",
        subject=("licensing_deviation", row.id),
        facts={
            "operator_id": wanted.operator_id,
            "year": wanted.year,
            "actual_cents": wanted.actual_cents,
            "allowed_cents": row.allowed_cents,
            "percent": row.percent,
            "task": row.task,
        },
    )
    return row.id
