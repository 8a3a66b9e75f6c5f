"""The refusals of licensing."""

from licensing.errors.contracts import (
    ContractChanged,
    DocumentChanged,
    NotYourSide,
    ReasonMissing,
    SamePerson,
    SignedAlready,
    ThingUnknown,
    VerbUnlawful,
)
from licensing.errors.operation import (
    AgreementTooLong,
    NotRegistered,
    OutsideAgreement,
    TopicsMissing,
)
from licensing.errors.policies import (
    OfferWithdrawn,
    PolicyBroken,
    PolicyMalformed,
    PurposeOutsideOffer,
)
from licensing.errors.prices import CeilingMissing, PriceAboveCeiling
from licensing.errors.use import (
    LicenceExpired,
    LicenceNotInForce,
    NotYourLicence,
    PurposeNotLicensed,
    QuotaSpent,
    RegistrationEnded,
)

__all__ = [
    "AgreementTooLong",
    "CeilingMissing",
    "ContractChanged",
    "DocumentChanged",
    "LicenceExpired",
    "LicenceNotInForce",
    "NotRegistered",
    "NotYourLicence",
    "NotYourSide",
    "OfferWithdrawn",
    "OutsideAgreement",
    "PolicyBroken",
    "PolicyMalformed",
    "PriceAboveCeiling",
    "PurposeNotLicensed",
    "PurposeOutsideOffer",
    "QuotaSpent",
    "ReasonMissing",
    "RegistrationEnded",
    "SamePerson",
    "SignedAlready",
    "ThingUnknown",
    "TopicsMissing",
    "VerbUnlawful",
]
