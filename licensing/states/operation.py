"""Statuses of authorised operation and the lawful moves: plan, selection, agreement (S2 Art. 8 to 14)."""

from enum import StrEnum

from kernel.identity import Permission
from licensing.states.moves import Side, Transition


class PlanStatus(StrEnum):
    """Where an implementation plan stands (S2 Art. 8 to 11)."""

    DRAFT = "draft"
    IN_DECISION = "in_decision"
    APPROVED = "approved"
    FILED = "filed"
    SUPERSEDED = "superseded"
    WITHDRAWN = "withdrawn"


class SelectionStatus(StrEnum):
    """Where the selection of an operating institution stands (S2 Art. 12)."""

    OPEN = "open"
    DECIDED = "decided"
    FAILED = "failed"


class AgreementStatus(StrEnum):
    """Where an operation agreement stands (S2 Art. 13 and 14).

    *Signed* is read, never stored: both have signed and the term has not begun. An agreement whose
    term is over reads as *ended* whether or not anybody noted it.
    """

    DRAFT = "draft"
    DECIDED = "decided"
    AWAITING_SIGNATURE = "awaiting_signature"
    SIGNED = "signed"
    IN_FORCE = "in_force"
    ENDED = "ended"


class EndReason(StrEnum):
    """Why an operation agreement ended."""

    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"
    TERMINATED = "terminated"
    EXITED = "exited"
    SUPERSEDED = "superseded"


_P, _A, _S, _G = Permission, PlanStatus, SelectionStatus, AgreementStatus
_BODY, _OPERATOR, _AUTHORITY = Side.BODY, Side.OPERATOR, Side.AUTHORITY

#: S2 Art. 11: a collective decision, so whoever wrote the plan does not record its approval.
PLAN_TRANSITIONS: tuple[Transition, ...] = (
    Transition("edit", _A.DRAFT, _A.DRAFT, _BODY, _P.LICENSING_PLAN_DRAFT),
    Transition("submit", _A.DRAFT, _A.IN_DECISION, _BODY, _P.LICENSING_PLAN_DRAFT),
    Transition("withdraw", _A.DRAFT, _A.WITHDRAWN, _BODY, _P.LICENSING_PLAN_DRAFT),
    Transition(
        "return", _A.IN_DECISION, _A.DRAFT, _BODY, _P.LICENSING_PLAN_DECIDE, needs_reason=True
    ),
    Transition(
        "approve",
        _A.IN_DECISION,
        _A.APPROVED,
        _BODY,
        _P.LICENSING_PLAN_DECIDE,
        other_than=("draft", "edit", "submit"),
    ),
    Transition("file", _A.APPROVED, _A.FILED, _AUTHORITY, _P.LICENSING_PLAN_FILE),
)

SELECTION_TRANSITIONS: tuple[Transition, ...] = (
    Transition("add-candidate", _S.OPEN, _S.OPEN, _BODY, _P.LICENSING_SELECTION_CONDUCT),
    Transition("decide", _S.OPEN, _S.DECIDED, _BODY, _P.LICENSING_SELECTION_CONDUCT),
    Transition(
        "fail", _S.OPEN, _S.FAILED, _BODY, _P.LICENSING_SELECTION_CONDUCT, needs_reason=True
    ),
)

_ALIVE = (_G.SIGNED, _G.IN_FORCE)
#: A first signature leads to *awaiting signature*; the second puts the agreement into force.
AGREEMENT_TRANSITIONS: tuple[Transition, ...] = (
    Transition("edit", _G.DRAFT, _G.DRAFT, _BODY, _P.LICENSING_AGREEMENT_DRAFT),
    Transition("withdraw", _G.DRAFT, _G.ENDED, _BODY, _P.LICENSING_AGREEMENT_DRAFT),
    Transition(
        "decide",
        _G.DRAFT,
        _G.DECIDED,
        _BODY,
        _P.LICENSING_AGREEMENT_DECIDE,
        other_than=("draft", "edit"),
    ),
    Transition(
        "return", _G.DECIDED, _G.DRAFT, _BODY, _P.LICENSING_AGREEMENT_DECIDE, needs_reason=True
    ),
    *(
        Transition(verb, source, target, side, permission)
        for verb, side, permission in (
            ("sign", _OPERATOR, _P.LICENSING_AGREEMENT_SIGN),
            ("countersign", _BODY, _P.LICENSING_AGREEMENT_CONCLUDE),
        )
        for source, target in (
            (_G.DECIDED, _G.AWAITING_SIGNATURE),
            (_G.AWAITING_SIGNATURE, _G.IN_FORCE),
        )
    ),
    *(
        Transition("file", status, status, _AUTHORITY, _P.LICENSING_AGREEMENT_FILE)
        for status in _ALIVE
    ),
    *(
        Transition("evaluate", status, status, _AUTHORITY, _P.LICENSING_AGREEMENT_EVALUATE)
        for status in (_G.IN_FORCE, _G.ENDED)
    ),
    *(
        Transition(
            "terminate",
            status,
            _G.ENDED,
            _BODY,
            _P.LICENSING_AGREEMENT_CONCLUDE,
            needs_reason=True,
        )
        for status in (_G.AWAITING_SIGNATURE, *_ALIVE)
    ),
    # S2 sets no procedure for an exit: its steps are recorded, also after the end.
    *(
        Transition("exit", status, _G.ENDED, _BODY, _P.LICENSING_AGREEMENT_CONCLUDE)
        for status in (_G.IN_FORCE, _G.ENDED)
    ),
)

#: What happens by itself, for the diagrams: source, target, when.
PLAN_BY_ITSELF = tuple(
    (source, _A.SUPERSEDED, "a changed plan is filed") for source in (_A.APPROVED, _A.FILED)
)
AGREEMENT_BY_ITSELF = (
    (_G.SIGNED, _G.IN_FORCE, "the term begins"),
    (_G.IN_FORCE, _G.ENDED, "the term is over, or a new agreement takes its place"),
)
