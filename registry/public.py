"""The door of the registry: what other packages may ask, inside their own transaction.

Whoever uses an entry asks again at each use; nothing is pushed upward when an entry ends.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlmodel import Session, col, select

from kernel.identity import Actor
from registry import errors, queries
from registry.models import Application
from registry.queries import ApplicationRow, EntrySearch, StepRow
from registry.rules import possible_verbs
from registry.states import Status

__all__ = [
    "ApplicationRow",
    "Entry",
    "EntrySearch",
    "StepRow",
    "count_entries",
    "entries",
    "entry",
    "history",
    "in_force",
    "made_from",
    "missing_codes",
    "open_applications",
    "possible_verbs",
    "search",
    "tasks_of",
]

_MOST_ENTRIES = 10_000

count_entries = queries.count_entries
history = queries.history
open_applications = queries.open_applications
search = queries.search_entries


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry of the register as other packages know it."""

    code: str
    kind: str
    name: str
    summary: str
    organisation_id: str
    organisation_name: str
    industry: str
    scenario: str
    update_cycle: str
    inputs: tuple[str, ...]
    coded_at: datetime | None
    valid_until: date | None


def entry(session: Session, code: str) -> Entry:
    """The entry with that code, in force or not.

    Raises:
        EntryUnknown: there is none.
    """
    return _entry_of(queries.find_entry(session, code))


def entries(session: Session, codes: Sequence[str]) -> dict[str, Entry]:
    """The entries of several codes in one read; unknown codes are left out."""
    statement = select(Application).where(col(Application.code).in_(codes))
    rows = [queries.row_of(found) for found in session.exec(statement).all()]
    return {str(row.code): _entry_of(row) for row in rows}


def in_force(session: Session, code: str, today: date) -> bool:
    """Whether the entry exists, is effective, and its term has not ended."""
    try:
        row = queries.find_entry(session, code)
    except errors.EntryUnknown:
        return False
    return (
        row.status is Status.EFFECTIVE and row.valid_until is not None and today <= row.valid_until
    )


def missing_codes(session: Session, codes: Sequence[str], today: date) -> list[str]:
    """Those of the codes that are not in force."""
    return [code for code in codes if not in_force(session, code, today)]


def made_from(session: Session, code: str) -> list[Entry]:
    """The registered products that name this code among their inputs."""
    rows = queries.search_entries(session, EntrySearch(kind="product", limit=_MOST_ENTRIES))
    return [_entry_of(row) for row in rows if code in row.form.get("inputs", ())]


def tasks_of(session: Session, actor: Actor) -> list[tuple[ApplicationRow, tuple[str, ...]]]:
    """Open applications on which this person may act now, with the verbs."""
    return [
        (row, tuple(verb.value for verb in verbs))
        for row in queries.open_applications(session)
        if (verbs := possible_verbs(actor, row.facts))
    ]


def _entry_of(row: ApplicationRow) -> Entry:
    form = row.form
    return Entry(
        code=str(row.code),
        kind=row.kind,
        name=row.name,
        summary=str(form.get("summary", "")),
        organisation_id=row.organisation_id,
        organisation_name=row.organisation_name,
        industry=str(form.get("industry", "")),
        scenario=str(form.get("scenario", "")),
        update_cycle=str(form.get("update_cycle", "")),
        inputs=tuple(form.get("inputs", ())),
        coded_at=row.coded_at,
        valid_until=row.valid_until,
    )
