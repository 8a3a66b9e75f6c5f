"""What is made of cells says what the analyst asked: without noise it is DuckDB's own answer."""

from decimal import Decimal
from typing import Any

import duckdb
import pytest

from sandbox.engine.guard import Plan, analyse
from sandbox.engine.noise import add_noise, blocks_of, cost_of
from sandbox.engine.process import Engine, Extract, Limits
from sandbox.engine.released import half_widths, plain_rows, released_sql
from tests.sandbox.engine.guard.test_noised import PLACES, connect, describe, exact

SAME = (
    "SELECT place, COUNT(*) FROM people GROUP BY place ORDER BY place",
    "SELECT sex, place, SUM(rate), COUNT(pay) FROM people GROUP BY place, sex ORDER BY 2, 1",
    "SELECT place, AVG(pay) FROM people GROUP BY place HAVING COUNT(*) > 40 ORDER BY AVG(pay) DESC",
    "SELECT COUNT(*) / 2, ROUND(AVG(rate), 1), COALESCE(SUM(pay), 0) + 1 FROM people",
    "SELECT place, CASE WHEN COUNT(*) > 45 THEN 'many' ELSE 'few' END FROM people GROUP BY 1 ORDER BY 1",
    "SELECT place, COUNT(*) * 100.0 / SUM(COUNT(*)) OVER () AS share FROM people GROUP BY place ORDER BY 1",
    "SELECT place, COUNT(*) FROM people GROUP BY place ORDER BY SUM(pay) DESC, place LIMIT 2 OFFSET 1",
    "SELECT place, COUNT(*) FROM people GROUP BY place QUALIFY rank() OVER (ORDER BY COUNT(*)) <= 2 ORDER BY 1",
    "SELECT MAX(n), MIN(n), AVG(n) FROM (SELECT place, COUNT(*) AS n FROM people GROUP BY place) t",
    "WITH c AS (SELECT place AS p, sex, COUNT(*) AS n FROM people GROUP BY place, sex) SELECT a.p, a.n, b.n, a.n - b.n FROM c a JOIN c b ON a.p = b.p WHERE a.sex = 'f' AND b.sex = 'm' ORDER BY 1",
    "SELECT p, n FROM (SELECT place AS p, COUNT(*) AS n FROM people GROUP BY place) t WHERE n >= 40 ORDER BY n, p",
    "SELECT place AS k, COUNT(*) FROM people GROUP BY place UNION ALL SELECT sex, COUNT(*) FROM people GROUP BY sex ORDER BY 1",
    "SELECT place FROM people GROUP BY place HAVING COUNT(*) > 45 EXCEPT SELECT 'A' ORDER BY 1",
    "SELECT place, COUNT(*) - (SELECT COUNT(*) FROM people WHERE age > 50) FROM people GROUP BY place ORDER BY 1",
    "SELECT place, COUNT(DISTINCT id) FROM people WHERE sex = 'f' GROUP BY place ORDER BY 1",
    "SELECT place, COUNT(*) FROM people WHERE place <> 'B' GROUP BY place ORDER BY 1",
    "WITH x AS (SELECT place AS p, pay + 0 AS q FROM people WHERE age > 30), y AS (SELECT p, q FROM x WHERE q > 90) SELECT p, COUNT(*) FROM y GROUP BY p ORDER BY p",
    "SELECT DISTINCT COUNT(*) > 1 FROM people GROUP BY place",
    "SELECT place, COUNT(*) FILTER (WHERE pay > 500) FROM people GROUP BY place ORDER BY COUNT(*) FILTER (WHERE pay > 500), 1",
)  # fmt: skip
CLOSE = (
    "SELECT place, VAR_SAMP(pay), VAR_POP(pay), STDDEV(pay), STDDEV_POP(rate) FROM people GROUP BY place ORDER BY 1",
    "SELECT VARIANCE(pay) FILTER (WHERE sex = 'f') FROM people",
)


@pytest.fixture
def people() -> duckdb.DuckDBPyConnection:
    """180 rows with every public value and no value beyond its bounds."""
    return connect(
        [
            (one // 3, PLACES[one * 13 % 17 % 4], "fm"[one % 7 % 2], one % 90,
             (one * 37) % 1000, str(Decimal((one * 11) % 250) / 100), 0.0)
            for one in range(180)
        ]
    )  # fmt: skip


def unnoised(plan: Plan, connection: duckdb.DuckDBPyConnection) -> list[tuple[Any, ...]]:
    """The answer that no noise would give."""
    assert plan.noise is not None
    blocks = blocks_of(exact(plan, connection), plan.noise["cells"])
    if plan.noise["plain"] is not None:
        return [tuple(row) for row in plain_rows(blocks, plan.noise)]
    return connection.execute(released_sql(blocks, plan.noise)).fetchall()


def plain(rows: list[tuple[Any, ...]]) -> list[list[Any]]:
    return [[float(one) if isinstance(one, Decimal) else one for one in row] for row in rows]


