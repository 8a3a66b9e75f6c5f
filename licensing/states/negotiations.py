"""Contract negotiations in the states of the Dataspace Protocol 2025-1 (section 8.1).

The same table serves a connector's messages and people's buttons. The protocol's drawing and its
prose differ on terminating: the drawing has it from some states by one side, the prose at any time
by either. We take it from either side in every state that is not final, and send only what is drawn.
"""

from enum import StrEnum

from kernel.identity import Permission
from licensing.states.moves import Side, Transition


class NegotiationState(StrEnum):
    """The protocol's own states."""

    REQUESTED = "REQUESTED"
    OFFERED = "OFFERED"
    ACCEPTED = "ACCEPTED"
    AGREED = "AGREED"
    VERIFIED = "VERIFIED"
    FINALIZED = "FINALIZED"
    TERMINATED = "TERMINATED"


_N, _S, _P = NegotiationState, Side, Permission
_ASK, _DECIDE = _P.LICENSING_APPLICATION_SUBMIT, _P.LICENSING_APPLICATION_DECIDE
_OPEN = (_N.REQUESTED, _N.OFFERED, _N.ACCEPTED, _N.AGREED, _N.VERIFIED)
#: States after which nothing is said any more.
NEGOTIATION_ENDS = frozenset({_N.FINALIZED, _N.TERMINATED})

NEGOTIATION_TRANSITIONS: tuple[Transition, ...] = (
    Transition("offer", _N.REQUESTED, _N.OFFERED, _S.PROVIDER, _DECIDE),
    Transition("request", _N.OFFERED, _N.REQUESTED, _S.APPLICANT, _ASK),
    Transition("accept", _N.OFFERED, _N.ACCEPTED, _S.APPLICANT, _ASK),
    Transition("agree", _N.REQUESTED, _N.AGREED, _S.PROVIDER, _DECIDE),
    Transition("agree", _N.ACCEPTED, _N.AGREED, _S.PROVIDER, _DECIDE),
    Transition("verify", _N.AGREED, _N.VERIFIED, _S.APPLICANT, _P.LICENSING_LICENCE_SIGN),
    Transition(
        "finalize", _N.VERIFIED, _N.FINALIZED, _S.PROVIDER, _P.LICENSING_LICENCE_COUNTERSIGN
    ),
    *(
        Transition("withdraw", state, _N.TERMINATED, _S.APPLICANT, _ASK, needs_reason=False)
        for state in _OPEN
    ),
    *(
        Transition("terminate", state, _N.TERMINATED, _S.PROVIDER, _DECIDE, needs_reason=True)
        for state in _OPEN
    ),
)

#: Who moves next in each state; nobody where it has ended.
TURN: dict[NegotiationState, Side | None] = {
    _N.REQUESTED: _S.PROVIDER,
    _N.OFFERED: _S.APPLICANT,
    _N.ACCEPTED: _S.PROVIDER,
    _N.AGREED: _S.APPLICANT,
    _N.VERIFIED: _S.PROVIDER,
    _N.FINALIZED: None,
    _N.TERMINATED: None,
}
