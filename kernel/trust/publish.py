"""Publishing: tiles and entry bundles from the tables to files, the checkpoint last.

Files are what outsiders mirror (C2SP tlog-tiles); any static host may serve them. Each is
written to the side, flushed and renamed, so that a reader never sees half a file. The published
checkpoint is also the second place that remembers how far the log went: tables that do not extend
it were restored from an old backup, and signing on would fork the log.
"""

import os
from datetime import datetime
from pathlib import Path

from sqlmodel import Session, col, select

from kernel.database import Database
from kernel.errors import Broken, msgid
from kernel.trust.keys import Keys
from kernel.trust.log import LogEntry, LogHead, newest_checkpoint, subtree_reader
from ledger import tiles
from ledger.checkpoint import LogKey, verify_checkpoint
from ledger.encoding import canonical_bytes
from ledger.errors import LedgerError
from ledger.merkle import range_root
from ledger.verify import LOG_KEY_FILE, POLICY_FILE, ROOT_FILE, SIGNER_FILE, trusted_root


class LogForked(Broken):
    """The tables do not extend the head that was published."""

    code = "kernel-log-forked"
    title = msgid("The log would fork")
    detail = msgid(
        "The published checkpoint is not part of this database: an old backup was restored. "
        "Restore the newest one, or close this log and open a new one. Nothing was signed."
    )


def check_extends(session: Session, folder: Path, log: LogKey) -> None:
    """Let only tables pass that extend the published head.

    Raises:
        LogForked: they are shorter, or another tree.
    """
    published = _published(folder, log)
    if published is None:
        return
    size, root = published
    head = session.exec(select(LogHead)).one()
    if head.size < size or range_root(0, size, subtree_reader(session)) != root:
        raise LogForked


def publish(db: Database, folder: Path, log: LogKey) -> int:
    """Write every file that the newest checkpoint needs; returns its size.

    Raises:
        LogForked: the tables do not extend what is published.
    """
    with db.read() as session:
        check_extends(session, folder, log)
        newest = newest_checkpoint(session)
        if newest is None:
            return 0
        before = _published(folder, log)
        done = before[0] if before else 0
        if newest.size == done:
            return done
        for tile in tiles.tiles_between(done, newest.size):
            _write(folder / tile.path, _content(session, tile))
        _write(folder / "checkpoint", newest.note.encode())
        return newest.size


def _content(session: Session, tile: tiles.Tile) -> bytes:
    if tile.level >= 0:
        return tiles.hash_tile(tile, subtree_reader(session))
    first = tile.index * tiles.TILE_WIDTH
    bodies = session.exec(
        select(LogEntry.body)
        .where(col(LogEntry.idx) >= first, col(LogEntry.idx) < first + tile.width)
        .order_by(col(LogEntry.idx))
    ).all()
    return tiles.entry_bundle([bytes(body) for body in bodies])


def _published(folder: Path, log: LogKey) -> tuple[int, bytes] | None:
    path = folder / "checkpoint"
    if not path.exists():
        return None
    try:
        checkpoint = verify_checkpoint(path.read_text(encoding="utf-8"), log)
    except (OSError, UnicodeError, LedgerError) as error:
        raise LogForked from error
    return checkpoint.size, checkpoint.root


def _write(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    side = path.with_name(f".{path.name}.{os.getpid()}")
    with side.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    side.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def write_trust(folder: Path, keys: Keys, *, base_url: str, since: datetime) -> None:
    """Write the folder that outsiders verify with: public keys and the policy, no secret."""
    start = since.strftime("%Y-%m-%dT%H:%M:%SZ")
    root = trusted_root(keys.log_key, base_url=base_url, since=start)
    vkey = keys.log_key.vkey()
    _write(folder / ROOT_FILE, canonical_bytes(root))
    _write(folder / SIGNER_FILE, keys.receipt_public_pem)
    _write(folder / LOG_KEY_FILE, f"{vkey}\n".encode())
    # C2SP tlog-policy: no witness is asked for yet, and the file says so.
    _write(folder / POLICY_FILE, f"log {vkey}\nquorum none\n".encode())
