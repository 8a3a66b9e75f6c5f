"""Register A: the lawful moves of an application, as data (S1 Art. 7 to 15)."""

from kernel.identity import Permission as P
from registry.states.vocabulary import Status as S
from registry.states.vocabulary import Transition, Type
from registry.states.vocabulary import Verb as V

_INITIAL = frozenset({Type.INITIAL})
#: S1 sets no public notice for these; what they change is published when it is done.
_REVIEWED = frozenset({Type.CHANGE, Type.CORRECTION, Type.PARTY_CORRECTION, Type.RENEWAL})
_PARTY = frozenset({Type.PARTY_CORRECTION})
#: The registering entity's own applications; an interested party has no account to supplement with.
OWN = frozenset({Type.INITIAL, Type.CHANGE, Type.CORRECTION, Type.RENEWAL, Type.CANCELLATION})
#: S1 Art. 9(4): a cancellation is finished after acceptance, without a formal review.
_CANCELLATION = frozenset({Type.CANCELLATION})

TYPES = OWN | _PARTY

TRANSITIONS: tuple[Transition, ...] = (
    Transition(V.EDIT, S.DRAFT, S.DRAFT, P.REGISTRY_APPLICATION_DRAFT, types=OWN),
    Transition(V.EDIT, S.SUPPLEMENT, S.SUPPLEMENT, P.REGISTRY_APPLICATION_DRAFT, types=OWN),
    # A joint application: each co-holder agrees to the form as it stands (S1 Art. 7).
    Transition(V.AGREE, S.DRAFT, S.DRAFT, P.REGISTRY_APPLICATION_REVIEW_INSIDE, types=_INITIAL),
    # A correction that a party asked for: the entity agrees in writing (S1 Art. 9(3)).
    *(
        Transition(V.AGREE, at, at, P.REGISTRY_APPLICATION_REVIEW_INSIDE, True, types=_PARTY)
        for at in (S.SUBMITTED, S.ACCEPTED, S.FORMAL_REVIEW)
    ),
    Transition(
        V.SEND_TO_INTERNAL_REVIEW,
        S.DRAFT,
        S.INTERNAL_REVIEW,
        P.REGISTRY_APPLICATION_DRAFT,
        types=OWN,
    ),
    Transition(
        V.RETURN_TO_DRAFT,
        S.INTERNAL_REVIEW,
        S.DRAFT,
        P.REGISTRY_APPLICATION_REVIEW_INSIDE,
        needs_reason=True,
        types=OWN,
    ),
    Transition(
        V.SUBMIT, S.INTERNAL_REVIEW, S.SUBMITTED, P.REGISTRY_APPLICATION_REVIEW_INSIDE, types=OWN
    ),
    *(
        Transition(
            V.WITHDRAW, at, S.WITHDRAWN, P.REGISTRY_APPLICATION_DRAFT, needs_reason=True, types=OWN
        )
        for at in (S.DRAFT, S.SUBMITTED, S.SUPPLEMENT, S.ACCEPTED, S.FORMAL_REVIEW)
    ),
    Transition(
        V.REQUEST_SUPPLEMENT,
        S.SUBMITTED,
        S.SUPPLEMENT,
        P.REGISTRY_APPLICATION_ACCEPT,
        needs_reason=True,
        types=OWN,
    ),
    Transition(V.REFILE, S.SUPPLEMENT, S.SUBMITTED, P.REGISTRY_APPLICATION_DRAFT, types=OWN),
    Transition(
        V.DECLINE, S.SUBMITTED, S.NOT_ACCEPTED, P.REGISTRY_APPLICATION_ACCEPT, needs_reason=True
    ),
    Transition(V.ACCEPT, S.SUBMITTED, S.ACCEPTED, P.REGISTRY_APPLICATION_ACCEPT),
    Transition(
        V.BEGIN_REVIEW,
        S.ACCEPTED,
        S.FORMAL_REVIEW,
        P.REGISTRY_APPLICATION_REVIEW,
        types=_INITIAL | _REVIEWED,
    ),
    Transition(
        V.PUBLISH_NOTICE,
        S.FORMAL_REVIEW,
        S.PUBLIC_NOTICE,
        P.REGISTRY_APPLICATION_REVIEW,
        types=_INITIAL,
    ),
    Transition(
        V.REJECT,
        S.FORMAL_REVIEW,
        S.REJECTED,
        P.REGISTRY_APPLICATION_REVIEW,
        needs_reason=True,
        types=_INITIAL | _REVIEWED,
    ),
    Transition(V.OBJECT, S.PUBLIC_NOTICE, S.OBJECTION, None, types=_INITIAL),
    # A second objector in the same notice is heard with the first.
    Transition(V.OBJECT, S.OBJECTION, S.OBJECTION, None, types=_INITIAL),
    Transition(
        V.UPHOLD_OBJECTION,
        S.OBJECTION,
        S.TERMINATED,
        P.REGISTRY_OBJECTION_DECIDE,
        needs_reason=True,
        types=_INITIAL,
    ),
    Transition(
        V.DISMISS_OBJECTION,
        S.OBJECTION,
        S.PUBLIC_NOTICE,
        P.REGISTRY_OBJECTION_DECIDE,
        needs_reason=True,
        types=_INITIAL,
    ),
    Transition(
        V.ISSUE_CODE, S.PUBLIC_NOTICE, S.CODED, P.REGISTRY_APPLICATION_CODE, types=_INITIAL
    ),
    Transition(V.PUT_INTO_EFFECT, S.CODED, S.EFFECTIVE, P.REGISTRY_APPLICATION_CODE, types=_INITIAL),
    Transition(
        V.COMPLETE, S.FORMAL_REVIEW, S.COMPLETED, P.REGISTRY_APPLICATION_REVIEW, types=_REVIEWED
    ),
    # The reviewer, not the acceptor: two people also where there is no formal review.
    Transition(
        V.COMPLETE, S.ACCEPTED, S.COMPLETED, P.REGISTRY_APPLICATION_REVIEW, types=_CANCELLATION
    ),
)
