"""A run in mode dp: noise, what it costs under three caps, replay, and what its receipt says."""

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask, render_template_string
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlmodel import select

from kernel.trust import receipts
from kernel.trust.receipts import Receipt
from marketplace import queries as marketplace
from marketplace.operations.demo.material import HEALTH
from marketplace.operations.demo.run import story_sources
from sandbox import errors, queries, rules, service
from sandbox.engine.process import Engine, Limits
from sandbox.errors.engine import AnswerTooLarge, EngineUnavailable, RunFailed
from sandbox.models import PrivacyCap, PrivacyEntry
from sandbox.pages.workbench import result_of
from sandbox.queries import RunRow
from sandbox.service import Machine, RunQuery, noising, runs
from tests.make import Maker
from tests.marketplace.pagereader import PageReader

BUDGET = 200_000_000
BY_SEX = "SELECT sex, COUNT(*) AS n FROM visits GROUP BY sex"


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    # A slot that no busy machine misses; what waits for its end has a test of its own.
    monkeypatch.setattr(rules, "_SLOTS", (8.0,))
    monkeypatch.setattr(runs, "wait_for", lambda *_: None)


class Desk:
    """Runs queries under one dp licence."""

    def __init__(self, make: Maker, machine: Machine, licence_id: str) -> None:
        self.make, self.machine, self.licence_id = make, machine, licence_id

    def run(
        self, sql: str, accuracy: float = 0, licence_id: str = "", rho: int | None = None
    ) -> RunRow:
        run_id = service.run_query(
            self.make.home.db,
            actor=self.make.actor("researcher"),
            now=self.make.clock(),
            wanted=RunQuery(licence_id or self.licence_id, "", sql, accuracy=accuracy, rho=rho),
            seal=self.make.home.seal,
            machine=self.machine,
        )
        with self.make.home.db.read() as session:
            return queries.find_run(session, run_id)

    def caps(self) -> dict[str, tuple[int, int, int]]:
        """Granted, reserved and spent by scope; of organisations the first."""
        with self.make.home.db.read() as session:
            rows = session.exec(select(PrivacyCap)).all()
        return {row.scope: (row.granted, row.reserved, row.spent) for row in rows}


@pytest.fixture
def desk(make: Maker, machine: Machine) -> Desk:
    return Desk(
        make, machine, make.licence(mode="dp", privacy_rho=BUDGET, min_cell_size=0).licence_id
    )


@pytest.fixture
def desk_any(make_any: Maker, machine: Machine) -> Desk:
    licence = make_any.licence(mode="dp", privacy_rho=BUDGET, min_cell_size=0)
    return Desk(make_any, machine, licence.licence_id)


