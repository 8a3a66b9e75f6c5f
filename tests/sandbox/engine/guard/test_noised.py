"""Mode dp: what the engine computes, how much one person moves it, and what is refused."""

import math
import random
from collections.abc import Sequence
from typing import Any

import duckdb
import pytest

from sandbox.engine.guard import Description, Plan, analyse, read_description
from sandbox.engine.noise import blocks_of, measured_of
from sandbox.errors.guard import (
    BoundUnknown,
    ColumnNotGrouped,
    ColumnWithheld,
    ConstructNotAllowed,
    KeyNotPublic,
    SqlRefused,
    SqlTooLarge,
)

PLACES = ["A", "B", "C", "D"]
ROWS = 3


def describe(**changes: Any) -> Description:
    columns = {
        "id": {"type": "INTEGER", "class": "identifier"},
        "place": {"type": "VARCHAR", "class": "dimension", "values": PLACES},
        "sex": {"type": "VARCHAR", "class": "dimension", "values": ["f", "m"]},
        "age": {"type": "INTEGER", "class": "dimension"},
        "pay": {"type": "INTEGER", "class": "measure", "bounds": [-5, 1000]},
        "rate": {"type": "DECIMAL(10,2)", "class": "measure", "bounds": [0, 2.5]},
        "free": {"type": "DOUBLE", "class": "measure"},
        "word": {"type": "VARCHAR", "class": "measure", "bounds": [0, 9]},
    }
    table: dict[str, Any] = {"person_column": "id", "rows_per_person": ROWS, "columns": columns}
    table |= changes
    return read_description({"mode": "dp", "tables": {"people": table}, "joins": []})


def connect(rows: list[tuple[Any, ...]]) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect(config={"threads": 1})
    connection.execute(
        "create table people (id int, place varchar, sex varchar, age int, pay int,"
        " rate decimal(10,2), free double)"
    )
    if rows:
        connection.executemany("insert into people values (?, ?, ?, ?, ?, ?, ?)", rows)
    return connection


def exact(plan: Plan, connection: duckdb.DuckDBPyConnection) -> list[tuple[Any, ...]]:
    return connection.execute(plan.sql).fetchall()


def cells(plan: Plan, rows: Sequence[Any]) -> tuple[list[Any], list[list[int]]]:
    """The keys of all cells, and the exact numbers of each measured column."""
    assert plan.noise is not None
    keys, columns = [], []
    for one, block in zip(plan.noise["cells"], blocks_of(rows, plan.noise["cells"]), strict=True):
        width = len(one["keys"])
        keys.append([tuple(row[:width]) for row in block])
        columns += [[int(row[width + place]) for row in block]
                    for place in range(len(one["measured"]))]  # fmt: skip
    return keys, columns


def moved(before: list[int], after: list[int]) -> float:
    return math.sqrt(sum((new - old) ** 2 for new, old in zip(after, before, strict=True)))


QUERIES = (
    "SELECT COUNT(*) FROM people",
    "SELECT place, COUNT(*) FROM people GROUP BY place",
    "SELECT place, sex, COUNT(pay) FROM people WHERE age > 30 GROUP BY place, sex",
    "SELECT place, COUNT(DISTINCT id) FROM people GROUP BY place",
    "SELECT sex, SUM(pay) FROM people GROUP BY sex",
    "SELECT sex, SUM(rate) FILTER (WHERE age < 50) FROM people GROUP BY sex",
    "SELECT place, AVG(pay), AVG(rate) FROM people GROUP BY place",
    "SELECT COUNT_IF(pay > 500), COUNT(*) FILTER (WHERE pay IS NULL) FROM people",
    "SELECT sex, STDDEV(pay), VAR_POP(rate) FROM people GROUP BY sex",
    "SELECT AVG(CASE WHEN age < 50 THEN 1 ELSE 0 END), SUM(CASE WHEN age < 50 THEN pay WHEN age < 60 THEN -7 END) FROM people",
    "SELECT SUM(0.5), SUM(CASE WHEN sex = 'f' THEN rate ELSE 0.125 END), AVG(CASE WHEN age < 50 THEN pay ELSE 0.5 END) FROM people",
    "SELECT place, MEDIAN(pay), QUANTILE_DISC(pay, 0.9) FROM people GROUP BY place",
    "SELECT place, COUNT(*) * 100.0 / (SELECT COUNT(*) FROM people) FROM people GROUP BY place",
    "WITH x AS (SELECT place AS p, pay FROM people WHERE age > 9) SELECT p, SUM(pay), COUNT(*) FROM x GROUP BY p",
)


