"""Prices from plain values: worked examples of domain 4 to the cent, and what always holds."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from licensing import errors, rules
from licensing.rules import Basis, CostItem
from licensing.states import CostKind, DeviationTask, ProductClass

_FREE = (ProductClass.PUBLIC_GOVERNANCE, ProductClass.PUBLIC_WELFARE)
#: 12 345 678.90 yuan of industrial cost, 2 000 000.00 of subsidies, 1.7532 % + 6 points.
EXAMPLE = Basis(
    costs=(
        CostItem(CostKind.PLATFORM, "平台建设运行", 600_000_000),
        CostItem(CostKind.PROCESSING, "传输采集存储治理", 334_567_890),
        CostItem(CostKind.STAFF, "人工", 200_000_000),
        CostItem(CostKind.ACQUISITION, "获取公共数据", 70_000_000),
        CostItem(CostKind.PERIOD, "期间费用", 30_000_000),
        CostItem(CostKind.STAFF, "公益产品人工", 99_999_999, ProductClass.PUBLIC_WELFARE),
    ),
    subsidies_cents=200_000_000,
    yield_percent=Decimal("1.7532"),
    points=Decimal(6),
    tax_cents=5_000_000,
)


def basis(cost: int, rate: str, **more: int) -> Basis:
    item = CostItem(CostKind.PLATFORM, "", cost)
    plain = Basis((item,), 0, Decimal(rate), Decimal(0), 0)
    return replace(plain, **more)  # type: ignore[arg-type] # whole numbers only


def test_the_worked_example_comes_out_to_the_cent() -> None:
    found = rules.allowed_revenue(EXAMPLE)
    assert found.industry_cents == 1_234_567_890
    assert found.cost_cents == 1_034_567_890
    assert found.rate_percent == Decimal("7.7532")
    # 1 034 567 890 x 7.7532 % = 80 212 117.64748: the only amount that is rounded.
    assert found.profit_cents == 80_212_118
    assert found.allowed_cents == 1_034_567_890 + 80_212_118 + 5_000_000
    less = rules.allowed_revenue(replace(EXAMPLE, carried_cents=19_780_008))
    assert less.allowed_cents == 1_100_000_000


@pytest.mark.parametrize(("cost", "profit"), [(49, 0), (50, 1), (149, 1), (150, 2), (250, 3)])
def test_half_a_cent_of_profit_is_rounded_up(cost: int, profit: int) -> None:
    assert rules.allowed_revenue(basis(cost, "1")).profit_cents == profit


def test_a_rate_is_at_most_six_points_above_the_yield() -> None:
    rules.allowed_revenue(replace(EXAMPLE, points=Decimal("6.0000")))
    for points in ("6.0001", "-0.0001"):
        with pytest.raises(errors.RatePointsUnlawful):
            rules.allowed_revenue(replace(EXAMPLE, points=Decimal(points)))


def test_subsidies_and_what_is_carried_over_never_make_an_amount_negative() -> None:
    assert rules.allowed_revenue(basis(100, "0", subsidies_cents=100)).allowed_cents == 0
    with pytest.raises(errors.SubsidyAboveCost):
        rules.allowed_revenue(basis(100, "0", subsidies_cents=101))
    assert rules.allowed_revenue(basis(100, "0", carried_cents=100)).allowed_cents == 0
    with pytest.raises(errors.CarryTooLarge):
        rules.allowed_revenue(basis(100, "0", carried_cents=101))


_CENTS = st.integers(min_value=0, max_value=10**12)
_POINTS = st.decimals(min_value=0, max_value=6, places=4)


@given(st.lists(_CENTS, min_size=1, max_size=5), st.data(), _POINTS, _CENTS)
def test_more_cost_never_allows_less(
    amounts: list[int], data: st.DataObject, points: Decimal, more: int
) -> None:
    costs = tuple(CostItem(CostKind.STAFF, "", amount) for amount in amounts)
    plain = Basis(costs, 0, Decimal("1.85"), points, 0)
    which = data.draw(st.integers(min_value=0, max_value=len(costs) - 1))
    dearer = replace(costs[which], amount_cents=costs[which].amount_cents + more)
    raised = replace(plain, costs=(*costs[:which], dearer, *costs[which + 1 :]))
    before, after = rules.allowed_revenue(plain), rules.allowed_revenue(raised)
    assert after.allowed_cents >= before.allowed_cents + more
    free = replace(
        plain, costs=(*costs, replace(dearer, product_class=ProductClass.PUBLIC_GOVERNANCE))
    )
    assert rules.allowed_revenue(free) == before


@given(st.decimals(min_value=-100, max_value=100, places=4))
def test_no_points_below_none_or_above_six_are_ever_allowed(points: Decimal) -> None:
    wanted = replace(EXAMPLE, points=points)
    if 0 <= points <= 6:
        assert rules.allowed_revenue(wanted).rate_percent <= EXAMPLE.yield_percent + 6
    else:
        with pytest.raises(errors.RatePointsUnlawful):
            rules.allowed_revenue(wanted)


@pytest.mark.parametrize("product_class", _FREE)
def test_a_free_product_costs_nothing(product_class: ProductClass) -> None:
    rules.check_price(0, 0, product_class)
    with pytest.raises(errors.FreeOfCharge):
        rules.check_price(1, 0, product_class)


def test_a_review_period_is_three_years_by_the_calendar() -> None:
    # 1095 days, and 1096 where a 29 February lies inside.
    for starts_on, ends_on, days in (
        (date(2025, 1, 1), date(2027, 12, 31), 1095),
        (date(2026, 1, 1), date(2028, 12, 31), 1096),
    ):
        assert (ends_on - starts_on).days + 1 == days
        rules.check_period(starts_on, ends_on)
        with pytest.raises(errors.ReviewPeriodTooLong):
            rules.check_period(starts_on, date(ends_on.year + 1, 1, 1))
    with pytest.raises(errors.ReviewPeriodTooLong):
        rules.check_period(date(2026, 1, 2), date(2026, 1, 1))
    assert rules.review_by(date(2028, 2, 29)) == date(2031, 2, 27)


def test_ceilings_times_forecasts_stay_within_the_maximum() -> None:
    rules.check_forecast([(100, 600), (50, 800)], 100_000)
    with pytest.raises(errors.ForecastAboveRevenue):
        rules.check_forecast([(100, 600), (50, 800)], 99_999)


def test_a_trial_standard_is_for_the_first_year_only() -> None:
    rules.check_trial(None, date(2026, 3, 2))
    rules.check_trial(date(2025, 3, 3), date(2026, 3, 2))
    with pytest.raises(errors.TrialOver):
        rules.check_trial(date(2025, 3, 2), date(2026, 3, 2))


@pytest.mark.parametrize(
    ("actual", "percent", "task", "excess"),
    [
        (100_000, "0.00", DeviationTask.NONE, 0),
        (100_001, "0.00", DeviationTask.ADJUST_PRICES, 1),
        (110_000, "10.00", DeviationTask.ADJUST_PRICES, 10_000),
        (110_001, "10.00", DeviationTask.ADJUST_CEILINGS, 10_001),
        (90_000, "-10.00", DeviationTask.ADJUST_PRICES, 0),
        (89_999, "-10.00", DeviationTask.ADJUST_CEILINGS, 0),
        (0, "-100.00", DeviationTask.ADJUST_CEILINGS, 0),
    ],
)
def test_ten_percent_decides_who_adjusts(
    actual: int, percent: str, task: DeviationTask, excess: int
) -> None:
    found = rules.deviation_of(actual, 100_000)
    assert (str(found.percent), found.task, found.excess_cents) == (percent, task, excess)


def test_where_nothing_is_allowed_anything_earned_is_too_much() -> None:
    assert rules.deviation_of(0, 0).task is DeviationTask.NONE
    found = rules.deviation_of(5, 0)
    assert (found.task, found.percent) == (DeviationTask.ADJUST_CEILINGS, Decimal(100))


def test_an_excess_is_spread_over_the_years_that_are_checked() -> None:
    three = (date(2027, 1, 1), date(2029, 12, 31))
    assert list(rules.years_checked(*three)) == [2027, 2028, 2029]
    assert rules.carried_a_year(None, 100, *three) == 33
    assert rules.carried_a_year(20, 100, *three) == 20
    with pytest.raises(errors.CarryTooLarge):
        rules.carried_a_year(34, 100, *three)
    # A period without the end of a year is never compared, so it takes nothing off.
    assert rules.carried_a_year(None, 100, date(2027, 1, 1), date(2027, 12, 30)) == 0


def test_a_report_is_due_at_the_end_of_march() -> None:
    assert rules.report_due_on(2026) == date(2027, 3, 31)
