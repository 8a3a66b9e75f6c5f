"""Who may make which move."""

from dataclasses import dataclass
from enum import StrEnum

from kernel.identity import Actor, check_permission, is_permitted
from licensing import errors
from licensing.states import Side, Transition, find, of_verb


@dataclass(frozen=True, slots=True)
class Standing:
    """What the rules need to know of an application or a licence: its status and two sides."""

    status: StrEnum
    applicant_id: str
    provider_id: str


def check_may(
    actor: Actor, table: tuple[Transition, ...], verb: str, standing: Standing, *, reason: str
) -> Transition:
    """Let a person make a move, now.

    Raises:
        VerbUnlawful: there is no such verb, or the status does not allow it.
        SignInNeeded, NotPermitted: the roles do not grant it.
        NotYourSide: the move is the other party's.
        ReasonMissing: the decision needs reasons.
    """
    row = of_verb(table, verb)
    if row is None:
        raise errors.VerbUnlawful(status=standing.status.value, verb=verb)
    check_permission(actor, row.permission)
    if actor.organisation_id != _organisation(standing, row.side):
        raise errors.NotYourSide
    move = find(table, verb, standing.status)
    if move is None:
        raise errors.VerbUnlawful(status=standing.status.value, verb=verb)
    if move.needs_reason and not reason.strip():
        raise errors.ReasonMissing
    return move


def possible_verbs(
    actor: Actor, table: tuple[Transition, ...], standing: Standing
) -> tuple[str, ...]:
    """What this person may do now; drives buttons and task lists."""
    return tuple(
        move.verb
        for move in table
        if move.source == standing.status
        and is_permitted(actor, move.permission)
        and actor.organisation_id == _organisation(standing, move.side)
    )


def _organisation(standing: Standing, side: Side) -> str:
    return standing.applicant_id if side is Side.APPLICANT else standing.provider_id
