"""The guard of prices at offer, application, licence, signature and bill, on both engines."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from alembic import command
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError

from kernel.database import Database
from kernel.identity import NotPermitted
from licensing import errors, public, queries, service
from licensing.rules import CostItem
from licensing.service import Ceiling, NewRevenue
from licensing.states import CostKind, DeviationTask, ProductClass
from marketplace import service as market
from marketplace.operations.demo.material import HEALTH
from marketplace.operations.migrate import migrations
from marketplace.queries import list_invoices
from sandbox.service import Machine, RunQuery, run_query
from tests.make import Maker

COUNT = "SELECT COUNT(*) AS n FROM visits"
#: 1 000.00 yuan of cost, 1.8 % + 6 points, 22.00 of tax: 1 100.00 yuan a year.
COSTS = (CostItem(CostKind.PLATFORM, "平台", 100_000),)
ALLOWED = 110_000


def revenue(make: Maker, **changes: object) -> NewRevenue:
    plain = NewRevenue(
        operator_id=make.actor("operator").organisation_id,
        starts_on=date(2026, 1, 1),
        ends_on=date(2028, 12, 31),
        costs=COSTS,
        subsidies_cents=0,
        yield_percent=Decimal("1.8"),
        points=Decimal(6),
        tax_cents=2_200,
        document_number="甘发改价格〔2026〕1号",
    )
    return replace(plain, **changes)  # type: ignore[arg-type] # fields by name


def determine(make: Maker, **changes: object) -> str:
    return service.determine_revenue(
        make.home.db,
        actor=make.actor("price_authority"),
        now=make.clock(),
        wanted=revenue(make, **changes),
    )


def file(make: Maker, product: str, cents: int, **more: object) -> None:
    service.file_ceiling(
        make.home.db,
        actor=make.actor("price_authority"),
        now=make.clock(),
        wanted=Ceiling(product, cents, **more),  # type: ignore[arg-type] # fields by name
    )


def filed(make: Maker, product: str) -> queries.CeilingRow | None:
    with make.home.db.read() as session:
        return queries.find_filing(session, product)


def apply(make: Maker, offer_id: str) -> str:
    wish = service.Wish(HEALTH.purpose, HEALTH.justification)
    return service.apply_for_licence(
        make.home.db,
        actor=make.actor("enterprise"),
        now=make.clock(),
        wanted=service.NewApplication(offer_id, wish),
    )


def lower_by_a_cent(make: Maker, product: str) -> None:
    """A ceiling one cent below the price of the open offer."""
    make.wait(0)
    file(make, product, HEALTH.terms().price_cents - 1)


@pytest.mark.postgres
def test_a_ceiling_is_worked_out_from_a_revenue_and_no_offer_is_above_it(make_any: Maker) -> None:
    make = make_any
    _, product = make.registered()
    with pytest.raises(errors.RevenueMissing):
        file(make, product, 100, is_trial=False, forecast_runs=1100)
    made = determine(make)
    with make.home.db.read() as session:
        row = queries.find_revenue(session, made)
    assert row.lines.allowed_cents == ALLOWED
    assert row.basis.costs == COSTS
    with pytest.raises(errors.ForecastAboveRevenue):
        file(make, product, 100, is_trial=False, forecast_runs=1101)
    assert filed(make, product) is None
    file(make, product, 100, is_trial=False, forecast_runs=1100)
    now = filed(make, product)
    assert now is not None
    assert (now.revenue_id, now.is_trial, now.unit) == (made, False, "run")
    terms = replace(HEALTH.terms(), price_cents=101)
    with pytest.raises(errors.PriceAboveCeiling):
        service.publish_offer(
            make.home.db,
            actor=make.actor("operator"),
            now=make.clock(),
            wanted=service.NewOffer(product, terms),
        )
    with make.home.db.read() as session:
        assert queries.open_offers(session) == []


@pytest.mark.postgres
def test_a_lowered_ceiling_stops_applications_approvals_and_signatures(make_any: Maker) -> None:
    make = make_any
    row = make.unsigned_licence()
    waiting = apply(make, row.offer_id)
    lower_by_a_cent(make, row.product_code)
    with pytest.raises(errors.PriceAboveCeiling):
        apply(make, row.offer_id)
    with pytest.raises(errors.PriceAboveCeiling):
        service.decide_application(
            make.home.db,
            actor=make.actor("operator"),
            now=make.clock(),
            wanted=service.Decision(waiting, "approve", 1),
        )
    with pytest.raises(errors.PriceAboveCeiling):
        make.sign(row.licence_id)
    with make.home.db.read() as session:
        (priced,) = queries.list_prices(session)
    assert priced.headroom_cents == -1


@pytest.mark.postgres
def test_a_forced_price_is_not_billed_and_the_licence_is_named(
    make_any: Maker, machine: Machine
) -> None:
    make, home = make_any, make_any.home
    row = make.licence()
    run_query(
        home.db,
        actor=make.actor("researcher"),
        now=make.clock(),
        wanted=RunQuery(row.licence_id, HEALTH.purpose, COUNT),
        seal=home.seal,
        machine=machine,
    )
    # A higher ceiling that is filed after the signature does not help.
    make.wait(0)
    file(make, row.product_code, HEALTH.ceiling_cents * 10)
    wanted = market.NewInvoice(row.licence_id)

    def bill() -> str:
        return market.issue_invoice(
            home.db, actor=make.actor("operator"), now=make.clock(), wanted=wanted
        )

    def force(cents: int) -> None:
        with home.db.transaction() as session:
            session.execute(text(f"UPDATE sandbox_meter_event SET price_cents = {cents}"))

    force(HEALTH.ceiling_cents + 1)
    with pytest.raises(errors.BillAboveCeiling) as refused:
        bill()
    assert refused.value.facts["licence_number"] == row.number
    with home.db.read() as session:
        assert list_invoices(session) == []
    force(HEALTH.ceiling_cents)
    assert bill()


@pytest.mark.postgres
def test_ceilings_of_an_older_home_stay_as_they_are_and_begin_the_history(
    database_url: str,
) -> None:
    db = Database(database_url)
    config = migrations(db)
    command.upgrade(config, "0005")
    # 23:00 UTC: the next day where the law applies.
    at = datetime(2026, 3, 1, 23, tzinfo=UTC)
    with db.engine.begin() as connection:
        connection.execute(
            text("INSERT INTO licensing_price_ceiling VALUES ('L1', 70, :trial, 'x', :at)"),
            {"trial": True, "at": at},
        )
    command.upgrade(config, "head")
    with db.read() as session:
        now = queries.find_filing(session, "L1")
        assert now == queries.find_filing(session, "L1", as_of=at)
        assert queries.find_filing(session, "L1", as_of=at - timedelta(seconds=1)) is None
    assert now is not None
    assert (now.ceiling_cents, now.is_trial, now.product_class, now.effective_from) == (
        70,
        True,
        ProductClass.INDUSTRY,
        date(2026, 3, 2),
    )
    db.close()


def test_what_was_signed_before_every_filing_was_kept_is_known_by_its_offer(make: Maker) -> None:
    row = make.licence()
    with make.home.db.transaction() as session:
        session.execute(text("DROP TRIGGER licensing_price_history_no_delete"))
        session.execute(text("DELETE FROM licensing_price_history"))
    with make.home.db.read() as session:
        public.check_billable(session, row.licence_id, [HEALTH.ceiling_cents])
        with pytest.raises(errors.BillAboveCeiling):
            public.check_billable(session, row.licence_id, [HEALTH.ceiling_cents + 1])


@pytest.mark.parametrize("free", [ProductClass.PUBLIC_WELFARE, ProductClass.PUBLIC_GOVERNANCE])
def test_a_free_product_is_offered_for_nothing_only(make: Maker, free: ProductClass) -> None:
    _, product = make.registered()
    with pytest.raises(errors.FreeOfCharge):
        file(make, product, 1, product_class=free)
    file(make, product, 0, product_class=free)
    now = filed(make, product)
    assert now is not None
    assert not now.is_trial

    def offer(cents: int) -> str:
        return service.publish_offer(
            make.home.db,
            actor=make.actor("operator"),
            now=make.clock(),
            wanted=service.NewOffer(product, replace(HEALTH.terms(), price_cents=cents)),
        )

    with pytest.raises(errors.FreeOfCharge):
        offer(1)
    assert offer(0)


def test_only_the_authority_files_and_not_for_a_later_day(make: Maker) -> None:
    _, product = make.registered()
    with pytest.raises(NotPermitted):
        service.file_ceiling(
            make.home.db,
            actor=make.actor("operator"),
            now=make.clock(),
            wanted=Ceiling(product, 100),
        )
    with pytest.raises(NotPermitted):
        service.determine_revenue(
            make.home.db, actor=make.actor("operator"), now=make.clock(), wanted=revenue(make)
        )
    with pytest.raises(errors.FilingInFuture):
        file(make, product, 100, effective_from=make.clock().date() + timedelta(days=2))


def test_after_a_full_year_there_is_no_trial_standard(make: Maker) -> None:
    _, product = make.registered()
    file(make, product, 100)
    make.clock.advance(timedelta(days=366))
    with pytest.raises(errors.TrialOver):
        file(make, product, 100)
    determine(make)
    file(make, product, 100, is_trial=False, forecast_runs=10)


def test_a_determination_needs_an_operator_and_a_lawful_period(make: Maker) -> None:
    with pytest.raises(errors.NoOperator):
        determine(make)
    make.registered()
    with pytest.raises(errors.ReviewPeriodTooLong):
        determine(make, ends_on=date(2029, 1, 1))
    with pytest.raises(errors.CarryTooLarge):
        determine(make, carried_cents=1)


@pytest.mark.postgres
def test_filings_and_determinations_are_only_added(make_any: Maker) -> None:
    make = make_any
    _, product = make.registered()
    determine(make)
    file(make, product, 100)
    before = make.clock()
    make.wait(0)
    file(make, product, 90)
    with make.home.db.read() as session:
        past = queries.find_filing(session, product, as_of=before)
        present = queries.find_filing(session, product, as_of=make.clock())
        unknown = queries.find_filing(session, product, as_of=before - timedelta(days=900))
    assert past is not None
    assert present is not None
    assert (past.ceiling_cents, present.ceiling_cents, unknown) == (100, 90, None)
    for change in (
        "UPDATE licensing_revenue SET allowed_cents = 1",
        "DELETE FROM licensing_revenue_cost",
        "UPDATE licensing_price_history SET ceiling_cents = 1000",
    ):
        with pytest.raises(DatabaseError), make.home.db.transaction() as session:
            session.execute(text(change))


@pytest.mark.postgres
def test_a_year_is_compared_once_and_its_excess_is_taken_off_the_next_period(
    make_any: Maker, machine: Machine
) -> None:
    make, home = make_any, make_any.home
    row = make.licence()
    # One query is billed and paid in 2026; no more than its half was allowed.
    price = HEALTH.terms().price_cents
    costs = (CostItem(CostKind.STAFF, "", price // 2),)
    determine(make, costs=costs, tax_cents=0, yield_percent=Decimal(0), points=Decimal(0))
    run_query(
        home.db,
        actor=make.actor("researcher"),
        now=make.clock(),
        wanted=RunQuery(row.licence_id, HEALTH.purpose, COUNT),
        seal=home.seal,
        machine=machine,
    )
    operator = make.actor("operator")
    bill = market.NewInvoice(row.licence_id)
    invoice = market.issue_invoice(home.db, actor=operator, now=make.clock(), wanted=bill)
    with home.db.transaction() as session:
        session.execute(text("UPDATE marketplace_invoice SET status = 'paid', paid_at = issued_at"))
    assert invoice

    def check(year: int = 2026, person: str = "price_authority") -> str:
        wanted = market.YearToCheck(operator.organisation_id, year)
        return market.check_year(home.db, actor=make.actor(person), now=make.clock(), wanted=wanted)

    with pytest.raises(NotPermitted):
        check(person="operator")
    with pytest.raises(errors.YearNotOver):
        check()
    make.clock.advance(timedelta(days=366))
    with pytest.raises(errors.RevenueMissing):
        check(2025)
    check()
    with pytest.raises(errors.YearChecked):
        check()
    with home.db.read() as session:
        (found,) = queries.list_deviations(session)
    excess = price - price // 2
    assert (found.actual_cents, found.allowed_cents, found.excess_cents) == (
        price,
        price // 2,
        excess,
    )
    assert found.task is DeviationTask.ADJUST_CEILINGS
    assert found.report_due_on == date(2027, 3, 31)

    def carried(**changes: object) -> int:
        made = determine(make, starts_on=date(2027, 1, 1), **changes)
        with home.db.read() as session:
            return queries.find_revenue(session, made).lines.carried_cents

    assert carried(ends_on=date(2027, 12, 31)) == excess
    # Determined again with one year more, it is spread over both; nothing is taken off twice.
    make.wait(0)
    assert carried(ends_on=date(2028, 12, 31)) == excess // 2
    make.wait(0)
    with pytest.raises(errors.CarryTooLarge):
        carried(ends_on=date(2027, 12, 31), carried_cents=excess)
    assert carried(ends_on=date(2027, 12, 31)) == excess - excess // 2
