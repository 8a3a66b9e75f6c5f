"""Decisions of prices."""

from licensing import errors


def check_price(price_cents: int, ceiling_cents: int | None) -> None:
    """Let no price above the filed ceiling pass (S3).

    Raises:
        CeilingMissing: nothing was filed and the price is not zero.
        PriceAboveCeiling: the price is higher.
    """
    if price_cents == 0:
        return
    if ceiling_cents is None:
        raise errors.CeilingMissing
    if price_cents > ceiling_cents:
        raise errors.PriceAboveCeiling(price_cents=price_cents, ceiling_cents=ceiling_cents)
