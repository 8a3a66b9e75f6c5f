"""Who may make which move, now."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from kernel.identity import Actor, check_permission, is_permitted
from licensing import errors
from licensing.states import Side, Transition, find, of_verb


@dataclass(frozen=True, slots=True)
class Standing:
    """What the rules need to know of a contract.

    ``sides`` gives the organisation of each side; one that is not there is an authority's and open
    to whoever has the permission. ``done_by`` gives the account that did an earlier verb, or all
    accounts where several people had a hand in it.
    """

    status: StrEnum
    sides: Mapping[Side, str]
    done_by: Mapping[str, str | tuple[str, ...]] = field(default_factory=dict)


def check_may(
    actor: Actor, table: tuple[Transition, ...], verb: str, standing: Standing, *, reason: str
) -> Transition:
    """Let a person make a move, now.

    Raises:
        VerbUnlawful: there is no such verb, or the status does not allow it.
        SignInNeeded, NotPermitted: the roles do not grant it.
        NotYourSide: the move is the other party's.
        SamePerson: the person did what somebody else has to look at.
        ReasonMissing: the decision needs reasons.
    """
    row = of_verb(table, verb)
    if row is None:
        raise errors.VerbUnlawful(status=standing.status.value, verb=verb)
    check_permission(actor, row.permission)
    if not _is_on_side(actor, standing, row.side):
        raise errors.NotYourSide
    move = find(table, verb, standing.status)
    if move is None:
        raise errors.VerbUnlawful(status=standing.status.value, verb=verb)
    if earlier := _done_before(actor, standing, move):
        raise errors.SamePerson(earlier=earlier, verb=verb)
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
        and _is_on_side(actor, standing, move.side)
        and not _done_before(actor, standing, move)
    )


def _is_on_side(actor: Actor, standing: Standing, side: Side) -> bool:
    return side not in standing.sides or standing.sides[side] == actor.organisation_id


def _done_before(actor: Actor, standing: Standing, move: Transition) -> str:
    return next(
        (verb for verb in move.other_than if actor.account_id in _hands(standing, verb)), ""
    )


def _hands(standing: Standing, verb: str) -> tuple[str, ...]:
    done = standing.done_by.get(verb, ())
    return (done,) if isinstance(done, str) else done
