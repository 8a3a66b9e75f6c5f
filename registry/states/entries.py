"""Entries of register A and certificates of register B: what the institution may do to them."""

from dataclasses import dataclass

from kernel.identity import Permission
from registry.states.vocabulary import EntryStatus, EntryVerb, Register

_P, _S, _V = Permission, EntryStatus, EntryVerb


@dataclass(frozen=True, slots=True)
class EntryMove:
    """One lawful move of an entry; without a permission only the clock makes it."""

    verb: EntryVerb
    source: EntryStatus
    target: EntryStatus
    permission: Permission | None
    needs_reason: bool = False


MOVES: dict[Register, tuple[EntryMove, ...]] = {
    Register.RESOURCES: (
        # A sanction, after verification (S1 Art. 20).
        EntryMove(_V.REVOKE, _S.EFFECTIVE, _S.REVOKED, _P.REGISTRY_ENTRY_END, needs_reason=True),
        # The entity has ended, or another legal case (S1 Art. 9(4)).
        EntryMove(_V.CANCEL, _S.EFFECTIVE, _S.CANCELLED, _P.REGISTRY_ENTRY_END, needs_reason=True),
        # The term is over and was not renewed (S1 Art. 15).
        EntryMove(_V.EXPIRE, _S.EFFECTIVE, _S.EXPIRED, None),
    ),
    Register.PROPERTY: (
        # Ex officio, and the holder is told (S4 Art. 36 and 37).
        EntryMove(_V.CANCEL, _S.EFFECTIVE, _S.CANCELLED, _P.REGISTRY_ENTRY_END, needs_reason=True),
        # Not renewed before its last day, a certificate lapses by itself (S4 Art. 35).
        EntryMove(_V.EXPIRE, _S.EFFECTIVE, _S.EXPIRED, None),
        # Agreed terms, seizure, temporary control (S4 Art. 23).
        EntryMove(_V.REMARK, _S.EFFECTIVE, _S.EFFECTIVE, _P.REGISTRY_ENTRY_REMARK),
        EntryMove(
            _V.LIFT_REMARK, _S.EFFECTIVE, _S.EFFECTIVE, _P.REGISTRY_ENTRY_REMARK, needs_reason=True
        ),
    ),
}


def entry_move(register: Register, verb: EntryVerb, status: EntryStatus) -> EntryMove | None:
    """The move that a verb makes from a status, if it is lawful there."""
    found = (m for m in MOVES[register] if m.verb is verb and m.source is status)
    return next(found, None)
