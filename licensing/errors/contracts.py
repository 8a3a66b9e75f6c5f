"""Refusals that every contract knows."""

from kernel.errors import (
    Conflict,
    Forbidden,
    Malformed,
    NotFound,
    Stale,
    msgid,
)


class ThingUnknown(NotFound):
    """No agreement, offer, application or licence of that identifier for this person."""

    code = "licensing-unknown"
    title = msgid("There is no such contract")
    detail = msgid("Check the identifier; contracts are shown to their parties and to regulators.")


class NotYourSide(Forbidden):
    """A move of the other party."""

    code = "licensing-not-your-side"
    title = msgid("This step belongs to the other party")
    detail = msgid("Wait for the other party; the page says who moves next.")


class SamePerson(Forbidden):
    """One person on both sides of a four-eyes step."""

    code = "licensing-same-person"
    title = msgid("Another person has to do this")
    detail = msgid("Whoever did “%(earlier)s” cannot also do “%(verb)s”; ask a colleague.")


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
    about = ("reason",)
    title = msgid("Reasons are needed")
    detail = msgid("Write the reasons: the other party has a right to them.")
