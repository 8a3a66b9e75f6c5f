"""Refusals of offers and their policies."""

from kernel.errors import (
    Broken,
    Conflict,
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
    about = ("purpose", "purposes")
    title = msgid("This purpose is not offered")
    detail = msgid("Choose one of: %(purposes)s.")


class OfferSuperseded(Conflict):
    """A new version of an offer that somebody else has replaced or withdrawn."""

    code = "licensing-offer-superseded"
    title = msgid("This version of the offer is not the open one")
    detail = msgid("Load the product's open offer and change that one; nothing was saved.")


class ResearchersMissing(Malformed):
    """More people than the offer allows, or none where the contract names them."""

    code = "licensing-researchers-wrong"
    about = ("researchers",)
    title = msgid("The list of researchers does not fit the offer")
    detail = msgid("Name between 1 and %(most)s people of your own organisation.")


class ClauseNotMet(Refused):
    """A clause of the offer that the applicant does not meet."""

    code = "licensing-clause-not-met"
    title = msgid("A clause of the offer is not met")
    detail = msgid(
        "These clauses are not met: %(clauses)s. Check before you submit; nothing was sent."
    )


class ClauseNotEnforced(Refused):
    """A clause that nothing here enforces: a contract must not promise it."""

    code = "licensing-clause-not-enforced"
    title = msgid("A clause of these terms cannot be enforced here yet")
    detail = msgid(
        "Nothing on this platform enforces: %(clauses)s. Leave them out; a contract promises only "
        "what the machine keeps."
    )


class CounterOfferOutside(Refused):
    """A counter-offer that changes what is not negotiable: dataset, mode, or a wider right."""

    code = "licensing-counter-offer-outside"
    about = ("min_cell_size",)
    title = msgid("This counter-offer goes beyond the offer")
    detail = msgid("Keep the dataset, the mode and the columns; %(clause)s cannot be changed.")


class NotYourTurn(Conflict):
    """A word in the negotiation while the other party is to answer."""

    code = "licensing-not-your-turn"
    title = msgid("The other party moves next")
    detail = msgid("The negotiation is in “%(state)s”; wait for the answer. Nothing was changed.")


class AutomaticTooRisky(Refused):
    """An offer that no rule may decide, because people are in the data or a person has to look."""

    code = "licensing-automatic-too-risky"
    about = ("approval",)
    title = msgid("A rule may not decide on this offer")
    detail = msgid(
        "Only open data without output review and without credentials may be licensed at once; "
        "choose a decision by people."
    )


class NotReopenable(Refused):
    """A licence that cannot be reopened: another organisation's, or not in force."""

    code = "licensing-not-reopenable"
    title = msgid("This licence cannot be changed by a new application")
    detail = msgid(
        "Name a licence of your own organisation that is in force, under the same offer."
    )


class PapersMissing(Refused):
    """A paper that the applicant did not preserve."""

    code = "licensing-papers-missing"
    about = ("papers",)
    title = msgid("A paper of the application is not preserved")
    detail = msgid("Preserve these files first, then name them: %(digests)s.")
