"""Reads of what stands beside runs: saved queries, templates, synthetic samples."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, or_, select

from sandbox import errors
from sandbox.models import SavedQuery


@dataclass(frozen=True, slots=True)
class SavedRow:
    """A saved query."""

    query_id: str
    licence_id: str
    organisation_id: str
    account_id: str
    title: str
    sql: str
    is_private: bool
    revision: int
    created_at: datetime
    changed_at: datetime


def find_saved(
    session: Session, query_id: str, *, organisation_id: str, account_id: str
) -> SavedRow:
    """One saved query, as a person of an organisation may see it.

    Raises:
        SavedQueryUnknown: there is none, it is another organisation's, or another person's own.
    """
    found = session.get(SavedQuery, query_id)
    is_shown = found is not None and (
        found.account_id == account_id
        or (found.organisation_id == organisation_id and not found.is_private)
    )
    if found is None or not is_shown:
        raise errors.SavedQueryUnknown
    return _saved_row(found)


def list_saved(
    session: Session, *, licence_id: str, organisation_id: str, account_id: str
) -> list[SavedRow]:
    """What a person sees of an organisation's saved queries under a licence, the last changed first."""
    statement = select(SavedQuery).where(
        SavedQuery.licence_id == licence_id,
        SavedQuery.organisation_id == organisation_id,
        or_(col(SavedQuery.is_private).is_(False), col(SavedQuery.account_id) == account_id),
    )
    newest = statement.order_by(col(SavedQuery.changed_at).desc(), col(SavedQuery.id).desc())
    return [_saved_row(one) for one in session.exec(newest).all()]


def _saved_row(found: SavedQuery) -> SavedRow:
    return SavedRow(
        query_id=found.id,
        licence_id=found.licence_id,
        organisation_id=found.organisation_id,
        account_id=found.account_id,
        title=found.title,
        sql=found.sql,
        is_private=found.is_private,
        revision=found.revision,
        created_at=found.created_at,
        changed_at=found.changed_at,
    )
