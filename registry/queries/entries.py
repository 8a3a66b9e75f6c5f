"""Reads of register A's entries, as they stand or stood at a past moment."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import bindparam
from sqlmodel import Session, col, func, select

from registry import errors
from registry.models import Application, Entry, Input, Version
from registry.rules.terms import status_on
from registry.states import FINAL, EntryStatus, Register


@dataclass(frozen=True, slots=True)
class EntryRow:
    """An entry of register A."""

    code: str
    application_id: str
    kind: str
    status: EntryStatus
    version: int
    organisation_id: str
    organisation_name: str
    name: str
    form: dict[str, Any]
    coded_at: datetime
    valid_until: date
    reason: str

    def status_on(self, day: date) -> EntryStatus:
        """The status on a day: a term that is over counts as expired, also before the clerk's note."""
        return status_on(self.status, self.valid_until, day)


@dataclass(frozen=True, slots=True)
class VersionRow:
    """One version of an entry or certificate: when, by which registration type, to which status."""

    number: int
    at: datetime
    type: str
    status: str
    application_id: str
    snapshot: dict[str, Any]


def entry_row(entry: Entry) -> EntryRow:
    """The table row as a frozen one."""
    return EntryRow(
        code=entry.code,
        application_id=entry.application_id,
        kind=entry.kind,
        status=EntryStatus(entry.status),
        version=entry.version,
        organisation_id=entry.organisation_id,
        organisation_name=entry.organisation_name,
        name=entry.name,
        form=dict(entry.form),
        coded_at=entry.coded_at,
        valid_until=entry.valid_until,
        reason=entry.reason,
    )


def snapshot_of(row: EntryRow) -> dict[str, Any]:
    """The row as JSON, for its version."""
    return {
        **asdict(row),
        "status": row.status.value,
        "coded_at": row.coded_at.isoformat(),
        "valid_until": row.valid_until.isoformat(),
    }


def row_from_snapshot(snapshot: dict[str, Any]) -> EntryRow:
    """The row that a version holds."""
    return EntryRow(
        **{
            **snapshot,
            "status": EntryStatus(snapshot["status"]),
            "coded_at": datetime.fromisoformat(snapshot["coded_at"]),
            "valid_until": date.fromisoformat(snapshot["valid_until"]),
        }
    )


def find_entry(session: Session, code: str, *, as_of: datetime | None = None) -> EntryRow:
    """The entry with that code, as it stands or as it stood.

    Raises:
        EntryUnknown: no entry, or not yet at that moment.
    """
    if as_of is not None:
        snapshot = snapshot_as_of(session, Register.RESOURCES, code, as_of)
        if snapshot is None:
            raise errors.EntryUnknown(code=code)
        return row_from_snapshot(snapshot)
    found = session.exec(select(Entry).where(Entry.code == code)).first()
    if found is None:
        raise errors.EntryUnknown(code=code)
    return entry_row(found)


# Every run asks for its product and its inputs: built once, it costs half.
_BY_CODES = select(Entry).where(col(Entry.code).in_(bindparam("codes", expanding=True)))


def find_entries(session: Session, codes: Sequence[str]) -> list[EntryRow]:
    """The entries of several codes in one read; unknown codes are left out."""
    found = session.exec(_BY_CODES, params={"codes": list(codes)}).all()
    return [entry_row(one) for one in found]


def snapshot_as_of(
    session: Session, register: Register, subject: str, moment: datetime
) -> dict[str, Any] | None:
    """What an entry or certificate was at a moment; None before its first version."""
    statement = (
        select(Version.snapshot)
        .where(Version.register_name == register, Version.subject == subject)
        .where(col(Version.at) <= moment)
        .order_by(col(Version.number).desc())
        .limit(1)
    )
    found = session.exec(statement).first()
    return None if found is None else dict(found)


def versions(session: Session, register: Register, subject: str) -> list[VersionRow]:
    """All versions of an entry or certificate, oldest first."""
    statement = (
        select(Version)
        .where(Version.register_name == register, Version.subject == subject)
        .order_by(col(Version.number))
    )
    return [
        VersionRow(v.number, v.at, v.type, v.status, v.application_id, dict(v.snapshot))
        for v in session.exec(statement).all()
    ]


def entries_of(session: Session, organisation_id: str) -> list[EntryRow]:
    """The entries of one registering entity, the newest first."""
    statement = select(Entry).where(Entry.organisation_id == organisation_id)
    statement = statement.order_by(col(Entry.serial).desc())
    return [entry_row(found) for found in session.exec(statement).all()]


def made_from(session: Session, code: str) -> list[EntryRow]:
    """The registered products and services that name this code among their inputs."""
    statement = (
        select(Entry)
        .join(Input, col(Input.entry_code) == col(Entry.code))
        .where(Input.input_code == code)
        .order_by(col(Entry.code))
    )
    return [entry_row(found) for found in session.exec(statement).all()]


def count_entries(session: Session, kind: str) -> int:
    """How many entries of a kind there are."""
    statement = select(func.count()).select_from(Entry).where(Entry.kind == kind)
    return session.exec(statement).one()


@dataclass(frozen=True, slots=True)
class Duplicate:
    """An application or entry that may be the same data, and why it looks so."""

    application_id: str
    name: str
    organisation_name: str
    code: str
    same_name: bool
    same_fingerprint: bool


def duplicates(
    session: Session, *, application_id: str, name_key: str, organisation_id: str, fingerprint: str
) -> list[Duplicate]:
    """Others of the same normalised name and entity, or of the same fingerprint (domain 9)."""
    same_name = (col(Application.name_key) == name_key) & (
        col(Application.organisation_id) == organisation_id
    )
    same_print = col(Application.fingerprint) == fingerprint
    wanted = [
        clause for value, clause in ((name_key, same_name), (fingerprint, same_print)) if value
    ]
    if not wanted:
        return []
    clause = wanted[0] if len(wanted) == 1 else wanted[0] | wanted[1]
    statement = (
        select(Application)
        .where(clause, Application.id != application_id, Application.type == "initial")
        .where(col(Application.status).not_in(FINAL) | col(Application.code).is_not(None))
        .order_by(col(Application.id))
        .limit(_MOST_DUPLICATES)
    )
    return [
        Duplicate(
            found.id,
            found.name,
            found.organisation_name,
            found.code or "",
            same_name=bool(name_key)
            and found.name_key == name_key
            and found.organisation_id == organisation_id,
            same_fingerprint=bool(fingerprint) and found.fingerprint == fingerprint,
        )
        for found in session.exec(statement).all()
    ]


_MOST_DUPLICATES = 20
