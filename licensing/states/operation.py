"""Statuses of authorised operation."""

from enum import StrEnum


class AgreementStatus(StrEnum):
    """Where an operation agreement stands (S2 Art. 13 and 14)."""

    AWAITING_SIGNATURE = "awaiting_signature"
    IN_FORCE = "in_force"
    ENDED = "ended"