@pytest.mark.postgres
def test_an_answer_has_noise_a_cost_and_a_receipt_that_says_both(desk_any: Desk) -> None:
    desk = desk_any
    run = desk.run(BY_SEX, accuracy=100)
    assert run.state.value == "finished"
    # 19,892 person-years; a person moves a count by five rows at most.
    counts = {row[0]: row[1] for row in run.rows}
    for sex, true in (("female", 10_438), ("male", 9_752)):
        assert abs(counts[sex] - true) < 500
    assert [one["name"] for one in run.columns] == ["sex", "n"]
    told = run.privacy
    assert told["mechanism"] == "discrete-gaussian"
    assert told["half_widths"] == [None, "100.00"]
    assert told["rows_per_person"] == 5
    spent = int(told["rho"])
    assert desk.caps() == {
        "lineage": (rules.DEFAULT_BUDGET, 0, spent),
        "organisation": (rules.DEFAULT_BUDGET // 4, 0, spent),
        "licence": (BUDGET, 0, spent),
    }
    with desk.make.home.db.read() as session:
        statement = receipts.statement_of(receipts.find(session, run.receipt_id).payload)
    assert statement["predicate"]["privacy"] == told
    assert "execution" not in statement["predicate"]
    assert desk.make.read_licence(desk.licence_id).runs_taken == 1


def test_the_same_question_again_is_the_stored_answer_and_costs_nothing(desk: Desk) -> None:
    first = desk.run(BY_SEX)
    before = desk.caps()
    again = desk.run("select  SEX, count(*) as k from visits v group by 1 -- again")
    assert again.is_replay
    assert again.rows == first.rows
    assert again.privacy == {**first.privacy, "rho": "0"}
    assert desk.caps() == before
    # More precision is another answer, and is paid.
    better = desk.run(BY_SEX, accuracy=49)
    assert not better.is_replay
    assert desk.caps()["licence"][2] > before["licence"][2]


def test_a_cap_that_does_not_reach_refuses_before_anything_is_read(desk: Desk) -> None:
    costly = 20.0
    with pytest.raises(errors.BudgetSpent) as refused:
        desk.run(BY_SEX, accuracy=costly)
    # The licence has 200 million nano-rho, but one organisation a quarter of the lineage's.
    assert refused.value.facts["scope"] == "budget-organisation"
    with desk.make.home.db.read() as session:
        assert session.exec(select(PrivacyEntry)).all() == []
        asked = queries.list_runs(session, licence_id=desk.licence_id)
    assert [(one.state.value, one.refusal_code) for one in asked] == [
        ("refused", "sandbox-privacy-budget-spent")
    ]
    assert all(cap[1:] == (0, 0) for cap in desk.caps().values())
    assert desk.make.read_licence(desk.licence_id).runs_reserved == 0


@pytest.mark.parametrize("accuracy", [-5, 0.5, 10**9, float("inf")])
def test_a_precision_that_nobody_can_have_is_refused(desk: Desk, accuracy: float) -> None:
    with pytest.raises(errors.AccuracyUnusable):
        desk.run(BY_SEX, accuracy=accuracy)


def test_a_cost_buys_a_precision_and_finds_the_answer_of_that_precision_again(desk: Desk) -> None:
    bought = desk.run(BY_SEX, rho=20_000_000)
    assert int(bought.privacy["rho"]) <= 20_000_000
    assert int(bought.privacy["rho"]) > 19_990_000
    assert bought.accuracy == pytest.approx(float(bought.privacy["half_widths"][1]), abs=0.01)
    before = desk.caps()
    assert desk.run(BY_SEX, rho=20_000_000).is_replay
    assert desk.run(BY_SEX, accuracy=float(f"{bought.accuracy:g}")).is_replay
    assert desk.caps() == before
    assert not desk.run(BY_SEX, rho=10_000_000).is_replay


@pytest.mark.parametrize(("rho", "least"), [(0, "1"), (-1, "1"), (1, "2")])
def test_a_cost_that_buys_nothing_is_refused(desk: Desk, rho: int, least: str) -> None:
    with pytest.raises(errors.CostUnusable) as refused:
        desk.run("SELECT sex, AVG(physician_visits) FROM visits GROUP BY sex", rho=rho)
    assert refused.value.facts["least"] == least
    assert desk.caps() == {}


def test_people_whose_budget_is_nothing_are_never_asked(desk: Desk) -> None:
    make, row = desk.make, desk.make.read_licence(desk.licence_id)
    service.ingest(
        make.home.db,
        actor=make.actor("operator"),
        now=make.clock(),
        wanted=service.NewSnapshot(
            "barred_visits", "barred", row.product_code, HEALTH.declaration, story_sources(HEALTH),
            make.snapshots, privacy_rho=0,
        ),
        seal=make.home.seal,
    )  # fmt: skip
    other = make.another_licence(row, dataset="barred_visits")
    with pytest.raises(errors.BudgetSpent) as refused:
        desk.run(BY_SEX, licence_id=other.licence_id, rho=1)
    assert refused.value.facts["scope"] == "budget-lineage"


def test_precision_and_cost_at_once_are_refused(desk: Desk) -> None:
    with pytest.raises(errors.PrecisionTwice):
        desk.run(BY_SEX, accuracy=50, rho=1_000_000)


def test_what_stands_over_noised_numbers_is_computed_where_no_data_is(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[str, int]] = []
    plain = Engine.run

    def watch(self: Engine, **asking: Any) -> Any:
        asked.append((asking["sql"], len(asking["extract"].tables)))
        return plain(self, **asking)

    monkeypatch.setattr(Engine, "run", watch)
    run = desk.run(
        "WITH c AS (SELECT sex, COUNT(*) AS n, MEDIAN(physician_visits) AS m FROM visits GROUP BY sex)"
        " SELECT sex, n, 100.0 * n / SUM(n) OVER () AS share, m FROM c WHERE n > 0 ORDER BY n DESC"
    )
    assert [tables for _, tables in asked] == [1, 0]
    assert "visits" not in asked[1][0]
    assert [row[0] for row in run.rows] == ["female", "male"]
    assert sum(row[2] for row in run.rows) == pytest.approx(100)
    told = run.privacy
    assert told["half_widths"] == [None, "50.00", None, None]
    assert told["rank_half_widths"][3] is not None


@pytest.mark.parametrize("failure", [RunFailed(data_read=False), EngineUnavailable()])
def test_a_failure_over_noised_numbers_keeps_the_cost_of_what_was_read(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, failure: Exception
) -> None:
    plain = Engine.run

    def fail_over_nothing(self: Engine, **asking: Any) -> Any:
        if not asking["extract"].tables:
            raise failure
        return plain(self, **asking)

    monkeypatch.setattr(Engine, "run", fail_over_nothing)
    with pytest.raises(RunFailed):
        desk.run("SELECT sex, AVG(physician_visits) FROM visits GROUP BY sex")
    with desk.make.home.db.read() as session:
        (entry,) = session.exec(select(PrivacyEntry)).all()
    assert entry.state == "spent"


def test_an_answer_longer_than_the_licence_allows_keeps_its_cost(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runs, "Limits", lambda seconds, rows: Limits(seconds, min(rows, 1)))
    with pytest.raises(AnswerTooLarge):
        desk.run(BY_SEX)
    with desk.make.home.db.read() as session:
        (entry,) = session.exec(select(PrivacyEntry)).all()
    assert entry.state == "spent"


@pytest.mark.parametrize(("was_read", "left"), [(True, "spent"), (False, "released")])
def test_what_was_read_stays_spent(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, was_read: bool, left: str
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RunFailed(data_read=was_read)

    monkeypatch.setattr(Engine, "run", fail)
    with pytest.raises(RunFailed):
        desk.run(BY_SEX)
    with desk.make.home.db.read() as session:
        (entry,) = session.exec(select(PrivacyEntry)).all()
        (run,) = queries.list_runs(session, licence_id=desk.licence_id)
    assert entry.state == left
    spent = entry.rho if was_read else 0
    assert {scope: cap[1:] for scope, cap in desk.caps().items()} == dict.fromkeys(
        ("lineage", "organisation", "licence"), (0, spent)
    )
    assert run.privacy["rho"] == str(spent)


def test_a_lost_run_stays_spent(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def die(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Engine, "run", die)
        with pytest.raises(KeyboardInterrupt):
            desk.run(BY_SEX)
    assert desk.caps()["licence"][1] > 0
    desk.make.wait(1)
    assert service.close_lost_runs(
        desk.make.home.db, now=desk.make.clock(), seal=desk.make.home.seal
    )
    (granted, reserved, spent) = desk.caps()["licence"]
    assert (granted, reserved) == (BUDGET, 0)
    assert spent > 0
    # Nobody closes it a second time.
    with desk.make.home.db.transaction() as session:
        service.ledger.release(session, session.exec(select(PrivacyEntry)).one().run_id)
    assert desk.caps()["licence"] == (BUDGET, 0, spent)


def test_two_licences_share_the_budget_of_the_people(desk: Desk) -> None:
    other = desk.make.another_licence(desk.make.read_licence(desk.licence_id))
    first = desk.run(BY_SEX)
    second = desk.run(BY_SEX, licence_id=other.licence_id)
    assert not second.is_replay
    with desk.make.home.db.read() as session:
        rows = session.exec(select(PrivacyCap)).all()
    spent = {(row.scope, row.scope_id): row.spent for row in rows}
    both = int(first.privacy["rho"]) + int(second.privacy["rho"])
    assert next(one for (scope, _), one in spent.items() if scope == "lineage") == both
    assert next(one for (scope, _), one in spent.items() if scope == "organisation") == both
    assert spent["licence", other.licence_id] == int(second.privacy["rho"])


@pytest.mark.postgres
def test_of_sixty_four_at_once_no_cap_is_overspent_and_the_sums_are_those_of_the_receipts(
    desk_any: Desk,
) -> None:
    desk = desk_any
    desk.make.actor("researcher")

    def ask(number: int) -> str:
        try:
            return desk.run(
                f"SELECT COUNT(*) AS n FROM visits WHERE physician_visits > {number}"
            ).state
        except errors.BudgetSpent:
            return "spent"

    with ThreadPoolExecutor(16) as pool:
        outcomes = list(pool.map(ask, range(64)))
    # 77,775,000 nano-rho of an organisation, 19,207,295 a count: four.
    assert outcomes.count("finished") == 4
    assert outcomes.count("spent") == 60
    with desk.make.home.db.read() as session:
        told: list[dict[str, Any]] = [
            receipts.statement_of(row.payload)["predicate"]
            for row in session.exec(select(Receipt)).all()
            if row.kind == "query"
        ]
    paid = sum(int(one["privacy"]["rho"]) for one in told if one["run"]["state"] == "finished")
    for granted, reserved, spent in desk.caps().values():
        assert (reserved, spent) == (0, paid)
        assert spent <= granted
    with pytest.raises(IntegrityError), desk.make.home.db.transaction() as session:
        session.execute(text("UPDATE sandbox_privacy_cap SET spent = granted + 1"))


def test_an_answer_comes_at_the_end_of_its_slot(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    slept: list[float] = []
    monkeypatch.setattr(runs, "wait_for", noising.wait_for)
    monkeypatch.setattr(time, "sleep", slept.append)
    desk.run(BY_SEX)
    # The engine's client may wait too; the last wait is for the slot, and less than all of it.
    assert 0 < slept[-1] < 8


def test_a_slot_is_chosen_by_public_sizes_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rules, "_SLOTS", (0.5, 1.0, 2.0, 4.0))
    found = [rules.slot_seconds(rows, 10, 4) for rows in (1, 10**6, 10**9)]
    assert found == [0.5, 2.0, 4.0]
    assert rules.slot_seconds(1, 10, 20_000) == 4.0


def test_the_check_says_what_it_would_cost(desk: Desk) -> None:
    def check(accuracy: float = 0) -> service.Verdict:
        return service.check_query(
            desk.make.home.db,
            actor=desk.make.actor("researcher"),
            now=desk.make.clock(),
            wanted=RunQuery(desk.licence_id, "", BY_SEX, accuracy=accuracy),
            machine=desk.machine,
        )

    verdict = check(100)
    assert verdict.refusal is None
    run = desk.run(BY_SEX, accuracy=100)
    assert verdict.rho == int(run.privacy["rho"])
    assert verdict.half_widths[1] == pytest.approx(100, rel=1e-6)
    assert 0 < verdict.epsilon < 1
    assert check(100).rho == 0


def test_the_workbench_asks_for_precision_and_shows_the_noise_and_the_budget(
    desk: Desk, app: Flask
) -> None:
    make = desk.make
    for language in ("en", "zh-Hans"):
        reader = PageReader(app.test_client(), language)
        reader.sign_in("researcher", make.people["researcher"].password)
        page = f"/sandbox/licences/{desk.licence_id}"
        assert 'name="accuracy"' in reader.get(page).text
        bought = reader.send(page, f"{page}/check", sql=BY_SEX, rho="4000000")
        assert "±109.5" in bought.text or "(已回答过)" in bought.text
        assert 'value="4000000"' in bought.text
        twice = reader.send(page, f"{page}/check", sql=BY_SEX, rho="4000000", accuracy="50")
        assert "sandbox-precision-twice" in twice.text
        no_cost = reader.send(page, f"{page}/check", sql=BY_SEX, rho="a lot")
        assert "sandbox-cost-unusable" in no_cost.text
        checked = reader.send(page, f"{page}/check", sql=BY_SEX, accuracy="200")
        assert "nano-rho" in checked.text or "纳 rho" in checked.text
        assert "±200.00" in checked.text or "(已回答过)" in checked.text
        wrong = reader.send(page, f"{page}/check", sql=BY_SEX, accuracy="much")
        assert "sandbox-accuracy-unusable" in wrong.text
        assert 'value="much"' in wrong.text
        done = reader.send(page, f"{page}/runs", sql=BY_SEX, accuracy="200")
        assert done.status_code == 302
        shown = reader.get(done.headers["Location"]).text
        assert "±200.00" in shown
        assert 'value="200"' in shown
        assert "data-chart" in shown


def test_a_result_says_of_ranks_which_rows_count(desk: Desk, app: Flask) -> None:
    run = desk.run("SELECT MEDIAN(physician_visits) AS middle FROM visits")
    kept = replace(run, privacy={**run.privacy, "kept_rows": [None, {"groups": 3, "rows": 2}]})
    page = "{% from 'macros/sandbox.html' import result_card %}{{ result_card(run, result, none) }}"
    for shown, is_told in ((run, False), (kept, True)):
        with app.test_request_context(headers={"Accept-Language": "en"}):
            text = render_template_string(page, run=shown, result=result_of(shown, 0))
        assert ("每人至多计入 3 个分组，每个分组至多 2 行" in text) == is_told
        assert f"（其位次）±{run.privacy['rank_half_widths'][0]} 行" in text


def test_the_provider_and_the_regulator_see_who_spent_what(desk: Desk, app: Flask) -> None:
    make = desk.make
    spent = desk.run(BY_SEX).privacy["rho"]
    path = "/sandbox/datasets/health_insurance_visits/budget"
    for name, status in (("operator", 200), ("regulator", 200), ("enterprise", 403)):
        reader = PageReader(app.test_client(), "en")
        reader.sign_in(name, make.people[name].password)
        reply = reader.get(path)
        assert reply.status_code == status
        if status == 200:
            assert reply.text.count(spent) == 3
            assert make.actor("enterprise").organisation_name in reply.text
    reader = PageReader(app.test_client(), "en")
    reader.sign_in("operator", make.people["operator"].password)
    assert reader.get("/sandbox/datasets/nothing/budget").status_code == 404


def test_rest_says_what_the_answer_cost(desk: Desk, app: Flask) -> None:
    bearer = {"Authorization": f"Bearer {desk.make.token('researcher')}"}
    body = {"licence_id": desk.licence_id, "purpose": "statistical-analysis", "sql": BY_SEX}
    client = app.test_client()
    checked = client.post("/api/v1/sandbox/checks", json={**body, "accuracy": 80}, headers=bearer)
    said = checked.get_json()["privacy"]
    made = client.post(
        "/api/v1/sandbox/runs",
        json={**body, "accuracy": 80},
        headers={**bearer, "Idempotency-Key": "k"},
    ).get_json()
    assert made["privacy"]["rho_spent"] == said["rho"]
    assert made["privacy"]["confidence_95"] == {"sex": None, "n": "80.00"}
    assert made["privacy"]["mechanism"] == "discrete-gaussian"
    refused = client.post(
        "/api/v1/sandbox/runs",
        json={**body, "rho": 0},
        headers={**bearer, "Idempotency-Key": "zero"},
    )
    assert refused.status_code == 422
    assert refused.get_json()["type"].endswith("/sandbox-cost-unusable")
    cheaper = client.post(
        "/api/v1/sandbox/checks", json={**body, "rho": 1_000_000}, headers=bearer
    ).get_json()["privacy"]
    assert 990_000 < int(cheaper["rho"]) <= 1_000_000
    budgets = client.get(
        f"/api/v1/sandbox/budgets?licence_id={desk.licence_id}", headers=bearer
    ).get_json()
    assert budgets["privacy"] == {
        "unit": "nano-rho",
        "granted": str(BUDGET),
        "reserved": "0",
        "spent": said["rho"],
    }


@pytest.mark.parametrize("table", ["visits", "doctor_visits"])
def test_a_dataset_made_from_another_shares_its_people_and_is_not_counted_twice(
    desk: Desk, table: str
) -> None:
    make, row = desk.make, desk.make.read_licence(desk.licence_id)
    first = desk.run(BY_SEX)
    make.relative(row, "made_from_visits", table)
    columns = tuple(one.replace("visits.", f"{table}.") for one in row.terms.columns)
    other = make.another_licence(row, dataset="made_from_visits", columns=columns)
    second = desk.run(BY_SEX.replace("visits", table), licence_id=other.licence_id)
    both = int(first.privacy["rho"]) + int(second.privacy["rho"])
    assert desk.caps()["lineage"] == (rules.DEFAULT_BUDGET, 0, both)
    with make.home.db.read() as session:
        product = marketplace.find_product(session, row.product_code, make.clock())
    assert len(product.snapshots) == 2
    assert product.row_count == 19_892
