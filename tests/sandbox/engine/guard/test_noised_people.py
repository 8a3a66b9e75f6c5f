"""Mode dp over joins and over ranked rows: what one person with the worst rows really moves."""

import math
import random
from typing import Any

import duckdb
import pytest

from sandbox.engine.guard import Description, Plan, analyse, read_description
from sandbox.engine.noise import measured_of
from sandbox.errors.guard import (
    BoundUnknown,
    ColumnUnknown,
    ColumnWithheld,
    ConstructNotAllowed,
    JoinNotAllowed,
    SqlRefused,
)
from tests.sandbox.engine.guard.test_noised import cells, exact, moved

REGIONS = ["north", "south"]
JOINS = [["people.town", "towns.town"], ["people.id", "visits.id"], ["people.zone", "zones.zone"]]


def describe(**changes: Any) -> Description:
    identifier = {"type": "VARCHAR", "class": "identifier"}
    tables: dict[str, Any] = {
        "people": {
            "person_column": "id",
            "rows_per_person": 2,
            "columns": {
                "id": identifier,
                "town": {"type": "VARCHAR", "class": "dimension", "values": ["a", "b", "c"]},
                "zone": {"type": "VARCHAR", "class": "dimension"},
            },
        },
        "visits": {
            "person_column": "id",
            "rows_per_person": 3,
            "columns": {
                "id": identifier,
                "kind": {"type": "VARCHAR", "class": "dimension", "values": ["x", "y"]},
                "cost": {"type": "INTEGER", "class": "measure", "bounds": [0, 10]},
            },
        },
        "towns": {
            "columns": {
                "town": {"type": "VARCHAR", "class": "dimension", "unique": True},
                "region": {"type": "VARCHAR", "class": "dimension", "values": REGIONS},
            }
        },
        "zones": {"columns": {"zone": {"type": "VARCHAR", "class": "dimension"}}},
    }
    tables |= changes
    return read_description({"mode": "dp", "tables": tables, "joins": JOINS})


def connect(
    people: list[tuple[Any, ...]], visits: list[tuple[Any, ...]]
) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect(config={"threads": 1})
    connection.execute("CREATE TABLE people (id varchar, town varchar, zone varchar)")
    connection.execute("CREATE TABLE visits (id varchar, kind varchar, cost int)")
    connection.execute(
        "CREATE TABLE towns AS SELECT * FROM (VALUES ('a', 'north'), ('b', 'south'), ('d', 'south')) t(town, region)"
    )
    for table, rows in (("people", people), ("visits", visits)):
        if rows:
            connection.executemany(f"INSERT INTO {table} VALUES (?, ?, ?)", rows)
    return connection


JOINED = (
    (
        "SELECT t.region, COUNT(*) FROM people p JOIN towns t ON p.town = t.town GROUP BY t.region",
        2,
    ),
    ("SELECT t.region, COUNT(*) FROM towns t, people p WHERE p.town = t.town GROUP BY t.region", 2),
    (
        "SELECT p.town, COUNT(t.region) FROM people p LEFT JOIN towns t USING (town) GROUP BY p.town",
        2,
    ),
    ("SELECT p.town, COUNT(*) FROM people p JOIN visits v ON p.id = v.id GROUP BY p.town", 6),
    (
        "SELECT v.kind, SUM(v.cost) FROM people p LEFT JOIN visits v ON v.id = p.id GROUP BY v.kind",
        60,
    ),
    (
        "SELECT t.region, v.kind, COUNT(*) FROM visits v JOIN people p ON v.id = p.id JOIN towns t ON t.town = p.town WHERE v.cost > 1 GROUP BY t.region, v.kind",
        6,
    ),
    (
        "SELECT p.town, COUNT(DISTINCT v.id) FROM people p JOIN visits v ON p.id = v.id GROUP BY p.town",
        math.sqrt(6),
    ),
)


@pytest.mark.parametrize(("sql", "sensitivity"), JOINED)
def test_a_join_multiplies_what_one_person_moves_by_its_fan_out_and_no_more(
    sql: str, sensitivity: float
) -> None:
    plan = analyse(sql, describe())
    assert plan.noise is not None
    (measured,) = measured_of(plan.noise)
    assert measured["sensitivity"] == pytest.approx(sensitivity)
    chance = random.Random(sql)

    def person(name: str, towns: str = "abd", kinds: str = "xy", cost: int = 10) -> Any:
        people = [(name, chance.choice(towns), None) for _ in range(2)]
        return people, [(name, chance.choice(kinds), cost) for _ in range(3)]

    crowd = [person(str(number), cost=number) for number in range(12)]
    people = [row for one, _ in crowd for row in one]
    visits = [row for _, some in crowd for row in some]
    with connect(people, visits) as connection:
        keys, (before,) = cells(plan, exact(plan, connection))
    largest = 0.0
    worst = [person("w", "a", "x"), person("w", "b", "y"), *(person("w") for _ in range(20))]
    for more_people, more_visits in worst:
        with connect(people + more_people, visits + more_visits) as connection:
            same, (after,) = cells(plan, exact(plan, connection))
        assert same == keys
        change = moved(before, after)
        assert change <= measured["sensitivity"]
        largest = max(largest, change)
    # People and visits are counted once for each town: two towns, so the root of two is reached.
    least = math.sqrt(2) if "DISTINCT" in sql else sensitivity
    assert largest >= least * 0.99


