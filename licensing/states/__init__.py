"""Statuses of plans, selections, agreements, applications and licences, and the lawful moves."""

from licensing.states.licences import (
    APPLICATION_TRANSITIONS,
    LICENCE_BY_ITSELF,
    LICENCE_TRANSITIONS,
    NEGOTIATED_AS,
    OFFER_TRANSITIONS,
    ApplicationStatus,
    Approval,
    LicenceEnd,
    LicenceStatus,
    OfferStatus,
)
from licensing.states.moves import SIGNING_SIDES, Side, Transition, find, of_verb
from licensing.states.negotiations import (
    NEGOTIATION_ENDS,
    NEGOTIATION_TRANSITIONS,
    TURN,
    NegotiationState,
)
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
from licensing.states.prices import CostKind, DeviationTask, ProductClass

__all__ = [
    "AGREEMENT_BY_ITSELF",
    "AGREEMENT_TRANSITIONS",
    "APPLICATION_TRANSITIONS",
    "LICENCE_BY_ITSELF",
    "LICENCE_TRANSITIONS",
    "NEGOTIATED_AS",
    "NEGOTIATION_ENDS",
    "NEGOTIATION_TRANSITIONS",
    "OFFER_TRANSITIONS",
    "PLAN_BY_ITSELF",
    "PLAN_TRANSITIONS",
    "SELECTION_TRANSITIONS",
    "SIGNING_SIDES",
    "TURN",
    "AgreementStatus",
    "ApplicationStatus",
    "Approval",
    "CostKind",
    "DeviationTask",
    "EndReason",
    "LicenceEnd",
    "LicenceStatus",
    "NegotiationState",
    "OfferStatus",
    "PlanStatus",
    "ProductClass",
    "SelectionStatus",
    "Side",
    "Transition",
    "find",
    "of_verb",
]
