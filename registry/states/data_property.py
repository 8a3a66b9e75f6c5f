"""Register B: the lawful moves of an application, as data (S4 Art. 16 to 37)."""

from kernel.identity import Permission
from registry.states.vocabulary import Status, Transition, Type, Verb

_P, _S, _V = Permission, Status, Verb

TYPES = frozenset({Type.INITIAL, Type.TRANSFER, Type.CHANGE, Type.RENEWAL, Type.CANCELLATION})
#: Rights appear or move: the public hears of it first (S4 Art. 24).
_NOTICED = frozenset({Type.INITIAL, Type.TRANSFER})
_UNNOTICED = TYPES - _NOTICED

TRANSITIONS: tuple[Transition, ...] = (
    Transition(_V.EDIT, _S.DRAFT, _S.DRAFT, _P.REGISTRY_APPLICATION_DRAFT),
    Transition(_V.EDIT, _S.SUPPLEMENT, _S.SUPPLEMENT, _P.REGISTRY_APPLICATION_DRAFT),
    Transition(_V.EDIT, _S.PROOF_REQUESTED, _S.PROOF_REQUESTED, _P.REGISTRY_APPLICATION_DRAFT),
    # Transferor and transferee apply jointly (S4 Art. 33); co-holders likewise, and a principal
    # agrees to what its agent files (Art. 16).
    Transition(_V.AGREE, _S.DRAFT, _S.DRAFT, _P.REGISTRY_APPLICATION_REVIEW_INSIDE),
    Transition(_V.FILE, _S.DRAFT, _S.SUBMITTED, _P.REGISTRY_APPLICATION_DRAFT),
    *(
        Transition(_V.WITHDRAW, at, _S.WITHDRAWN, _P.REGISTRY_APPLICATION_DRAFT, needs_reason=True)
        for at in (
            _S.DRAFT,
            _S.SUBMITTED,
            _S.SUPPLEMENT,
            _S.ACCEPTED,
            _S.SUBSTANTIVE_REVIEW,
            _S.PROOF_REQUESTED,
        )
    ),
    Transition(
        _V.REQUEST_SUPPLEMENT,
        _S.SUBMITTED,
        _S.SUPPLEMENT,
        _P.REGISTRY_APPLICATION_ACCEPT,
        needs_reason=True,
    ),
    Transition(_V.REFILE, _S.SUPPLEMENT, _S.SUBMITTED, _P.REGISTRY_APPLICATION_DRAFT),
    # Not completed in time counts as no application (S4 Art. 17).
    Transition(_V.LAPSE, _S.SUPPLEMENT, _S.LAPSED, None, by_clock=True),
    Transition(
        _V.DECLINE, _S.SUBMITTED, _S.NOT_ACCEPTED, _P.REGISTRY_APPLICATION_ACCEPT, needs_reason=True
    ),
    Transition(_V.ACCEPT, _S.SUBMITTED, _S.ACCEPTED, _P.REGISTRY_APPLICATION_ACCEPT),
    # Silence counts as acceptance on the first working day after the limit (S4 Art. 17).
    Transition(_V.ACCEPT_BY_SILENCE, _S.SUBMITTED, _S.ACCEPTED, None, by_clock=True),
    # A body that is not on the national list checks and hands over (S4 Art. 7).
    Transition(_V.HAND_OVER, _S.SUBMITTED, _S.HANDED_OVER, _P.REGISTRY_APPLICATION_ACCEPT),
    Transition(_V.BEGIN_REVIEW, _S.ACCEPTED, _S.SUBSTANTIVE_REVIEW, _P.REGISTRY_APPLICATION_REVIEW),
    Transition(
        _V.REQUEST_PROOF,
        _S.SUBSTANTIVE_REVIEW,
        _S.PROOF_REQUESTED,
        _P.REGISTRY_APPLICATION_REVIEW,
        needs_reason=True,
    ),
    Transition(
        _V.PROVIDE_PROOF, _S.PROOF_REQUESTED, _S.SUBSTANTIVE_REVIEW, _P.REGISTRY_APPLICATION_DRAFT
    ),
    Transition(
        _V.EXTEND_REVIEW,
        _S.SUBSTANTIVE_REVIEW,
        _S.SUBSTANTIVE_REVIEW,
        _P.REGISTRY_APPLICATION_REVIEW,
        needs_reason=True,
    ),
    # What cannot be proved is terminated (S4 Art. 18); so is what lost its certificate meanwhile.
    *(
        Transition(
            _V.TERMINATE, at, _S.TERMINATED, _P.REGISTRY_APPLICATION_REVIEW, needs_reason=True
        )
        for at in (_S.SUBSTANTIVE_REVIEW, _S.PROOF_REQUESTED, _S.PUBLIC_NOTICE, _S.APPROVED)
    ),
    Transition(
        _V.REFUSE,
        _S.SUBSTANTIVE_REVIEW,
        _S.REFUSED,
        _P.REGISTRY_APPLICATION_REVIEW,
        needs_reason=True,
    ),
    Transition(
        _V.PUBLISH_NOTICE,
        _S.SUBSTANTIVE_REVIEW,
        _S.PUBLIC_NOTICE,
        _P.REGISTRY_APPLICATION_REVIEW,
        types=_NOTICED,
    ),
    Transition(
        _V.WAIVE_NOTICE,
        _S.SUBSTANTIVE_REVIEW,
        _S.APPROVED,
        _P.REGISTRY_APPLICATION_REVIEW,
        needs_reason=True,
        types=_NOTICED,
    ),
    # No right changes hands: no notice is owed.
    Transition(
        _V.APPROVE,
        _S.SUBSTANTIVE_REVIEW,
        _S.APPROVED,
        _P.REGISTRY_APPLICATION_REVIEW,
        types=_UNNOTICED,
    ),
    Transition(_V.OBJECT, _S.PUBLIC_NOTICE, _S.OBJECTION, None, types=_NOTICED),
    Transition(_V.OBJECT, _S.OBJECTION, _S.OBJECTION, None, types=_NOTICED),
    Transition(
        _V.UPHOLD_OBJECTION,
        _S.OBJECTION,
        _S.TERMINATED,
        _P.REGISTRY_OBJECTION_DECIDE,
        needs_reason=True,
        types=_NOTICED,
    ),
    Transition(
        _V.DISMISS_OBJECTION,
        _S.OBJECTION,
        _S.PUBLIC_NOTICE,
        _P.REGISTRY_OBJECTION_DECIDE,
        needs_reason=True,
        types=_NOTICED,
    ),
    *(
        Transition(_V.RECORD_EVIDENCE, at, _S.RECORDED, _P.REGISTRY_APPLICATION_CODE)
        for at in (_S.PUBLIC_NOTICE, _S.APPROVED)
    ),
    Transition(_V.CERTIFY, _S.RECORDED, _S.CERTIFIED, _P.REGISTRY_APPLICATION_CODE),
)
