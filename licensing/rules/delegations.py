"""Decisions of delegation: which one carries an organisation, and how far a new one may go.

The words are those of iSHARE's delegation evidence: delegator, delegate, validity, greatest depth.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from licensing import errors


@dataclass(frozen=True, slots=True)
class Delegated:
    """A delegation as it is kept; ``depth`` counts steps from the licensee."""

    delegation_id: str
    parent_id: str
    depth: int
    further_steps: int
    delegator_id: str
    delegator_name: str
    delegate_id: str
    delegate_name: str
    ends_on: date
    reason: str
    is_revoked: bool


def standing(rows: Sequence[Delegated], today: date) -> list[Delegated]:
    """Those that stand today: not revoked, not over, and so is each one that they rest on."""
    known = {row.delegation_id: row for row in rows}

    def stands(row: Delegated) -> bool:
        if row.is_revoked or row.ends_on < today:
            return False
        return not row.parent_id or stands(known[row.parent_id])

    return [row for row in rows if stands(row)]


def delegation_to(rows: Sequence[Delegated], organisation_id: str, today: date) -> Delegated | None:
    """The delegation by which an organisation uses another's licence today; None for nobody.

    Where several lead to it, the one with the fewest steps.
    """
    own = [row for row in standing(rows, today) if row.delegate_id == organisation_id]
    return min(own, key=lambda row: (row.depth, row.delegation_id), default=None)


def check_depth(depth: int, most: int) -> None:
    """Let nobody stand further from the licensee than the contract says.

    Raises:
        DelegationTooDeep: with the number of steps that the contract permits.
    """
    if depth > most:
        raise errors.DelegationTooDeep(steps=most)


def check_further(parent: Delegated | None, further_steps: int, *, most: int) -> int:
    """The depth of a new delegation below this one; the licensee's own is the first step.

    Raises:
        DelegationTooDeep: the contract, or who gave the right, permits fewer steps.
    """
    depth = 1 if parent is None else parent.depth + 1
    allowed = most if parent is None else min(most, parent.depth + parent.further_steps)
    check_depth(depth + further_steps, allowed)
    return depth


def check_last_day(ends_on: date, today: date, latest: date) -> None:
    """Let a delegation end from today on, and no later than the right that it hands on.

    Raises:
        DelegationTooLong: with the last day that is possible.
    """
    if not today <= ends_on <= latest:
        raise errors.DelegationTooLong(latest=str(latest))
