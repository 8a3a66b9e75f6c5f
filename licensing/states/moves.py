"""What a lawful move is, as data."""

from dataclasses import dataclass
from enum import StrEnum

from kernel.identity import Permission


class Side(StrEnum):
    """Whose people may make a move."""

    APPLICANT = "applicant"
    PROVIDER = "provider"


@dataclass(frozen=True, slots=True)
class Transition:
    """One lawful move of one thing."""

    verb: str
    source: StrEnum
    target: StrEnum
    side: Side
    permission: Permission
    needs_reason: bool = False


def find(table: tuple[Transition, ...], verb: str, status: StrEnum) -> Transition | None:
    """The move that a verb makes from a status, if it is lawful there."""
    return next((move for move in table if move.verb == verb and move.source == status), None)


def of_verb(table: tuple[Transition, ...], verb: str) -> Transition | None:
    """Any row of a verb: its side and permission are the same in all of them."""
    return next((move for move in table if move.verb == verb), None)
