"""Register B: the lawful moves of an application, as data (S4 Art. 16 to 37)."""

from kernel.identity import Permission as P
from registry.states.vocabulary import Status as S
from registry.states.vocabulary import Transition, Type
from registry.states.vocabulary import Verb as V

TYPES = frozenset(
    {Type.INITIAL, Type.TRANSFER, Type.CHANGE, Type.RENEWAL, Type.CANCELLATION}
)
#: Rights appear or move: the public hears of it first (S4 Art. 24).
_NOTICED = frozenset({Type.INITIAL, Type.TRANSFER})
_UNNOTICED = TYPES - _NOTICED
_TRANSFER = frozenset({Type.TRANSFER})

TRANSITIONS: tuple[Transition, ...] = (
    Transition(V.EDIT, S.DRAFT, S.DRAFT, P.REGISTRY_APPLICATION_DRAFT),
    Transition(V.EDIT, S.SUPPLEMENT, S.SUPPLEMENT, P.REGISTRY_APPLICATION_DRAFT),
    Transition(V.EDIT, S.PROOF_REQUESTED, S.PROOF_REQUESTED, P.REGISTRY_APPLICATION_DRAFT),
    # Transferor and transferee apply jointly (S4 Art. 33); co-holders likewise.
    Transition(
        V.AGREE,
        S.DRAFT,
        S.DRAFT,
        P.REGISTRY_APPLICATION_REVIEW_INSIDE,
        types=_TRANSFER | {Type.INITIAL},
    ),
    Transition(V.FILE, S.DRAFT, S.SUBMITTED, P.REGISTRY_APPLICATION_DRAFT),
    *(
        Transition(V.WITHDRAW, at, S.WITHDRAWN, P.REGISTRY_APPLICATION_DRAFT, needs_reason=True)
        for at in (
            S.DRAFT,
            S.SUBMITTED,
            S.SUPPLEMENT,
            S.ACCEPTED,
            S.SUBSTANTIVE_REVIEW,
            S.PROOF_REQUESTED,
        )
    ),
    Transition(
        V.REQUEST_SUPPLEMENT,
        S.SUBMITTED,
        S.SUPPLEMENT,
        P.REGISTRY_APPLICATION_ACCEPT,
        needs_reason=True,
    ),
    Transition(V.REFILE, S.SUPPLEMENT, S.SUBMITTED, P.REGISTRY_APPLICATION_DRAFT),
    # Not completed in time counts as no application (S4 Art. 17).
    Transition(V.LAPSE, S.SUPPLEMENT, S.LAPSED, None, by_clock=True),
    Transition(
        V.DECLINE, S.SUBMITTED, S.NOT_ACCEPTED, P.REGISTRY_APPLICATION_ACCEPT, needs_reason=True
    ),
    Transition(V.ACCEPT, S.SUBMITTED, S.ACCEPTED, P.REGISTRY_APPLICATION_ACCEPT),
    # Silence counts as acceptance on the first working day after the limit (S4 Art. 17).
    Transition(V.ACCEPT_BY_SILENCE, S.SUBMITTED, S.ACCEPTED, None, by_clock=True),
    # A body that is not on the national list checks and hands over (S4 Art. 7).
    Transition(V.HAND_OVER, S.SUBMITTED, S.HANDED_OVER, P.REGISTRY_APPLICATION_ACCEPT),
    Transition(
        V.BEGIN_REVIEW, S.ACCEPTED, S.SUBSTANTIVE_REVIEW, P.REGISTRY_APPLICATION_REVIEW
    ),
    Transition(
        V.REQUEST_PROOF,
        S.SUBSTANTIVE_REVIEW,
        S.PROOF_REQUESTED,
        P.REGISTRY_APPLICATION_REVIEW,
        needs_reason=True,
    ),
    Transition(
        V.PROVIDE_PROOF, S.PROOF_REQUESTED, S.SUBSTANTIVE_REVIEW, P.REGISTRY_APPLICATION_DRAFT
    ),
    Transition(
        V.EXTEND_REVIEW,
        S.SUBSTANTIVE_REVIEW,
        S.SUBSTANTIVE_REVIEW,
        P.REGISTRY_APPLICATION_REVIEW,
        needs_reason=True,
    ),
    # What cannot be proved is terminated (S4 Art. 18).
    *(
        Transition(
            V.TERMINATE, at, S.TERMINATED, P.REGISTRY_APPLICATION_REVIEW, needs_reason=True
        )
        for at in (S.SUBSTANTIVE_REVIEW, S.PROOF_REQUESTED)
    ),
    Transition(
        V.REFUSE,
        S.SUBSTANTIVE_REVIEW,
        S.REFUSED,
        P.REGISTRY_APPLICATION_REVIEW,
        needs_reason=True,
    ),
    Transition(
        V.PUBLISH_NOTICE,
        S.SUBSTANTIVE_REVIEW,
        S.PUBLIC_NOTICE,
        P.REGISTRY_APPLICATION_REVIEW,
        types=_NOTICED,
    ),
    Transition(
        V.WAIVE_NOTICE,
        S.SUBSTANTIVE_REVIEW,
        S.APPROVED,
        P.REGISTRY_APPLICATION_REVIEW,
        needs_reason=True,
        types=_NOTICED,
    ),
    # No right changes hands: no notice is owed.
    Transition(
        V.APPROVE,
        S.SUBSTANTIVE_REVIEW,
        S.APPROVED,
        P.REGISTRY_APPLICATION_REVIEW,
        types=_UNNOTICED,
    ),
    Transition(V.OBJECT, S.PUBLIC_NOTICE, S.OBJECTION, None, types=_NOTICED),
    Transition(V.OBJECT, S.OBJECTION, S.OBJECTION, None, types=_NOTICED),
    Transition(
        V.UPHOLD_OBJECTION,
        S.OBJECTION,
        S.TERMINATED,
        P.REGISTRY_OBJECTION_DECIDE,
        needs_reason=True,
        types=_NOTICED,
    ),
    Transition(
        V.DISMISS_OBJECTION,
        S.OBJECTION,
        S.PUBLIC_NOTICE,
        P.REGISTRY_OBJECTION_DECIDE,
        needs_reason=True,
        types=_NOTICED,
    ),
    *(
        Transition(
            V.RECORD_EVIDENCE, at, S.RECORDED, P.REGISTRY_APPLICATION_CODE
        )
        for at in (S.PUBLIC_NOTICE, S.APPROVED)
    ),
    Transition(V.CERTIFY, S.RECORDED, S.CERTIFIED, P.REGISTRY_APPLICATION_CODE),
)
