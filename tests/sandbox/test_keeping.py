"""How long a version is kept: its last day, its deletion with a receipt, and data that became worse."""

import threading
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import select

from kernel.clock import SettableClock
from kernel.errors import HexiError
from kernel.identity import NotPermitted
from kernel.trust import receipts
from kernel.trust.audit import AuditEntry
from kernel.workdays import local_day
from marketplace.errors import InvariantBroken
from marketplace.operations import doctor
from marketplace.operations.demo.material import HEALTH
from sandbox import errors, queries, service
from sandbox.deidentify.sources.workroom import erase
from sandbox.errors.engine import EngineUnavailable
from sandbox.models import Run, Snapshot
from sandbox.queries import SnapshotRow
from sandbox.service import Machine, RunQuery
from sandbox.service.versions import keeping
from sandbox.service.versions.keeping import VersionOf
from sandbox.states import RunState, SnapshotState
from tests.make import Maker

BY_SEX = "SELECT sex, COUNT(*) AS n FROM visits GROUP BY sex"


class Kept:
    """One licence on one dataset, and the verbs on the versions of that."""

    def __init__(self, make: Maker, machine: Machine) -> None:
        self.make, self.machine = make, machine
        self.licence = make.licence()
        self.dataset = self.licence.terms.dataset

    def versions(self) -> list[SnapshotRow]:
        with self.make.home.db.read() as session:
            return queries.list_versions(session, self.dataset)

    def file(self, row: SnapshotRow) -> Path:
        return self.machine.snapshots / f"{row.manifest['tables']['visits']['sha256']}.parquet"

    def run(self, sql: str = BY_SEX) -> str:
        return service.run_query(
            self.make.home.db,
            actor=self.make.actor("researcher"),
            now=self.make.clock(),
            wanted=RunQuery(self.licence.licence_id, "", sql),
            seal=self.make.home.seal,
            machine=self.machine,
        )

    def delete(
        self, version: int = 1, *, person: str = "operator", reason: str = "数据有误"
    ) -> bool:
        return keeping.delete_version(
            self.make.home.db,
            actor=self.make.actor(person),
            now=self.make.clock(),
            which=VersionOf(self.dataset, version),
            reason=reason,
            seal=self.make.home.seal,
            machine=self.machine,
        )

    def keep_until(self, days: int | None, version: int = 1, person: str = "operator") -> None:
        today = local_day(self.make.clock())
        keeping.keep_until(
            self.make.home.db,
            actor=self.make.actor(person),
            now=self.make.clock(),
            which=VersionOf(self.dataset, version),
            last_day=None if days is None else today + timedelta(days=days),
        )

    def end(self) -> int:
        return keeping.end_versions(
            self.make.home.db,
            now=self.make.clock(),
            seal=self.make.home.seal,
            machine=self.machine,
        )

    def deletion(self, row: SnapshotRow) -> dict[str, Any]:
        with self.make.home.db.read() as session:
            found = receipts.find(session, row.receipt_id)
        deletion: dict[str, Any] = receipts.statement_of(found.payload)["predicate"]["deletion"]
        return deletion


@pytest.fixture
def kept(make: Maker, machine: Machine) -> Kept:
    return Kept(make, machine)


def test_a_deleted_version_is_erased_with_a_receipt_and_answers_nothing_more(kept: Kept) -> None:
    kept.run()
    path = kept.file(kept.versions()[0])
    assert path.is_file()

    assert kept.delete()

    row = kept.versions()[0]
    assert row.state is SnapshotState.DELETED
    assert not path.exists()
    told = kept.deletion(row)
    assert told["ground"] == "requested"
    assert told["erasedFiles"] == [path.stem]
    assert told["sharedFiles"] == []
    # The reason stays inside: nobody knows what a person writes there.
    assert "数据有误" not in str(told)
    with pytest.raises(errors.DatasetEnded):
        kept.run()
    doctor.examine(kept.make.home, lambda _: None)