@pytest.mark.parametrize(
    ("sql", "refusal"),
    [
        ("SELECT COUNT(*) FROM people p, towns t", JoinNotAllowed),
        ("SELECT COUNT(*) FROM people p JOIN towns t ON p.town < t.town", JoinNotAllowed),
        ("SELECT COUNT(*) FROM people p JOIN towns t ON p.town = t.region", JoinNotAllowed),
        ("SELECT COUNT(*) FROM people p JOIN zones z ON p.zone = z.zone", JoinNotAllowed),
        ("SELECT COUNT(*) FROM people p JOIN visits v ON p.town = v.kind", JoinNotAllowed),
        ("SELECT COUNT(*) FROM people a JOIN people b ON a.id = b.id", JoinNotAllowed),
        ("SELECT COUNT(*) FROM people p LEFT JOIN towns t ON true WHERE p.town = t.town", JoinNotAllowed),
        ("SELECT COUNT(*) FROM towns t LEFT JOIN people p ON p.town = t.town", BoundUnknown),
        ("SELECT COUNT(*) FROM people p FULL JOIN towns t ON p.town = t.town", ConstructNotAllowed),
        ("SELECT COUNT(*) FROM people p RIGHT JOIN towns t ON p.town = t.town", ConstructNotAllowed),
        ("SELECT COUNT(*) FROM people p ANTI JOIN towns t ON p.town = t.town", ConstructNotAllowed),
        ("SELECT COUNT(*) FROM towns", BoundUnknown),
        ("SELECT COUNT(*) FROM people p JOIN visits v ON p.id = v.id OR v.cost > 1", SqlRefused),
        ("SELECT COUNT_IF(p.id = v.id) FROM people p JOIN visits v ON p.id = v.id", ColumnWithheld),
        ("SELECT COUNT(*) FROM people WHERE id = id", ColumnWithheld),
        ("SELECT COUNT(*) FROM people p JOIN visits v ON p.id = v.id AND p.id > 'a'", ColumnWithheld),
        ("SELECT t.town, COUNT(*) FROM people p JOIN towns t ON p.town = t.town GROUP BY t.town", SqlRefused),
    ],
)  # fmt: skip
def test_other_joins_are_refused(sql: str, refusal: type[SqlRefused]) -> None:
    with pytest.raises(refusal):
        analyse(sql, describe())


def test_keys_of_two_types_are_no_proof_of_one_row() -> None:
    towns = {"columns": {"town": {"type": "DOUBLE", "class": "dimension", "unique": True}}}
    people = {
        "person_column": "id",
        "rows_per_person": 2,
        "columns": {
            "id": {"type": "VARCHAR", "class": "identifier"},
            "town": {"type": "BIGINT", "class": "dimension"},
        },
    }
    known = {"people": people, "towns": towns, "visits": people, "zones": people}
    description = read_description(
        {"mode": "dp", "tables": known, "joins": [["people.town", "towns.town"]]}
    )
    with pytest.raises(JoinNotAllowed):
        analyse("SELECT COUNT(*) FROM people p JOIN towns t ON p.town = t.town", description)


def test_a_table_of_people_without_a_proof_bounds_no_join() -> None:
    visits = {"person_column": "id", "columns": {"id": {"type": "VARCHAR", "class": "identifier"}}}
    with pytest.raises(BoundUnknown):
        analyse(
            "SELECT COUNT(*) FROM people p JOIN visits v ON p.id = v.id", describe(visits=visits)
        )


# Ranked rows

RANKED = ("a", "b", "c", "d")


def ranked(rows: int, groups: int = 3, kept: int = 1) -> Description:
    columns = {
        "id": {"type": "VARCHAR", "class": "identifier"},
        "town": {"type": "VARCHAR", "class": "dimension", "values": list(RANKED)},
        "cost": {"type": "INTEGER", "class": "measure", "bounds": [0, 10]},
    }
    bounding = {
        "groups_per_person": groups,
        "rows_per_group": kept,
        "key_sets": [{"columns": ["town"], "rc": "rc 1", "ck": "ck 1"}],
    }
    table = {
        "person_column": "id", "rows_per_person": rows, "columns": columns, "bounding": bounding,
    }  # fmt: skip
    return read_description({"mode": "dp", "tables": {"stays": table}, "joins": []})


