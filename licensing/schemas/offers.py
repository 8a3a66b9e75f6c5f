"""Outside shapes of offers."""

from typing import Any

from marshmallow import Schema, fields, validate

from licensing.contract.terms import MODES, PURPOSES, Terms
from licensing.service import NewOffer

_LARGEST_PRICE_CENTS = 100_000_000


class OfferBody(Schema):
    """Terms of an offer; ``columns`` as ``table.column``, the price in 1/100 CNY a run."""

    product_code = fields.String(required=True)
    mode = fields.String(required=True, validate=validate.OneOf(MODES))
    dataset = fields.String(required=True, validate=validate.Length(1, 80))
    columns = fields.List(
        fields.String(validate=validate.Regexp(r"[^.\s]+\.[^.\s]+\Z")),
        required=True,
        validate=validate.Length(1, 500),
    )
    purposes = fields.List(
        fields.String(validate=validate.OneOf(PURPOSES)),
        required=True,
        validate=validate.Length(1, 20),
    )
    run_quota = fields.Integer(required=True, validate=validate.Range(1, 1_000_000))
    price_cents = fields.Integer(required=True, validate=validate.Range(0, _LARGEST_PRICE_CENTS))
    min_cell_size = fields.Integer(load_default=10, validate=validate.Range(0, 1000))
    term_days = fields.Integer(required=True, validate=validate.Range(1, 1826))


class OfferReply(Schema):
    """An offer with its ODRL policy."""

    offer_id = fields.String()
    product_code = fields.String()
    mode = fields.String()
    dataset = fields.Function(lambda row: row.terms.dataset)
    operator_name = fields.String()
    policy = fields.Dict()
    policy_digest = fields.String()
    price_cents = fields.Integer()
    ceiling_cents = fields.Integer()
    is_open = fields.Boolean()


def offer_of(values: dict[str, Any], key: str) -> NewOffer:
    """The offer command of a body; open mode has no smallest cell."""
    code = values.pop("product_code")
    if values["mode"] == "open":
        values["min_cell_size"] = 0
    values["columns"], values["purposes"] = tuple(values["columns"]), tuple(values["purposes"])
    return NewOffer(code, Terms(**values), key)
