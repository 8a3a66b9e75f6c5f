"""Decisions of licensing, from plain values."""

from licensing.rules.moves import Standing, check_may, possible_verbs
from licensing.rules.operation import AGREEMENT_TOPICS, AGREEMENT_YEARS, check_agreement
from licensing.rules.prices import (
    AllowedRevenue,
    Basis,
    CostItem,
    Deviation,
    allowed_revenue,
    carried_a_year,
    check_forecast,
    check_period,
    check_price,
    check_trial,
    deviation_of,
    headroom,
    last_day,
    report_due_on,
    review_by,
    years_checked,
)
from licensing.rules.use import check_approval, check_purpose, check_usable

__all__ = [
    "AGREEMENT_TOPICS",
    "AGREEMENT_YEARS",
    "AllowedRevenue",
    "Basis",
    "CostItem",
    "Deviation",
    "Standing",
    "allowed_revenue",
    "carried_a_year",
    "check_agreement",
    "check_approval",
    "check_forecast",
    "check_may",
    "check_period",
    "check_price",
    "check_purpose",
    "check_trial",
    "check_usable",
    "deviation_of",
    "headroom",
    "last_day",
    "possible_verbs",
    "report_due_on",
    "review_by",
    "years_checked",
]
