"""Parser workers: the guard's own answers, and a text that is too much for it costs nobody else."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from sandbox.engine.guard import analyse, read_description
from sandbox.engine.process import ParserWorker
from sandbox.engine.process.parsing import worker as parsing
from sandbox.errors.guard import (
    ColumnWithheld,
    DescriptionMalformed,
    OneQueryOnly,
    SqlRefused,
    SqlTooLarge,
    StatementNotAllowed,
)
from tests.sandbox.engine.process.conftest import Stage

pytestmark = pytest.mark.timeout(120)

DESCRIPTION = {
    "mode": "aggregate",
    "tables": {
        "visits": {
            "person_column": "id",
            "columns": {
                "id": {"type": "BIGINT", "class": "identifier"},
                "k": {"type": "BIGINT", "class": "dimension", "values": [0, 1, 2, 3, 4, 5, 6]},
                "amount": {"type": "DOUBLE", "class": "measure", "bounds": [0, 5000]},
            },
        }
    },
}
SQL = "SELECT k, count(*) AS n, avg(amount) AS m FROM visits GROUP BY k"


@pytest.fixture(scope="module")
def worker() -> Iterator[ParserWorker]:
    with ParserWorker() as own:
        yield own


def test_a_worker_gives_the_guards_own_plan(worker: ParserWorker, shared: Stage) -> None:
    wanted = analyse(SQL, read_description(DESCRIPTION))

    assert worker.analyse(SQL, DESCRIPTION) == wanted
    assert shared.engine.analyse(SQL, DESCRIPTION) == wanted


def test_a_plan_of_the_guard_runs_as_it_is(shared: Stage) -> None:
    from sandbox.engine.process import Limits  # noqa: PLC0415 - only here

    plan = shared.engine.analyse(SQL, DESCRIPTION)
    answer = shared.engine.run(run_id="plan", sql=plan.sql, extract=shared.extract, limits=Limits())

    assert len(answer.columns) == len(plan.columns) + bool(plan.flag)
    assert len(answer.rows) == 7


@pytest.mark.parametrize(
    ("sql", "kind"),
    [
        ("DROP TABLE visits", StatementNotAllowed),
        ("SELECT 1; SELECT 2", OneQueryOnly),
        ("SELECT id FROM visits", ColumnWithheld),
        ("SELECT " + "x" * 30_000, SqlTooLarge),
        ("SELECT '" + "名" * 1_000_000 + "'", SqlTooLarge),
    ],
)
def test_a_refusal_keeps_its_class_and_facts(
    worker: ParserWorker, shared: Stage, sql: str, kind: type[SqlRefused]
) -> None:
    with pytest.raises(kind) as near:
        worker.analyse(sql, DESCRIPTION)
    with pytest.raises(kind) as far:
        shared.engine.analyse(sql, DESCRIPTION)

    assert type(near.value) is kind
    assert near.value.facts == far.value.facts
    assert near.value.detail % near.value.facts


def test_a_malformed_description_is_reported_with_its_places(worker: ParserWorker) -> None:
    with pytest.raises(DescriptionMalformed) as failure:
        worker.analyse(SQL, {"mode": "none", "tables": {}})

    assert failure.value.facts["errors"][0]["pointer"] == "/mode"


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT " + "(" * 6_000 + "1" + ")" * 6_000,
        "SELECT " + "NOT " * 4_500 + "true",
        "SELECT 1" + "[1]" * 6_000,
        "SELECT " + "-" * 1 + " -" * 9_000 + "1",
        "SELECT " + "case when true then " * 900,
        " UNION ALL ".join(["SELECT 1"] * 1_100),
        "SELECT k IN (" + ",".join(["1"] * 9_000) + ") FROM visits",
    ],
)
def test_a_parser_bomb_is_refused_and_the_next_text_is_read(worker: ParserWorker, sql: str) -> None:
    with pytest.raises(SqlRefused):
        worker.analyse(sql, DESCRIPTION)

    assert worker.analyse(SQL, DESCRIPTION).columns


def test_a_text_that_takes_too_long_loses_its_process_only(monkeypatch: pytest.MonkeyPatch) -> None:
    with ParserWorker() as own:
        own.analyse(SQL, DESCRIPTION)
        monkeypatch.setattr(parsing, "_JUDGE_SECONDS", 0.000_001)
        with pytest.raises(SqlTooLarge):
            own.analyse(SQL, DESCRIPTION)
        monkeypatch.undo()

        assert own.analyse(SQL, DESCRIPTION).columns


def test_a_worker_that_was_killed_is_replaced() -> None:
    with ParserWorker() as own:
        own.analyse(SQL, DESCRIPTION)
        assert own._process is not None
        own._process.kill()
        own._process.wait()
        with pytest.raises(SqlTooLarge):
            own.analyse(SQL, DESCRIPTION)

        assert own.analyse(SQL, DESCRIPTION).columns


def test_many_callers_share_the_workers(shared: Stage) -> None:
    with ThreadPoolExecutor(16) as callers:
        plans = list(callers.map(lambda _: shared.engine.analyse(SQL, DESCRIPTION), range(16)))

    assert len({one.digest for one in plans}) == 1