def some_rows(chance: random.Random, person: int) -> list[tuple[Any, ...]]:
    """The rows of one person, extreme values, missing ones and unlisted places included."""
    return [
        (
            person,
            chance.choice([*PLACES, "Z", None]),
            chance.choice(["f", "m", None]),
            chance.randint(0, 99),
            chance.choice([None, -(10**6), 0, 999, 10**8]),
            chance.choice([None, "0.01", "2.49", "99999.99"]),
            0.0,
        )
        for _ in range(ROWS)
    ]


@pytest.mark.parametrize("sql", QUERIES)
def test_one_person_moves_each_column_no_more_than_its_sensitivity(sql: str) -> None:
    plan = analyse(sql, describe())
    assert plan.noise is not None
    chance = random.Random(sql)
    crowd = [row for person in range(30) for row in some_rows(chance, person)]
    with connect(crowd) as without:
        keys, before = cells(plan, exact(plan, without))
    measured = measured_of(plan.noise)
    largest = [0.0] * len(measured)
    worst: list[list[tuple[Any, ...]]] = [
        [(99, "A", "f", 40, 10**9, "2.50", 0.0)] * ROWS,
        [(99, "A", "f", 40, -(10**9), "0.00", 0.0)] * ROWS,
        [(99, place, "m", 40, -(10**9), "2.50", 0.0) for place in PLACES[:ROWS]],
        [(99, "B", "m", 40, None, None, None)] * ROWS,
        *(some_rows(chance, 99) for _ in range(30)),
    ]
    for person in worst:
        with connect(crowd + person) as connection:
            same, after = cells(plan, exact(plan, connection))
        assert same == keys
        for place, one in enumerate(measured):
            change = moved(before[place], after[place])
            assert change <= one["sensitivity"], (person, place)
            largest[place] = max(largest[place], change)
    # The bounds are not only kept but reached.
    for place, one in enumerate(measured):
        assert largest[place] >= one["sensitivity"] * 0.99, (place, largest)


@pytest.mark.parametrize("sql", [*QUERIES[1:6], *QUERIES[9:]])
def test_rows_and_their_order_depend_on_public_lists_alone(sql: str) -> None:
    plan = analyse(sql, describe())
    assert plan.noise is not None
    chance = random.Random(1)
    crowd = [row for person in range(50) for row in some_rows(chance, person)]
    found = []
    for rows in ([], crowd[:3], crowd):
        with connect(rows) as connection:
            found.append(cells(plan, exact(plan, connection))[0])
    assert found[0] == found[1] == found[2]
    assert all(block == sorted(block) for block in found[0])


def test_an_empty_dataset_and_one_of_a_single_person_answer_alike() -> None:
    plan = analyse(QUERIES[6], describe())
    with connect([]) as connection:
        assert exact(plan, connection) == [(place, 0, 0, 0, 0) for place in PLACES]


