"""Epochs of a series end to end: own budgets for people that no other epoch has, and nothing on anybody's word."""

import copy
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from flask import Flask
from sqlmodel import select

from kernel.trust.audit import AuditEntry
from marketplace.errors import InvariantBroken
from marketplace.operations import doctor
from marketplace.operations.demo.material import HEALTH
from marketplace.operations.demo.run import story_sources
from sandbox import errors, queries, service
from sandbox.deidentify.declaration import TreatedTable
from sandbox.deidentify.treat import treat_table
from sandbox.errors.guard import SqlRefused, TableUnknown
from sandbox.models import Dataset, Snapshot
from sandbox.queries import SnapshotRow
from sandbox.service import Machine, RunQuery
from sandbox.service.versions import keeping
from sandbox.service.versions.keeping import VersionOf
from tests.make import Maker
from tests.marketplace.pagereader import PageReader, visible_text

SERIES = "住院"
DECLARATION: dict[str, Any] = {
    "tables": {
        "stays": {
            "person_column": "person",
            "columns": {
                "person": {"class": "identifier", "treatment": "pseudonym"},
                "ward": {"class": "dimension", "values": ["A", "B"]},
                "days": {"class": "measure", "bounds": [0, 9], "sum_base": 10},
            },
        }
    }
}


class Hospital:
    """One provider that brings epochs of one series in."""

    def __init__(self, make: Maker, folder: Path) -> None:
        self.make, self.folder, self.store = make, folder, make.home.snapshots
        self.store.mkdir(parents=True, exist_ok=True)
        _, self.product = make.registered()

    def ingest(self, dataset: str, people: range, **changes: Any) -> str:
        path = self.folder / f"{dataset}-{people.start}-{people.stop}.parquet"
        rows = list(people)
        columns = {"person": rows, "ward": ["AB"[one % 2] for one in rows], "days": rows}
        pq.write_table(pa.table(columns), path)
        plain: dict[str, Any] = {
            "dataset": dataset,
            "title": dataset,
            "product_code": self.product,
            "declaration": DECLARATION,
            "sources": {"stays": path},
            "folder": self.store,
            "series": SERIES,
        }
        return service.ingest(
            self.make.home.db,
            actor=self.make.actor("operator"),
            now=self.make.clock(),
            wanted=service.NewSnapshot(**{**plain, **changes}),
            seal=self.make.home.seal,
        )

    def newest(self, dataset: str) -> SnapshotRow:
        with self.make.home.db.read() as session:
            return queries.newest_snapshot(session, dataset)

    def names(self) -> set[str]:
        with self.make.home.db.read() as session:
            return set(session.exec(select(Dataset.name)).all())

    def recorded(self) -> dict[str, dict[str, Any]]:
        """What the audit says of the ingest of each epoch."""
        with self.make.home.db.read() as session:
            entries = session.exec(select(AuditEntry)).all()
        kept = [one.facts for one in entries if one.action == "sandbox.dataset.ingest"]
        return {facts["epoch"]: facts for facts in kept}

    def memory(self, dataset: str) -> Path:
        with self.make.home.db.read() as session:
            found = session.exec(
                select(Snapshot).where(Dataset.id == Snapshot.dataset_id, Dataset.name == dataset)
            ).one()
        return self.store / f"{found.people['stays']}.people"


@pytest.fixture
def hospital(make: Maker, tmp_path: Path) -> Hospital:
    return Hospital(make, tmp_path)


@pytest.fixture
def hospital_any(make_any: Maker, tmp_path: Path) -> Hospital:
    return Hospital(make_any, tmp_path)


@pytest.mark.postgres
def test_epochs_without_a_common_person_have_lineages_of_their_own(hospital_any: Hospital) -> None:
    hospital = hospital_any
    hospital.ingest("stays_2024", range(20))
    hospital.ingest("stays_2025", range(20, 50))
    hospital.ingest("stays_2026", range(50, 60))
    rows = [hospital.newest(f"stays_{year}") for year in (2024, 2025, 2026)]
    assert [row.series for row in rows] == [SERIES] * 3
    assert len({row.lineage_id for row in rows}) == 3
    # Nothing of the memory leaves with a manifest.
    assert hospital.memory("stays_2024").stem not in str(rows[0].manifest)
    told = {
        name: (one["series"], one["epochs_checked"]) for name, one in hospital.recorded().items()
    }
    assert told == {f"stays_{2024 + n}": (SERIES, n) for n in range(3)}


def test_a_person_of_another_epoch_is_refused_and_only_counted(hospital: Hospital) -> None:
    hospital.ingest("stays_2024", range(20))
    with pytest.raises(errors.PeopleKnown) as refused:
        hospital.ingest("stays_2025", range(18, 30))
    assert refused.value.facts == {"table": "stays", "people": 2}
    assert hospital.names() == {"stays_2024"}
    # Later versions of one epoch have the same people, and more, but nobody of another one.
    hospital.ingest("stays_2025", range(20, 30))
    hospital.ingest("stays_2024", range(10))
    with pytest.raises(errors.PeopleKnown):
        hospital.ingest("stays_2024", range(21))
    # The first version had them, whatever the second one has.
    with pytest.raises(errors.PeopleKnown):
        hospital.ingest("stays_2025", range(15, 30))


