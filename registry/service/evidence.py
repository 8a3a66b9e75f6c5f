"""Evidence preservation before filing: a file, or the fingerprint of one, with a receipt (S1 Art. 7)."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import BinaryIO

from sqlmodel import Session

from kernel.database import Database
from kernel.files import EVIDENCE, FileStore, StoredFile
from kernel.identity import Actor, Permission, check_permission
from kernel.ids import new_id
from kernel.trust import audit, idempotency, receipts
from kernel.trust.receipts import Seal
from registry import errors
from registry.models import PreservedFile

#: One file; what is larger is preserved by its fingerprint.
MOST_FILE_BYTES = 200 * 1024 * 1024
_SHA256 = re.compile(r"[0-9a-f]{64}\Z")


@dataclass(frozen=True, slots=True)
class NewFile:
    """A file to preserve: its content and the name that the person gave it."""

    stream: BinaryIO
    name: str
    idempotency_key: str = ""


@dataclass(frozen=True, slots=True)
class NewFingerprint:
    """The digests of data that stays where it is, with a name that says what it is."""

    sha256: str
    name: str
    sm3: str = ""
    size_bytes: int = 0
    idempotency_key: str = ""


def preserve_file(
    db: Database, *, actor: Actor, now: datetime, wanted: NewFile, store: FileStore, seal: Seal
) -> str:
    """Stream a file into the store and sign for it; returns the SHA-256 that a form names.

    The file lies in the store before the row that speaks of it: a crash in between leaves a file
    that nobody names, never a receipt without its file.

    Raises:
        NotPermitted, and what ``FileStore.put`` raises.
    """
    check_permission(actor, Permission.REGISTRY_FILE_PRESERVE)
    stored = store.put(
        wanted.stream,
        file_name=wanted.name,
        most_bytes=MOST_FILE_BYTES,
        allowed=EVIDENCE,
    )
    _record(db, actor, now, seal, (stored, wanted.name, True), wanted.idempotency_key)
    return stored.sha256


def preserve_fingerprint(
    db: Database, *, actor: Actor, now: datetime, wanted: NewFingerprint, seal: Seal
) -> str:
    """Sign for a fingerprint alone, of data too large or too secret to hand over.

    Raises:
        NotPermitted: the person may not preserve evidence.
        FingerprintUnusable: the SHA-256 is not 64 hex digits, or there is no name.
    """
    check_permission(actor, Permission.REGISTRY_FILE_PRESERVE)
    if not _SHA256.match(wanted.sha256) or not wanted.name.strip():
        raise errors.FingerprintUnusable
    stored = StoredFile(wanted.sha256, wanted.sm3, wanted.size_bytes, "")
    _record(db, actor, now, seal, (stored, wanted.name, False), wanted.idempotency_key)
    return wanted.sha256


def _record(
    db: Database,
    actor: Actor,
    now: datetime,
    seal: Seal,
    what: tuple[StoredFile, str, bool],
    key: str,
) -> None:
    stored, name, is_stored = what
    with db.transaction() as session:
        idempotency.make_once(
            session,
            actor=actor,
            now=now,
            key=key,
            request={
                "verb": "registry.preserve",
                "sha256": stored.sha256,
                "name": name,
                "is_stored": is_stored,
            },
            make=lambda: _preserve(session, actor, now, seal, what),
        )


def _preserve(
    session: Session,
    actor: Actor,
    now: datetime,
    seal: Seal,
    what: tuple[StoredFile, str, bool],
) -> str:
    stored, name, is_stored = what
    row = PreservedFile(
        id=new_id(now),
        sha256=stored.sha256,
        sm3=stored.sm3,
        name=name.strip(),
        media_type=stored.media_type,
        size_bytes=stored.size_bytes,
        is_stored=is_stored,
        organisation_id=actor.organisation_id,
        preserved_at=now,
        preserved_by=actor.account_id,
    )
    session.add(row)
    receipts.issue(
        session,
        seal=seal,
        now=now,
        wanted=receipts.Wanted(
            kind="preservation",
            idempotency=f"registry.file:{row.id}",
            subject_id=row.id,
            organisation_id=actor.organisation_id,
            # The name may tell what the data is about; the digest does not.
            subject_name="preserved-file",
            subject_sha256=stored.sha256,
            predicate={
                "actor": {"tenantId": actor.organisation_id, "principalRef": actor.account_id},
                "evidence": {
                    "sm3": stored.sm3,
                    "sizeBytes": str(stored.size_bytes),
                    "isStored": is_stored,
                },
            },
        ),
    )
    audit.record(
        session,
        actor=actor,
        now=now,
        action="registry.file.preserve",
        subject=("registry_preserved_file", row.id),
        facts={"sha256": row.sha256, "is_stored": is_stored},
    )
    return row.id
