"""Reads of preserved evidence: files, and fingerprints of data that stays where it is."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from kernel.files import FileUnknown
from registry.models import PreservedFile


@dataclass(frozen=True, slots=True)
class FileRow:
    """A preserved file or fingerprint; ``is_stored`` says that its bytes lie in the store."""

    file_id: str
    sha256: str
    sm3: str
    name: str
    media_type: str
    size_bytes: int
    is_stored: bool
    organisation_id: str
    preserved_at: datetime


def list_files(
    session: Session, organisation_id: str, *, after: str = "", limit: int = 20
) -> list[FileRow]:
    """What an organisation preserved, the newest first; one more than the limit if there are more."""
    statement = select(PreservedFile).where(PreservedFile.organisation_id == organisation_id)
    if after:
        statement = statement.where(col(PreservedFile.id) < after)
    statement = statement.order_by(col(PreservedFile.id).desc()).limit(limit + 1)
    return [_row_of(found) for found in session.exec(statement).all()]


def find_file(session: Session, sha256: str, *, organisation_id: str = "") -> FileRow:
    """The newest preservation under a digest, one with bytes before a fingerprint alone.

    With an organisation only what that one preserved.

    Raises:
        FileUnknown: nothing was preserved under it.
    """
    statement = select(PreservedFile).where(PreservedFile.sha256 == sha256)
    if organisation_id:
        statement = statement.where(PreservedFile.organisation_id == organisation_id)
    newest = (col(PreservedFile.is_stored).desc(), col(PreservedFile.id).desc())
    found = session.exec(statement.order_by(*newest).limit(1)).first()
    if found is None:
        raise FileUnknown(sha256=sha256)
    return _row_of(found)


def stored_files(session: Session) -> list[str]:
    """SHA-256 of every file whose bytes lie in the store."""
    statement = select(PreservedFile.sha256).where(col(PreservedFile.is_stored)).distinct()
    return list(session.exec(statement.order_by(col(PreservedFile.sha256))).all())


def files_named(session: Session, digests: set[str]) -> list[FileRow]:
    """What was preserved under any of the digests, by digest."""
    statement = select(PreservedFile).where(col(PreservedFile.sha256).in_(digests))
    ordered = statement.order_by(col(PreservedFile.sha256), col(PreservedFile.id))
    return [_row_of(found) for found in session.exec(ordered).all()]


def _row_of(found: PreservedFile) -> FileRow:
    return FileRow(
        found.id,
        found.sha256,
        found.sm3,
        found.name,
        found.media_type,
        found.size_bytes,
        found.is_stored,
        found.organisation_id,
        found.preserved_at,
    )
