"""The log's store and its one sequencer: number, integrate, sign the head.

*Waiting*: a receipt is committed, without an index. *Integrated*: it has an index, its leaf and
nodes are in the tables, under a head. *Signed*: a checkpoint for a head at least that large is
stored. Only signed heads are published, and only what is durable is signed (C2SP tlog-checkpoint;
I1 to I6 of docs/decisions/0007).

The sequencer is elected (a file lock beside SQLite, an advisory lock in PostgreSQL) and fenced:
each takeover raises the head's epoch, and every integration updates the head only at its own
epoch and at the size that it read.
"""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from sqlalchemy import BigInteger, text, update
from sqlmodel import Field, Session, SQLModel, col, select

from kernel.database import Database, UtcDateTime
from kernel.errors import Broken, msgid
from kernel.trust.keys import Keys
from ledger.merkle import EMPTY_ROOT, SubtreeHash, leaf_hash, node_hash, range_root
from ledger.receipt import Envelope, entry_body

#: One transaction takes at most this many; a larger batch would only make others wait longer.
BATCH_ENTRIES = 256
#: PostgreSQL advisory lock of the sequencer; any constant number that nobody else uses.
_ADVISORY_LOCK = 0x68657869


class LogInDoubt(Broken):
    """The log's tables contradict each other."""

    code = "kernel-log-in-doubt"
    title = msgid("The log is in doubt")
    detail = msgid("Stop the installation and run `hexi log verify`; nothing was signed.")


class LogDoubt(Broken):
    """Something in the log is not what it has to be."""

    code = "kernel-log-doubt"
    title = msgid("The log does not verify")
    detail = msgid(
        "Entry %(index)s: %(doubt)s. Stop the installation and keep its disk as evidence."
    )


class LogHead(SQLModel, table=True):
    """The one row that says how large the tree is."""

    __tablename__ = "kernel_log_head"

    id: int = Field(primary_key=True)
    size: int = Field(sa_type=BigInteger)
    root: bytes
    epoch: int


class LogEntry(SQLModel, table=True):
    """One entry: the public body, and the receipt that it stands for."""

    __tablename__ = "kernel_log_entry"

    idx: int = Field(
        primary_key=True, sa_type=BigInteger, sa_column_kwargs={"autoincrement": False}
    )
    receipt_id: str = Field(unique=True)
    body: bytes


class LogNode(SQLModel, table=True):
    """The root of a complete subtree: ``2**level`` leaves from ``idx * 2**level`` on."""

    __tablename__ = "kernel_log_node"

    level: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    idx: int = Field(
        primary_key=True, sa_type=BigInteger, sa_column_kwargs={"autoincrement": False}
    )
    hash: bytes


class LogCheckpoint(SQLModel, table=True):
    """A signed head."""

    __tablename__ = "kernel_log_checkpoint"

    size: int = Field(
        primary_key=True, sa_type=BigInteger, sa_column_kwargs={"autoincrement": False}
    )
    root: bytes
    note: str
    signed_at: datetime = Field(sa_type=UtcDateTime)


def subtree_reader(session: Session) -> SubtreeHash:
    """Reads roots of complete subtrees from the table, one row each."""

    def read(start: int, width: int) -> bytes:
        level = width.bit_length() - 1
        node = session.get(LogNode, (level, start >> level))
        if node is None:
            raise LogInDoubt
        return node.hash

    return read


_NEWEST = select(LogCheckpoint).order_by(col(LogCheckpoint.size).desc()).limit(1)


def newest_checkpoint(session: Session) -> LogCheckpoint | None:
    """The largest signed head, if there is one."""
    return session.exec(_NEWEST).first()


