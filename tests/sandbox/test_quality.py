"""Data that became worse from one version to the next: measured at ingest, sounded, noted."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from kernel.clock import SettableClock
from kernel.identity import NotPermitted
from kernel.workdays import local_day
from marketplace.queries.tasks import tasks_of
from sandbox import errors, queries, rules, service
from sandbox.deidentify.quality.alarms import find_alarms
from sandbox.queries import SnapshotRow
from sandbox.service.versions import keeping
from sandbox.service.versions.keeping import VersionOf
from tests.make import Maker
from tests.marketplace.pagereader import PageReader

DECLARATION: dict[str, Any] = {
    "tables": {
        "stays": {
            "person_column": "person",
            "fresh_days": 400,
            "columns": {
                "person": {"class": "identifier", "treatment": "pseudonym"},
                "ward": {"class": "dimension", "values": ["内科", "外科"], "quasi": True},
                "cost": {"class": "measure", "bounds": [0, 1000]},
                "day": {"class": "dimension", "quasi": False},
            },
        }
    }
}
GOOD = [
    (number, ("内科", "外科")[number % 2], 100 + number % 7, "2026-03-01") for number in range(200)
]


class Desk:
    """One dataset, version after version."""

    def __init__(self, make: Maker, folder: Path) -> None:
        self.make, self.folder = make, folder
        _, self.product = make.registered()

    def ingest(self, rows: list[tuple[Any, ...]]) -> SnapshotRow:
        path = self.folder / "stays.csv"
        lines = [",".join("" if one is None else str(one) for one in row) for row in rows]
        path.write_text("\n".join(["person,ward,cost,day", *lines]) + "\n", encoding="utf-8")
        service.ingest(
            self.make.home.db,
            actor=self.make.actor("operator"),
            now=self.make.clock(),
            wanted=service.NewSnapshot(
                dataset="stays",
                title="住院",
                product_code=self.product,
                declaration=DECLARATION,
                sources={"stays": path},
                folder=self.make.snapshots,
            ),
            seal=self.make.home.seal,
        )
        with self.make.home.db.read() as session:
            return queries.newest_snapshot(session, "stays")

    def tasks(self, person: str = "operator") -> list[str]:
        with self.make.home.db.read() as session:
            found = tasks_of(session, self.make.actor(person), self.make.clock())
        return [one.target for one in found if one.kind == "dataset-quality"]


@pytest.fixture
def desk(make: Maker, tmp_path: Path) -> Desk:
    return Desk(make, tmp_path)


def alarmed(row: SnapshotRow) -> set[tuple[str, str]]:
    return {(one["column"], one["indicator"]) for one in row.quality["alarms"]}


def test_what_is_measured_is_what_is_stored(desk: Desk) -> None:
    row = desk.ingest(GOOD)
    measures = row.quality["tables"]["stays"]
    assert (measures["rows"], measures["people"]) == (200, 200)
    assert measures["columns"]["ward"] == {"missing": 0.0, "outside": 0.0}
    assert measures["columns"]["cost"]["mean"] == pytest.approx(
        sum(one[2] for one in GOOD) / len(GOOD)
    )
    assert measures["columns"]["day"]["newest"] == "2026-03-01"
    assert row.quality["alarms"] == []


def test_an_update_of_the_usual_kind_sounds_nothing(desk: Desk) -> None:
    desk.ingest(GOOD)
    more = [(1000 + number, ward, cost, "2026-04-01") for number, ward, cost, _ in GOOD[:50]]
    assert alarmed(desk.ingest([*GOOD, *more])) == set()
    assert desk.tasks() == []


@pytest.mark.parametrize(
    ("rows", "wanted"),
    [
        (
            [(n, ward if n % 10 else None, c, d) for n, ward, c, d in GOOD],
            {("ward", "completeness")},
        ),
        ([(n, ward if n % 40 else "儿科", c, d) for n, ward, c, d in GOOD], {("ward", "accuracy")}),
        ([(n, ward, c + 150, d) for n, ward, c, d in GOOD], {("cost", "drift")}),
        ([(n, ward, c, "2026-02-28") for n, ward, c, _ in GOOD], {("day", "freshness")}),
        (GOOD[:90], {("", "volume"), ("", "people")}),
        ([(n // 4, ward, c, d) for n, ward, c, d in GOOD], {("", "people")}),
    ],
)
def test_each_indicator_has_its_alarm(
    desk: Desk, rows: list[tuple[Any, ...]], wanted: set[tuple[str, str]]
) -> None:
    desk.ingest(GOOD)
    assert alarmed(desk.ingest(rows)) == wanted
    assert desk.tasks() == ["stays"]


def test_an_alarm_is_a_task_until_somebody_takes_note(desk: Desk, app: Flask) -> None:
    desk.ingest(GOOD)
    desk.ingest(GOOD[:90])
    reader = PageReader(app.test_client())
    reader.sign_in("operator", desk.make.people["operator"].password)
    text = reader.get("/sandbox/datasets/stays/versions").get_data(as_text=True)
    assert "数量" in text
    assert "200" in text
    page = "/sandbox/datasets/stays/versions"
    refused = reader.send(page, f"{page}/2/note-alarms", note=" ")
    assert refused.status_code == 422
    assert "请用一句话说明您对告警的核查结果" in refused.get_data(as_text=True)
    assert desk.tasks() == ["stays"]
    assert reader.send(page, f"{page}/2/note-alarms", note="季度更新，已核对").status_code == 302
    assert desk.tasks() == []
    assert "季度更新，已核对" in reader.get(page).get_data(as_text=True)


def test_a_page_keeps_what_was_typed_and_regulators_only_read(desk: Desk, app: Flask) -> None:
    desk.ingest(GOOD)
    page = "/sandbox/datasets/stays/versions"
    reader = PageReader(app.test_client())
    reader.sign_in("operator", desk.make.people["operator"].password)
    late = reader.send(page, f"{page}/1/keep-until", last_day="2020-01-01")
    assert late.status_code == 422
    assert 'value="2020-01-01"' in late.get_data(as_text=True)
    assert reader.send(page, f"{page}/1/keep-until", last_day="2030-01-01").status_code == 302
    assert "2030" in reader.get(page).get_data(as_text=True)
    assert reader.send(page, f"{page}/1/delete", reason="误传").status_code == 302
    text = reader.get(page).get_data(as_text=True)
    assert "误传" in text
    assert f"{page}/1/delete" not in text
    regulator = PageReader(app.test_client())
    regulator.sign_in("regulator", desk.make.people["regulator"].password)
    seen = regulator.get(page).get_data(as_text=True)
    assert "已删除" in seen
    stranger = PageReader(app.test_client())
    stranger.sign_in("researcher", desk.make.people["researcher"].password)
    assert stranger.get(page).status_code == 403


def test_versions_by_rest(desk: Desk, app: Flask) -> None:
    desk.ingest(GOOD)
    client, make = app.test_client(), desk.make
    path = "/api/v1/sandbox/datasets/stays/versions"
    head = {"Authorization": f"Bearer {make.token('operator')}"}
    listed = client.get(path, headers=head).get_json()["items"]
    assert [(one["version"], one["state"], one["last_day"]) for one in listed] == [
        (1, "ready", None)
    ]
    kept = client.post(f"{path}/1/keep-until", json={"last_day": "2030-05-06"}, headers=head)
    assert kept.get_json()["last_day"] == "2030-05-06"
    noted = client.post(f"{path}/1/note-alarms", json={"note": "无"}, headers=head)
    assert noted.get_json()["quality"]["noted"]["note"] == "无"
    unsaid = client.post(f"{path}/1/delete", json={}, headers=head)
    assert unsaid.get_json()["code"] == "sandbox-deletion-unexplained"
    gone = client.post(f"{path}/1/delete", json={"reason": "误传"}, headers=head).get_json()
    assert gone["state"] == "deleted"
    receipt = client.get(f"/api/v1/receipts/{gone['receipt_id']}", headers=head)
    assert receipt.status_code == 200
    unknown = client.get("/api/v1/sandbox/datasets/nothing/versions", headers=head)
    assert unknown.get_json()["code"] == "sandbox-dataset-unknown"
    for person, status in (("researcher", 403), ("regulator", 200)):
        theirs = {"Authorization": f"Bearer {make.token(person)}"}
        assert client.get(path, headers=theirs).status_code == status


def test_whoever_may_not_ingest_takes_no_note(desk: Desk) -> None:
    desk.ingest(GOOD)
    desk.ingest(GOOD[:90])
    make = desk.make
    for person, note, refusal in (
        ("researcher", "看过", NotPermitted),
        ("operator", " ", errors.NoteMissing),
    ):
        with pytest.raises(refusal):
            keeping.note_alarms(
                make.home.db,
                actor=make.actor(person),
                now=make.clock(),
                which=VersionOf("stays", 2),
                note=note,
            )
    assert desk.tasks() == ["stays"]


def test_data_that_is_older_than_declared_is_stale(desk: Desk, clock: SettableClock) -> None:
    row = desk.ingest(GOOD)
    first = rules.stale_since(row.quality["tables"], row.quality["fresh_days"])["stays"]
    assert first.isoformat() == "2027-04-06"
    assert rules.stale_tables(row.quality, first - timedelta(days=1)) == {}
    assert rules.stale_tables(row.quality, first) == {"stays": first}
    clock.set(clock() + (first - local_day(clock())))
    assert desk.tasks() == ["stays"]


def test_a_first_version_is_judged_by_itself_alone() -> None:
    column = {"name": "ward", "type": "VARCHAR", "class": "dimension", "values": ["a"]}
    manifest = {"tables": {"t": {"columns": [column]}}}
    measures = {
        "t": {"rows": 9, "people": None, "columns": {"ward": {"missing": 1.0, "outside": 0.5}}}
    }
    assert [one["indicator"] for one in find_alarms(measures, None, manifest)] == ["accuracy"]
    assert find_alarms({"t": {**measures["t"], "columns": {}}}, measures, manifest) == []


def test_days_of_freshness_are_a_whole_number(desk: Desk) -> None:
    for days in (-1, "30", True):
        declaration = {"tables": {"stays": {**DECLARATION["tables"]["stays"], "fresh_days": days}}}
        with pytest.raises(errors.DeclarationMalformed):
            service.ingest(
                desk.make.home.db,
                actor=desk.make.actor("operator"),
                now=desk.make.clock(),
                wanted=service.NewSnapshot(
                    "stays", "住院", desk.product, declaration, {}, desk.folder
                ),
                seal=desk.make.home.seal,
            )