def test_a_dataset_made_from_an_epoch_is_of_that_epoch_and_shares_its_budget(
    hospital: Hospital,
) -> None:
    hospital.ingest("stays_2024", range(20), privacy_rho=1000)
    hospital.ingest("stays_2025", range(20, 40))
    hospital.ingest("both", range(10, 20), made_from="stays_2024", series="")
    origin, made = hospital.newest("stays_2024"), hospital.newest("both")
    assert (made.lineage_id, made.series, made.privacy_rho) == (origin.lineage_id, SERIES, 1000)
    # Or a person of 2025 would be paid for by two budgets.
    with pytest.raises(errors.PeopleKnown):
        hospital.ingest("more", range(10, 25), made_from="stays_2024")
    with pytest.raises(errors.PeopleKnown):
        hospital.ingest("both", range(10, 25), series="")
    hospital.ingest("both", range(10, 60), series="", drop_known=True)
    with pytest.raises(errors.PeopleKnown):
        hospital.ingest("stays_2025", range(50, 60))


def test_known_people_are_left_out_where_that_is_wanted_and_counted(hospital: Hospital) -> None:
    hospital.ingest("stays_2024", range(20))
    hospital.ingest("stays_2025", range(15, 40), drop_known=True)
    row = hospital.newest("stays_2025")
    assert row.rows == 20
    assert row.risk["stays"]["known"] == {"people": 5, "rows": 5}
    assert hospital.recorded()["stays_2025"]["known_rows"] == 5


def test_a_deleted_version_is_remembered(hospital: Hospital, machine: Machine) -> None:
    hospital.ingest("stays_2024", range(20))
    row = hospital.newest("stays_2024")
    assert keeping.delete_version(
        hospital.make.home.db,
        actor=hospital.make.actor("operator"),
        now=hospital.make.clock(),
        which=VersionOf("stays_2024", 1),
        reason="数据有误",
        seal=hospital.make.home.seal,
        machine=Machine(machine.engine, hospital.store, machine.answers),
    )
    assert not (hospital.store / f"{row.manifest['tables']['stays']['sha256']}.parquet").exists()
    doctor.examine(hospital.make.home, lambda _: None)
    with pytest.raises(errors.PeopleKnown):
        hospital.ingest("stays_2025", range(19, 40))


def test_a_series_is_settled_with_the_first_version(hospital: Hospital) -> None:
    hospital.ingest("loose", range(20), series="")
    hospital.ingest("stays_2024", range(20))
    for name, series, made_from in (
        ("loose", SERIES, ""),
        ("stays_2024", "门诊", ""),
        ("new", SERIES, "loose"),
        ("new", "门诊", "stays_2024"),
    ):
        with pytest.raises(errors.SeriesFixed) as refused:
            hospital.ingest(name, range(100, 120), series=series, made_from=made_from)
        assert refused.value.facts == {"name": made_from or name}
    # What says nothing stays where it is, and is compared.
    hospital.ingest("stays_2025", range(20, 40))
    with pytest.raises(errors.PeopleKnown):
        hospital.ingest("stays_2024", range(25), series="")


def test_other_series_are_not_compared(hospital: Hospital) -> None:
    hospital.ingest("stays_2024", range(20))
    hospital.ingest("visits_2024", range(20), series="门诊")
    # Their memories tell nobody that the people are the same.
    a, b = (
        set(pq.read_table(hospital.memory(name))["digest"].to_pylist())
        for name in ("stays_2024", "visits_2024")
    )
    assert len(a) == len(b) == 20
    assert not a & b


def test_nobody_is_left_out_where_there_are_no_epochs(hospital: Hospital) -> None:
    with pytest.raises(errors.SeriesMissing):
        hospital.ingest("loose", range(20), series=" ", drop_known=True)
    assert hospital.names() == set()


def test_people_without_a_person_column_prove_nothing(hospital: Hospital) -> None:
    declaration = copy.deepcopy(DECLARATION)
    del declaration["tables"]["stays"]["person_column"]
    with pytest.raises(errors.PeopleNotComparable):
        hospital.ingest("stays_2024", range(20), declaration=declaration)


