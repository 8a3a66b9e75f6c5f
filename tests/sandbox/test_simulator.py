"""The simulator: what a draft would do to a workload, with nothing charged, kept or released."""

from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from sqlmodel import SQLModel, select

from kernel.errors import HexiError
from kernel.identity import NotPermitted
from kernel.trust.audit import AuditEntry
from marketplace.operations.demo.material import FLIGHTS
from sandbox import errors, rules
from sandbox.engine.attacks import best_rate
from sandbox.engine.process import Engine
from sandbox.errors.engine import EngineUnavailable
from sandbox.errors.guard import ColumnUnknown, RowsNotReleased
from sandbox.models import MeterEvent, PrivacyCap, PrivacyEntry, ReleasedCells, Run
from sandbox.service import Machine, RunQuery, run_query
from sandbox.service.research import attacking, simulating
from sandbox.service.research.simulating import PolicyDraft, Simulation, Stand
from tests.make import Maker
from tests.marketplace.pagereader import PageReader

BY_SEX = "SELECT sex, COUNT(*) AS n FROM visits GROUP BY sex"
SMALL = (
    "SELECT site_no, study_year, self_rated_health, COUNT(*) AS n FROM visits WHERE physician_visits > 20 "
    "GROUP BY site_no, study_year, self_rated_health"
)
ROWS = "SELECT sex, age_years FROM visits"
UNKNOWN = "SELECT nothing FROM visits"


class Bench:
    """The provider simulates over one dataset with a licence that somebody else may use."""

    def __init__(self, make: Maker, machine: Machine, dataset: str) -> None:
        self.make, self.machine, self.dataset = make, machine, dataset

    def draft(self, *workload: str, mode: str = "aggregate", **more: Any) -> PolicyDraft:
        return PolicyDraft(self.dataset, mode, workload=workload, **more)

    def simulate(self, draft: PolicyDraft, person: str = "operator") -> tuple[Simulation, Stand]:
        return simulating.simulate(
            self.make.home.db,
            actor=self.make.actor(person),
            now=self.make.clock(),
            draft=draft,
            machine=self.machine,
        )

    def rows_of(self, *tables: type[SQLModel]) -> list[list[dict[str, Any]]]:
        with self.make.home.db.read() as session:
            return [[one.model_dump() for one in session.exec(select(table)).all()] for table in tables]  # fmt: skip


@pytest.fixture
def bench(make: Maker, machine: Machine) -> Bench:
    return Bench(make, machine, make.licence().terms.dataset)


KEPT = (Run, MeterEvent, PrivacyCap, PrivacyEntry, ReleasedCells)


def test_a_workload_says_what_is_answered_refused_and_suppressed(bench: Bench) -> None:
    found, _ = bench.simulate(bench.draft(BY_SEX, SMALL, ROWS, UNKNOWN, BY_SEX.lower()))
    first, small, rows, unknown, again = found.outcomes
    assert (first.refusal, first.rows, first.suppressed, first.withheld) == (None, 2, 0, 0)
    assert small.suppressed > 0
    assert isinstance(rows.refusal, RowsNotReleased)
    assert isinstance(unknown.refusal, ColumnUnknown)
    assert (again.is_repeated, again.rows) == (True, 2)
    assert (found.rho, found.times) == (0, {})
    # A smaller cell lets more through, and fewer columns less.
    looser, _ = bench.simulate(bench.draft(SMALL, min_cell_size=3))
    assert looser.outcomes[0].suppressed < small.suppressed
    narrow, _ = bench.simulate(bench.draft(BY_SEX, columns=("visits.age_years",)))
    assert isinstance(narrow.outcomes[0].refusal, ColumnUnknown)


def test_answers_of_a_workload_are_compared_with_one_another(bench: Bench) -> None:
    whole = "SELECT COUNT(*) AS n FROM visits"
    rest = "SELECT COUNT(*) AS n FROM visits WHERE NOT (site_no = 1 AND physician_visits > 60)"
    alone, _ = bench.simulate(bench.draft(rest))
    assert (alone.outcomes[0].withheld, alone.outcomes[0].suppressed) == (0, 0)
    both, _ = bench.simulate(bench.draft(whole, rest))
    assert [one.withheld for one in both.outcomes] == [0, 1]
    assert both.outcomes[1].suppressed == 1


