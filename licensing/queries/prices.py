"""Reads of prices; amounts in 1/100 CNY."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import func
from sqlmodel import Session, col, select

from licensing.models import (
    OperationAgreement,
    PriceCeiling,
    PriceHistory,
    Revenue,
    RevenueCost,
    YearlyDeviation,
)
from licensing.queries.found import found_row
from licensing.queries.offers import OfferRow, open_offers
from licensing.rules import (
    AllowedRevenue,
    Basis,
    CostItem,
    allowed_revenue,
    headroom,
    last_day,
    review_by,
    years_checked,
)
from licensing.states import CostKind, DeviationTask, ProductClass


@dataclass(frozen=True, slots=True)
class CeilingRow:
    """A filing: the ceiling charge or trial standard of one product, a unit."""

    product_code: str
    ceiling_cents: int
    is_trial: bool
    product_class: ProductClass
    unit: str
    revenue_id: str | None
    forecast_runs: int
    effective_from: date
    document_number: str
    filed_at: datetime

    @property
    def review_by(self) -> date:
        """The last day on which it may stand without a review (S3)."""
        return review_by(self.effective_from)


@dataclass(frozen=True, slots=True)
class PricedRow:
    """A filing beside the open offers under it."""

    ceiling: CeilingRow
    offers: tuple[OfferRow, ...]

    @property
    def headroom_cents(self) -> int:
        """How far the dearest open offer is below the ceiling; negative after it was lowered."""
        return headroom(self.ceiling.ceiling_cents, [one.price_cents for one in self.offers])


@dataclass(frozen=True, slots=True)
class RevenueRow:
    """A determination of the maximum allowed revenue, with its basis."""

    revenue_id: str
    operator_id: str
    starts_on: date
    ends_on: date
    basis: Basis
    document_number: str
    decided_at: datetime
    lines: AllowedRevenue = field(repr=False)


@dataclass(frozen=True, slots=True)
class DeviationRow:
    """One checked year."""

    deviation_id: str
    operator_id: str
    year: int
    revenue_id: str
    actual_cents: int
    allowed_cents: int
    percent: Decimal
    task: DeviationTask
    excess_cents: int
    report_due_on: date
    recorded_at: datetime


def find_ceiling(session: Session, product_code: str) -> int | None:
    """The filed ceiling in 1/100 CNY a run, or None."""
    found = find_filing(session, product_code)
    return found.ceiling_cents if found else None


def find_filing(
    session: Session, product_code: str, *, as_of: datetime | None = None
) -> CeilingRow | None:
    """What is filed for a product, or was at that moment; None when nothing is."""
    if as_of is None:
        current = session.get(PriceCeiling, product_code)
        return _ceiling_row(current) if current else None
    newest = (
        select(PriceHistory)
        .where(PriceHistory.product_code == product_code, col(PriceHistory.filed_at) <= as_of)
        .order_by(col(PriceHistory.filed_at).desc(), col(PriceHistory.id).desc())
        .limit(1)
    )
    found = session.exec(newest).first()
    return _ceiling_row(found) if found else None


def _ceiling_row(found: PriceCeiling | PriceHistory) -> CeilingRow:
    return CeilingRow(
        product_code=found.product_code,
        ceiling_cents=found.ceiling_cents,
        is_trial=found.is_trial,
        product_class=ProductClass(found.product_class),
        unit=found.unit,
        revenue_id=found.revenue_id,
        forecast_runs=found.forecast_runs,
        effective_from=found.effective_from,
        document_number=found.document_number,
        filed_at=found.filed_at,
    )


def list_prices(session: Session) -> list[PricedRow]:
    """Every product with a filing and its open offers, by code."""
    offers = open_offers(session)
    found = session.exec(select(PriceCeiling).order_by(col(PriceCeiling.product_code))).all()
    return [
        PricedRow(
            _ceiling_row(one),
            tuple(offer for offer in offers if offer.product_code == one.product_code),
        )
        for one in found
    ]


def forecast_sales(session: Session, revenue_id: str, *, but: str) -> list[tuple[int, int]]:
    """Ceiling and forecast runs a year of the products filed under a determination, but one."""
    found = session.exec(
        select(PriceCeiling).where(
            PriceCeiling.revenue_id == revenue_id, col(PriceCeiling.product_code) != but
        )
    ).all()
    return [(one.ceiling_cents, one.forecast_runs) for one in found]


def operating_since(session: Session, operator_id: str) -> date | None:
    """The first day of an institution's first signed operation agreement, or None."""
    return session.exec(
        select(func.min(OperationAgreement.starts_on)).where(
            OperationAgreement.operator_id == operator_id,
            col(OperationAgreement.signed_at).is_not(None),
        )
    ).one()


