"""The refusals of licensing."""

from kernel.errors import (
    Broken,
    Conflict,
    Exhausted,
    Forbidden,
    Malformed,
    NotFound,
    Refused,
    Stale,
    msgid,
)


class ThingUnknown(NotFound):
    """No agreement, offer, application or licence of that identifier for this person."""

    code = "licensing-unknown"
    title = msgid("There is no such contract")
    detail = msgid("Check the identifier; contracts are shown to their parties and to regulators.")


class NotYourLicence(Forbidden):
    """A licence of another organisation."""

    code = "licensing-licence-not-yours"
    title = msgid("This licence belongs to another organisation")
    detail = msgid("Use a licence of your own organisation, or apply for one.")


class NotYourSide(Forbidden):
    """A move of the other party."""

    code = "licensing-not-your-side"
    title = msgid("This step belongs to the other party")
    detail = msgid("Wait for the other party; the page says who moves next.")


class VerbUnlawful(Conflict):
    """The verb does not belong to the status."""

    code = "licensing-verb-unlawful"
    title = msgid("This cannot be done now")
    detail = msgid(
        "The status is “%(status)s”; “%(verb)s” is not possible there. Nothing was changed."
    )


class ContractChanged(Stale):
    """Somebody else was faster."""

    code = "licensing-contract-changed"
    title = msgid("Somebody else changed this contract first")
    detail = msgid(
        "Load it again, look at what changed, and decide again; nothing was overwritten."
    )


class DocumentChanged(Conflict):
    """A signature for another text than the present one."""

    code = "licensing-document-changed"
    title = msgid("You would sign another text than the one you saw")
    detail = msgid(
        "Load the contract again and compare its digest %(digest)s with the one that you read."
    )


class SignedAlready(Conflict):
    """A second signature of one side."""

    code = "licensing-signed-already"
    title = msgid("Your side has signed already")
    detail = msgid("Wait for the other side; nothing more is needed from you.")


class ReasonMissing(Malformed):
    """A decision against somebody without reasons."""

    code = "licensing-reason-missing"
    title = msgid("Reasons are needed")
    detail = msgid("Write the reasons: the other party has a right to them.")


class AgreementTooLong(Refused):
    """More than five years (S2 Art. 14(2))."""

    code = "licensing-agreement-too-long"
    title = msgid("An operation agreement may run five years at most")
    detail = msgid("Choose an end on or before %(latest)s.")


class TopicsMissing(Refused):
    """An operation agreement without one of the 13 topics of S2 Art. 14."""

    code = "licensing-agreement-topics-missing"
    title = msgid("The agreement lacks topics that the law wants")
    detail = msgid("Write these topics: %(topics)s.")


class NotRegistered(Refused):
    """A code that is not in force in register A."""

    code = "licensing-not-registered"
    title = msgid("A registration is not in force")
    detail = msgid("Register these first, or correct their codes: %(codes)s.")


class OutsideAgreement(Refused):
    """A product whose inputs the agreement does not name, or without an agreement in force."""

    code = "licensing-outside-agreement"
    title = msgid("No operation agreement in force covers this product")
    detail = msgid("Extend the agreement first; not covered: %(codes)s.")


class CeilingMissing(Refused):
    """No ceiling was filed for the product (S3)."""

    code = "licensing-ceiling-missing"
    title = msgid("No price ceiling is filed for this product")
    detail = msgid("Ask the price authority to file the ceiling or the trial standard first.")


class PriceAboveCeiling(Refused):
    """A price above the filed ceiling (S3)."""

    code = "licensing-price-above-ceiling"
    title = msgid("The price is above the filed ceiling")
    detail = msgid(
        "Set at most %(ceiling_cents)s cents a run; %(price_cents)s were given. Nothing was saved."
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


class LicenceExpired(Refused):
    """The licence's term is over."""

    code = "licensing-licence-expired"
    title = msgid("The licence has expired")
    detail = msgid("It ended at %(expires_at)s; apply for a new one.")


class LicenceNotInForce(Refused):
    """Not signed yet, suspended, or ended."""

    code = "licensing-licence-not-in-force"
    title = msgid("The licence is not in force")
    detail = msgid("Its status is “%(status)s”; the licence's page says what is missing.")


class RegistrationEnded(Refused):
    """The product's registration is no longer in force."""

    code = "licensing-registration-ended"
    title = msgid("The product's registration is not in force")
    detail = msgid("Entry %(code)s has ended or was revoked; no run is possible under it.")


class PurposeNotLicensed(Refused):
    """A run for a purpose that the licence does not permit."""

    code = "licensing-purpose-not-licensed"
    title = msgid("This purpose is not licensed")
    detail = msgid(
        "The licence permits: %(purposes)s. Apply for another licence for “%(purpose)s”."
    )


class QuotaSpent(Exhausted):
    """No run is left."""

    code = "licensing-run-quota-spent"
    title = msgid("The licence's runs are used up")
    detail = msgid("All %(granted)s runs are taken or reserved; apply for more.")
