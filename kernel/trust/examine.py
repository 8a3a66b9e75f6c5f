"""Re-reads the whole log: every receipt, entry, node, checkpoint and published file.

Used by ``hexi log verify``; the first doubt stops it and names the index.
"""

from dataclasses import dataclass
from pathlib import Path

from sqlmodel import Session, col, func, select

from kernel.trust.keys import Keys
from kernel.trust.log import LogCheckpoint, LogDoubt, LogEntry, LogHead, LogNode, subtree_reader
from kernel.trust.publish import LogForked, check_extends
from kernel.trust.receipts import Receipt, envelope_of
from ledger import tiles
from ledger.checkpoint import verify_checkpoint
from ledger.errors import LedgerError
from ledger.merkle import leaf_hash, node_hash, range_root
from ledger.receipt import entry_body, read_statement, verify_envelope


@dataclass(frozen=True, slots=True)
class Examined:
    """What was read and found right."""

    receipts: int
    entries: int
    checkpoints: int
    waiting: int


def examine_log(session: Session, keys: Keys, folder: Path) -> Examined:
    """Read everything again.

    Raises:
        LogDoubt: with the index and what is wrong there.
    """
    head = session.exec(select(LogHead)).one()
    entries = _examine_entries(session, head.size)
    _examine_nodes(session, head.size)
    if range_root(0, head.size, subtree_reader(session)) != head.root:
        raise LogDoubt(index=head.size, doubt="the head's root is not the root of its entries")
    checkpoints = _examine_checkpoints(session, keys, head.size)
    _examine_files(session, keys, folder)
    total = session.exec(select(func.count()).select_from(Receipt)).one()
    return Examined(total, entries, checkpoints, total - entries)


def _examine_entries(session: Session, size: int) -> int:
    expected = 0
    statement = (
        select(LogEntry, Receipt)
        .join(Receipt, col(Receipt.id) == col(LogEntry.receipt_id))
        .order_by(col(LogEntry.idx))
        .execution_options(yield_per=500)
    )
    for entry, receipt in session.exec(statement):
        if entry.idx != expected:
            raise LogDoubt(index=expected, doubt="an entry or its receipt is missing")
        if receipt.leaf_index != entry.idx:
            raise LogDoubt(index=expected, doubt="the receipt stands at another index")
        _examine_receipt(entry, receipt)
        expected += 1
    if expected != size:
        raise LogDoubt(index=expected, doubt="the head speaks of another number of entries")
    return expected


def _examine_receipt(entry: LogEntry, receipt: Receipt) -> None:
    envelope = envelope_of(receipt)
    try:
        verify_envelope(envelope)
        statement = read_statement(envelope.payload)
    except LedgerError as error:
        raise LogDoubt(index=entry.idx, doubt=str(error)) from error
    if statement["predicate"]["receiptId"] != receipt.id:
        raise LogDoubt(index=entry.idx, doubt="the receipt speaks of another one")
    if entry_body(envelope) != bytes(entry.body):
        raise LogDoubt(index=entry.idx, doubt="the entry is not the one of its receipt")


def _examine_nodes(session: Session, size: int) -> None:
    leaves = [
        leaf_hash(bytes(body))
        for body in session.exec(select(LogEntry.body).order_by(col(LogEntry.idx)))
    ]
    level, row = 0, leaves
    while row:
        stored = session.exec(
            select(LogNode.hash).where(LogNode.level == level).order_by(col(LogNode.idx))
        ).all()
        if [bytes(value) for value in stored] != row:
            raise LogDoubt(
                index=size, doubt=f"the nodes of level {level} are not those of the entries"
            )
        row = [node_hash(row[at], row[at + 1]) for at in range(0, len(row) - 1, 2)]
        level += 1


def _examine_checkpoints(session: Session, keys: Keys, size: int) -> int:
    count = 0
    for row in session.exec(select(LogCheckpoint).order_by(col(LogCheckpoint.size))).all():
        try:
            checkpoint = verify_checkpoint(row.note, keys.log_key)
        except LedgerError as error:
            raise LogDoubt(index=row.size, doubt=str(error)) from error
        if checkpoint.size != row.size or row.size > size:
            raise LogDoubt(index=row.size, doubt="a checkpoint speaks of another size")
        if checkpoint.root != range_root(0, row.size, subtree_reader(session)):
            raise LogDoubt(index=row.size, doubt="a checkpoint has another root")
        count += 1
    return count


def _examine_files(session: Session, keys: Keys, folder: Path) -> None:
    try:
        check_extends(session, folder, keys.log_key)
    except LogForked as error:
        raise LogDoubt(index=0, doubt="the published checkpoint is not part of the log") from error
    path = folder / "checkpoint"
    if not path.exists():
        return
    size = verify_checkpoint(path.read_text(encoding="utf-8"), keys.log_key).size
    for tile in tiles.tiles_between(0, size):
        if tile.width == tiles.TILE_WIDTH and not (folder / tile.path).exists():
            raise LogDoubt(index=tile.index * tiles.TILE_WIDTH, doubt=f"{tile.path} is missing")
