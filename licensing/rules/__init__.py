"""Decisions of licensing, from plain values."""

from licensing.rules.moves import Standing, check_may, possible_verbs
from licensing.rules.operation import AGREEMENT_TOPICS, AGREEMENT_YEARS, check_agreement
from licensing.rules.prices import check_price
from licensing.rules.use import check_approval, check_purpose, check_usable

__all__ = [
    "AGREEMENT_TOPICS",
    "AGREEMENT_YEARS",
    "Standing",
    "check_agreement",
    "check_approval",
    "check_may",
    "check_price",
    "check_purpose",
    "check_usable",
    "possible_verbs",
]
