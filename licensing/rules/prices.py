"""Decisions of prices (S3), from plain values.

Vocabulary: the *maximum allowed revenue* (最高准许收入) is what one operating institution may earn in
a year with the charged class; a *ceiling* (上限收费标准) is the highest price of one product; a *trial
standard* (试行收费标准) stands for it until operation has lasted a full year. Money is in integer
1/100 CNY, rates are ``Decimal`` percentages; nothing here is a binary fraction.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

from licensing import errors
from licensing.rules.operation import months_later
from licensing.states import CostKind, DeviationTask, ProductClass

#: S3: at most six percentage points above the average 10-year treasury yield.
MOST_POINTS: Final = Decimal(6)
#: S3: prices are reviewed at least every three years.
REVIEW_YEARS: Final = 3
_MONTHS: Final = 12
#: S3: a deviation of more than 10 % is the authorising body's to mend.
_DEVIATION_PARTS: Final = 10
_REPORT_MONTH, _REPORT_DAY = 3, 31
_PERCENT: Final = Decimal(100)


def check_price(
    price_cents: int,
    ceiling_cents: int | None,
    product_class: ProductClass = ProductClass.INDUSTRY,
) -> None:
    """Let no price above the filed ceiling pass, and none at all in the free classes (S3).

    Raises:
        FreeOfCharge: the product is of a free class and the price is not zero.
        CeilingMissing: nothing was filed and the price is not zero.
        PriceAboveCeiling: the price is higher.
    """
    if price_cents == 0:
        return
    if ceiling_cents is None:
        raise errors.CeilingMissing
    if product_class.is_free:
        raise errors.FreeOfCharge(product_class=product_class.value, price_cents=price_cents)
    if price_cents > ceiling_cents:
        raise errors.PriceAboveCeiling(price_cents=price_cents, ceiling_cents=ceiling_cents)


@dataclass(frozen=True, slots=True)
class CostItem:
    """One line of the cost investigation (成本调查), in 1/100 CNY a year."""

    kind: CostKind
    label: str
    amount_cents: int
    product_class: ProductClass = ProductClass.INDUSTRY


@dataclass(frozen=True, slots=True)
class Basis:
    """What the maximum allowed revenue is worked out from; money in 1/100 CNY a year.

    ``yield_percent`` is the average 10-year treasury yield of the year before the investigation,
    ``points`` the percentage points on it; ``carried_cents`` is earlier revenue above the maximum.
    """

    costs: tuple[CostItem, ...]
    subsidies_cents: int
    yield_percent: Decimal
    points: Decimal
    tax_cents: int
    carried_cents: int = 0


@dataclass(frozen=True, slots=True)
class AllowedRevenue:
    """The calculation line by line, in 1/100 CNY a year; ``rate_percent`` is a percentage."""

    industry_cents: int
    subsidies_cents: int
    cost_cents: int
    rate_percent: Decimal
    profit_cents: int
    tax_cents: int
    carried_cents: int
    allowed_cents: int


def allowed_revenue(basis: Basis) -> AllowedRevenue:
    """Operating cost, allowed profit and tax, less what earlier periods earned too much (S3).

    Only items of the industrial class count, net of government subsidies. The allowed profit is
    the one amount that is rounded: half up to the whole cent, after cost times rate.

    Raises:
        RatePointsUnlawful: more than six percentage points, or fewer than none.
        SubsidyAboveCost: the cost would be negative.
        CarryTooLarge: the maximum allowed revenue would be negative.
    """
    if not 0 <= basis.points <= MOST_POINTS:
        raise errors.RatePointsUnlawful(points=str(basis.points), most=str(MOST_POINTS))
    industry = sum(
        one.amount_cents for one in basis.costs if one.product_class is ProductClass.INDUSTRY
    )
    cost = industry - basis.subsidies_cents
    if cost < 0:
        raise errors.SubsidyAboveCost(cost_cents=industry, subsidies_cents=basis.subsidies_cents)
    rate = basis.yield_percent + basis.points
    profit = int((cost * rate / _PERCENT).quantize(Decimal(1), ROUND_HALF_UP))
    before = cost + profit + basis.tax_cents
    if basis.carried_cents > before:
        raise errors.CarryTooLarge(most_cents=before)
    return AllowedRevenue(
        industry_cents=industry,
        subsidies_cents=basis.subsidies_cents,
        cost_cents=cost,
        rate_percent=rate,
        profit_cents=profit,
        tax_cents=basis.tax_cents,
        carried_cents=basis.carried_cents,
        allowed_cents=before - basis.carried_cents,
    )


def check_period(starts_on: date, ends_on: date) -> None:
    """Let a period last three years at most, both days included: 1095 or 1096 days (S3).

    Raises:
        ReviewPeriodTooLong: it ends later, or before it starts.
    """
    latest = review_by(starts_on)
    if not starts_on <= ends_on <= latest:
        raise errors.ReviewPeriodTooLong(latest=str(latest))


def review_by(effective_from: date) -> date:
    """The last day on which a price may stand without a review (S3)."""
    return months_later(effective_from, REVIEW_YEARS * _MONTHS) - timedelta(days=1)


def check_trial(started_on: date | None, today: date) -> None:
    """Let a trial standard be filed only while there is no full year of operation (S3).

    Raises:
        TrialOver: operation began a year ago or earlier.
    """
    if started_on is not None and today >= months_later(started_on, _MONTHS):
        raise errors.TrialOver(started_on=str(started_on))


def check_forecast(sales: Iterable[tuple[int, int]], allowed_cents: int) -> None:
    """Let ceilings times forecast runs a year bring in no more than is allowed (S3).

    Raises:
        ForecastAboveRevenue: with the sum and what is allowed, in 1/100 CNY.
    """
    total = sum(ceiling * runs for ceiling, runs in sales)
    if total > allowed_cents:
        raise errors.ForecastAboveRevenue(forecast_cents=total, allowed_cents=allowed_cents)


@dataclass(frozen=True, slots=True)
class Deviation:
    """How far a year's revenue was from the maximum; ``percent`` has two places, half up.

    ``excess_cents`` is what was earned above it and is taken off the next period's maximum.
    """

    percent: Decimal
    task: DeviationTask
    excess_cents: int


def deviation_of(actual_cents: int, allowed_cents: int) -> Deviation:
    """Compare a year's revenue with the maximum; exact in whole cents, rounded only for show (S3).

    Above 10 % the authorising body adjusts the ceilings, up to 10 % the operator its prices. Where
    nothing was allowed, anything earned is a deviation of 100 %.
    """
    gap = abs(actual_cents - allowed_cents)
    whole = allowed_cents or gap or 1
    task = DeviationTask.NONE
    if gap:
        is_large = gap * _DEVIATION_PARTS > allowed_cents
        task = DeviationTask.ADJUST_CEILINGS if is_large else DeviationTask.ADJUST_PRICES
    signed = Decimal(actual_cents - allowed_cents) * _PERCENT / whole
    return Deviation(
        percent=signed.quantize(Decimal("0.01"), ROUND_HALF_UP),
        task=task,
        excess_cents=max(actual_cents - allowed_cents, 0),
    )


def report_due_on(year: int) -> date:
    """The day by which the yearly report on that year is due: 31 March of the next one (S3)."""
    return date(year + 1, _REPORT_MONTH, _REPORT_DAY)


def is_adjusted(
    task: DeviationTask,
    recorded_at: datetime,
    *,
    filed_at: datetime | None,
    offered_at: datetime | None,
) -> bool:
    """Whether what a year's deviation asks for was done after it was recorded (S3).

    ``filed_at`` is the newest filing for a product of the operating institution, ``offered_at`` its
    newest offer or version. Ceilings count as adjusted by a filing, prices by either: what a new
    price has to be is the guidance's business, that one was set is a fact that we hold.
    """
    moves = [filed_at] if task is DeviationTask.ADJUST_CEILINGS else [filed_at, offered_at]
    done = any(one is not None and one > recorded_at for one in moves)
    return done or task is DeviationTask.NONE


def years_over(starts_on: date, ends_on: date, today: date) -> range:
    """The calendar years that are over and of which a term has at least a day, both days included."""
    return range(starts_on.year, min(ends_on.year, today.year - 1) + 1)


def last_day(year: int) -> date:
    """The day whose determination a year is compared with."""
    return date(year, 12, 31)


def years_checked(starts_on: date, ends_on: date) -> range:
    """The calendar years that are compared with a determination: those that end in its period."""
    return range(starts_on.year, ends_on.year + (ends_on == last_day(ends_on.year)))


def carried_a_year(
    wanted_cents: int | None, outstanding_cents: int, starts_on: date, ends_on: date
) -> int:
    """What a determination takes off each year for earlier revenue above the maximum (S3).

    None spreads all that is outstanding evenly over the years of the period; a remainder of less
    than a cent a year, and whatever less is wanted, waits for the next period.

    Raises:
        CarryTooLarge: more is wanted than is outstanding.
    """
    years = len(years_checked(starts_on, ends_on))
    most = outstanding_cents // years if years else 0
    if wanted_cents is None:
        return most
    if wanted_cents > most:
        raise errors.CarryTooLarge(most_cents=most)
    return wanted_cents


def headroom(ceiling_cents: int, prices: Sequence[int]) -> int:
    """How far the highest of the prices is below the ceiling, in 1/100 CNY."""
    return ceiling_cents - max(prices, default=0)