@pytest.mark.parametrize(
    ("sql", "refusal"),
    [
        ("SELECT age, COUNT(*) FROM people GROUP BY age", KeyNotPublic),
        ("SELECT place || 'x', COUNT(*) FROM people GROUP BY 1", KeyNotPublic),
        ("SELECT SUM(free) FROM people", BoundUnknown),
        ("SELECT SUM(pay * 2) FROM people", BoundUnknown),
        ("SELECT COUNT(*) FROM people WHERE id = 7", ColumnWithheld),
        ("SELECT COUNT(*) FILTER (WHERE id = 7) FROM people", ColumnWithheld),
        ("SELECT MAX(pay) FROM people", ConstructNotAllowed),
        ("SELECT pay FROM people", ConstructNotAllowed),
        ("SELECT DISTINCT place FROM people", ConstructNotAllowed),
        ("SELECT COUNT(DISTINCT pay) FROM people", ConstructNotAllowed),
        ("SELECT place FROM people GROUP BY place", ConstructNotAllowed),
        ("SELECT SUM(DISTINCT pay) FROM people", ConstructNotAllowed),
        (
            "SELECT sex, place, COUNT(*) FROM people GROUP BY ROLLUP (sex, place)",
            ConstructNotAllowed,
        ),
        ("SELECT place, age, COUNT(*) FROM people GROUP BY place", ColumnNotGrouped),
        ("SELECT id, COUNT(*) FROM people GROUP BY id", SqlRefused),
        ("SELECT SUM(COUNT(*)) OVER (), age FROM people", ColumnNotGrouped),
        ("SELECT COUNT(*) OVER () FROM people", ConstructNotAllowed),
        (
            "SELECT row_number() OVER (ORDER BY pay), COUNT(*) FROM people GROUP BY place",
            ColumnNotGrouped,
        ),
        ("SELECT COUNT(*) FROM (SELECT * FROM people LIMIT 5) t", ConstructNotAllowed),
        ("SELECT COUNT(*) FROM (SELECT DISTINCT place FROM people) t", ConstructNotAllowed),
        (
            "SELECT COUNT(*) FROM (SELECT pay, row_number() OVER () AS n FROM people) t",
            ConstructNotAllowed,
        ),
        ("SELECT pay FROM (SELECT pay FROM people) t", ConstructNotAllowed),
        ("SELECT p FROM (SELECT place AS p FROM people) a UNION SELECT 'x'", ConstructNotAllowed),
        ("SELECT 1", ConstructNotAllowed),
        ("SELECT * FROM (VALUES (1)) t(a)", ConstructNotAllowed),
        (
            "SELECT COUNT(*) FROM people, (SELECT COUNT(*) AS n FROM people) t WHERE age > n",
            ConstructNotAllowed,
        ),
        (
            "SELECT place, (SELECT COUNT(*) FROM people b WHERE b.place = a.place) FROM people a GROUP BY place",
            ConstructNotAllowed,
        ),
        (
            "SELECT place, COUNT(*) FROM people GROUP BY place HAVING place IN (SELECT place FROM people)",
            ConstructNotAllowed,
        ),
        ("SELECT QUANTILE_CONT(pay, 1.0) FROM people", ConstructNotAllowed),
        ("SELECT GROUPING(place), COUNT(*) FROM people GROUP BY place", SqlRefused),
        (
            "SELECT COUNT(*) FROM people a LEFT JOIN (SELECT place AS p FROM people) b ON a.place = b.p",
            ConstructNotAllowed,
        ),
        (
            "WITH x AS (SELECT place AS p FROM people) SELECT COUNT(*) FROM x a JOIN x b ON a.p = b.p",
            ConstructNotAllowed,
        ),
        (
            "SELECT COUNT(*) FROM (SELECT place FROM people QUALIFY row_number() OVER (ORDER BY age) = 1) t",
            ConstructNotAllowed,
        ),
        (
            "SELECT COUNT(*) FROM (SELECT (SELECT COUNT(*) FROM people) AS n FROM people) t WHERE n > 5",
            ConstructNotAllowed,
        ),
        (
            "SELECT COUNT(*) FROM (SELECT place FROM people WHERE age > (SELECT AVG(age) FROM people)) t",
            ConstructNotAllowed,
        ),
        (
            "SELECT n FROM (SELECT COUNT(*) AS n FROM people) t WHERE n > (SELECT pay FROM people LIMIT 1)",
            ConstructNotAllowed,
        ),
        (
            "SELECT place, COUNT(*) FROM people GROUP BY place HAVING EXISTS (SELECT 1 FROM people b WHERE b.age = 3)",
            ConstructNotAllowed,
        ),
        ("SELECT MEDIAN(free) FROM people", BoundUnknown),
        ("SELECT SUM(CASE WHEN age < 50 THEN free ELSE 0 END) FROM people", BoundUnknown),
        ("SELECT SUM(CASE WHEN age < 50 THEN pay + 1 ELSE 0 END) FROM people", BoundUnknown),
        ("SELECT SUM(CASE WHEN age < 50 THEN NULL END) FROM people", SqlRefused),
        (
            "SELECT SUM(CASE WHEN (SELECT COUNT(*) FROM people) > 100 THEN 1 ELSE 0 END) FROM people",
            ConstructNotAllowed,
        ),
        ("SELECT SUM(word) FROM people", SqlRefused),
        ("SELECT MEDIAN(word) FROM people", SqlRefused),
        ("SELECT CORR(pay, rate) FROM people", ConstructNotAllowed),
        ("SELECT COUNT(*) FROM people a JOIN people b ON a.id = b.id", SqlRefused),
        (
            "SELECT COUNT(*) FROM people WHERE pay > (SELECT AVG(pay) FROM people)",
            ConstructNotAllowed,
        ),
        (
            "SELECT COUNT(CASE WHEN (SELECT COUNT(*) FROM people) > 100 THEN 1 END) FROM people",
            ConstructNotAllowed,
        ),
        (
            "SELECT COUNT_IF((SELECT COUNT(*) FROM people) > 100) FROM people",
            ConstructNotAllowed,
        ),
    ],
)
def test_what_cannot_be_bounded_is_refused_with_what_to_do(
    sql: str, refusal: type[SqlRefused]
) -> None:
    with pytest.raises(refusal) as found:
        analyse(sql, describe())
    assert found.value.detail % found.value.facts


@pytest.mark.parametrize("changes", [{"rows_per_person": None}, {"person_column": None}])
def test_without_a_proof_of_rows_per_person_nothing_is_answered(changes: dict[str, Any]) -> None:
    with pytest.raises(BoundUnknown):
        analyse("SELECT COUNT(*) FROM people", describe(**changes))


