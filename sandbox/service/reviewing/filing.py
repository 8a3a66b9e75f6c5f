"""Answers that are files: one folder that only its owner may enter, each file under the SHA-256 of its bytes.

A file is kept while an open review or a finished run names it. Every other one is erased: after each decision
against release, and by the sweeper where a process died between writing a file and recording it.
"""

import hashlib
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from io import BufferedRandom
from pathlib import Path
from typing import Any

from kernel.database import Database
from kernel.files import FileDamaged
from sandbox import queries
from sandbox.deidentify.sources.workroom import erase, locked_store, sweep_rooms, workroom
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


def _at_once() -> None:
    """Wait for nothing."""


@contextmanager
def stored(
    folder: Path, media_type: str, found: Compared, wait: Callable[[], None] = _at_once
) -> Iterator[HeldFile]:
    """Write an answer into the store; inside the block nobody erases it, though no record names it yet.

    It is written, then ``wait`` is called, then it gets its place and its time in the store: when and how
    long it was written is not to be seen.

    Raises:
        RunFailed: it cannot be written; the data has been read.
    """
    table = _Table(columns_of(found.plan), found.answer.rows)
    with ExitStack() as held:
        try:
            folder.mkdir(parents=True, exist_ok=True)
            folder.chmod(0o700)
            with locked_store(folder, is_shared=True):
                room = held.enter_context(workroom(folder))
            part, written = held.enter_context(_written(room, media_type, table))
            wait()
            held.enter_context(locked_store(folder, is_shared=True))
            _put(part, folder / written.sha256)
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
    """Erase every file that is neither in review nor released, and what a dead process began; returns how many files."""
    if not folder.is_dir():
        return 0
    with locked_store(folder):
        with db.read() as session:
            named = queries.answer_files(session)
        sweep_rooms(folder)
        left = queries.unnamed_files(folder, named)
        for path in left:
            erase(path)
    return len(left)


@contextmanager
def _written(room: Path, media_type: str, table: _Table) -> Iterator[tuple[Path, HeldFile]]:
    """The answer in a room of its own; what is still there at the end is erased."""
    part = room / "answer"
    try:
        handle = os.open(part, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        with os.fdopen(handle, "w+b") as file:
            FILES[media_type].write_to(table, file)
            sha256, size = _sealed(file)
        yield part, HeldFile(sha256, size, len(table.rows))
    finally:
        erase(part)


def _put(part: Path, path: Path) -> None:
    os.utime(part)
    part.rename(path)
    handle = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _sealed(file: BufferedRandom) -> tuple[str, int]:
    file.flush()
    os.fsync(file.fileno())
    file.seek(0)
    return hashlib.file_digest(file, "sha256").hexdigest(), file.tell()
