"""Tables of licensing. No behaviour."""

from licensing.models.delegations import Delegation
from licensing.models.licences import Licence, LicenceApplication, Offer, Signature
from licensing.models.negotiations import Message, Negotiation
from licensing.models.operation import (
    Evaluation,
    ExitStep,
    ImplementationPlan,
    OperationAgreement,
    OperatorSelection,
    SharingConsent,
)
from licensing.models.prices import (
    PriceCeiling,
    PriceHistory,
    Revenue,
    RevenueCost,
    YearlyDeviation,
)
from licensing.models.quotas import Quota, Reservation

__all__ = [
    "Delegation",
    "Evaluation",
    "ExitStep",
    "ImplementationPlan",
    "Licence",
    "LicenceApplication",
    "Message",
    "Negotiation",
    "Offer",
    "OperationAgreement",
    "OperatorSelection",
    "PriceCeiling",
    "PriceHistory",
    "Quota",
    "Reservation",
    "Revenue",
    "RevenueCost",
    "SharingConsent",
    "Signature",
    "YearlyDeviation",
]
