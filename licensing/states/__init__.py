"""Statuses of plans, selections, agreements, applications and licences, and the lawful moves."""

from licensing.states.licences import (
    APPLICATION_TRANSITIONS,
    LICENCE_TRANSITIONS,
    ApplicationStatus,
    LicenceStatus,
)
from licensing.states.moves import SIGNING_SIDES, Side, Transition, find, of_verb
from licensing.states.operation import (
    AGREEMENT_BY_ITSELF,
    AGREEMENT_TRANSITIONS,
    PLAN_BY_ITSELF,
    PLAN_TRANSITIONS,
    SELECTION_TRANSITIONS,
    AgreementStatus,
    EndReason,
    PlanStatus,
    SelectionStatus,
)

__all__ = [
    "AGREEMENT_BY_ITSELF",
    "AGREEMENT_TRANSITIONS",
    "APPLICATION_TRANSITIONS",
    "LICENCE_TRANSITIONS",
    "PLAN_BY_ITSELF",
    "PLAN_TRANSITIONS",
    "SELECTION_TRANSITIONS",
    "SIGNING_SIDES",
    "AgreementStatus",
    "ApplicationStatus",
    "EndReason",
    "LicenceStatus",
    "PlanStatus",
    "SelectionStatus",
    "Side",
    "Transition",
    "find",
    "of_verb",
]