@pytest.mark.parametrize("bounds", [[10, 1], ["a", "b"], [0, 2**62], None])
def test_bounds_turned_round_missing_or_too_wide_are_refused(bounds: list[Any] | None) -> None:
    columns = {
        "id": {"type": "INTEGER", "class": "identifier"},
        "pay": {"type": "BIGINT", "class": "measure", **({"bounds": bounds} if bounds else {})},
    }
    with pytest.raises(BoundUnknown):
        analyse("SELECT SUM(pay) FROM people", describe(columns=columns))


def test_too_many_public_cells_are_refused() -> None:
    columns: dict[str, Any] = {
        "id": {"type": "INTEGER", "class": "identifier"},
        "a": {"type": "INTEGER", "class": "dimension", "values": list(range(80))},
        "b": {"type": "INTEGER", "class": "dimension", "values": list(range(80))},
        "pay": {"type": "INTEGER", "class": "measure", "bounds": [0, 9]},
    }
    with pytest.raises(SqlTooLarge):
        analyse("SELECT a, b, COUNT(*) FROM people GROUP BY a, b", describe(columns=columns))
    columns["sex"] = {"type": "INTEGER", "class": "dimension", "values": list(range(60))}
    one = "SELECT COUNT(*) FROM people WHERE a = {} GROUP BY b, sex"
    three = " UNION ALL ".join(one.format(number) for number in range(3))
    with pytest.raises(SqlTooLarge):
        analyse(three, describe(columns=columns))
    columns["b"]["values"] = list(range(50))
    many = "SUM(pay), COUNT(*), COUNT(pay), COUNT_IF(pay > 3), COUNT_IF(pay > 4), COUNT_IF(pay > 5)"
    with pytest.raises(SqlTooLarge):
        analyse(f"SELECT a, b, {many} FROM people GROUP BY a, b", describe(columns=columns))
    with pytest.raises(ConstructNotAllowed):
        analyse("SELECT a, b, MEDIAN(pay) FROM people GROUP BY a, b", describe(columns=columns))


@pytest.mark.parametrize(
    ("kind", "value", "bounded"),
    [
        ("UTINYINT", "255", 255),
        ("TINYINT", "-128", -5),
        ("UBIGINT", "18446744073709551615", 300),
        ("HUGEINT", "-170141183460469231731687303715884105727", -5),
        ("BIGINT", "9223372036854775807", 300),
        ("FLOAT", "'nan'", 30_000),
        ("DOUBLE", "'-inf'", -500),
        ("DOUBLE", "0.125", 13),
        ("DECIMAL(38,3)", "1.0005", 1_001),
    ],
)
def test_sums_of_every_type_are_whole_units_within_the_bounds(
    kind: str, value: str, bounded: int
) -> None:
    columns = {
        "id": {"type": "INTEGER", "class": "identifier"},
        "x": {"type": kind, "class": "measure", "bounds": [-5, 300]},
    }
    for call in ("SUM(x)", "VAR_POP(x)", "MEDIAN(x)"):
        plan = analyse(f"SELECT {call} FROM people", describe(columns=columns))
        with duckdb.connect(config={"threads": 1}) as connection:
            connection.execute(
                f"CREATE TABLE people AS SELECT 1 AS id, CAST({value} AS {kind}) AS x FROM range(3)"
            )
            _, numbers = cells(plan, exact(plan, connection))
        if call == "SUM(x)":
            assert numbers == [[3 * bounded]]
        else:
            # Each of the three rows is in it once.
            assert 3 in [sum(column) for column in numbers]


@pytest.mark.parametrize("sql", [QUERIES[6], QUERIES[9]])
def test_a_plan_with_noise_survives_json(sql: str) -> None:
    plan = analyse(sql, describe())
    assert Plan.from_json(plan.to_json()).noise == plan.to_json()["noise"]


def test_a_float_is_clamped_where_its_bound_is_a_number() -> None:
    """The float next to a bound of 100,000,007 is 100,000,008: clamped as a float it would pass the bound."""
    document = {
        "mode": "dp",
        "joins": [],
        "tables": {
            "people": {
                "person_column": "id",
                "rows_per_person": 1,
                "columns": {
                    "id": {"type": "INTEGER", "class": "identifier"},
                    "x": {"type": "FLOAT", "class": "measure", "bounds": [0, 100_000_007]},
                },
            }
        },
    }
    plan = analyse("SELECT SUM(x) AS s FROM people", read_description(document))
    assert plan.noise is not None
    connection = duckdb.connect(config={"threads": 1})
    connection.execute("create table people as select 1 as id, 200000000::FLOAT as x")

    ((moved,),) = cells(plan, exact(plan, connection))[1]

    assert moved <= measured_of(plan.noise)[0]["sensitivity"]