@pytest.mark.parametrize("sql", SAME)
def test_without_noise_the_answer_is_that_of_the_query_as_written(
    people: duckdb.DuckDBPyConnection, sql: str
) -> None:
    found = [
        [
            float(one) if isinstance(one, str) and one.replace(".", "").isdigit() else one
            for one in row
        ]
        for row in plain(unnoised(analyse(sql, describe()), people))
    ]
    assert found == [pytest.approx(row) for row in plain(people.execute(sql).fetchall())]


@pytest.mark.parametrize("sql", CLOSE)
def test_without_noise_variances_are_right(people: duckdb.DuckDBPyConnection, sql: str) -> None:
    found = plain(unnoised(analyse(sql, describe()), people))
    for one, other in zip(found, plain(people.execute(sql).fetchall()), strict=True):
        assert [v for v in one if isinstance(v, str)] == [v for v in other if isinstance(v, str)]
        assert [v for v in one if isinstance(v, float)] == pytest.approx(
            [v for v in other if isinstance(v, float)], rel=1e-3
        )


@pytest.mark.parametrize(
    "call",
    ["MEDIAN({})", "QUANTILE_CONT({}, 0.9)", "QUANTILE_DISC({}, 0.05)", "APPROX_QUANTILE({}, 0.25)"],
)  # fmt: skip
@pytest.mark.parametrize(("column", "step"), [("pay", 1006 / 64), ("rate", 2.51 / 64)])
def test_without_noise_a_quantile_is_right_to_a_step(
    people: duckdb.DuckDBPyConnection, call: str, column: str, step: float
) -> None:
    sql = f"SELECT place, COUNT(*), {call.format(column)} FROM people GROUP BY place ORDER BY 1"
    found = plain(unnoised(analyse(sql, describe()), people))
    wanted = plain(people.execute(sql).fetchall())
    for one, other in zip(found, wanted, strict=True):
        assert one[:2] == other[:2]
        # DuckDB takes the middle between two neighbours where we take that of a step.
        assert abs(one[2] - other[2]) <= step * 2.5


def test_whole_numbers_of_a_narrow_range_have_a_step_each() -> None:
    columns = {
        "id": {"type": "INTEGER", "class": "identifier"},
        "stay": {"type": "INTEGER", "class": "measure", "bounds": [0, 10]},
    }
    plan = analyse(
        "SELECT MEDIAN(stay), quantile_disc(stay, 0.9) FROM people", describe(columns=columns)
    )
    with duckdb.connect() as connection:
        connection.execute(
            "CREATE TABLE people AS SELECT i AS id, i % 11 AS stay FROM range(110) t(i)"
        )
        assert unnoised(plan, connection) == [(5.0, 9)]


def test_a_quantile_of_nobody_is_null_and_its_group_stays() -> None:
    plan = analyse("SELECT place, MEDIAN(pay) FROM people GROUP BY place", describe())
    with connect([]) as connection:
        assert unnoised(plan, connection) == [(place, None) for place in PLACES]
    plan = analyse(
        "SELECT place, MEDIAN(pay) FILTER (WHERE place = 'A'), AVG(pay), STDDEV(pay) FROM people GROUP BY place",
        describe(),
    )
    with connect([(1, "A", "f", 3, 7, "1.00", 0.0)]) as connection:
        rows = unnoised(plan, connection)
    assert [row[0] for row in rows] == PLACES
    assert rows[0][1] is not None
    assert rows[1][1:] == (None, None, None)
    assert rows[0][2:] == (7.0, None)


def test_a_noised_median_comes_near_and_says_how_near() -> None:
    plan = analyse("SELECT MEDIAN(pay), COUNT(*) FROM people", describe())
    assert plan.noise is not None
    cost = cost_of(plan.noise, 10.0)
    with connect([]) as connection:
        connection.execute(
            "INSERT INTO people SELECT i, 'A', 'f', 3, i % 1000, 1, 0 FROM range(20000) t(i)"
        )
        blocks = add_noise(exact(plan, connection), plan.noise, cost)
        (found,) = connection.execute(released_sql(blocks, plan.noise)).fetchall()
    (off, none) = half_widths(plan.noise, cost, "rank")
    assert none is None
    assert off is not None
    assert off == pytest.approx(10.0 * 8 * 0.5, rel=1e-6)
    # Three times the stated width and a step: twenty rows stand at each value.
    assert abs(found[0] - 499.5) <= 3 * off / 20 + 1006 / 64


def test_a_program_over_cells_runs_where_there_is_no_table(engine: Engine) -> None:
    plan = analyse("SELECT place, AVG(rate) FROM people GROUP BY place ORDER BY 2 DESC", describe())
    assert plan.noise is not None
    blocks = [[["A", 1000, 10], ["B'; --", 1250, 5], ["C", 0, 0]]]
    sql = released_sql(blocks, plan.noise)
    nothing = Extract("released", ())
    answer = engine.run(run_id="released", sql=sql, extract=nothing, limits=Limits())
    assert answer.rows == (("B'; --", 2.5), ("A", 1.0), ("C", None))


def test_a_filter_that_leaves_no_public_key_gives_no_row() -> None:
    sql = "SELECT place, AVG(pay) FROM people WHERE place = 'nowhere' GROUP BY place"
    with connect([(1, "A", "f", 3, 7, "1.00", 0.0)]) as connection:
        assert unnoised(analyse(sql, describe()), connection) == []
