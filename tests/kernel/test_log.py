"""The log's store: gapless, signed only when durable, published in order, and never forked."""

import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError
from sqlmodel import select

from kernel.clock import SettableClock
from kernel.trust import log, publish, receipts
from kernel.trust.examine import examine_log
from kernel.trust.log import LogCheckpoint, LogDoubt, LogEntry, LogHead, Sequencer
from kernel.trust.receipts import NoSuchReceipt, ReceiptNotLogged, Wanted
from ledger.checkpoint import verify_checkpoint
from ledger.merkle import leaf_hash, root_of
from ledger.tiles import read_entry_bundle, read_hash_tile, tiles_between
from ledger.verify import read_trust, verify_bundle, verify_dsse, verify_proof
from marketplace.operations.home import Home


def wanted(number: int) -> Wanted:
    return Wanted(
        kind="query",
        idempotency=f"act:{number}",
        subject_id=f"run-{number}",
        organisation_id="org",
        subject_name=f"run/{number}",
        subject_sha256=f"{number:064x}",
        predicate={"licenceId": "licence"},
    )


def issue(home: Home, clock: SettableClock, *numbers: int) -> list[str]:
    made = []
    for number in numbers:
        with home.db.transaction() as session:
            made.append(receipts.issue(session, seal=home.seal, now=clock(), wanted=wanted(number)))
    return made


def integrate(home: Home, clock: SettableClock) -> None:
    log.integrate_now(home.db, home.seal.keys, lock_folder=home.settings.run_folder, now=clock())


def examine(home: Home) -> int:
    with home.db.read() as session:
        return examine_log(session, home.seal.keys, home.log_folder).entries


@pytest.mark.postgres
def test_every_receipt_gets_one_index_and_verifies_from_its_files(
    any_home: Home, clock: SettableClock
) -> None:
    made = issue(any_home, clock, *range(5))
    integrate(any_home, clock)
    made += issue(any_home, clock, *range(5, 9))
    integrate(any_home, clock)
    trust = read_trust(any_home.settings.home / "trust")
    indexes = []
    for receipt_id in made:
        with any_home.db.read() as session:
            files = receipts.hand_out(session, receipt_id, any_home.seal.keys.log_key).files
        verified = verify_bundle(files["receipt.sigstore.json"], trust)
        assert verified.statement["predicate"]["receiptId"] == receipt_id
        indexes.append(verified.index)
        verify_dsse(files["receipt.dsse.json"], trust)
        proof = files["receipt.tlog-proof"].decode()
        assert verify_proof(proof, files["receipt.dsse.json"], trust).index == verified.index
    # Acts of one millisecond have no order of their own; the log gives them one.
    assert sorted(indexes) == list(range(9))
    assert examine(any_home) == 9


@pytest.mark.postgres
def test_many_writers_and_many_sequencers_leave_no_gap_and_no_double(
    any_home: Home, clock: SettableClock
) -> None:
    def act(number: int) -> None:
        issue(any_home, clock, number, number % 10)
        integrate(any_home, clock)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(act, range(40)))
    integrate(any_home, clock)
    assert examine(any_home) == 40


def test_a_retry_of_one_act_finds_the_first_receipt(home: Home, clock: SettableClock) -> None:
    assert issue(home, clock, 1) == issue(home, clock, 1)


def test_a_receipt_is_not_handed_out_before_it_is_in_a_checkpoint(
    home: Home, clock: SettableClock
) -> None:
    (receipt_id,) = issue(home, clock, 1)
    key = home.seal.keys.log_key
    with home.db.read() as session, pytest.raises(ReceiptNotLogged):
        receipts.hand_out(session, receipt_id, key)
    with home.db.read() as session, pytest.raises(NoSuchReceipt):
        receipts.hand_out(session, "nothing", key)


