"""With a bound on rows a person the answers are those without it, only sooner."""

import random
from typing import Any

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sandbox.engine.guard import Description, analyse, read_description

MOST, K = 4, 5
QUERIES = [
    "SELECT place, COUNT(*) AS n FROM visits GROUP BY place",
    "SELECT place, SUM(pay) AS s, AVG(pay) AS m FROM visits GROUP BY place",
    "SELECT place, kind, COUNT(pay) AS n, SUM(pay) AS s FROM visits GROUP BY place, kind",
    "SELECT COUNT(*) AS n, SUM(pay) AS s FROM visits WHERE age < 25",
    (
        "SELECT place, COUNT(*) FILTER (WHERE age < 30) AS n, AVG(pay) FILTER (WHERE age < 30) AS m "
        "FROM visits GROUP BY place"
    ),
    (
        "SELECT kind, SUM(CASE WHEN age < 30 THEN pay ELSE 0 END) AS s, COUNT_IF(age < 30) AS n "
        "FROM visits GROUP BY kind"
    ),
    "SELECT place, SUM(pay * age) AS s, STDDEV_POP(pay) AS d FROM visits GROUP BY place",
    "SELECT place, COVAR_POP(pay, real) AS c FROM visits GROUP BY place",
    "SELECT place, COUNT(DISTINCT id) AS p, MEDIAN(pay) AS m FROM visits GROUP BY place",
    "SELECT place, kind, SUM(pay) AS s FROM visits GROUP BY ROLLUP (place, kind)",
    "SELECT age // 10 AS decade, SUM(real) AS s FROM visits GROUP BY ALL",
    (
        "WITH some AS (SELECT place, pay FROM visits WHERE age > 22) "
        "SELECT place, SUM(pay) AS s FROM some GROUP BY place HAVING COUNT(*) > 10"
    ),
    (
        "SELECT place, AVG(n) AS m FROM (SELECT id, place, COUNT(*) AS n FROM visits "
        "GROUP BY id, place) GROUP BY place"
    ),
    (
        "SELECT a.place, COUNT(*) AS n FROM visits a JOIN (VALUES ('A'), ('B')) v(p) ON a.place = v.p "
        "GROUP BY a.place"
    ),
]


def describe(rows: int | None, *, listed: bool) -> Description:
    place: dict[str, Any] = {"type": "VARCHAR", "class": "dimension"}
    columns: dict[str, Any] = {
        "id": {"type": "INTEGER", "class": "identifier"},
        "place": place | ({"values": ["A", "B", "C", "D", "E"]} if listed else {}),
        "kind": {"type": "VARCHAR", "class": "dimension"} | ({"values": ["x"]} if listed else {}),
        "age": {"type": "INTEGER", "class": "dimension"},
        "pay": {"type": "DECIMAL(9,2)", "class": "measure"},
        "real": {"type": "DOUBLE", "class": "measure"},
    }
    table = {"person_column": "id", "columns": columns, "rows_per_person": rows}
    return read_description({"mode": "aggregate", "k": K, "tables": {"visits": table}})


def fill(
    seed: int, *, spread: str, sizes: list[int], most: int = MOST
) -> duckdb.DuckDBPyConnection:
    """Visits of people in places of the given sizes, at most so many each; the last are of nobody."""
    chance = random.Random(seed)
    rows: list[tuple[Any, ...]] = []
    person = 0
    for place, size in zip(["A", "B", "C", "D", None], sizes, strict=True):
        for _ in range(size):
            person += 1
            who = None if chance.random() < 0.02 else person
            for _ in range(chance.randint(1, 1 if who is None else most)):
                pay = _pay(chance, spread)
                rows.append((who, place, chance.choice(["x", "x", "x", "y", None]),
                             chance.randint(20, 40), pay, pay))  # fmt: skip
    connection = duckdb.connect(config={"threads": 1})
    connection.execute("create table visits (id int, place varchar, kind varchar, age int, "
                       "pay decimal(9,2), real double)")  # fmt: skip
    if rows:
        connection.executemany("insert into visits values (?, ?, ?, ?, ?, ?)", rows)
    return connection


def _pay(chance: random.Random, spread: str) -> float | None:
    if chance.random() < 0.05:
        return None
    if spread == "signed":
        return chance.randint(-100, 100)
    if spread == "giants" and chance.random() < 0.03:
        return chance.choice([2_000, 40_000])
    return chance.randint(90, 110)


@given(
    seed=st.integers(0, 10_000),
    spread=st.sampled_from(["even", "giants", "signed"]),
    sizes=st.lists(st.sampled_from([0, 1, 3, 4, 5, 6, 8, 12, 30]), min_size=5, max_size=5),
    listed=st.booleans(),
    most=st.sampled_from([1, MOST]),
)
@settings(max_examples=8, derandomize=True, deadline=None)
def test_both_forms_answer_alike(
    seed: int, spread: str, sizes: list[int], listed: bool, most: int
) -> None:
    connection = fill(seed, spread=spread, sizes=sizes, most=most)
    for sql in QUERIES:
        exact, quick = (analyse(sql, describe(rows, listed=listed)) for rows in (None, most))

        left = sorted(connection.execute(exact.sql).fetchall(), key=repr)
        right = sorted(connection.execute(quick.sql).fetchall(), key=repr)

        assert left == right, sql


@pytest.mark.parametrize("sql", [one for one in QUERIES if "DISTINCT" not in one][:6])
def test_people_are_counted_over_open_cells_only(sql: str) -> None:
    plan = analyse(sql, describe(MOST, listed=True))
    counted = [one for one in plan.sql.split("), r") if "count(DISTINCT" in one]

    assert len(counted) == 1
    assert "SEMI JOIN" in counted[0]


@pytest.mark.parametrize("sql", QUERIES[:2])
def test_nobody_is_counted_twice_where_each_has_one_row(sql: str) -> None:
    plan = analyse(sql, describe(1, listed=True))

    assert "count(DISTINCT" not in plan.sql
    assert ("SEMI JOIN" in plan.sql) is ("SUM" in sql)


def test_a_loose_bound_changes_no_answer() -> None:
    connection = fill(7, spread="giants", sizes=[30, 12, 5, 4, 9])
    sql = "SELECT place, COUNT(*) AS n, SUM(pay) AS s FROM visits GROUP BY place ORDER BY place"

    answers = [connection.execute(analyse(sql, describe(rows, listed=False)).sql).fetchall()
               for rows in (None, MOST, 50, 10**6)]  # fmt: skip

    assert all(one == answers[0] for one in answers)
    assert any(row[1] is not None and row[2] is None for row in answers[0])


@pytest.mark.parametrize("most", [None, 1, MOST, 10**6])
@pytest.mark.parametrize("different", [4, 5])
def test_a_spread_is_told_where_enough_people_are_otherwise(
    most: int | None, different: int
) -> None:
    """Each of them with as many rows as a person may have: few people are not enough with many rows either."""
    connection = fill(7, spread="even", sizes=[0] * 5, most=1)
    each = MOST if most is None else min(most, 40)
    connection.execute(
        "INSERT INTO visits SELECT p, 'A', 'x', 30, CASE WHEN p < ? THEN 100 + p + r ELSE 90 END, 1 "
        "FROM range(50) AS a(p), range(?) AS b(r)",
        [different, each],
    )
    sql = "SELECT place, STDDEV_POP(pay) AS d FROM visits GROUP BY place"

    rows = connection.execute(analyse(sql, describe(most, listed=False)).sql).fetchall()

    assert [one[0] for one in rows] == ["A"]
    assert (rows[0][1] is None) is (different < K)