class Sequencer:
    """Whoever holds the lead integrates waiting receipts and signs heads."""

    def __init__(self, db: Database, keys: Keys, *, epoch: int) -> None:
        """Work at the epoch that :func:`lead` gave."""
        self._db, self._keys, self._epoch = db, keys, epoch
        # A predecessor may have died between its commit and its signature.
        self._owes_signature = True

    def step(self, now: datetime) -> int:
        """Integrate one batch and sign its head; returns how many entries came in.

        Raises:
            LogInDoubt: another sequencer took over, or a node is missing.
        """
        # Looked at first: an idle sequencer must not take the write lock again and again.
        with self._db.read() as session:
            is_idle = not _waiting(session)
        count = 0 if is_idle else self._integrate()
        if count or self._owes_signature:
            self._sign_head(now)
            self._owes_signature = False
        return count

    def _integrate(self) -> int:
        with self._db.transaction() as session:
            waiting = _waiting(session)
            if not waiting:
                return 0
            head = session.exec(select(LogHead)).one()
            size = head.size
            for receipt_id, envelope in waiting:
                _append(session, size, receipt_id, entry_body(envelope))
                size += 1
            session.flush()
            root = range_root(0, size, subtree_reader(session))
            moved = session.execute(
                update(LogHead)
                .where(col(LogHead.size) == head.size, col(LogHead.epoch) == self._epoch)
                .values(size=size, root=root)
                .execution_options(synchronize_session=False)
            )
            if moved.rowcount != 1:  # type: ignore[attr-defined] # an UPDATE's result has a row count
                raise LogInDoubt
            return len(waiting)

    def _sign_head(self, now: datetime) -> None:
        with self._db.read() as session:
            head = session.exec(select(LogHead)).one()
            is_signed = head.size == 0 or session.get(LogCheckpoint, head.size) is not None
        if is_signed:
            return
        # Ed25519 is deterministic: a crash between commit and here is mended by signing again.
        note = self._keys.sign_checkpoint(head.size, head.root)
        with self._db.transaction() as session:
            if session.get(LogCheckpoint, head.size) is None:
                session.add(LogCheckpoint(size=head.size, root=head.root, note=note, signed_at=now))


def _waiting(session: Session) -> list[tuple[str, Envelope]]:
    rows = session.execute(
        text(
            "SELECT id, payload, signature, public_key FROM kernel_receipt "
            "WHERE leaf_index IS NULL ORDER BY id LIMIT :most"
        ),
        {"most": BATCH_ENTRIES},
    ).all()
    return [(row[0], Envelope(bytes(row[1]), bytes(row[2]), bytes(row[3]))) for row in rows]


def _append(session: Session, index: int, receipt_id: str, body: bytes) -> None:
    session.add(LogEntry(idx=index, receipt_id=receipt_id, body=body))
    session.execute(
        text("UPDATE kernel_receipt SET leaf_index = :idx WHERE id = :id AND leaf_index IS NULL"),
        {"idx": index, "id": receipt_id},
    )
    value, level, position = leaf_hash(body), 0, index
    session.add(LogNode(level=0, idx=position, hash=value))
    while position & 1:
        left = session.get(LogNode, (level, position - 1))
        if left is None:
            raise LogInDoubt
        value, level, position = node_hash(left.hash, value), level + 1, position >> 1
        session.add(LogNode(level=level, idx=position, hash=value))


@contextmanager
def lead(db: Database, keys: Keys, *, lock_folder: Path, wait: bool) -> Iterator[Sequencer | None]:
    """Try to become the sequencer; None when somebody else is and ``wait`` is false."""
    holder = _file_lock(lock_folder, wait=wait) if db.is_sqlite else _advisory_lock(db, wait=wait)
    with holder as is_leader:
        if not is_leader:
            yield None
            return
        with db.transaction() as session:
            session.execute(update(LogHead).values(epoch=LogHead.epoch + 1))
            epoch = session.exec(select(LogHead.epoch)).one()
        yield Sequencer(db, keys, epoch=epoch)


@contextmanager
def _file_lock(folder: Path, *, wait: bool) -> Iterator[bool]:
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "sequencer.lock").open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError:
            yield False
            return
        yield True


@contextmanager
def _advisory_lock(db: Database, *, wait: bool) -> Iterator[bool]:
    # The lock belongs to the connection, which stays open for as long as the lead is held.
    with db.engine.connect() as connection:
        verb = "SELECT pg_advisory_lock(:key)" if wait else "SELECT pg_try_advisory_lock(:key)"
        answer = connection.execute(text(verb), {"key": _ADVISORY_LOCK}).scalar()
        connection.commit()
        if answer is False:
            yield False
            return
        try:
            yield True
        finally:
            connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": _ADVISORY_LOCK})
            connection.commit()


def make_log(session: Session) -> None:
    """Put the empty head into a new database; a head that is there stays."""
    if session.get(LogHead, 1) is None:
        session.add(LogHead(id=1, size=0, root=EMPTY_ROOT, epoch=0))


def integrate_now(db: Database, keys: Keys, *, lock_folder: Path, now: datetime) -> None:
    """Bring everything that waits into the log, if nobody else is at it.

    Commands and the demo call this; a running sequencer does the work for everybody else.
    """
    with lead(db, keys, lock_folder=lock_folder, wait=False) as sequencer:
        while sequencer is not None and sequencer.step(now):
            pass
