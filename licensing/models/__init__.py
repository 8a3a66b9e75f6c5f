"""Tables of licensing. No behaviour."""

from licensing.models.licences import Licence, LicenceApplication, Offer, Signature
from licensing.models.operation import OperationAgreement
from licensing.models.prices import PriceCeiling

__all__ = [
    "Licence",
    "LicenceApplication",
    "Offer",
    "OperationAgreement",
    "PriceCeiling",
    "Signature",
]