@pytest.mark.parametrize("harm", ["lost", "changed", "unnamed"])
def test_a_memory_that_is_not_whole_refuses_other_epochs_and_is_found_by_the_doctor(
    hospital: Hospital, harm: str
) -> None:
    hospital.ingest("stays_2024", range(20))
    said: list[str] = []
    doctor.examine(hospital.make.home, said.append)
    assert "ok: what epochs remember of their people is whole (1)" in said
    path = hospital.memory("stays_2024")
    if harm == "lost":
        path.unlink()
    elif harm == "changed":
        path.write_bytes(path.read_bytes() + b"x")
    else:
        with hospital.make.home.db.transaction() as session:
            session.exec(select(Snapshot)).one().people = {}
    with pytest.raises(errors.EpochMemoryLost):
        hospital.ingest("stays_2025", range(20, 40))
    assert hospital.names() == {"stays_2024"}
    with pytest.raises(InvariantBroken):
        doctor.examine(hospital.make.home, lambda _: None)


@pytest.mark.postgres
@pytest.mark.parametrize("start", [15, 20])
def test_of_two_epochs_at_the_same_moment_one_sees_the_other(
    hospital_any: Hospital, monkeypatch: pytest.MonkeyPatch, start: int
) -> None:
    hospital, both = hospital_any, Barrier(2, timeout=60)

    def treat_both(*given: Any, **named: Any) -> TreatedTable:
        treated = treat_table(*given, **named)
        # Neither is stored yet, so neither was compared with the other one.
        both.wait()
        return treated

    def bring(name: str, people: range) -> str | type[Exception]:
        try:
            return hospital.ingest(name, people)
        except errors.SeriesChanged as refusal:
            return type(refusal)

    wanted = {"stays_2024": range(20), "stays_2025": range(start, 40)}
    with monkeypatch.context() as patched:
        patched.setattr("sandbox.service.datasets.treat_table", treat_both)
        with ThreadPoolExecutor(2) as pool:
            ended = dict(zip(wanted, pool.map(bring, wanted, wanted.values()), strict=True))
    late = [name for name, one in ended.items() if one is errors.SeriesChanged]
    assert len(late) == 1
    assert hospital.names() == set(wanted) - set(late)
    if start < 20:
        with pytest.raises(errors.PeopleKnown):
            hospital.ingest(late[0], wanted[late[0]])
    else:
        hospital.ingest(late[0], wanted[late[0]])
        assert hospital.names() == set(wanted)


def test_no_query_reads_two_datasets(hospital: Hospital, machine: Machine) -> None:
    make = hospital.make
    row = make.licence_on(hospital.product)
    hospital.ingest("stays_2024", range(20))

    def run(sql: str) -> None:
        service.run_query(
            make.home.db,
            actor=make.actor("researcher"),
            now=make.clock(),
            wanted=RunQuery(row.licence_id, "", sql),
            seal=make.home.seal,
            machine=machine,
        )

    run("SELECT COUNT(*) FROM visits")
    for sql in (
        "SELECT COUNT(*) FROM stays",
        "SELECT COUNT(*) FROM visits v JOIN stays s ON v.person_id = s.person",
        "SELECT COUNT(*) FROM visits UNION ALL SELECT COUNT(*) FROM stays",
        "SELECT COUNT(*) + (SELECT COUNT(*) FROM stays) FROM visits",
    ):
        with pytest.raises(TableUnknown):
            run(sql)
    for sql in ("SELECT COUNT(*) FROM stays_2024.stays", "SELECT COUNT(*) FROM a.stays_2024.stays"):
        with pytest.raises(SqlRefused):
            run(sql)


def test_pages_and_interface_tell_the_series_and_why_the_budget_is_its_own(
    hospital: Hospital, app: Flask
) -> None:
    make = hospital.make
    row = make.licence_on(hospital.product)
    hospital.ingest(
        "visits_2024", range(1), declaration=HEALTH.declaration, sources=story_sources(HEALTH)
    )
    hospital.ingest("stays_2024", range(100_000_000, 100_000_020))
    reader = PageReader(app.test_client(), language="en")
    reader.sign_in("operator", make.people["operator"].password)

    def shown(dataset: str, page: str) -> str:
        return visible_text(reader.get(f"/sandbox/datasets/{dataset}{page}"))

    proved = f"is of an epoch of the series {SERIES}. The epoch has a budget of its own"
    assert proved in shown("stays_2024", "/budget")
    assert proved not in shown(HEALTH.dataset, "/budget")
    assert SERIES in shown("stays_2024", "")
    assert "Rows left out because their people are in another epoch" in shown("stays_2024", "/risk")

    def told(path: str, person: str) -> Any:
        bearer = {"Authorization": f"Bearer {make.token(person)}"}
        return app.test_client().get(f"/api/v1/sandbox/{path}", headers=bearer).get_json()

    versions = [
        told(f"datasets/{one}/versions", "operator") for one in ("stays_2024", row.terms.dataset)
    ]
    assert [one["items"][0]["series"] for one in versions] == [SERIES, None]
    licence = make.another_licence(row, dataset="visits_2024")
    assert told(f"budgets?licence_id={licence.licence_id}", "enterprise")["epoch"] == {
        "series": SERIES,
        "dataset": "visits_2024",
        "own_budget": True,
    }
    assert told(f"budgets?licence_id={row.licence_id}", "enterprise")["epoch"] is None
