"""A snapshot whose file was changed on disk: nothing is computed on it, and the doctor says so."""

from pathlib import Path

import pytest

from marketplace.errors import InvariantBroken
from marketplace.operations import doctor
from marketplace.operations.home import Home
from sandbox import queries, service
from sandbox.errors.engine import RunFailed, SnapshotChanged
from sandbox.service import Machine, RunQuery
from tests.make import Maker


def run(make: Maker, machine: Machine, licence_id: str) -> str:
    return service.run_query(
        make.home.db,
        actor=make.actor("researcher"),
        now=make.clock(),
        wanted=RunQuery(licence_id, "", "SELECT sex, COUNT(*) AS n FROM visits GROUP BY sex"),
        seal=make.home.seal,
        machine=machine,
    )


def damaged_file(make: Maker, machine: Machine, dataset: str) -> Path:
    with make.home.db.read() as session:
        manifest = queries.newest_snapshot(session, dataset).manifest
    return machine.snapshots / f"{manifest['tables']['visits']['sha256']}.parquet"


@pytest.mark.parametrize("damage", ["changed", "gone"])
def test_nothing_runs_on_a_changed_file_and_nothing_is_charged(
    make: Maker, machine: Machine, damage: str
) -> None:
    licence = make.licence()
    path = damaged_file(make, machine, licence.terms.dataset)
    whole = path.read_bytes()
    try:
        if damage == "changed":
            path.write_bytes(whole[:-100] + bytes([whole[-100] ^ 1]) + whole[-99:])
        else:
            path.unlink()
        with pytest.raises(SnapshotChanged if damage == "changed" else RunFailed) as failed:
            run(make, machine, licence.licence_id)
    finally:
        path.write_bytes(whole)

    assert failed.value.data_read is False
    with make.home.db.read() as session:
        ended = queries.find_run(session, failed.value.facts["run_id"])
    assert (ended.state.value, ended.refusal_code) == ("failed", failed.value.code)
    assert make.read_licence(licence.licence_id).runs_taken == 0


def test_the_doctor_reads_every_snapshot_again(home: Home, make: Maker, machine: Machine) -> None:
    licence = make.licence()
    store = home.snapshots
    store.mkdir(parents=True, exist_ok=True)
    path = damaged_file(make, machine, licence.terms.dataset)
    (store / path.name).write_bytes(path.read_bytes())
    said: list[str] = []
    doctor.examine(home, said.append)
    assert "ok: every snapshot is whole (1)" in said

    (store / path.name).write_bytes(b"something else")
    with pytest.raises(InvariantBroken) as broken:
        doctor.examine(home, said.append)
    assert broken.value.facts["invariant"] == "every snapshot is whole"