@pytest.mark.postgres
def test_a_crash_before_the_signature_is_mended_by_signing_the_same_head(
    any_home: Home, clock: SettableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    issue(any_home, clock, 1, 2)
    with monkeypatch.context() as broken:
        broken.setattr(Sequencer, "_sign_head", lambda *_: None)
        integrate(any_home, clock)
    with any_home.db.read() as session:
        assert session.exec(select(LogHead.size)).one() == 2
        assert session.exec(select(LogCheckpoint)).all() == []
    integrate(any_home, clock)
    with any_home.db.read() as session:
        assert session.exec(select(LogCheckpoint.size)).all() == [2]


@pytest.mark.postgres
def test_a_sequencer_that_lost_the_lead_is_fenced(any_home: Home, clock: SettableClock) -> None:
    issue(any_home, clock, 1)
    stale = Sequencer(any_home.db, any_home.seal.keys, epoch=0)
    integrate(any_home, clock)
    issue(any_home, clock, 2)
    with pytest.raises(log.LogInDoubt):
        stale.step(clock())
    integrate(any_home, clock)
    assert examine(any_home) == 2


@pytest.mark.postgres
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE kernel_log_entry SET receipt_id = 'x'",
        "DELETE FROM kernel_log_node",
        "UPDATE kernel_log_checkpoint SET note = 'x'",
        "DELETE FROM kernel_audit_entry",
    ],
)
def test_the_database_itself_refuses_to_change_evidence(
    any_home: Home, clock: SettableClock, statement: str
) -> None:
    from kernel.identity import SYSTEM  # noqa: PLC0415 - used once
    from kernel.trust import audit  # noqa: PLC0415 - used once

    issue(any_home, clock, 1)
    integrate(any_home, clock)
    with any_home.db.transaction() as session:
        audit.record(session, actor=SYSTEM, now=clock(), action="a", subject=("b", "c"))
    with pytest.raises(DatabaseError), any_home.db.transaction() as session:
        session.execute(text(statement))


@pytest.mark.parametrize("size", [1, 2, 255, 256, 257])
def test_tiles_hold_exactly_the_log_at_the_edges_of_a_tile(
    home: Home, clock: SettableClock, size: int
) -> None:
    first = size // 2
    issue(home, clock, *range(first))
    integrate(home, clock)
    publish.publish(home.db, home.log_folder, home.seal.keys.log_key)
    issue(home, clock, *range(first, size))
    integrate(home, clock)
    assert publish.publish(home.db, home.log_folder, home.seal.keys.log_key) == size
    hashes: list[bytes] = []
    bodies: list[bytes] = []
    for tile in tiles_between(0, size):
        data = (home.log_folder / tile.path).read_bytes()
        if tile.level == -1:
            bodies += read_entry_bundle(data)
        elif tile.level == 0:
            hashes += read_hash_tile(data)
    note = (home.log_folder / "checkpoint").read_text()
    checkpoint = verify_checkpoint(note, home.seal.keys.log_key)
    assert hashes == [leaf_hash(body) for body in bodies]
    assert (checkpoint.size, checkpoint.root) == (size, root_of(hashes))


def test_an_old_backup_is_refused_instead_of_forking_the_log(
    home: Home, clock: SettableClock, tmp_path: Path
) -> None:
    issue(home, clock, 1)
    integrate(home, clock)
    with home.db.transaction() as session:
        session.execute(text("SELECT 1"))
    home.db.close()
    saved = tmp_path / "old.db"
    shutil.copy(home.settings.home / "hexi.db", saved)
    issue(home, clock, 2)
    integrate(home, clock)
    publish.publish(home.db, home.log_folder, home.seal.keys.log_key)
    home.db.close()
    for leftover in home.settings.home.glob("hexi.db-*"):
        leftover.unlink()
    shutil.copy(saved, home.settings.home / "hexi.db")
    with pytest.raises(publish.LogForked):
        publish.publish(home.db, home.log_folder, home.seal.keys.log_key)
    with pytest.raises(LogDoubt):
        examine(home)


@pytest.mark.parametrize(
    "spoil",
    [
        "UPDATE kernel_receipt SET payload = X'7b7d' WHERE leaf_index = 1",
        "UPDATE kernel_receipt SET leaf_index = 7 WHERE leaf_index = 1",
        "UPDATE kernel_log_head SET root = X'00'",
        "UPDATE kernel_log_head SET size = 4",
        "DROP TRIGGER kernel_log_entry_no_update;UPDATE kernel_log_entry SET body = X'7b7d' WHERE idx = 1",
        "DROP TRIGGER kernel_log_entry_no_delete;DELETE FROM kernel_log_entry WHERE idx = 1",
        "DROP TRIGGER kernel_log_node_no_update;UPDATE kernel_log_node SET hash = X'00' WHERE level = 1",
        "DROP TRIGGER kernel_log_checkpoint_no_update;UPDATE kernel_log_checkpoint SET root = X'00', note = 'x'",
    ],
)
def test_any_doubt_about_the_log_is_named(home: Home, clock: SettableClock, spoil: str) -> None:
    issue(home, clock, 1, 2, 3)
    integrate(home, clock)
    assert examine(home) == 3
    with home.db.transaction() as session:
        for statement in spoil.split(";"):
            session.execute(text(statement))
    with pytest.raises((LogDoubt, log.LogInDoubt)):
        examine(home)


def test_an_entry_holds_no_business_data(home: Home, clock: SettableClock) -> None:
    issue(home, clock, 1)
    integrate(home, clock)
    with home.db.read() as session:
        body = session.exec(select(LogEntry.body)).one()
    assert b"licence" not in bytes(body)
    assert b"run" not in bytes(body)
