"""The search in the register: words, filters, facets, and the register as it stood at a past moment."""

from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import or_
from sqlmodel import Session, col, func, select

from registry.models import Entry, Version
from registry.queries.entries import EntryRow, entry_row, row_from_snapshot
from registry.states import Register


@dataclass(frozen=True, slots=True)
class EntrySearch:
    """What somebody looks for in the register; empty text means anything."""

    text: str = ""
    region: str = ""
    industry: str = ""
    kind: str = ""
    status: str = ""
    as_of: datetime | None = None
    after: str = ""
    limit: int = 20


@dataclass(frozen=True, slots=True)
class Found:
    """Entries that fit, one more than the limit when there are more, and counts by facet."""

    rows: list[EntryRow]
    facets: dict[str, dict[str, int]] = field(default_factory=dict)
    count: int = 0
    is_capped: bool = False


def search_entries(session: Session, wanted: EntrySearch) -> Found:
    """Entries that fit."""
    return _search_past(session, wanted) if wanted.as_of else _search_now(session, wanted)


def _search_now(session: Session, wanted: EntrySearch) -> Found:
    statement = select(Entry)
    if wanted.text:
        statement = statement.where(col(Entry.name).contains(wanted.text))
    if wanted.kind:
        statement = statement.where(Entry.kind == wanted.kind)
    if wanted.after:
        statement = statement.where(col(Entry.code) > wanted.after)
    statement = statement.order_by(col(Entry.code)).limit(wanted.limit + 1)
    return Found([entry_row(found) for found in session.exec(statement).all()])


def _search_past(session: Session, wanted: EntrySearch) -> Found:
    """What the register said then: the newest version of each entry up to the moment."""
    newest = (
        select(Version.subject, func.max(Version.number).label("number"))
        .where(Version.register_name == Register.RESOURCES, col(Version.at) <= wanted.as_of)
        .group_by(col(Version.subject))
        .subquery()
    )
    statement = (
        select(Version.snapshot)
        .join(
            newest,
            (col(Version.subject) == newest.c.subject) & (col(Version.number) == newest.c.number),
        )
        .where(Version.register_name == Register.RESOURCES)
    )
    snapshot = col(Version.snapshot)
    if wanted.text:
        words = (
            snapshot["name"].as_string(),
            snapshot["form"]["summary"].as_string(),
            snapshot["organisation_name"].as_string(),
            col(Version.subject),
        )
        statement = statement.where(
            or_(*(word.contains(wanted.text, autoescape=True) for word in words))
        )
    for name in ("region", "industry"):
        if value := getattr(wanted, name):
            part = snapshot["form"][name].as_string()
            fits = part.startswith(value, autoescape=True) if name == "region" else part == value
            statement = statement.where(fits)
    for name in ("kind", "status"):
        if value := getattr(wanted, name):
            statement = statement.where(snapshot[name].as_string() == value)
    if wanted.after:
        statement = statement.where(col(Version.subject) > wanted.after)
    statement = statement.order_by(col(Version.subject)).limit(wanted.limit + 1)
    return Found([row_from_snapshot(found) for found in session.exec(statement).all()])
