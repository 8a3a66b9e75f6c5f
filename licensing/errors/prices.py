"""Refusals of prices (S3)."""

from kernel.errors import (
    Refused,
    msgid,
)


class CeilingMissing(Refused):
    """No ceiling was filed for the product (S3)."""

    code = "licensing-ceiling-missing"
    title = msgid("No price ceiling is filed for this product")
    detail = msgid("Ask the price authority to file the ceiling or the trial standard first.")


class PriceAboveCeiling(Refused):
    """A price above the filed ceiling (S3)."""

    code = "licensing-price-above-ceiling"
    title = msgid("The price is above the filed ceiling")
    detail = msgid(
        "Set at most %(ceiling_cents)s cents a run; %(price_cents)s were given. Nothing was saved."
    )