def test_in_mode_dp_it_tells_cost_precision_and_how_many_workloads_fit(bench: Bench) -> None:
    budget = 50_000_000
    draft = bench.draft(BY_SEX, BY_SEX.lower(), ROWS, mode="dp", accuracy=100, privacy_rho=budget)
    found, _ = bench.simulate(draft)
    first, again, rows = found.outcomes
    # Five rows a person and +/-100 at 95 %: rho = 25 / (2 (100 / 1.96)^2).
    assert first.rho == pytest.approx(25 / (2 * (100 / 1.959964) ** 2) * 10**9, rel=1e-4)
    key, width = first.half_widths
    assert key is None
    assert width == pytest.approx(100, rel=1e-3)
    # About 10,000 of each sex: the noise is one hundredth.
    assert first.noise_share == pytest.approx(0.01, rel=0.1)
    assert (again.is_repeated, again.rho) == (True, 0)
    assert rows.refusal is not None
    assert found.rho == first.rho
    assert found.times == {
        "budget-licence": budget // first.rho,
        "budget-organisation": rules.DEFAULT_BUDGET // 4 // first.rho,
        "budget-lineage": rules.DEFAULT_BUDGET // first.rho,
    }
    finer, _ = bench.simulate(replace(draft, accuracy=50))
    assert finer.rho == pytest.approx(4 * first.rho, rel=1e-6)


def test_nothing_is_charged_kept_or_released_and_each_look_is_recorded(bench: Bench) -> None:
    before = bench.rows_of(*KEPT)
    for mode in ("aggregate", "dp"):
        found, stand = bench.simulate(bench.draft(BY_SEX, SMALL, mode=mode))
        attacking.attack(stand, found.outcomes)
    assert bench.rows_of(*KEPT) == before
    (entries,) = bench.rows_of(AuditEntry)
    seen = [one for one in entries if one["action"] == "sandbox.simulation.run"]
    assert [one["facts"]["mode"] for one in seen] == ["aggregate", "dp"]
    # The texts are named by their digests.
    assert seen[0]["facts"]["queries"] == [rules.text_digest(BY_SEX), rules.text_digest(SMALL)]


def test_without_a_workload_it_takes_what_was_asked_before(make: Maker, machine: Machine) -> None:
    licence = make.licence()
    bench = Bench(make, machine, licence.terms.dataset)
    with pytest.raises(errors.WorkloadUnusable):
        bench.simulate(bench.draft())

    def run(sql: str) -> None:
        make.wait(0)
        run_query(
            make.home.db, actor=make.actor("researcher"), now=make.clock(),
            wanted=RunQuery(licence.licence_id, "", sql), seal=make.home.seal, machine=machine,
        )  # fmt: skip

    run(BY_SEX)
    run(BY_SEX)
    with pytest.raises(ColumnUnknown):
        run(UNKNOWN)
    found, _ = bench.simulate(bench.draft())
    assert [one.sql for one in found.outcomes] == [UNKNOWN, BY_SEX]
    with pytest.raises(errors.WorkloadUnusable):
        bench.simulate(bench.draft(*[BY_SEX] * 21))


def test_a_workload_may_stand_after_what_licensees_have_been_told(
    make: Maker, machine: Machine, app: Flask
) -> None:
    licence = make.licence()
    bench = Bench(make, machine, licence.terms.dataset)
    run_query(
        make.home.db, actor=make.actor("researcher"), now=make.clock(),
        wanted=RunQuery(licence.licence_id, "", "SELECT COUNT(*) AS n FROM visits"),
        seal=make.home.seal, machine=machine,
    )  # fmt: skip
    rest = "SELECT COUNT(*) AS n FROM visits WHERE NOT (site_no = 1 AND physician_visits > 60)"
    kept = bench.rows_of(*KEPT)

    first, _ = bench.simulate(bench.draft(rest))
    later, stand = bench.simulate(bench.draft(rest, after_released=True))

    assert (first.outcomes[0].withheld, later.outcomes[0].withheld) == (0, 1)
    assert bench.rows_of(*KEPT) == kept
    # What this simulation has told is forgotten, what licensees were told is not.
    assert stand.afresh().outcome(rest).withheld == 1
    reader = PageReader(app.test_client())
    reader.sign_in("operator", make.people["operator"].password)
    path = f"/sandbox/datasets/{bench.dataset}/simulator"
    said = {"mode": "aggregate", "workload": rest, "after_released": "yes"}
    page = reader.send(path, path, **said).get_data(as_text=True)
    assert 'value="yes" checked' in page


