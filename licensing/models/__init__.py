"""Tables of licensing. No behaviour."""

from licensing.models.licences import Licence, LicenceApplication, Offer, Signature
from licensing.models.operation import (
    Evaluation,
    ExitStep,
    ImplementationPlan,
    OperationAgreement,
    OperatorSelection,
    SharingConsent,
)
from licensing.models.prices import PriceCeiling

__all__ = [
    "Evaluation",
    "ExitStep",
    "ImplementationPlan",
    "Licence",
    "LicenceApplication",
    "Offer",
    "OperationAgreement",
    "OperatorSelection",
    "PriceCeiling",
    "SharingConsent",
    "Signature",
]
