"""The door of the registry: what other packages may ask, inside their own transaction.

Whoever uses an entry asks again at each use; nothing is pushed upward when an entry ends.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache

from sqlmodel import Session

from kernel.files import FileUnknown
from kernel.identity import Actor, is_permitted
from registry import queries
from registry.certificate.paper import check_fonts, render_pdf
from registry.form import dictionaries
from registry.form.credit_code import is_credit_code
from registry.form.groups import all_fields
from registry.queries import ApplicationRow, EntryRow, EntrySearch, FileRow, StepRow
from registry.rules.decide import possible_verbs
from registry.states import ENTITY_VERBS, TRANSITIONS, EntryStatus, Register, Status

#: The way of collection may be written in free text; the dictionary's own words mean its code.
_SHARED = ("shared", "共享获取", "Shared from another body")

__all__ = [
    "ApplicationRow",
    "Entry",
    "EntrySearch",
    "StepRow",
    "certificate_code_of",
    "check_fonts",
    "count_entries",
    "entries",
    "entries_in_force",
    "entry",
    "field_labels",
    "history",
    "in_force",
    "is_credit_code",
    "is_preserved",
    "made_from",
    "missing_codes",
    "missing_files",
    "open_applications",
    "place_words",
    "preserved_files",
    "render_pdf",
    "search",
    "stored_files",
    "tasks_of",
]

count_entries = queries.count_entries
history = queries.history
open_applications = queries.open_applications


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry of register A as other packages know it.

    ``data_level`` is empty before classification; ``shared_provider`` names the body that shared
    the data and is empty where it was not obtained by sharing.
    """

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
    coded_at: datetime
    valid_until: date
    data_level: str = ""
    shared_provider: str = ""


def entry(session: Session, code: str) -> Entry:
    """The entry with that code, in force or not.

    Raises:
        EntryUnknown: there is none.
    """
    return _entry_of(queries.find_entry(session, code))


def entries(session: Session, codes: Sequence[str]) -> dict[str, Entry]:
    """The entries of several codes in one read; unknown codes are left out."""
    return {row.code: _entry_of(row) for row in queries.find_entries(session, codes)}


def entries_in_force(session: Session, codes: Sequence[str], today: date) -> dict[str, Entry]:
    """Those of the entries that exist, are effective, and whose term has not ended, in one read."""
    rows = queries.find_entries(session, codes)
    return {
        row.code: _entry_of(row) for row in rows if row.status_on(today) is EntryStatus.EFFECTIVE
    }


def in_force(session: Session, code: str, today: date) -> bool:
    """Whether the entry exists, is effective, and its term has not ended."""
    return code in entries_in_force(session, [code], today)


def missing_codes(session: Session, codes: Sequence[str], today: date) -> list[str]:
    """Those of the codes that are not in force."""
    found = entries_in_force(session, codes, today)
    return [code for code in codes if code not in found]


def missing_files(session: Session, organisation_id: str, digests: Sequence[str]) -> list[str]:
    """Those of the digests under which the organisation has preserved nothing (S1 Art. 7)."""
    found = queries.files_named(session, set(digests))
    known = {one.sha256 for one in found if one.organisation_id == organisation_id}
    return [digest for digest in digests if digest not in known]


def preserved_files(session: Session, organisation_id: str) -> list[FileRow]:
    """The newest hundred files and fingerprints that an organisation preserved."""
    return queries.list_files(session, organisation_id, limit=100)


def made_from(session: Session, code: str) -> list[Entry]:
    """The registered products and services that name this code among their inputs."""
    return [_entry_of(row) for row in queries.made_from(session, code)]


def search(session: Session, wanted: EntrySearch) -> list[Entry]:
    """Entries that fit, as the register's own search finds them."""
    return [_entry_of(row) for row in queries.search_entries(session, wanted).rows]


def is_preserved(session: Session, sha256: str, *, organisation_id: str) -> bool:
    """Whether an organisation preserved a file or a fingerprint under this SHA-256."""
    try:
        queries.find_file(session, sha256, organisation_id=organisation_id)
    except FileUnknown:
        return False
    return True


def certificate_code_of(session: Session, code: str) -> str | None:
    """The certificate of register B that stands on an entry of register A; None without one."""
    return queries.certificate_code_of(session, code)


def stored_files(session: Session) -> list[str]:
    """SHA-256 of every file that was preserved with its content."""
    return queries.stored_files(session)


@cache
def field_labels() -> dict[str, str]:
    """Message ids of the labels of every field of both forms, by the field's name."""
    fields = (field for register in reversed(Register) for field in all_fields(register))
    return {field.name: field.label for field in fields}


def place_words(code: str, language: str) -> str:
    """The words of a region (GB/T 2260) or an industry (GB/T 4754); an unknown code as it is."""
    dictionary = "regions" if code.isdigit() else "industries" if len(code) == 1 else "divisions"
    return dictionaries.words_of(
        dictionary, code[1:] if dictionary == "divisions" else code, language
    )


def tasks_of(session: Session, actor: Actor) -> list[tuple[ApplicationRow, tuple[str, ...]]]:
    """Open applications on which this person may act now, with the verbs."""
    inside, outside = _statuses(actor, is_entity=True), _statuses(actor, is_entity=False)
    found: dict[str, ApplicationRow] = {}
    if inside and actor.organisation_id:
        own = queries.open_applications(
            session, statuses=inside, organisation_id=actor.organisation_id
        )
        found |= {row.application_id: row for row in own}
    if outside:
        others = queries.open_applications(session, statuses=outside)
        found |= {row.application_id: row for row in others}
    return [
        (row, tuple(verb.value for verb in verbs))
        for row in found.values()
        if (verbs := possible_verbs(actor, row.facts))
    ]


def _statuses(actor: Actor, *, is_entity: bool) -> set[Status]:
    """Statuses at which this person's roles can do something, as the entity or as the institution."""
    return {
        move.source
        for moves in TRANSITIONS.values()
        for move in moves
        if move.permission is not None
        and (move.verb in ENTITY_VERBS) is is_entity
        and is_permitted(actor, move.permission)
    }


def _entry_of(row: EntryRow) -> Entry:
    form = row.form
    return Entry(
        code=row.code,
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
        data_level=str(form.get("data_level", "")),
        shared_provider=_shared_provider(form),
    )


def _shared_provider(form: Mapping[str, object]) -> str:
    if form.get("collection_mode") not in _SHARED:
        return ""
    # A form of before may name no provider; then nobody is able to consent, which is the safe side.
    return str(form.get("shared_provider") or "-").strip()
