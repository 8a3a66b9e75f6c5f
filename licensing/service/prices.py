"""Prices (S3): the maximum allowed revenue, ceilings and trial standards, and their guard."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from sqlmodel import Session, select

from kernel.database import Database
from kernel.identity import Actor, Permission, check_permission
from kernel.ids import new_id
from kernel.trust import audit, idempotency
from kernel.workdays import local_day
from licensing import errors, queries, rules
from licensing.models import PriceCeiling, PriceHistory, Revenue, RevenueCost
from licensing.rules import Basis, CostItem
from licensing.states import ProductClass
from registry import public as registry

#: What one charge pays for; the meter counts nothing else.
_UNIT = "run"


@dataclass(frozen=True, slots=True)
class Ceiling:
    """A ceiling charge of one product, in 1/100 CNY a run; trial standards are marked (S3).

    ``forecast_runs`` are forecast sales a year. A free product has a ceiling of 0 and is no trial,
    whatever the command says. Without a day the filing takes effect today.
    """

    product_code: str
    ceiling_cents: int
    is_trial: bool = True
    product_class: ProductClass = ProductClass.INDUSTRY
    forecast_runs: int = 0
    effective_from: date | None = None
    document_number: str = ""


@dataclass(frozen=True, slots=True)
class NewRevenue:
    """A determination of the maximum allowed revenue a year; money in 1/100 CNY.

    ``carried_cents`` a year is taken off for what earlier years earned above their maximum; None
    spreads all of it over the period, a smaller amount leaves a rest to the periods after (S3).
    """

    operator_id: str
    starts_on: date
    ends_on: date
    costs: tuple[CostItem, ...]
    subsidies_cents: int
    yield_percent: Decimal
    points: Decimal
    tax_cents: int
    document_number: str
    carried_cents: int | None = None
    idempotency_key: str = ""


def check_price(session: Session, product_code: str, price_cents: int) -> int | None:
    """Let only a price pass that the present filing allows; returns the ceiling, or None.

    Raises:
        FreeOfCharge, CeilingMissing, PriceAboveCeiling: the price is not lawful (S3).
    """
    filed = queries.find_filing(session, product_code)
    if filed is None:
        rules.check_price(price_cents, None)
        return None
    rules.check_price(price_cents, filed.ceiling_cents, filed.product_class)
    return filed.ceiling_cents


def determine_revenue(db: Database, *, actor: Actor, now: datetime, wanted: NewRevenue) -> str:
    """The price authority fixes the maximum allowed revenue; returns its identifier.

    A determination is never changed: a newer one takes over on the days that both cover.

    Raises:
        NotPermitted: the person may not.
        NoOperator: the organisation has signed no operation agreement.
        ReviewPeriodTooLong: the period is longer than three years.
        RatePointsUnlawful, SubsidyAboveCost, CarryTooLarge: the calculation is not lawful.
    """
    check_permission(actor, Permission.LICENSING_PRICE_FILE)
    with db.transaction() as session:
        return idempotency.make_once(
            session,
            actor=actor,
            now=now,
            key=wanted.idempotency_key,
            request=_request(wanted),
            make=lambda: _determine(session, actor, now, wanted),
        )


def _request(wanted: NewRevenue) -> dict[str, object]:
    names = ("operator_id", "starts_on", "ends_on", "subsidies_cents", "yield_percent", "points")
    more = ("tax_cents", "document_number", "carried_cents")
    return {
        "verb": "licensing.revenue",
        **{name: str(getattr(wanted, name)) for name in (*names, *more)},
        "costs": [
            [one.kind.value, one.label, one.product_class.value, str(one.amount_cents)]
            for one in wanted.costs
        ],
    }


def calculate_revenue(session: Session, wanted: NewRevenue) -> tuple[Basis, rules.AllowedRevenue]:
    """The basis with what is carried over, and the calculation; nothing is stored.

    Raises:
        What :func:`determine_revenue` raises, but for the permission.
    """
    if queries.operating_since(session, wanted.operator_id) is None:
        raise errors.NoOperator
    rules.check_period(wanted.starts_on, wanted.ends_on)
    outstanding = queries.outstanding_excess(
        session, wanted.operator_id, wanted.starts_on, wanted.ends_on
    )
    basis = Basis(
        costs=wanted.costs,
        subsidies_cents=wanted.subsidies_cents,
        yield_percent=wanted.yield_percent,
        points=wanted.points,
        tax_cents=wanted.tax_cents,
        carried_cents=rules.carried_a_year(
            wanted.carried_cents, outstanding, wanted.starts_on, wanted.ends_on
        ),
    )
    return basis, rules.allowed_revenue(basis)


def _determine(session: Session, actor: Actor, now: datetime, wanted: NewRevenue) -> str:
    basis, found = calculate_revenue(session, wanted)
    row = Revenue(
        id=new_id(now),
        operator_id=wanted.operator_id,
        starts_on=wanted.starts_on,
        ends_on=wanted.ends_on,
        subsidies_cents=basis.subsidies_cents,
        yield_percent=str(basis.yield_percent),
        points=str(basis.points),
        tax_cents=basis.tax_cents,
        carried_cents=basis.carried_cents,
        allowed_cents=found.allowed_cents,
        document_number=wanted.document_number,
        decided_by=actor.account_id,
        decided_at=now,
    )
    session.add(row)
    # Cost items name it by column only; it must be in the table first.
    session.flush()
    session.add_all(
        RevenueCost(
            revenue_id=row.id,
            number=number,
            kind=one.kind,
            label=one.label,
            product_class=one.product_class,
            amount_cents=one.amount_cents,
        )
        for number, one in enumerate(basis.costs, 1)
    )
    audit.record(
        session,
        actor=actor,
        now=now,
        action="licensing.revenue.determine",
        subject=("licensing_revenue", row.id),
        facts={
            "operator_id": row.operator_id,
            "allowed_cents": found.allowed_cents,
            "rate_percent": str(found.rate_percent),
            "document_number": row.document_number,
        },
    )
    return row.id


def file_ceiling(db: Database, *, actor: Actor, now: datetime, wanted: Ceiling) -> None:
    """The price authority files the ceiling of a product; an earlier one is replaced.

    Offers above a lowered ceiling stay as they are and can no longer be applied for.

    Raises:
        NotPermitted: the person may not.
        NotRegistered: the product is not in force.
        FreeOfCharge: a charge for public governance or public welfare.
        FilingInFuture: it is to take effect on a later day.
        TrialOver: a trial standard after a full year of operation.
        RevenueMissing: a ceiling without a maximum allowed revenue in force.
        ForecastAboveRevenue: all ceilings under it together would bring in more.
    """
    check_permission(actor, Permission.LICENSING_PRICE_FILE)
    with db.transaction() as session:
        today = local_day(now)
        if missing := registry.missing_codes(session, [wanted.product_code], today):
            raise errors.NotRegistered(codes=", ".join(missing))
        if wanted.effective_from and wanted.effective_from > today:
            raise errors.FilingInFuture(day=str(wanted.effective_from))
        filed = {
            "product_code": wanted.product_code,
            "ceiling_cents": wanted.ceiling_cents,
            "is_trial": wanted.is_trial and not wanted.product_class.is_free,
            "filed_by": actor.account_id,
            "filed_at": now,
            "product_class": wanted.product_class.value,
            "unit": _UNIT,
            "revenue_id": _revenue_of(session, wanted, today),
            "forecast_runs": wanted.forecast_runs,
            "effective_from": wanted.effective_from or today,
            "document_number": wanted.document_number,
        }
        session.merge(PriceCeiling.model_validate(filed))
        session.add(PriceHistory.model_validate({"id": new_id(now), **filed}))
        audit.record(
            session,
            actor=actor,
            now=now,
            action="licensing.price.file",
            subject=("licensing_price_ceiling", wanted.product_code),
            facts={
                "ceiling_cents": wanted.ceiling_cents,
                "is_trial": filed["is_trial"],
                "product_class": wanted.product_class.value,
                "document_number": wanted.document_number,
            },
        )


def _revenue_of(session: Session, wanted: Ceiling, today: date) -> str | None:
    """The determination that a filing rests on; trial standards and free products rest on none."""
    if wanted.product_class.is_free:
        rules.check_price(wanted.ceiling_cents, 0, wanted.product_class)
        return None
    operator_id = registry.entry(session, wanted.product_code).organisation_id
    if wanted.is_trial:
        rules.check_trial(queries.operating_since(session, operator_id), today)
        return None
    found = queries.revenue_on(session, operator_id, today)
    if found is None:
        raise errors.RevenueMissing(day=str(today))
    # Two filings at once must see each other's forecast.
    session.exec(select(Revenue).where(Revenue.id == found.revenue_id).with_for_update()).one()
    others = queries.forecast_sales(session, found.revenue_id, but=wanted.product_code)
    rules.check_forecast(
        [*others, (wanted.ceiling_cents, wanted.forecast_runs)], found.lines.allowed_cents
    )
    return found.revenue_id
