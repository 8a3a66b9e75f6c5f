"""Answers that are files: one folder that only its owner may enter, each file under the SHA-256 of its bytes.

A file is kept while an open review or a finished run names it. Every other one is erased: after each decision
against release, and by the sweeper where a process died between writing a file and recording it.
"""

import hashlib
import os
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from io import BufferedRandom
from pathlib import Path
from typing import Any

from kernel.database import Database
from kernel.files import FileDamaged
from sandbox import queries
from sandbox.deidentify.sources.workroom import erase, locked_store, workroom
from sandbox.engine.files import FILES
from sandbox.errors.engine import RunFailed
from sandbox.service.comparing import Compared
from sandbox.service.ending import columns_of


@dataclass(frozen=True, slots=True)
class HeldFile:
    """A stored file: its hex SHA-256, its length, and how many rows are in it."""

    sha256: str
    size_bytes: int
    rows: int


@dataclass(frozen=True, slots=True)
class _Table:
    columns: Sequence[dict[str, Any]]
    rows: Sequence[Sequence[Any]]


@contextmanager
def stored(folder: Path, media_type: str, found: Compared) -> Iterator[HeldFile]:
    """Write an answer into the store; inside the block nobody erases it, though no record names it yet.

    Raises:
        RunFailed: it cannot be written; the data has been read.
    """
    table = _Table(columns_of(found.plan), found.answer.rows)
    with ExitStack() as held:
        try:
            folder.mkdir(parents=True, exist_ok=True)
            folder.chmod(0o700)
            held.enter_context(locked_store(folder, is_shared=True))
            written = _write(folder, media_type, table)
        except OSError as failure:
            raise RunFailed(data_read=True) from failure
        yield written


def path_of(folder: Path, sha256: str) -> Path:
    """Where a stored file lies, read again before it is handed out.

    Raises:
        FileDamaged: it is gone, or its bytes are others.
    """
    path = folder / sha256
    if not queries.is_whole(path, sha256):
        raise FileDamaged(sha256=sha256)
    return path


def erase_unnamed(db: Database, folder: Path) -> int:
    """Erase every file that is neither in review nor released; returns how many."""
    if not folder.is_dir():
        return 0
    with locked_store(folder):
        with db.read() as session:
            named = queries.answer_files(session)
        left = queries.unnamed_files(folder, named)
        for path in left:
            erase(path)
    return len(left)


def _write(folder: Path, media_type: str, table: _Table) -> HeldFile:
    with workroom(folder) as room:
        part = room / "answer"
        handle = os.open(part, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        with os.fdopen(handle, "w+b") as file:
            FILES[media_type].write_to(table, file)
            sha256, size = _sealed(file)
        part.rename(folder / sha256)
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
    return HeldFile(sha256, size, len(table.rows))


def _sealed(file: BufferedRandom) -> tuple[str, int]:
    file.flush()
    os.fsync(file.fileno())
    file.seek(0)
    return hashlib.file_digest(file, "sha256").hexdigest(), file.tell()
