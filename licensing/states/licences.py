"""Statuses of applications for a licence and of licences, and the lawful moves."""

from enum import StrEnum

from kernel.identity import Permission
from licensing.states.moves import Side, Transition


class OfferStatus(StrEnum):
    """Whether an offer, one version of its terms, takes applications."""

    OPEN = "open"
    WITHDRAWN = "withdrawn"


class ApplicationStatus(StrEnum):
    """Where an application for a licence stands."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    CHANGES_REQUESTED = "changes_requested"
    APPROVED = "approved"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


class LicenceStatus(StrEnum):
    """Where a licence stands; *ended* is expired, terminated or revoked."""

    AWAITING_SIGNATURES = "awaiting_signatures"
    IN_FORCE = "in_force"
    SUSPENDED = "suspended"
    ENDED = "ended"


class LicenceEnd(StrEnum):
    """How a licence ended."""

    EXPIRED = "expired"
    TERMINATED = "terminated"
    REVOKED = "revoked"
    REPLACED = "replaced"


class Approval(StrEnum):
    """Who decides on applications under an offer: a person, or its declared rule at once."""

    REVIEWED = "reviewed"
    AUTOMATIC = "automatic"


_A, _L, _P, _S = ApplicationStatus, LicenceStatus, Permission, Side
_APPLY, _DECIDE = _P.LICENSING_APPLICATION_SUBMIT, _P.LICENSING_APPLICATION_DECIDE
_SUSPEND = _P.LICENSING_LICENCE_SUSPEND

#: A version's terms never change: the next one takes its place. Running applications and licences go on.
OFFER_TRANSITIONS: tuple[Transition, ...] = (
    Transition(
        "replace", OfferStatus.OPEN, OfferStatus.WITHDRAWN, _S.PROVIDER, _P.LICENSING_OFFER_PUBLISH
    ),
    Transition(
        "withdraw", OfferStatus.OPEN, OfferStatus.WITHDRAWN, _S.PROVIDER, _P.LICENSING_OFFER_PUBLISH
    ),
)
#: ``counter`` and ``accept-terms`` are about the offer on the table; the negotiation says whose turn it is.
APPLICATION_TRANSITIONS: tuple[Transition, ...] = (
    Transition("edit", _A.DRAFT, _A.DRAFT, _S.APPLICANT, _APPLY),
    Transition("edit", _A.CHANGES_REQUESTED, _A.CHANGES_REQUESTED, _S.APPLICANT, _APPLY),
    Transition("submit", _A.DRAFT, _A.SUBMITTED, _S.APPLICANT, _APPLY),
    Transition("submit", _A.CHANGES_REQUESTED, _A.SUBMITTED, _S.APPLICANT, _APPLY),
    Transition("accept-terms", _A.SUBMITTED, _A.SUBMITTED, _S.APPLICANT, _APPLY),
    Transition("counter", _A.SUBMITTED, _A.SUBMITTED, _S.APPLICANT, _APPLY),
    Transition("withdraw", _A.DRAFT, _A.WITHDRAWN, _S.APPLICANT, _APPLY),
    Transition("withdraw", _A.SUBMITTED, _A.WITHDRAWN, _S.APPLICANT, _APPLY),
    Transition("withdraw", _A.CHANGES_REQUESTED, _A.WITHDRAWN, _S.APPLICANT, _APPLY),
    Transition("counter-offer", _A.SUBMITTED, _A.SUBMITTED, _S.PROVIDER, _DECIDE),
    Transition(
        "request-changes",
        _A.SUBMITTED,
        _A.CHANGES_REQUESTED,
        _S.PROVIDER,
        _DECIDE,
        needs_reason=True,
    ),
    Transition("approve", _A.SUBMITTED, _A.APPROVED, _S.PROVIDER, _DECIDE),
    Transition("refuse", _A.SUBMITTED, _A.REFUSED, _S.PROVIDER, _DECIDE, needs_reason=True),
)
#: What each verb of an application is in the negotiation; a verb that is not here leaves it alone.
NEGOTIATED_AS = {
    "counter": "request",
    "accept-terms": "accept",
    "counter-offer": "offer",
    "approve": "agree",
    "refuse": "terminate",
    "withdraw": "withdraw",
}

#: The licensee signs first (VERIFIED), then another person of the provider than the one who approved.
LICENCE_TRANSITIONS: tuple[Transition, ...] = (
    Transition(
        "sign",
        _L.AWAITING_SIGNATURES,
        _L.AWAITING_SIGNATURES,
        _S.APPLICANT,
        _P.LICENSING_LICENCE_SIGN,
    ),
    Transition(
        "countersign",
        _L.AWAITING_SIGNATURES,
        _L.IN_FORCE,
        _S.PROVIDER,
        _P.LICENSING_LICENCE_COUNTERSIGN,
        other_than=("approve",),
    ),
    Transition(
        "decline-to-sign",
        _L.AWAITING_SIGNATURES,
        _L.ENDED,
        _S.APPLICANT,
        _P.LICENSING_LICENCE_SIGN,
        needs_reason=True,
    ),
    Transition(
        "take-back",
        _L.AWAITING_SIGNATURES,
        _L.ENDED,
        _S.PROVIDER,
        _P.LICENSING_LICENCE_COUNTERSIGN,
        needs_reason=True,
    ),
    Transition("suspend", _L.IN_FORCE, _L.SUSPENDED, _S.PROVIDER, _SUSPEND, needs_reason=True),
    Transition("resume", _L.SUSPENDED, _L.IN_FORCE, _S.PROVIDER, _SUSPEND),
    Transition("terminate", _L.IN_FORCE, _L.ENDED, _S.PROVIDER, _SUSPEND, needs_reason=True),
    Transition("terminate", _L.SUSPENDED, _L.ENDED, _S.PROVIDER, _SUSPEND, needs_reason=True),
    Transition(
        "change-representative",
        _L.IN_FORCE,
        _L.IN_FORCE,
        _S.APPLICANT,
        _P.LICENSING_LICENCE_SIGN,
    ),
    Transition(
        "give-up",
        _L.IN_FORCE,
        _L.ENDED,
        _S.APPLICANT,
        _P.LICENSING_LICENCE_SIGN,
        needs_reason=True,
    ),
)
LICENCE_BY_ITSELF = (
    (_L.IN_FORCE, _L.ENDED, "the term is over, or the licence that replaces it is in force"),
    (_L.SUSPENDED, _L.ENDED, "the term is over, or the licence that replaces it is in force"),
)
