"""Outside shapes of prices."""

from marshmallow import Schema, fields, validate

_LARGEST_PRICE_CENTS = 100_000_000


class CeilingBody(Schema):
    """A ceiling charge in 1/100 CNY a run."""

    product_code = fields.String(required=True)
    ceiling_cents = fields.Integer(required=True, validate=validate.Range(0, _LARGEST_PRICE_CENTS))
    is_trial = fields.Boolean(load_default=True)