def test_attacks_on_the_smallest_cell_are_stopped_by_comparison_alone(bench: Bench) -> None:
    found, stand = bench.simulate(bench.draft(BY_SEX))
    got = attacking.attack(stand, found.outcomes)
    assert got.small is not None
    assert got.small.rows > 0
    for tried in (got.difference, got.tracker):
        assert tried is not None
        assert tried.compared is None
        # Each answer by itself would leave; counts are rounded to five.
        assert tried.alone is not None
        assert abs(tried.alone - got.small.rows) <= 10
    assert (got.spellings, got.answers) == (10, 1)
    # Thresholds and rounding do not stop reconstruction (privacy.md 0).
    assert got.reconstruction == 1.0


def test_under_noise_the_attacks_cost_and_stay_near_a_coin(bench: Bench) -> None:
    share = rules.DEFAULT_BUDGET // 4
    draft = bench.draft(BY_SEX, mode="dp", privacy_rho=share // 2)
    found, stand = bench.simulate(draft)
    got = attacking.attack(stand, found.outcomes)
    assert got.reconstruction is not None
    # By the budget's own arithmetic about 56 %; ten draws of 200 secrets are off by 1.1 % (one standard error).
    assert 0.50 < got.reconstruction < 0.64
    assert got.presence == {
        "budget-licence": best_rate(share // 2 / 10**9),
        "budget-organisation": best_rate(share / 10**9),
        "budget-lineage": best_rate(rules.DEFAULT_BUDGET / 10**9),
    }
    assert got.answers == 1


def test_open_data_has_rows_and_nothing_to_attack(make: Maker, machine: Machine) -> None:
    bench = Bench(make, machine, make.licence(FLIGHTS).terms.dataset)
    found, stand = bench.simulate(bench.draft("SELECT carrier, name FROM airlines", mode="open"))
    assert found.outcomes[0].rows == 16
    got = attacking.attack(stand, found.outcomes)
    assert (got.small, got.reconstruction, got.presence) == (None, None, {})


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"columns": ("visits.nothing",)}, errors.ColumnsNotInSnapshot),
        ({"mode": "dp", "accuracy": -1}, errors.AccuracyUnusable),
    ],
)
def test_a_draft_that_cannot_be_is_refused(
    bench: Bench, changes: dict[str, Any], refusal: type[HexiError]
) -> None:
    with pytest.raises(refusal):
        bench.simulate(bench.draft(BY_SEX, **changes))


def test_only_the_provider_simulates_and_no_engine_is_no_outcome(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    for person in ("researcher", "regulator"):
        with pytest.raises(NotPermitted):
            bench.simulate(bench.draft(BY_SEX), person)
    stranger = bench.make.acting_as("enterprise", "operator")
    with pytest.raises(errors.DatasetUnknown):
        simulating.simulate(
            bench.make.home.db, actor=stranger, now=bench.make.clock(), draft=bench.draft(BY_SEX),
            machine=bench.machine,
        )  # fmt: skip

    def away(*_: Any, **__: Any) -> None:
        raise EngineUnavailable(retry_after_seconds=5)

    monkeypatch.setattr(Engine, "run", away)
    with pytest.raises(EngineUnavailable):
        bench.simulate(bench.draft(BY_SEX))


def test_the_page_shows_workload_budgets_and_attacks(bench: Bench, app: Flask) -> None:
    def reader_of(person: str) -> PageReader:
        reader = PageReader(app.test_client())
        reader.sign_in(person, bench.make.people[person].password)
        return reader

    page = f"/sandbox/datasets/{bench.dataset}/simulator"
    manager = reader_of("operator")
    assert reader_of("researcher").get(page).status_code == 403
    done = manager.send(
        page, page, mode="dp", privacy_rho="50000000", accuracy="100", workload=f"{BY_SEX}\r\n\r\n{UNKNOWN}"
    )  # fmt: skip
    text = done.get_data(as_text=True)
    assert done.status_code == 200
    assert "sandbox-column-unknown" in text
    assert "±100.00" in text
    assert "workload-head" in text
    assert "attacks-head" in text
    wrong = manager.send(page, page, mode="dp", min_cell_size="few", workload=BY_SEX)
    assert (wrong.status_code, 'href="#min_cell_size"' in wrong.get_data(as_text=True)) == (
        422,
        True,
    )
    assert BY_SEX in wrong.get_data(as_text=True)
    narrow = manager.send(page, page, mode="aggregate", columns="visits.age_years", workload=BY_SEX)
    assert "sandbox-column-unknown" in narrow.get_data(as_text=True)
