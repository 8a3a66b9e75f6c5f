"""Outside shapes of prices; money in 1/100 CNY, rates as decimal texts in percent."""

from datetime import date
from decimal import Decimal
from typing import Any

from marshmallow import Schema, ValidationError, fields, validate

from kernel.clock import CHINA
from licensing.queries import PricedRow
from licensing.rules import CostItem
from licensing.service import Ceiling, NewRevenue
from licensing.states import CostKind, DeviationTask, ProductClass

_LARGEST_PRICE_CENTS = 100_000_000
_LARGEST_AMOUNT_CENTS = 10**14
_MOST_RUNS = 10**9
_MOST_ITEMS = 100
_FIRST_YEAR, _LAST_YEAR = 1900, 2199


def _amount(**more: Any) -> fields.Integer:  # noqa: ANN401 - what marshmallow takes
    return fields.Integer(validate=validate.Range(0, _LARGEST_AMOUNT_CENTS), **more)


def _percent() -> fields.String:
    return fields.String(required=True, validate=validate.Regexp(r"[0-9]{1,2}(\.[0-9]{1,4})?\Z"))


def _in_our_time(day: date) -> None:
    if not _FIRST_YEAR <= day.year <= _LAST_YEAR:
        message = "Not a valid date."
        raise ValidationError(message)


def _class(**more: Any) -> fields.Enum[Any]:  # noqa: ANN401 - what marshmallow takes
    return fields.Enum(ProductClass, by_value=True, **more)


class CeilingBody(Schema):
    """A ceiling charge in 1/100 CNY a run, or a trial standard; ``forecast_runs`` a year."""

    product_code = fields.String(required=True)
    ceiling_cents = fields.Integer(required=True, validate=validate.Range(0, _LARGEST_PRICE_CENTS))
    is_trial = fields.Boolean(load_default=True)
    product_class = _class(load_default=ProductClass.INDUSTRY)
    forecast_runs = fields.Integer(load_default=0, validate=validate.Range(0, _MOST_RUNS))
    effective_from = fields.Date(load_default=None, allow_none=True, validate=_in_our_time)
    document_number = fields.String(load_default="", validate=validate.Length(0, 80))


class CostBody(Schema):
    """One cost item of the cost investigation, in 1/100 CNY a year."""

    kind = fields.Enum(CostKind, by_value=True, required=True)
    label = fields.String(load_default="", validate=validate.Length(0, 200))
    amount_cents = _amount(required=True)
    product_class = _class(load_default=ProductClass.INDUSTRY)


class RevenueBody(Schema):
    """The basis of a maximum allowed revenue; without ``carried_cents`` all excess is spread."""

    operator_id = fields.String(required=True)
    starts_on = fields.Date(required=True, validate=_in_our_time)
    ends_on = fields.Date(required=True, validate=_in_our_time)
    costs = fields.List(
        fields.Nested(CostBody), required=True, validate=validate.Length(1, _MOST_ITEMS)
    )
    subsidies_cents = _amount(load_default=0)
    yield_percent = _percent()
    points = _percent()
    tax_cents = _amount(load_default=0)
    carried_cents = _amount(load_default=None, allow_none=True)
    document_number = fields.String(required=True, validate=validate.Length(1, 80))


class AsOfArguments(Schema):
    """A past moment to ask about."""

    as_of = fields.AwareDateTime(load_default=None, default_timezone=CHINA, validate=_in_our_time)


class LimitArguments(AsOfArguments):
    """On which day limits are asked for, as they were known at which moment."""

    day = fields.Date(load_default=None, validate=_in_our_time)


class CeilingReply(Schema):
    """A filing."""

    product_code = fields.String()
    ceiling_cents = fields.Integer()
    is_trial = fields.Boolean()
    product_class = _class()
    unit = fields.String()
    revenue_id = fields.String(allow_none=True)
    forecast_runs = fields.Integer()
    effective_from = fields.Date()
    review_by = fields.Date()
    document_number = fields.String()
    filed_at = fields.AwareDateTime()


class AllowedReply(Schema):
    """The calculation line by line."""

    industry_cents = fields.Integer()
    subsidies_cents = fields.Integer()
    cost_cents = fields.Integer()
    rate_percent = fields.String()
    profit_cents = fields.Integer()
    tax_cents = fields.Integer()
    carried_cents = fields.Integer()
    allowed_cents = fields.Integer()


class RevenueReply(Schema):
    """A determination of the maximum allowed revenue, with its basis."""

    revenue_id = fields.String()
    operator_id = fields.String()
    starts_on = fields.Date()
    ends_on = fields.Date()
    costs = fields.List(fields.Nested(CostBody), attribute="basis.costs")
    yield_percent = fields.String(attribute="basis.yield_percent")
    points = fields.String(attribute="basis.points")
    lines = fields.Nested(AllowedReply)
    document_number = fields.String()
    decided_at = fields.AwareDateTime()


class DeviationReply(Schema):
    """One checked year; ``percent`` is signed, ``task`` says who has to adjust what."""

    deviation_id = fields.String()
    operator_id = fields.String()
    year = fields.Integer()
    revenue_id = fields.String()
    actual_cents = fields.Integer()
    allowed_cents = fields.Integer()
    percent = fields.String()
    task = fields.Enum(DeviationTask, by_value=True)
    excess_cents = fields.Integer()
    report_due_on = fields.Date()
    recorded_at = fields.AwareDateTime()


def priced_reply(row: PricedRow) -> dict[str, Any]:
    """A product of the price list; each offer's head-room is counted against the ceiling."""
    filed: dict[str, Any] = CeilingReply().dump(row.ceiling)
    offers = [
        {
            "offer_id": one.offer_id,
            "mode": one.mode,
            "operator_name": one.operator_name,
            "price_cents": one.price_cents,
            "headroom_cents": row.ceiling.ceiling_cents - one.price_cents,
        }
        for one in row.offers
    ]
    return {**filed, "headroom_cents": row.headroom_cents, "offers": offers}


def ceiling_of(values: dict[str, Any]) -> Ceiling:
    """The filing of a body."""
    return Ceiling(**values)


def revenue_of(values: dict[str, Any], key: str) -> NewRevenue:
    """The determination of a body."""
    costs = tuple(CostItem(**one) for one in values["costs"])
    rates = {name: Decimal(values[name]) for name in ("yield_percent", "points")}
    return NewRevenue(**{**values, **rates, "costs": costs}, idempotency_key=key)
