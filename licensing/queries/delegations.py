"""Reads of delegations."""

from collections.abc import Sequence

from sqlmodel import Session, col, select

from licensing.models import Delegation
from licensing.queries.found import found_row
from licensing.rules import Delegated


def delegations_of(session: Session, licence_ids: Sequence[str]) -> dict[str, list[Delegated]]:
    """Every delegation under some licences, by licence, in the order in which they were given."""
    found: dict[str, list[Delegated]] = {key: [] for key in licence_ids}
    statement = select(Delegation).where(col(Delegation.licence_id).in_(licence_ids))
    for one in session.exec(statement.order_by(col(Delegation.id))).all():
        found[one.licence_id].append(_row(one))
    return found


def find_delegation(session: Session, delegation_id: str) -> tuple[str, Delegated]:
    """One delegation and its licence; ThingUnknown when there is none."""
    found = found_row(session, Delegation, delegation_id)
    return found.licence_id, _row(found)


def _row(found: Delegation) -> Delegated:
    return Delegated(
        delegation_id=found.id,
        parent_id=found.parent_id or "",
        depth=found.depth,
        further_steps=found.further_steps,
        delegator_id=found.delegator_id,
        delegator_name=found.delegator_name,
        delegate_id=found.delegate_id,
        delegate_name=found.delegate_name,
        ends_on=found.ends_on,
        reason=found.reason,
        is_revoked=found.revoked_at is not None,
    )
