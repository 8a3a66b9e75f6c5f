"""Statuses of applications for a licence and of licences, and the lawful moves."""

from enum import StrEnum

from kernel.identity import Permission
from licensing.states.moves import Side, Transition


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


_A, _L, _P = ApplicationStatus, LicenceStatus, Permission


_APPLY, _DECIDE = _P.LICENSING_APPLICATION_SUBMIT, _P.LICENSING_APPLICATION_DECIDE


APPLICATION_TRANSITIONS: tuple[Transition, ...] = (
    Transition("edit", _A.DRAFT, _A.DRAFT, Side.APPLICANT, _APPLY),
    Transition("edit", _A.CHANGES_REQUESTED, _A.CHANGES_REQUESTED, Side.APPLICANT, _APPLY),
    Transition("submit", _A.DRAFT, _A.SUBMITTED, Side.APPLICANT, _APPLY),
    Transition("submit", _A.CHANGES_REQUESTED, _A.SUBMITTED, Side.APPLICANT, _APPLY),
    Transition("withdraw", _A.DRAFT, _A.WITHDRAWN, Side.APPLICANT, _APPLY),
    Transition("withdraw", _A.SUBMITTED, _A.WITHDRAWN, Side.APPLICANT, _APPLY),
    Transition("withdraw", _A.CHANGES_REQUESTED, _A.WITHDRAWN, Side.APPLICANT, _APPLY),
    Transition(
        "request-changes",
        _A.SUBMITTED,
        _A.CHANGES_REQUESTED,
        Side.PROVIDER,
        _DECIDE,
        needs_reason=True,
    ),
    Transition("approve", _A.SUBMITTED, _A.APPROVED, Side.PROVIDER, _DECIDE),
    Transition("refuse", _A.SUBMITTED, _A.REFUSED, Side.PROVIDER, _DECIDE, needs_reason=True),
)


#: Signing moves a licence only when the other side has signed already; the service sees to it.
LICENCE_TRANSITIONS: tuple[Transition, ...] = (
    Transition(
        "sign",
        _L.AWAITING_SIGNATURES,
        _L.AWAITING_SIGNATURES,
        Side.APPLICANT,
        _P.LICENSING_LICENCE_SIGN,
    ),
    Transition(
        "countersign",
        _L.AWAITING_SIGNATURES,
        _L.AWAITING_SIGNATURES,
        Side.PROVIDER,
        _P.LICENSING_LICENCE_COUNTERSIGN,
    ),
    Transition(
        "suspend",
        _L.IN_FORCE,
        _L.SUSPENDED,
        Side.PROVIDER,
        _P.LICENSING_LICENCE_SUSPEND,
        needs_reason=True,
    ),
    Transition("resume", _L.SUSPENDED, _L.IN_FORCE, Side.PROVIDER, _P.LICENSING_LICENCE_SUSPEND),
    Transition(
        "terminate",
        _L.IN_FORCE,
        _L.ENDED,
        Side.PROVIDER,
        _P.LICENSING_LICENCE_SUSPEND,
        needs_reason=True,
    ),
    Transition(
        "terminate",
        _L.SUSPENDED,
        _L.ENDED,
        Side.PROVIDER,
        _P.LICENSING_LICENCE_SUSPEND,
        needs_reason=True,
    ),
)