def test_the_engine_keeps_nothing_of_a_deleted_version_in_memory(
    kept: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept.run()
    forgotten: list[str] = []
    real = kept.machine.engine.forget

    def forget(sha256: str) -> None:
        # First the memory: a template that is made after the file went finds nothing.
        assert (kept.machine.snapshots / f"{sha256}.parquet").is_file()
        forgotten.append(sha256)
        real(sha256)

    monkeypatch.setattr(kept.machine.engine, "forget", forget)
    name = kept.file(kept.versions()[0]).stem
    assert kept.delete()
    assert forgotten == [name]


def test_a_file_that_another_version_has_too_stays_until_that_one_goes(kept: Kept) -> None:
    first = kept.versions()[0]
    kept.make.dataset(HEALTH, kept.licence.product_code)
    assert len(kept.versions()) == 2
    path = kept.file(first)

    assert kept.delete(1)
    assert path.is_file()
    older = kept.versions()[1]
    assert (older.state, kept.deletion(older)["sharedFiles"]) == (
        SnapshotState.DELETED,
        [path.stem],
    )
    kept.run()

    assert kept.delete(2)
    assert not path.exists()
    assert kept.deletion(kept.versions()[0])["erasedFiles"] == [path.stem]


def test_a_run_that_reads_is_waited_for(kept: Kept) -> None:
    row, path = kept.versions()[0], kept.file(kept.versions()[0])
    run_id = kept.run()
    with kept.make.home.db.transaction() as session:
        run = session.get_one(Run, run_id)
        run.state = RunState.STARTED
        session.add(run)

    assert not kept.delete()
    assert (kept.versions()[0].state, path.is_file()) == (SnapshotState.DELETING, True)
    with pytest.raises(errors.VersionEnded):
        kept.delete()
    assert kept.end() == 0

    with kept.make.home.db.transaction() as session:
        run = session.get_one(Run, run_id)
        run.state = RunState.FINISHED
        session.add(run)
    assert kept.end() == 1
    assert kept.end() == 0
    assert not path.exists()
    assert kept.versions()[0].snapshot_id == row.snapshot_id


def test_a_run_that_begins_while_a_version_goes_reads_nothing(
    kept: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = kept.machine.engine.analyse

    def analyse(sql: str, description: Any) -> Any:
        plan = real(sql, description)
        # Between the look at the snapshot and the start of the run.
        assert kept.delete()
        return plan

    monkeypatch.setattr(kept.machine.engine, "analyse", analyse)
    with pytest.raises(errors.VersionEnded):
        kept.run()
    assert kept.make.read_licence(kept.licence.licence_id).runs_taken == 0


def test_without_the_engine_a_version_waits_to_be_erased(
    kept: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(_: str) -> None:
        raise EngineUnavailable(retry_after_seconds=5)

    path = kept.file(kept.versions()[0])
    with monkeypatch.context() as patch:
        patch.setattr(kept.machine.engine, "forget", away)
        with pytest.raises(EngineUnavailable):
            kept.delete()
    assert (kept.versions()[0].state, path.is_file()) == (SnapshotState.DELETING, True)
    assert kept.end() == 1
    assert not path.exists()


def test_after_its_last_day_a_version_is_refused_and_then_deleted(
    kept: Kept, clock: SettableClock
) -> None:
    kept.keep_until(1)
    kept.run()
    clock.set(clock() + timedelta(days=1))
    kept.run("SELECT sex, SUM(physician_visits) AS visits FROM visits GROUP BY sex")
    assert kept.end() == 0
    clock.set(clock() + timedelta(days=1))
    with pytest.raises(errors.SnapshotExpired) as refused:
        kept.run()
    # A refused run has its receipt as every other.
    with kept.make.home.db.read() as session:
        assert queries.find_run(session, refused.value.facts["run_id"]).receipt_id
    assert kept.end() == 1
    row = kept.versions()[0]
    assert kept.deletion(row)["ground"] == "expired"
    with kept.make.home.db.read() as session:
        actors = {
            one.action: one.actor_id
            for one in session.exec(
                select(AuditEntry).where(AuditEntry.subject_id == row.snapshot_id)
            ).all()
        }
    assert actors["sandbox.snapshot.delete"] == "system"
    assert actors["sandbox.snapshot.keep-until"] != "system"


@pytest.mark.parametrize(
    ("act", "refusal"),
    [
        (lambda kept: kept.delete(reason=" "), errors.DeletionUnexplained),
        (lambda kept: kept.delete(7), errors.VersionUnknown),
        (lambda kept: kept.delete(2**31), errors.VersionUnknown),
        (lambda kept: kept.keep_until(None, 10**27), errors.VersionUnknown),
        (lambda kept: kept.delete(person="researcher"), NotPermitted),
        (lambda kept: kept.keep_until(-1), errors.ExpiryPast),
        (lambda kept: kept.keep_until(5, person="enterprise"), NotPermitted),
    ],
)
def test_what_may_not_be_done_is_refused_and_changes_nothing(
    kept: Kept, act: Any, refusal: type[HexiError]
) -> None:
    with pytest.raises(refusal):
        act(kept)
    row = kept.versions()[0]
    assert (row.state, row.expires_on) == (SnapshotState.READY, None)
    assert kept.file(row).is_file()


def test_the_doctor_finds_what_is_left_of_a_deleted_version(kept: Kept) -> None:
    path = kept.file(kept.versions()[0])
    whole = path.read_bytes()
    assert kept.delete()
    store = kept.make.home.snapshots
    store.mkdir(parents=True, exist_ok=True)
    (store / path.name).write_bytes(whole)
    with pytest.raises(InvariantBroken) as broken:
        doctor.examine(kept.make.home, lambda _: None)
    assert broken.value.facts["invariant"] == "nothing of a deleted version is left"


def test_bytes_are_overwritten_before_the_name_goes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, seen = tmp_path / "raw.bin", list[bytes]()
    secret = b"not to be found again" * 100_000
    path.write_bytes(secret)
    real = Path.unlink

    def unlink(self: Path, missing_ok: bool = False) -> None:
        seen.append(self.read_bytes())
        real(self, missing_ok)

    monkeypatch.setattr(Path, "unlink", unlink)
    erase(path)
    assert len(seen[0]) == len(secret)
    assert b"not to be found again" not in seen[0]
    assert not path.exists()
    erase(path)


@pytest.mark.postgres
def test_two_who_delete_at_once_make_one_receipt(make_any: Maker, machine: Machine) -> None:
    kept = Kept(make_any, machine)
    refused: list[HexiError] = []

    def delete() -> None:
        try:
            kept.delete()
        except HexiError as error:
            refused.append(error)

    threads = [threading.Thread(target=delete) for _ in range(4)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert [type(one) for one in refused] == [errors.VersionEnded] * 3
    row = kept.versions()[0]
    assert row.state is SnapshotState.DELETED
    with make_any.home.db.read() as session:
        entries = session.exec(
            select(AuditEntry).where(AuditEntry.subject_id == row.snapshot_id)
        ).all()
        snapshot = session.get_one(Snapshot, row.snapshot_id)
    assert [one.action for one in entries].count("sandbox.snapshot.deleted") == 1
    assert snapshot.receipt_id
