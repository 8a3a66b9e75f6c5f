"""A room in the store's folder for everything half done: it vanishes with the work, whatever happens.

The room is locked while its process lives. A killed process leaves its room behind, unlocked; the next
one that opens a room, or sweeps, erases it. Nothing half done is therefore ever found under a name that counts.
"""

import fcntl
import hashlib
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import mkdtemp

_PREFIX = ".work-"
_LOCK = ".lock"
_BLOCK_BYTES = 1 << 20


@contextmanager
def workroom(folder: Path) -> Iterator[Path]:
    """A new folder inside ``folder`` that only its owner may enter; gone at the end."""
    sweep_rooms(folder)
    room = Path(mkdtemp(prefix=_PREFIX, dir=folder))
    lock = os.open(room, os.O_RDONLY)
    fcntl.flock(lock, fcntl.LOCK_EX)
    try:
        yield room
    finally:
        shutil.rmtree(room, ignore_errors=True)
        os.close(lock)


@contextmanager
def locked_store(folder: Path, *, is_shared: bool = False) -> Iterator[None]:
    """Hold the store, alone to erase of it or with others to add to it: a file that is named stays."""
    folder.mkdir(parents=True, exist_ok=True)
    lock = os.open(folder / _LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_SH if is_shared else fcntl.LOCK_EX)
        yield
    finally:
        os.close(lock)


def digest_of(path: Path) -> str:
    """SHA-256 of a file's bytes, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def put_away(path: Path, folder: Path, ending: str) -> str:
    """Move a finished file into the store, where its name is its SHA-256; returns that."""
    sha256 = digest_of(path)
    path.replace(folder / f"{sha256}.{ending}")
    return sha256


def forget(folder: Path, kept: str) -> None:
    """Remove a converted file: what it holds is raw."""
    if kept:
        erase(folder / kept)


def erase(path: Path) -> None:
    """Overwrite a file with random bytes, write them through to the disk, and remove it; no file is fine.

    That is *Clear* of NIST SP 800-88 Rev. 1 where the file system writes in place. One that copies on write, a
    disk that levels its wear, and backups keep what they have: they need means of their own.
    """
    try:
        handle = os.open(path, os.O_WRONLY)
    except FileNotFoundError:
        return
    try:
        left = os.fstat(handle).st_size
        while left > 0:
            left -= os.write(handle, os.urandom(min(left, _BLOCK_BYTES)))
        os.fsync(handle)
    finally:
        os.close(handle)
    path.unlink(missing_ok=True)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def sweep_rooms(folder: Path) -> None:
    """Erase the rooms that no process works in any more."""
    for room in folder.glob(f"{_PREFIX}*"):
        try:
            lock = os.open(room, os.O_RDONLY)
        except FileNotFoundError:
            continue
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            for path in room.rglob("*"):
                if path.is_file() and not path.is_symlink():
                    erase(path)
            shutil.rmtree(room, ignore_errors=True)
        except BlockingIOError:
            # Somebody works there.
            pass
        finally:
            os.close(lock)
