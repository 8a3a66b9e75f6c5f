"""A published synthetic sample: charged once to the people's budget, the same for everybody, labelled everywhere."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlmodel import select

from kernel.identity import NotPermitted
from marketplace.errors import InvariantBroken
from marketplace.operations import doctor
from marketplace.operations.demo.material import HEALTH
from sandbox import errors, queries, rules
from sandbox.engine import synthesis
from sandbox.engine.process import Engine
from sandbox.errors.engine import EngineUnavailable, RunFailed
from sandbox.models import PrivacyCap, PrivacyEntry, SyntheticSample
from sandbox.queries import SampleRow
from sandbox.service import Machine
from sandbox.service.research import sampling
from sandbox.service.research.sampling import NewSample
from tests.make import Maker
from tests.marketplace.pagereader import PageReader

RHO = 15_000_000
DECLARED = {
    column: rule
    for column, rule in HEALTH.declaration["tables"]["visits"]["columns"].items()
    if rule.get("treatment") != "drop"
}


class Studio:
    """The provider publishes samples of one dataset; the researcher has a licence on it."""

    def __init__(self, make: Maker, machine: Machine, **changes: Any) -> None:
        self.make, self.machine = make, machine
        self.licence = make.licence(**changes)
        self.dataset = self.licence.terms.dataset

    def publish(self, rho: int = RHO, person: str = "operator", **more: Any) -> SampleRow:
        return sampling.publish_sample(
            self.make.home.db,
            actor=self.make.actor(person),
            now=self.make.clock(),
            wanted=NewSample(self.dataset, rho, **more),
            machine=self.machine,
        )

    def see(self) -> SampleRow:
        return sampling.see_sample(
            self.make.home.db,
            actor=self.make.actor("researcher"),
            now=self.make.clock(),
            licence_id=self.licence.licence_id,
        )

    def spent(self) -> list[tuple[str, int, int]]:
        """Scope, reserved and spent of every cap."""
        with self.make.home.db.read() as session:
            caps = session.exec(select(PrivacyCap)).all()
        return [(one.scope, one.reserved, one.spent) for one in caps]

    def entries(self) -> list[tuple[str, int]]:
        with self.make.home.db.read() as session:
            entries = session.exec(select(PrivacyEntry).order_by(PrivacyEntry.at)).all()  # type: ignore[arg-type] # a column
        return [(one.state, one.rho) for one in entries]


@pytest.fixture
def studio(make: Maker, machine: Machine) -> Studio:
    return Studio(make, machine)


@pytest.mark.postgres
def test_a_sample_is_charged_once_to_the_lineage_and_a_second_call_gives_the_same(
    make_any: Maker, machine: Machine
) -> None:
    studio = Studio(make_any, machine)
    made = studio.publish()
    assert RHO * 0.99 < made.rho <= RHO
    assert studio.spent() == [("lineage", 0, made.rho)]
    again = studio.publish(rho=RHO * 2)
    assert again == made
    assert studio.entries() == [("spent", made.rho)]
    assert studio.see().rows == made.rows


@pytest.mark.postgres
def test_of_many_who_publish_at_one_moment_one_is_charged(
    make_any: Maker, machine: Machine
) -> None:
    studio = Studio(make_any, machine)
    operator = make_any.actor("operator")

    def publish(_: int) -> str:
        try:
            wanted = NewSample(studio.dataset, RHO)
            return sampling.publish_sample(
                make_any.home.db, actor=operator, now=make_any.clock(), wanted=wanted, machine=machine
            ).sample_id  # fmt: skip
        except errors.SampleAtWork:
            return "at work"

    with ThreadPoolExecutor(6) as pool:
        found = set(pool.map(publish, range(6)))
    made = studio.publish()
    assert found <= {made.sample_id, "at work"}
    assert made.sample_id in found
    assert studio.entries() == [("spent", made.rho)]
    assert studio.spent() == [("lineage", 0, made.rho)]


def test_the_doctor_finds_a_sample_that_nobody_paid(studio: Studio) -> None:
    sentence = "a synthetic sample leaves only after its charge"
    home = studio.make.home
    with home.db.read() as session:
        files = [one.sha256 for one in queries.snapshot_files(session)]
    home.snapshots.mkdir(parents=True, exist_ok=True)
    for name in (f"{one}.parquet" for one in files):
        (home.snapshots / name).write_bytes((studio.machine.snapshots / name).read_bytes())
    said: list[str] = []
    made = studio.publish()
    doctor.examine(home, said.append)
    assert f"ok: {sentence}" in said
    with home.db.transaction() as session:
        entry = session.get_one(PrivacyEntry, made.sample_id)
        sample = session.get_one(SyntheticSample, made.sample_id)
        sample.rho = entry.rho + 1
        session.add(sample)
    with pytest.raises(InvariantBroken) as broken:
        doctor.examine(home, said.append)
    assert broken.value.facts["invariant"] == sentence


def test_every_value_is_a_declared_one_and_the_noise_is_what_is_told(studio: Studio) -> None:
    made = studio.publish()
    names = [one["name"] for one in made.columns]
    assert "person_id" not in names
    assert "coinsurance_percent" in made.facts["left_out"]
    assert len(made.rows) == synthesis.ROWS
    for place, name in enumerate(names):
        rule, values = DECLARED[name], {row[place] for row in made.rows} - {None}
        if rule.get("values"):
            assert {str(one) for one in values} <= set(rule["values"]), name
        elif rule.get("edges"):
            assert all(str(one)[0].isdigit() for one in values), name
        else:
            low, high = rule["bounds"]
            assert all(low <= float(one) <= high for one in values), name
    # A person has five rows at most: rho is 25 / (2 sigma^2) for each margin.
    claimed = sum(25 / (2 * float(one) ** 2) for one in made.facts["sigmas"])
    assert claimed * 10**9 == pytest.approx(made.rho, rel=1e-3)
    assert made.facts["label"].startswith("synthetic; not real people; from noisy margins, eps ")


def test_a_new_snapshot_has_a_new_sample_and_a_charge_of_its_own(studio: Studio) -> None:
    first = studio.publish()
    studio.make.wait(1)
    studio.make.dataset(HEALTH, studio.licence.product_code)
    with pytest.raises(errors.SampleUnknown):
        studio.see()
    second = studio.publish()
    assert second.sample_id != first.sample_id
    assert studio.spent() == [("lineage", 0, first.rho + second.rho)]


def test_a_budget_that_does_not_reach_refuses_before_anything_is_read(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    def nothing(*_: Any, **__: Any) -> None:
        raise AssertionError("read without a charge")

    monkeypatch.setattr(Engine, "run", nothing)
    with pytest.raises(errors.BudgetSpent) as refused:
        studio.publish(rho=rules.DEFAULT_BUDGET + 10_000)
    assert refused.value.facts["scope"] == "budget-lineage"
    assert (studio.entries(), all(cap[1:] == (0, 0) for cap in studio.spent())) == ([], True)


@pytest.mark.parametrize(
    ("failure", "state", "spent"),
    [
        (EngineUnavailable(retry_after_seconds=5), "released", False),
        (RunFailed(data_read=False), "released", False),
        (RunFailed(data_read=True), "spent", True),
    ],
)
def test_a_failure_costs_what_it_read_and_leaves_room_for_another_try(
    studio: Studio,
    monkeypatch: pytest.MonkeyPatch,
    failure: Exception,
    state: str,
    spent: bool,
) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise failure

    with monkeypatch.context() as patch:
        patch.setattr(Engine, "run", fail)
        with pytest.raises(type(failure)):
            studio.publish()
    ((found, rho),) = studio.entries()
    assert found == state
    with pytest.raises(errors.SampleUnknown):
        studio.see()
    made = studio.publish()
    assert studio.spent() == [("lineage", 0, made.rho + (rho if spent else 0))]


def test_one_that_is_being_made_is_not_made_twice_and_a_lost_one_counts_as_spent(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Died(BaseException):
        """The process was killed."""

    def die(*_: Any, **__: Any) -> None:
        raise Died

    with monkeypatch.context() as patch:
        patch.setattr(Engine, "run", die)
        with pytest.raises(Died):
            studio.publish()
    ((_, rho),) = studio.entries()
    with pytest.raises(errors.SampleAtWork):
        studio.publish()
    assert studio.spent() == [("lineage", rho, 0)]
    studio.make.clock.advance(timedelta(seconds=rules.ABANDON_SECONDS + 1))
    made = studio.publish()
    assert studio.spent() == [("lineage", 0, rho + made.rho)]


def test_what_cannot_be_sampled_is_refused_without_a_charge(studio: Studio) -> None:
    for more, refusal in (
        ({"rho": 3}, errors.SampleCostUnusable),
        ({"table": "nothing"}, errors.SampleImpossible),
        ({"pairs": (("sex", "person_id"),)}, errors.SampleImpossible),
        ({"pairs": (("sex", "site_no"), ("site_no", "sex"))}, errors.SampleImpossible),
        ({"person": "researcher"}, NotPermitted),
    ):
        with pytest.raises(refusal):
            studio.publish(**more)
    stranger = studio.make.acting_as("enterprise", "operator")
    with pytest.raises(errors.DatasetUnknown):
        sampling.publish_sample(
            studio.make.home.db, actor=stranger, now=studio.make.clock(),
            wanted=NewSample(studio.dataset, RHO), machine=studio.machine,
        )  # fmt: skip
    assert studio.entries() == []


def test_a_licensee_sees_the_licensed_columns_only(make: Maker, machine: Machine) -> None:
    studio = Studio(make, machine, columns=("visits.person_id", "visits.sex", "visits.age_years"))
    assert len(studio.publish().columns) > 2
    seen = studio.see()
    assert {one["name"] for one in seen.columns} == {"sex", "age_years"}
    assert all(len(row) == 2 for row in seen.rows)


# Entrances


def test_the_pages_publish_show_and_hand_out_the_sample_with_its_label(
    studio: Studio, app: Flask
) -> None:
    def reader_of(person: str) -> PageReader:
        reader = PageReader(app.test_client())
        reader.sign_in(person, studio.make.people[person].password)
        return reader

    manager, researcher = reader_of("operator"), reader_of("researcher")
    page = f"/sandbox/datasets/{studio.dataset}/sample"
    bench = f"/sandbox/licences/{studio.licence.licence_id}"
    assert "sample-title" not in researcher.get(bench).get_data(as_text=True)
    assert researcher.get(page).status_code == 403
    wrong = manager.send(page, page, rho="many", pairs="")
    assert (wrong.status_code, 'href="#rho"' in wrong.get_data(as_text=True)) == (422, True)
    ring = manager.send(page, page, rho=str(RHO), pairs="sex age_years\nage_years sex")
    assert ring.status_code == 422
    made = manager.send(page, page, rho=str(RHO), pairs="sex age_years\nsite_no, study_year")
    assert made.status_code == 302
    shown = manager.get(page).get_data(as_text=True)
    assert "sex × age_years" in shown
    assert "site_no × study_year" in shown
    text = researcher.get(bench).get_data(as_text=True)
    assert "synthetic; not real people" in text
    label = studio.see().facts["label"]
    table = researcher.get(f"{bench}/sample.csv").get_data(as_text=True).splitlines()
    assert table[0].endswith(",synthetic")
    assert len(table) == synthesis.ROWS + 1
    assert all(label in line for line in table[1:])
    document = researcher.get(f"{bench}/sample.json").get_json()
    assert (document["synthetic"], document["label"]) == (True, label)
    assert researcher.get(f"{bench}/sample.exe").status_code == 404


def test_rest_publishes_and_shows_a_sample(studio: Studio, client: FlaskClient) -> None:
    def headers(person: str, **more: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {studio.make.token(person)}", **more}

    path = f"/api/v1/sandbox/licences/{studio.licence.licence_id}/sample"
    early = client.get(path, headers=headers("researcher"))
    assert (early.status_code, early.get_json()["code"]) == (404, "sandbox-sample-unknown")
    body = {"dataset": studio.dataset, "rho": RHO, "pairs": [["sex", "age_years"]]}
    refused = client.post("/api/v1/sandbox/samples", json=body, headers=headers("researcher"))
    assert refused.status_code == 403
    made = client.post("/api/v1/sandbox/samples", json=body, headers=headers("operator"))
    assert made.status_code == 201
    seen = client.get(path, headers=headers("researcher")).get_json()
    assert seen["label"] == made.get_json()["label"]
    assert all(one["synthetic"] == seen["label"] for one in seen["items"])
    table = client.get(path, headers=headers("researcher", Accept="text/csv"))
    assert table.mimetype == "text/csv"
    assert client.get(path, headers=headers("coder")).status_code == 404
    with studio.make.home.db.read() as session:
        (stored,) = session.exec(select(SyntheticSample)).all()
        assert queries.find_sample(session, stored.snapshot_id) is not None


def test_the_provider_finds_these_pages_from_licence_and_budget(studio: Studio, app: Flask) -> None:
    reader = PageReader(app.test_client())
    reader.sign_in("operator", studio.make.people["operator"].password)
    here = f"/sandbox/datasets/{studio.dataset}"
    for page in (f"/licensing/licences/{studio.licence.licence_id}", f"{here}/budget"):
        text = reader.get(page).get_data(as_text=True)
        for name in ("templates", "sample", "simulator"):
            assert f'href="{here}/{name}"' in text, (page, name)
            assert reader.get(f"{here}/{name}").status_code == 200
    looking = PageReader(app.test_client())
    looking.sign_in("regulator", studio.make.people["regulator"].password)
    assert f'href="{here}/simulator"' not in looking.get(f"{here}/budget").get_data(as_text=True)
    assert looking.get(f"{here}/templates").status_code == 200
