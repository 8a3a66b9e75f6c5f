"""A room in the store's folder for everything half done: it vanishes with the work, whatever happens.

The room is locked while its process lives. A killed process leaves its room behind, unlocked; the next
one that opens a room removes it. Nothing half done is therefore ever found under a name that counts.
"""

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import mkdtemp

_PREFIX = ".work-"


@contextmanager
def workroom(folder: Path) -> Iterator[Path]:
    """A new folder inside ``folder`` that only its owner may enter; gone at the end."""
    _sweep(folder)
    room = Path(mkdtemp(prefix=_PREFIX, dir=folder))
    lock = os.open(room, os.O_RDONLY)
    fcntl.flock(lock, fcntl.LOCK_EX)
    try:
        yield room
    finally:
        shutil.rmtree(room, ignore_errors=True)
        os.close(lock)


def forget(folder: Path, kept: str) -> None:
    """Remove a converted file: what it holds is raw."""
    if kept:
        (folder / kept).unlink(missing_ok=True)


def _sweep(folder: Path) -> None:
    for room in folder.glob(f"{_PREFIX}*"):
        try:
            lock = os.open(room, os.O_RDONLY)
        except FileNotFoundError:
            continue
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(room, ignore_errors=True)
        except BlockingIOError:
            # Somebody works there.
            pass
        finally:
            os.close(lock)
