"""Statuses of agreements, applications and licences, and the lawful moves, as data."""

from licensing.states.licences import (
    APPLICATION_TRANSITIONS,
    LICENCE_TRANSITIONS,
    ApplicationStatus,
    LicenceStatus,
)
from licensing.states.moves import SIGNING_SIDES, Side, Transition, find, of_verb
from licensing.states.operation import AgreementStatus

__all__ = [
    "APPLICATION_TRANSITIONS",
    "LICENCE_TRANSITIONS",
    "SIGNING_SIDES",
    "AgreementStatus",
    "ApplicationStatus",
    "LicenceStatus",
    "Side",
    "Transition",
    "find",
    "of_verb",
]