def stays(rows: list[tuple[str, str, int]]) -> duckdb.DuckDBPyConnection:
    """Rows ranked as ingest does, here by their own order."""
    connection = duckdb.connect(config={"threads": 1})
    connection.execute("CREATE TABLE given (id varchar, town varchar, cost int, place int)")
    connection.executemany(
        "INSERT INTO given VALUES (?, ?, ?, ?)", [(*row, place) for place, row in enumerate(rows)]
    )
    connection.execute(
        'CREATE TABLE stays AS SELECT id, town, cost, row_number() OVER (PARTITION BY id, town ORDER BY place) AS "rc 1", '
        'dense_rank() OVER (PARTITION BY id ORDER BY town) AS "ck 1" FROM given'
    )
    return connection


def change_of(plan: Plan, person: list[tuple[str, str, int]]) -> float:
    crowd = [(str(number), RANKED[number % 4], 5) for number in range(20)]
    with stays(crowd) as connection:
        _, (before,) = cells(plan, exact(plan, connection))
    with stays(crowd + person) as connection:
        _, (after,) = cells(plan, exact(plan, connection))
    return moved(before, after)


@pytest.mark.parametrize(
    ("call", "kept", "sensitivity"),
    [
        ("COUNT(*)", 1, math.sqrt(3)),
        ("COUNT(*)", 2, 2 * math.sqrt(3)),
        ("SUM(cost)", 1, 10 * math.sqrt(3)),
        ("COUNT(DISTINCT id)", 2, math.sqrt(3)),
    ],
)
def test_of_many_rows_those_count_that_ingest_has_ranked_first(
    call: str, kept: int, sensitivity: float
) -> None:
    sql = f"SELECT town, {call} FROM stays GROUP BY town"
    plan = analyse(sql, ranked(20, kept=kept))
    assert plan.noise is not None
    assert plan.noise["kept"] == [{"groups": 3, "rows": kept}]
    (measured,) = measured_of(plan.noise)
    assert measured["sensitivity"] == pytest.approx(sensitivity)
    everywhere = [("w", RANKED[number % 4], 10**6) for number in range(20)]
    in_one = [("w", "a", 10**6)] * 20
    changes = [change_of(plan, person) for person in (everywhere, in_one)]
    assert max(changes) <= measured["sensitivity"]
    assert max(changes) >= sensitivity * 0.99


def test_of_few_rows_all_count_and_people_are_counted_by_their_first_row() -> None:
    rows = analyse("SELECT town, COUNT(*) FROM stays GROUP BY town", ranked(5))
    people = analyse("SELECT town, COUNT(DISTINCT id) FROM stays GROUP BY town", ranked(5))
    assert rows.noise is not None
    assert people.noise is not None
    assert rows.noise["kept"] == [None]
    assert "rc 1" not in rows.sql
    assert '"rc 1" = 1' in people.sql
    assert measured_of(rows.noise)[0]["sensitivity"] == 5
    assert measured_of(people.noise)[0]["sensitivity"] == pytest.approx(math.sqrt(5))
    person = [("w", "a", 1), ("w", "a", 1), *(("w", town, 1) for town in "bcd")]
    assert change_of(rows, person) == pytest.approx(math.sqrt(7))
    # Five rows in four towns: once in each.
    assert change_of(people, person) == 2
    # A filter may take the first row away and leave another.
    filtered = analyse(
        "SELECT town, COUNT(DISTINCT id) FROM stays WHERE cost > 1 GROUP BY town", ranked(5)
    )
    assert "DISTINCT" in filtered.sql


@pytest.mark.parametrize(
    "sql",
    ["SELECT COUNT(*) FROM stays", "SELECT COUNT(*) FROM stays WHERE town = 'a'"],
)
def test_ranks_of_other_keys_are_not_used(sql: str) -> None:
    plan = analyse(sql, ranked(20))
    assert plan.noise is not None
    assert plan.noise["kept"] == [None]
    assert measured_of(plan.noise)[0]["sensitivity"] == 20


def test_ranks_that_bound_less_than_the_rows_do_are_not_used() -> None:
    plan = analyse("SELECT town, COUNT(*) FROM stays GROUP BY town", ranked(7, groups=3, kept=5))
    assert plan.noise is not None
    assert plan.noise["kept"] == [None]


@pytest.mark.parametrize("name", ['"rc 1"', '"ck 1"', "rc"])
def test_nobody_can_name_a_rank(name: str) -> None:
    with pytest.raises(SqlRefused) as refused:
        analyse(f"SELECT COUNT(*) FROM stays WHERE {name} = 1", ranked(20))
    assert isinstance(refused.value, ColumnUnknown | SqlRefused)
    with pytest.raises(SqlRefused):
        analyse(f"SELECT {name}, COUNT(*) FROM stays GROUP BY 1", ranked(20))
    with pytest.raises(SqlRefused):
        analyse("SELECT * FROM stays", ranked(20))
