"""Statuses of agreements, applications, negotiations and licences, and the lawful moves, as data."""

from licensing.states.licences import (
    APPLICATION_TRANSITIONS,
    LICENCE_TRANSITIONS,
    NEGOTIATED_AS,
    ApplicationStatus,
    Approval,
    LicenceEnd,
    LicenceStatus,
)
from licensing.states.moves import SIGNING_SIDES, Side, Transition, find, of_verb
from licensing.states.negotiations import (
    NEGOTIATION_ENDS,
    NEGOTIATION_TRANSITIONS,
    TURN,
    NegotiationState,
)
from licensing.states.operation import AgreementStatus
from licensing.states.prices import CostKind, DeviationTask, ProductClass

__all__ = [
    "APPLICATION_TRANSITIONS",
    "LICENCE_TRANSITIONS",
    "NEGOTIATED_AS",
    "NEGOTIATION_ENDS",
    "NEGOTIATION_TRANSITIONS",
    "SIGNING_SIDES",
    "TURN",
    "AgreementStatus",
    "ApplicationStatus",
    "Approval",
    "CostKind",
    "DeviationTask",
    "LicenceEnd",
    "LicenceStatus",
    "NegotiationState",
    "ProductClass",
    "Side",
    "Transition",
    "find",
    "of_verb",
]
