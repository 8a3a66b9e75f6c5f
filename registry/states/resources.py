"""Register A: the lawful moves of an application, as data (S1 Art. 7 to 15)."""

from kernel.identity import Permission
from registry.states.vocabulary import Status, Transition, Type, Verb

_P, _S, _V = Permission, Status, Verb

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
    Transition(_V.EDIT, _S.DRAFT, _S.DRAFT, _P.REGISTRY_APPLICATION_DRAFT, types=OWN),
    Transition(_V.EDIT, _S.SUPPLEMENT, _S.SUPPLEMENT, _P.REGISTRY_APPLICATION_DRAFT, types=OWN),
    # A joint application: each co-holder agrees to the form as it stands (S1 Art. 7).
    Transition(_V.AGREE, _S.DRAFT, _S.DRAFT, _P.REGISTRY_APPLICATION_REVIEW_INSIDE, types=_INITIAL),
    # A correction that a party asked for: the entity agrees in writing (S1 Art. 9(3)).
    *(
        Transition(
            _V.AGREE, at, at, _P.REGISTRY_APPLICATION_REVIEW_INSIDE, needs_reason=True, types=_PARTY
        )
        for at in (_S.SUBMITTED, _S.ACCEPTED, _S.FORMAL_REVIEW)
    ),
    Transition(
        _V.SEND_TO_INTERNAL_REVIEW,
        _S.DRAFT,
        _S.INTERNAL_REVIEW,
        _P.REGISTRY_APPLICATION_DRAFT,
        types=OWN,
    ),
    Transition(
        _V.RETURN_TO_DRAFT,
        _S.INTERNAL_REVIEW,
        _S.DRAFT,
        _P.REGISTRY_APPLICATION_REVIEW_INSIDE,
        needs_reason=True,
        types=OWN,
    ),
    Transition(
        _V.SUBMIT,
        _S.INTERNAL_REVIEW,
        _S.SUBMITTED,
        _P.REGISTRY_APPLICATION_REVIEW_INSIDE,
        types=OWN,
    ),
    *(
        Transition(
            _V.WITHDRAW,
            at,
            _S.WITHDRAWN,
            _P.REGISTRY_APPLICATION_DRAFT,
            needs_reason=True,
            types=OWN,
        )
        for at in (_S.DRAFT, _S.SUBMITTED, _S.SUPPLEMENT, _S.ACCEPTED, _S.FORMAL_REVIEW)
    ),
    Transition(
        _V.REQUEST_SUPPLEMENT,
        _S.SUBMITTED,
        _S.SUPPLEMENT,
        _P.REGISTRY_APPLICATION_ACCEPT,
        needs_reason=True,
        types=OWN,
    ),
    Transition(_V.REFILE, _S.SUPPLEMENT, _S.SUBMITTED, _P.REGISTRY_APPLICATION_DRAFT, types=OWN),
    Transition(
        _V.DECLINE, _S.SUBMITTED, _S.NOT_ACCEPTED, _P.REGISTRY_APPLICATION_ACCEPT, needs_reason=True
    ),
    Transition(_V.ACCEPT, _S.SUBMITTED, _S.ACCEPTED, _P.REGISTRY_APPLICATION_ACCEPT),
    Transition(
        _V.BEGIN_REVIEW,
        _S.ACCEPTED,
        _S.FORMAL_REVIEW,
        _P.REGISTRY_APPLICATION_REVIEW,
        types=_INITIAL | _REVIEWED,
    ),
    Transition(
        _V.PUBLISH_NOTICE,
        _S.FORMAL_REVIEW,
        _S.PUBLIC_NOTICE,
        _P.REGISTRY_APPLICATION_REVIEW,
        types=_INITIAL,
    ),
    Transition(
        _V.REJECT,
        _S.FORMAL_REVIEW,
        _S.REJECTED,
        _P.REGISTRY_APPLICATION_REVIEW,
        needs_reason=True,
        types=_INITIAL | _REVIEWED,
    ),
    Transition(_V.OBJECT, _S.PUBLIC_NOTICE, _S.OBJECTION, None, types=_INITIAL),
    # A second objector in the same notice is heard with the first.
    Transition(_V.OBJECT, _S.OBJECTION, _S.OBJECTION, None, types=_INITIAL),
    Transition(
        _V.UPHOLD_OBJECTION,
        _S.OBJECTION,
        _S.TERMINATED,
        _P.REGISTRY_OBJECTION_DECIDE,
        needs_reason=True,
        types=_INITIAL,
    ),
    Transition(
        _V.DISMISS_OBJECTION,
        _S.OBJECTION,
        _S.PUBLIC_NOTICE,
        _P.REGISTRY_OBJECTION_DECIDE,
        needs_reason=True,
        types=_INITIAL,
    ),
    Transition(
        _V.ISSUE_CODE, _S.PUBLIC_NOTICE, _S.CODED, _P.REGISTRY_APPLICATION_CODE, types=_INITIAL
    ),
    Transition(
        _V.PUT_INTO_EFFECT, _S.CODED, _S.EFFECTIVE, _P.REGISTRY_APPLICATION_CODE, types=_INITIAL
    ),
    Transition(
        _V.COMPLETE, _S.FORMAL_REVIEW, _S.COMPLETED, _P.REGISTRY_APPLICATION_REVIEW, types=_REVIEWED
    ),
    # The reviewer, not the acceptor: two people also where there is no formal review.
    Transition(
        _V.COMPLETE, _S.ACCEPTED, _S.COMPLETED, _P.REGISTRY_APPLICATION_REVIEW, types=_CANCELLATION
    ),
)
