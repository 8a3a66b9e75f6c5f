"""Refusals of offers and their policies."""

from kernel.errors import (
    Broken,
    Malformed,
    Refused,
    msgid,
)


class PolicyMalformed(Malformed):
    """An ODRL document that is not of our profile."""

    code = "licensing-policy-malformed"
    title = msgid("This policy is not of the profile that we enforce")
    detail = msgid("Correct %(place)s: %(need)s.")


class PolicyBroken(Broken):
    """A stored policy that is not the signed one."""

    code = "licensing-policy-broken"
    title = msgid("The stored contract is not the signed one")
    detail = msgid("The licence is stopped; tell the operator.")


class OfferWithdrawn(Refused):
    """An application for an offer that is no longer open."""

    code = "licensing-offer-withdrawn"
    title = msgid("This offer is no longer open")
    detail = msgid("Look the product's present offers up in the catalogue.")


class PurposeOutsideOffer(Refused):
    """A purpose that the offer does not permit."""

    code = "licensing-purpose-outside-offer"
    title = msgid("This purpose is not offered")
    detail = msgid("Choose one of: %(purposes)s.")
