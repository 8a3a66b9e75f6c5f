"""Decisions of licensing, from plain values."""

from licensing.rules.limits import LIMITS
from licensing.rules.moves import Standing, check_may, possible_verbs
from licensing.rules.operation import (
    AGREEMENT_TOPICS,
    AGREEMENT_YEARS,
    EVALUATION_RESULTS,
    PLAN_ITEMS,
    PLAN_MODES,
    PRODUCT_CLASSES,
    REDEVELOPMENT,
    SELECTION_WAYS,
    agreement_status_on,
    check_agreement,
    check_choice,
    check_classified,
    check_consents,
    check_happened,
    check_not_own_redevelopment,
    check_plan,
    check_way,
    check_within,
    check_within_plan,
    months_later,
)
from licensing.rules.prices import check_price
from licensing.rules.use import check_approval, check_purpose, check_usable

__all__ = [
    "AGREEMENT_TOPICS",
    "AGREEMENT_YEARS",
    "EVALUATION_RESULTS",
    "LIMITS",
    "PLAN_ITEMS",
    "PLAN_MODES",
    "PRODUCT_CLASSES",
    "REDEVELOPMENT",
    "SELECTION_WAYS",
    "Standing",
    "agreement_status_on",
    "check_agreement",
    "check_approval",
    "check_choice",
    "check_classified",
    "check_consents",
    "check_happened",
    "check_may",
    "check_not_own_redevelopment",
    "check_plan",
    "check_price",
    "check_purpose",
    "check_usable",
    "check_way",
    "check_within",
    "check_within_plan",
    "months_later",
    "possible_verbs",
]
