"""Statuses of both registers and the lawful moves between them, as data.

The tables are the whole truth; services and pages only read them.
"""

from registry.states import data_property, resources
from registry.states.entries import MOVES as ENTRY_MOVES
from registry.states.entries import EntryMove, entry_move
from registry.states.vocabulary import (
    EntryStatus,
    EntryVerb,
    Register,
    Status,
    Transition,
    Type,
    Verb,
)

__all__ = [
    "ENTITY_VERBS",
    "ENTRY_MOVES",
    "FINAL",
    "TRANSITIONS",
    "TYPES",
    "EntryMove",
    "EntryStatus",
    "EntryVerb",
    "Register",
    "Status",
    "Transition",
    "Type",
    "Verb",
    "entry_move",
    "transition",
    "verbs_from",
]

TRANSITIONS: dict[Register, tuple[Transition, ...]] = {
    Register.RESOURCES: resources.TRANSITIONS,
    Register.PROPERTY: data_property.TRANSITIONS,
}
TYPES: dict[Register, frozenset[Type]] = {
    Register.RESOURCES: resources.TYPES,
    Register.PROPERTY: data_property.TYPES,
}
#: Nothing follows these.
FINAL = frozenset(
    {
        Status.NOT_ACCEPTED,
        Status.REJECTED,
        Status.TERMINATED,
        Status.EFFECTIVE,
        Status.COMPLETED,
        Status.WITHDRAWN,
        Status.REFUSED,
        Status.LAPSED,
        Status.HANDED_OVER,
        Status.CERTIFIED,
    }
)
#: Verbs of the applicant's own people; the others are of the institution, the public or the clock.
#: ``agree`` belongs to neither: it is of whoever has to agree.
ENTITY_VERBS = frozenset(
    {
        Verb.EDIT,
        Verb.SEND_TO_INTERNAL_REVIEW,
        Verb.RETURN_TO_DRAFT,
        Verb.SUBMIT,
        Verb.FILE,
        Verb.REFILE,
        Verb.WITHDRAW,
        Verb.PROVIDE_PROOF,
    }
)


def transition(register: Register, type_: Type, verb: Verb, status: Status) -> Transition | None:
    """The move that a verb makes from a status for a registration type, if it is lawful there."""
    return next(
        (
            move
            for move in TRANSITIONS[register]
            if move.verb is verb and move.source is status and type_ in move.types
        ),
        None,
    )


def verbs_from(register: Register, type_: Type, status: Status) -> tuple[Verb, ...]:
    """Everything that can be done at a status, in the order of the table."""
    return tuple(
        move.verb for move in TRANSITIONS[register] if move.source is status and type_ in move.types
    )
