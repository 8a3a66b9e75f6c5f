"""A run gives what DuckDB gives, as JSON values, within its limits, and tells nothing else."""

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import Any
from uuid import uuid4

import duckdb
import pytest

from sandbox.engine.process import Answer, Extract, ExtractTable, Limits
from sandbox.errors.engine import (
    AnswerTooLarge,
    EngineUnavailable,
    RunCancelled,
    RunFailed,
    RunTimedOut,
)
from tests.sandbox.engine.process.conftest import Stage, wait_for

pytestmark = pytest.mark.timeout(120)

QUERIES = [
    "SELECT k, count(*) AS n, sum(amount) AS total FROM visits GROUP BY k ORDER BY k",
    "SELECT k, sum(price) AS s, min(born) AS b, max(seen) AS t FROM visits GROUP BY k ORDER BY k",
    """WITH r1 AS MATERIALIZED (SELECT k, count(DISTINCT name) AS c FROM visits GROUP BY k)
    SELECT r1.k, c, a.n FROM r1 JOIN (SELECT k, count(*) AS n FROM visits GROUP BY k) a USING (k)
    ORDER BY 1""",
    "SELECT id, row_number() OVER (ORDER BY id DESC) AS r FROM visits ORDER BY id LIMIT 5",
    "SELECT quantile_cont(amount, 0.5) AS q, regr_slope(amount, id) AS s FROM visits",
    "SELECT * FROM (VALUES (1, 'a'), (2, NULL)) t(a, b) ORDER BY a",
    "SELECT name FROM main.visits WHERE regexp_matches(name, '99$') AND flag ORDER BY id LIMIT 3",
    "SELECT k FROM visits WHERE false",
]


def run(stage: Stage, sql: str, **limits: Any) -> Answer:
    return stage.engine.run(
        run_id=uuid4().hex, sql=sql, extract=stage.extract, limits=Limits(**limits)
    )


def plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return str(value)
    return value.isoformat() if hasattr(value, "isoformat") else value


@pytest.mark.parametrize("sql", QUERIES)
def test_a_run_gives_what_duckdb_gives(
    shared: Stage, bare: duckdb.DuckDBPyConnection, sql: str
) -> None:
    answer = run(shared, sql)

    wanted = bare.execute(sql)
    assert [name for name, _ in answer.columns] == [one[0] for one in wanted.description or ()]
    assert list(answer.rows) == [tuple(map(plain, row)) for row in wanted.fetchall()]


def test_values_that_json_cannot_hold_exactly_are_text(shared: Stage) -> None:
    answer = run(
        shared,
        "SELECT id::HUGEINT * 1000000000000000000, price, born, seen, opened, flag, name, 9007199254740991, 9007199254740992, "
        "'nan'::DOUBLE, NULL, 'a'::BLOB, [1, 2], {'a': 1.5::DECIMAL(3,1)} FROM visits WHERE id = 19999",
    )

    assert answer.rows == ((
        "19999000000000000000000", "29998.50", "2005-06-22", "2026-01-01T15:33:19", "08:30:00",
        False, "名19999", 9007199254740991, "9007199254740992", "nan", None, "61", [1, 2],
        {"a": "1.5"},
    ),)  # fmt: skip
    assert answer.columns[1] == ("price", "DECIMAL(12,2)")
    assert answer.cpu_milliseconds >= 0
    assert json.dumps(answer.rows, allow_nan=False)


def test_many_callers_at_once_all_get_their_own_answer(shared: Stage) -> None:
    with ThreadPoolExecutor(32) as callers:
        answers = list(
            callers.map(lambda i: run(shared, f"SELECT {i}, count(*) FROM visits"), range(32))
        )

    assert [one.rows for one in answers] == [((i, 20_000),) for i in range(32)]


def test_only_the_extracts_columns_are_in_memory(shared: Stage) -> None:
    with pytest.raises(RunFailed) as failure:
        run(shared, "SELECT hidden FROM visits")

    assert failure.value.data_read is False


def test_a_child_starts_from_the_extract_whatever_another_did(shared: Stage) -> None:
    assert run(shared, "SELECT count(*) FROM visits").rows == ((20_000,),)
    with pytest.raises(RunFailed):
        run(shared, "DELETE FROM visits")
    assert run(shared, "SELECT count(*) FROM visits").rows == ((20_000,),)


def test_two_extracts_of_one_key_stay_apart(shared: Stage) -> None:
    narrow = Extract(
        shared.extract.key, (ExtractTable("visits", shared.extract.tables[0].path, ("k",)),)
    )
    sql = "SELECT * FROM visits LIMIT 1"

    answer = shared.engine.run(run_id="narrow", sql=sql, extract=narrow, limits=Limits())

    assert answer.columns == (("k", "BIGINT"),)
    assert len(run(shared, sql).columns) == len(shared.extract.tables[0].columns)


@pytest.mark.parametrize("limits", [{"rows": 19_999}, {"output_bytes": 200_000}])
def test_an_answer_over_its_limit_is_not_given(shared: Stage, limits: dict[str, int]) -> None:
    with pytest.raises(AnswerTooLarge) as failure:
        run(shared, "SELECT id, name FROM visits", **{"rows": 30_000, **limits})

    assert failure.value.data_read is True


