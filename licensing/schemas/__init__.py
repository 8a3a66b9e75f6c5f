"""Outside shapes of licensing: request bodies to commands, rows to replies."""

from licensing.schemas.applications import (
    EvaluationReply,
    FindingReply,
    LicenceApplicationBody,
    LicenceApplicationEditBody,
    LicenceApplicationReply,
    LicenceCheckBody,
    MessageReply,
    MoveBody,
    NegotiationReply,
    wish_of,
)
from licensing.schemas.licences import (
    LicenceMoveBody,
    LicenceReply,
    PaperArguments,
    SignatureReply,
    SignBody,
)
from licensing.schemas.offers import (
    CounterOfferBody,
    OfferBody,
    OfferReply,
    PolicyBody,
    TermsBody,
    offer_of,
    terms_of,
)
from licensing.schemas.operation import AgreementBody, AgreementReply, agreement_of
from licensing.schemas.prices import CeilingBody

__all__ = [
    "AgreementBody",
    "AgreementReply",
    "CeilingBody",
    "CounterOfferBody",
    "EvaluationReply",
    "FindingReply",
    "LicenceApplicationBody",
    "LicenceApplicationEditBody",
    "LicenceApplicationReply",
    "LicenceCheckBody",
    "LicenceMoveBody",
    "LicenceReply",
    "MessageReply",
    "MoveBody",
    "NegotiationReply",
    "OfferBody",
    "OfferReply",
    "PaperArguments",
    "PolicyBody",
    "SignBody",
    "SignatureReply",
    "TermsBody",
    "agreement_of",
    "offer_of",
    "terms_of",
    "wish_of",
]
