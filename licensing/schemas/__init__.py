"""Outside shapes of licensing: request bodies to commands, rows to replies."""

from licensing.schemas.applications import (
    LicenceApplicationBody,
    LicenceApplicationEditBody,
    LicenceApplicationReply,
    MoveBody,
)
from licensing.schemas.licences import LicenceReply, SignatureReply, SignBody
from licensing.schemas.offers import OfferBody, OfferReply, offer_of
from licensing.schemas.operation import AgreementBody, AgreementReply, agreement_of
from licensing.schemas.prices import CeilingBody

__all__ = [
    "AgreementBody",
    "AgreementReply",
    "CeilingBody",
    "LicenceApplicationBody",
    "LicenceApplicationEditBody",
    "LicenceApplicationReply",
    "LicenceReply",
    "MoveBody",
    "OfferBody",
    "OfferReply",
    "SignBody",
    "SignatureReply",
    "agreement_of",
    "offer_of",
]
