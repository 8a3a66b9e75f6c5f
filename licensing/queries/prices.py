"""Reads of prices."""

from sqlmodel import Session

from licensing.models import (
    PriceCeiling,
)


def find_ceiling(session: Session, product_code: str) -> int | None:
    """The filed ceiling in 1/100 CNY a run, or None."""
    found = session.get(PriceCeiling, product_code)
    return found.ceiling_cents if found else None