def test_an_answer_at_its_limit_is_given_whole(shared: Stage) -> None:
    assert len(run(shared, "SELECT id, name FROM visits", rows=20_000).rows) == 20_000


BOMBS = {
    "one long call": "SELECT lpad('a', 2000000000, 'b')",
    "cross join": "SELECT sum(a.id * b.id) FROM visits a, visits b, visits c, visits d WHERE a.id + b.id > c.id + d.id",
    "similarity": "SELECT levenshtein(repeat('ab', 50000), repeat('ba', 50000)) FROM visits",
}


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_ends_and_the_service_stays(shared: Stage, name: str) -> None:
    with pytest.raises(RunFailed):
        run(shared, BOMBS[name], seconds=0.5)

    assert run(shared, "SELECT 1").rows == ((1,),)


def test_a_run_over_its_time_says_that_data_was_read(shared: Stage) -> None:
    with pytest.raises(RunTimedOut) as failure:
        run(shared, "SELECT max(sin(a.id) * b.id) FROM visits a, visits b, visits c", seconds=0.5)

    assert failure.value.data_read is True


def test_a_memory_bomb_is_stopped_by_its_own_limit(shared: Stage) -> None:
    sql = "SELECT length(repeat(name, 50000000)) FROM visits WHERE id = 1"
    assert run(shared, sql, seconds=20).rows == ((100_000_000,),)

    with pytest.raises(RunFailed) as failure:
        run(shared, sql, seconds=20, memory_bytes=100_000_000)
    assert not isinstance(failure.value, RunTimedOut)


def test_what_the_engine_says_is_never_told(shared: Stage) -> None:
    with pytest.raises(RunFailed) as failure:
        run(shared, "SELECT name::INTEGER FROM visits WHERE id = 4711")

    said = f"{failure.value} {failure.value.args} {failure.value.facts} {vars(failure.value)}"
    assert "4711" not in said
    assert "name" not in said
    assert failure.value.data_read is True


def test_a_cancelled_run_ends_and_is_gone(shared: Stage) -> None:
    ends: list[Exception] = []

    def ask() -> None:
        try:
            shared.engine.run(
                run_id="long",
                sql="SELECT max(sin(a.id) * b.id) FROM visits a, visits b, visits c",
                extract=shared.extract,
                limits=Limits(seconds=60),
            )
        except RunFailed as failure:
            ends.append(failure)

    caller = threading.Thread(target=ask)
    caller.start()
    wait_for(lambda: shared.engine.cancel("long"))
    caller.join()

    assert [type(one) for one in ends] == [RunCancelled]
    assert shared.engine.cancel("long") is False


def test_an_extract_that_cannot_be_loaded_is_a_run_that_read_nothing(shared: Stage) -> None:
    path = str(shared.snapshots / "absent.parquet")
    for table in (
        ExtractTable("visits", path, ("k",)),
        ExtractTable("visits", shared.extract.tables[0].path, ("nothing",)),
        ExtractTable("visits", "/etc/passwd", ("k",)),
    ):
        with pytest.raises(RunFailed) as failure:
            shared.engine.run(
                run_id="x", sql="SELECT 1", extract=Extract("x", (table,)), limits=Limits()
            )
        assert failure.value.data_read is False


def test_more_extracts_than_are_kept_still_all_answer(shared: Stage) -> None:
    for number in range(12):
        extract = Extract(f"many {number}", shared.extract.tables)
        answer = shared.engine.run(
            run_id=f"many {number}",
            sql="SELECT count(*) FROM visits",
            extract=extract,
            limits=Limits(),
        )
        assert answer.rows == ((20_000,),)

    # Nine extracts at most, each with a template, a checker and two spare children.
    assert len(shared.forked()) <= 1 + 4 * 9


def test_an_expected_query_finds_its_processes_and_its_verdict(stage: Stage) -> None:
    before = len(stage.forked())
    stage.engine.expect(sql="SELECT count(*) AS n FROM visits", extract=stage.extract)
    # The checker alone: no data is loaded before somebody may read it.
    wait_for(lambda: len(stage.forked()) == before + 1)

    assert run(stage, "SELECT count(*) AS n FROM visits").rows == ((20_000,),)


def test_what_is_expected_in_vain_is_no_answer_and_no_pardon(stage: Stage) -> None:
    stage.engine.expect(sql="SELECT * FROM persons", extract=stage.extract)
    with pytest.raises(RunFailed) as failure:
        run(stage, "SELECT * FROM persons")

    assert failure.value.data_read is False
    stage.process.terminate()
    stage.process.wait(30)
    stage.engine.expect(sql="SELECT 1", extract=stage.extract)


def test_without_a_daemon_the_engine_is_unavailable(shared: Stage) -> None:
    from sandbox.engine.process import Engine  # noqa: PLC0415 - only here

    engine = Engine(shared.snapshots / "nobody.sock")

    assert engine.is_alive() is False
    with pytest.raises(EngineUnavailable) as failure:
        engine.run(run_id="x", sql="SELECT 1", extract=shared.extract, limits=Limits())
    assert failure.value.facts["retry_after_seconds"] > 0