def revenue_on(session: Session, operator_id: str, day: date) -> RevenueRow | None:
    """The newest determination that covers a day; it is in force on it."""
    newest = (
        select(Revenue)
        .where(
            Revenue.operator_id == operator_id,
            col(Revenue.starts_on) <= day,
            col(Revenue.ends_on) >= day,
        )
        .order_by(col(Revenue.decided_at).desc(), col(Revenue.id).desc())
        .limit(1)
    )
    found = session.exec(newest).first()
    return _revenue_row(session, found) if found else None


def find_revenue(session: Session, revenue_id: str) -> RevenueRow:
    """One determination; ThingUnknown when there is none."""
    return _revenue_row(session, found_row(session, Revenue, revenue_id))


def list_revenues(session: Session, *, operator_id: str = "") -> list[RevenueRow]:
    """Determinations of one operating institution, or all, the newest first."""
    statement = select(Revenue).order_by(col(Revenue.decided_at).desc(), col(Revenue.id).desc())
    if operator_id:
        statement = statement.where(Revenue.operator_id == operator_id)
    return [_revenue_row(session, one) for one in session.exec(statement).all()]


def _revenue_row(session: Session, found: Revenue) -> RevenueRow:
    costs = session.exec(
        select(RevenueCost)
        .where(RevenueCost.revenue_id == found.id)
        .order_by(col(RevenueCost.number))
    ).all()
    basis = Basis(
        costs=tuple(
            CostItem(
                CostKind(one.kind), one.label, one.amount_cents, ProductClass(one.product_class)
            )
            for one in costs
        ),
        subsidies_cents=found.subsidies_cents,
        yield_percent=Decimal(found.yield_percent),
        points=Decimal(found.points),
        tax_cents=found.tax_cents,
        carried_cents=found.carried_cents,
    )
    return RevenueRow(
        revenue_id=found.id,
        operator_id=found.operator_id,
        starts_on=found.starts_on,
        ends_on=found.ends_on,
        basis=basis,
        document_number=found.document_number,
        decided_at=found.decided_at,
        lines=allowed_revenue(basis),
    )


def outstanding_excess(session: Session, operator_id: str, starts_on: date, ends_on: date) -> int:
    """Revenue above the maximum of years before a period that nothing else takes off.

    A determination takes its amount off in each year on whose last day it is in force; years of the
    given period itself are about to be determined anew and take nothing off yet.
    """
    excess = sum(
        one.excess_cents
        for one in list_deviations(session, operators=[operator_id])
        if one.year < starts_on.year
    )
    own = set(years_checked(starts_on, ends_on))
    others = {
        year
        for one in list_revenues(session, operator_id=operator_id)
        for year in years_checked(one.starts_on, one.ends_on)
    } - own
    in_force = [revenue_on(session, operator_id, last_day(year)) for year in sorted(others)]
    return max(excess - sum(one.basis.carried_cents for one in in_force if one), 0)


def list_deviations(
    session: Session, *, operators: Sequence[str] | None = None
) -> list[DeviationRow]:
    """Checked years of some operating institutions, or of all, the newest first."""
    statement = select(YearlyDeviation).order_by(
        col(YearlyDeviation.year).desc(), col(YearlyDeviation.id).desc()
    )
    if operators is not None:
        statement = statement.where(col(YearlyDeviation.operator_id).in_(operators))
    return [_deviation_row(one) for one in session.exec(statement).all()]


def find_deviation(session: Session, deviation_id: str) -> DeviationRow:
    """One checked year; ThingUnknown when there is none."""
    return _deviation_row(found_row(session, YearlyDeviation, deviation_id))


def _deviation_row(one: YearlyDeviation) -> DeviationRow:
    return DeviationRow(
        deviation_id=one.id,
        operator_id=one.operator_id,
        year=one.year,
        revenue_id=one.revenue_id,
        actual_cents=one.actual_cents,
        allowed_cents=one.allowed_cents,
        percent=Decimal(one.percent),
        task=DeviationTask(one.task),
        excess_cents=one.excess_cents,
        report_due_on=one.report_due_on,
        recorded_at=one.recorded_at,
    )
