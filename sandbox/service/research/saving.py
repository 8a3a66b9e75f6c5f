"""Queries that people keep under a licence, for themselves or for their organisation."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, select

from kernel.database import Database
from kernel.identity import Actor
from kernel.ids import new_id
from kernel.trust import audit
from kernel.workdays import local_day
from licensing import public as licensing
from sandbox import errors, rules
from sandbox.models import SavedQuery


@dataclass(frozen=True, slots=True)
class NewQuery:
    """A query to keep; it is not judged, so that an unfinished one may be kept too."""

    licence_id: str
    title: str
    sql: str
    is_private: bool = False


@dataclass(frozen=True, slots=True)
class QueryChange:
    """What a saved query becomes; None leaves a part as it is. ``revision`` is the one that was read."""

    query_id: str
    revision: int
    title: str | None = None
    sql: str | None = None
    is_private: bool | None = None


def save_query(db: Database, *, actor: Actor, now: datetime, wanted: NewQuery) -> str:
    """Keep a query; returns its identifier.

    Raises:
        NotPermitted: the person may not query.
        ThingUnknown: no such licence.
        RunUnknown: the licence is not the organisation's to use.
    """
    rules.check_may_run(actor)
    with db.transaction() as session:
        licence = licensing.find_licence(session, wanted.licence_id)
        if not licence.is_used_by(actor.organisation_id, local_day(now)):
            raise errors.RunUnknown
        row = SavedQuery(
            id=new_id(now),
            licence_id=wanted.licence_id,
            organisation_id=actor.organisation_id,
            account_id=actor.account_id,
            title=wanted.title,
            sql=wanted.sql,
            is_private=wanted.is_private,
            revision=1,
            created_at=now,
            changed_at=now,
        )
        session.add(row)
        _record(session, actor, now, "save", row)
        return row.id


def change_query(db: Database, *, actor: Actor, now: datetime, wanted: QueryChange) -> None:
    """Rename or rewrite an own query, or share it.

    Raises:
        SavedQueryUnknown: there is none, or it is another person's.
        ResearchChanged: it has another revision by now.
    """
    with db.transaction() as session:
        row = _own(session, actor, wanted.query_id, wanted.revision)
        row.title = row.title if wanted.title is None else wanted.title
        row.sql = row.sql if wanted.sql is None else wanted.sql
        row.is_private = row.is_private if wanted.is_private is None else wanted.is_private
        row.revision, row.changed_at = row.revision + 1, now
        session.add(row)
        _record(session, actor, now, "change", row)


def delete_query(
    db: Database, *, actor: Actor, now: datetime, query_id: str, revision: int
) -> None:
    """Delete an own query.

    Raises:
        SavedQueryUnknown, ResearchChanged: as for a change.
    """
    with db.transaction() as session:
        row = _own(session, actor, query_id, revision)
        _record(session, actor, now, "delete", row)
        session.delete(row)


def _own(session: Session, actor: Actor, query_id: str, revision: int) -> SavedQuery:
    row = session.exec(
        select(SavedQuery).where(SavedQuery.id == query_id).with_for_update()
    ).first()
    if row is None or row.account_id != actor.account_id:
        raise errors.SavedQueryUnknown
    if row.revision != revision:
        raise errors.ResearchChanged
    return row


def _record(session: Session, actor: Actor, now: datetime, verb: str, row: SavedQuery) -> None:
    audit.record(
        session,
        actor=actor,
        now=now,
        action=f"sandbox.saved_query.{verb}",
        subject=("sandbox_saved_query", row.id),
        facts={"licence_id": row.licence_id, "private": row.is_private},
    )
