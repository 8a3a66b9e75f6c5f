"""Statuses of an application to register A and the lawful moves between them, as data.

Source: S1 Art. 7 to 14; the table is the whole truth, services and pages only read it.
"""

from dataclasses import dataclass
from enum import StrEnum

from kernel.identity import Permission


class Status(StrEnum):
    """Where an application stands."""

    DRAFT = "draft"
    INTERNAL_REVIEW = "internal_review"
    SUBMITTED = "submitted"
    SUPPLEMENT = "supplement"
    NOT_ACCEPTED = "not_accepted"
    ACCEPTED = "accepted"
    FORMAL_REVIEW = "formal_review"
    REJECTED = "rejected"
    PUBLIC_NOTICE = "public_notice"
    OBJECTION = "objection"
    TERMINATED = "terminated"
    CODED = "coded"
    EFFECTIVE = "effective"


class Verb(StrEnum):
    """What somebody can do to an application."""

    EDIT = "edit"
    SEND_TO_INTERNAL_REVIEW = "send-to-internal-review"
    RETURN_TO_DRAFT = "return-to-draft"
    SUBMIT = "submit"
    REQUEST_SUPPLEMENT = "request-supplement"
    REFILE = "refile"
    DECLINE = "decline"
    ACCEPT = "accept"
    BEGIN_REVIEW = "begin-review"
    PUBLISH_NOTICE = "publish-notice"
    REJECT = "reject"
    OBJECT = "object"
    UPHOLD_OBJECTION = "uphold-objection"
    DISMISS_OBJECTION = "dismiss-objection"
    ISSUE_CODE = "issue-code"
    PUT_INTO_EFFECT = "put-into-effect"


@dataclass(frozen=True, slots=True)
class Transition:
    """One lawful move: who may make it, and whether reasons are owed."""

    verb: Verb
    source: Status
    target: Status
    permission: Permission | None
    needs_reason: bool = False


_S, _V, _P = Status, Verb, Permission

#: No permission means that anybody may, by real name (S1 Art. 12).
TRANSITIONS: tuple[Transition, ...] = (
    Transition(_V.EDIT, _S.DRAFT, _S.DRAFT, _P.REGISTRY_APPLICATION_DRAFT),
    Transition(_V.EDIT, _S.SUPPLEMENT, _S.SUPPLEMENT, _P.REGISTRY_APPLICATION_DRAFT),
    Transition(
        _V.SEND_TO_INTERNAL_REVIEW, _S.DRAFT, _S.INTERNAL_REVIEW, _P.REGISTRY_APPLICATION_DRAFT
    ),
    Transition(
        _V.RETURN_TO_DRAFT,
        _S.INTERNAL_REVIEW,
        _S.DRAFT,
        _P.REGISTRY_APPLICATION_REVIEW_INSIDE,
        needs_reason=True,
    ),
    Transition(_V.SUBMIT, _S.INTERNAL_REVIEW, _S.SUBMITTED, _P.REGISTRY_APPLICATION_REVIEW_INSIDE),
    Transition(
        _V.REQUEST_SUPPLEMENT,
        _S.SUBMITTED,
        _S.SUPPLEMENT,
        _P.REGISTRY_APPLICATION_ACCEPT,
        needs_reason=True,
    ),
    Transition(_V.REFILE, _S.SUPPLEMENT, _S.SUBMITTED, _P.REGISTRY_APPLICATION_DRAFT),
    Transition(
        _V.DECLINE,
        _S.SUBMITTED,
        _S.NOT_ACCEPTED,
        _P.REGISTRY_APPLICATION_ACCEPT,
        needs_reason=True,
    ),
    Transition(_V.ACCEPT, _S.SUBMITTED, _S.ACCEPTED, _P.REGISTRY_APPLICATION_ACCEPT),
    Transition(_V.BEGIN_REVIEW, _S.ACCEPTED, _S.FORMAL_REVIEW, _P.REGISTRY_APPLICATION_REVIEW),
    Transition(
        _V.PUBLISH_NOTICE, _S.FORMAL_REVIEW, _S.PUBLIC_NOTICE, _P.REGISTRY_APPLICATION_REVIEW
    ),
    Transition(
        _V.REJECT,
        _S.FORMAL_REVIEW,
        _S.REJECTED,
        _P.REGISTRY_APPLICATION_REVIEW,
        needs_reason=True,
    ),
    Transition(_V.OBJECT, _S.PUBLIC_NOTICE, _S.OBJECTION, None),
    Transition(
        _V.UPHOLD_OBJECTION,
        _S.OBJECTION,
        _S.TERMINATED,
        _P.REGISTRY_OBJECTION_DECIDE,
        needs_reason=True,
    ),
    Transition(
        _V.DISMISS_OBJECTION,
        _S.OBJECTION,
        _S.PUBLIC_NOTICE,
        _P.REGISTRY_OBJECTION_DECIDE,
        needs_reason=True,
    ),
    Transition(_V.ISSUE_CODE, _S.PUBLIC_NOTICE, _S.CODED, _P.REGISTRY_APPLICATION_CODE),
    Transition(_V.PUT_INTO_EFFECT, _S.CODED, _S.EFFECTIVE, _P.REGISTRY_APPLICATION_CODE),
)

#: Nothing follows these.
FINAL = frozenset({_S.NOT_ACCEPTED, _S.REJECTED, _S.TERMINATED, _S.EFFECTIVE})
#: Verbs of the registering entity's own people; the others are of the institution or the public.
ENTITY_VERBS = frozenset(
    {_V.EDIT, _V.SEND_TO_INTERNAL_REVIEW, _V.RETURN_TO_DRAFT, _V.SUBMIT, _V.REFILE}
)


def transition(verb: Verb, status: Status) -> Transition | None:
    """The move that a verb makes from a status, if it is lawful there."""
    return next((t for t in TRANSITIONS if t.verb is verb and t.source is status), None)


def verbs_from(status: Status) -> tuple[Verb, ...]:
    """Everything that can be done at a status, in the order of the table."""
    return tuple(t.verb for t in TRANSITIONS if t.source is status)
