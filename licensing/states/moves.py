"""What a lawful move is, as data: who may make it, from where to where, and what it owes."""

from dataclasses import dataclass
from enum import StrEnum

from kernel.identity import Permission


class Side(StrEnum):
    """Whose people may make a move; an authority is whoever has the permission, wherever."""

    APPLICANT = "applicant"
    PROVIDER = "provider"
    BODY = "body"
    OPERATOR = "operator"
    AUTHORITY = "authority"


#: Both sides sign a licence; with the second signature it is in force.
SIGNING_SIDES = (Side.APPLICANT, Side.PROVIDER)


@dataclass(frozen=True, slots=True)
class Transition:
    """One lawful move of one thing.

    ``other_than`` names earlier verbs: whoever did one of them may not make this move (four eyes).
    """

    verb: str
    source: StrEnum
    target: StrEnum
    side: Side
    permission: Permission
    needs_reason: bool = False
    other_than: tuple[str, ...] = ()


def find(table: tuple[Transition, ...], verb: str, status: StrEnum) -> Transition | None:
    """The move that a verb makes from a status, if it is lawful there."""
    return next((move for move in table if move.verb == verb and move.source == status), None)


def of_verb(table: tuple[Transition, ...], verb: str) -> Transition | None:
    """Any row of a verb: its side and permission are the same in all of them."""
    return next((move for move in table if move.verb == verb), None)
