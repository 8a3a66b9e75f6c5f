"""A NULL that the engine takes for a number: beside a text it would fail at the first row that holds none.

``-NULL IS DISTINCT FROM diagnosis`` failed where a person whom the rest of the condition picks had a diagnosis: an
error that tells of one row. Each such expression is refused beside a text, or fails on nobody's value.
"""

from itertools import product

import duckdb
import pytest

from sandbox.engine.guard import analyse
from sandbox.errors.guard import ConstructNotAllowed, SqlRefused
from tests.sandbox.engine.guard.corpus import description
from tests.sandbox.engine.guard.fuzz import fails, small_tables

NUMBERS = [
    "-NULL", "NULL + NULL", "NULL - NULL", "NULL * NULL", "NULL // NULL", "NULL % NULL", "NULL / NULL", "abs(NULL)",
    "round(NULL)", "ceil(NULL)", "floor(NULL)", "trunc(NULL)", "sqrt(NULL)", "sign(NULL)", "length(NULL)",
    "coalesce(NULL, -NULL)", "CASE WHEN age > 30 THEN -NULL END", "least(-NULL, NULL)", "(SELECT -NULL)",
]  # fmt: skip
AGGREGATES = ["median(NULL)", "quantile_cont(NULL, 0.5)", "approx_quantile(NULL, 0.5)", "sum(NULL)", "avg(NULL)",
              "count(NULL)", "sum(-NULL)"]  # fmt: skip
BARE = ["NULL", "coalesce(NULL, NULL)", "nullif(NULL, NULL)", "CASE WHEN age > 30 THEN NULL END",
        "greatest(NULL, NULL)", "(SELECT NULL)", "upper(NULL)"]  # fmt: skip
BESIDE = ["{one} IS DISTINCT FROM sex", "{one} IS NOT DISTINCT FROM sex", "sex IN ({one})", "{one} = sex",
          "sex BETWEEN {one} AND 'M'", "coalesce({one}, sex) = 'F'", "sex IN (SELECT {one})",
          "CASE {one} WHEN sex THEN TRUE ELSE FALSE END"]  # fmt: skip
WAYS = [
    "SELECT COUNT(*) AS n FROM persons WHERE {condition}",
    "SELECT COUNT(*) FILTER (WHERE {condition}) AS n FROM persons",
]
THROUGH = (
    "WITH w AS (SELECT {one} AS x, sex, person_id FROM persons) SELECT COUNT(*) AS n FROM w "
    "WHERE {condition}"
)


@pytest.fixture(scope="module")
def tables() -> duckdb.DuckDBPyConnection:
    return small_tables()


@pytest.mark.parametrize("mode", ["open", "aggregate"])
@pytest.mark.parametrize("one", [*NUMBERS, *BARE])
def test_no_null_fails_on_somebodys_text(
    tables: duckdb.DuckDBPyConnection, one: str, mode: str
) -> None:
    under = description(mode, rows_per_person=1)
    texts = [way.format(condition=beside.format(one=one)) for way, beside in product(WAYS, BESIDE)]
    texts += [THROUGH.format(one=one, condition=beside.format(one="x")) for beside in BESIDE]
    for sql in texts:
        try:
            plan = analyse(sql, under)
        except SqlRefused:
            continue
        assert fails(tables, plan.sql) is None, sql


@pytest.mark.parametrize("mode", ["open", "aggregate"])
@pytest.mark.parametrize("one", NUMBERS)
def test_a_number_made_of_nothing_is_refused_beside_a_text(one: str, mode: str) -> None:
    sql = f"SELECT COUNT(*) AS n FROM persons WHERE {one} IS DISTINCT FROM sex"
    with pytest.raises(ConstructNotAllowed):
        analyse(sql, description(mode, rows_per_person=1))


@pytest.mark.parametrize("one", AGGREGATES)
def test_an_aggregate_of_nothing_is_a_number(one: str) -> None:
    sql = f"SELECT sex, COUNT(*) AS n FROM persons GROUP BY sex HAVING {one} IS DISTINCT FROM sex"
    with pytest.raises(SqlRefused):
        analyse(sql, description("open", rows_per_person=1))


@pytest.mark.parametrize("rows", ["(NULL), (1)", "(1), ('a')", "(NULL), (DATE '2020-01-01')"])
@pytest.mark.parametrize("mode", ["open", "aggregate"])
def test_a_list_of_values_has_one_type_for_all_its_rows(
    tables: duckdb.DuckDBPyConnection, rows: str, mode: str
) -> None:
    for right in ("sex", "age", "visit_date"):
        condition = f"v.x IS DISTINCT FROM p.{right}"
        sql = f"SELECT COUNT(*) AS n FROM persons p JOIN (VALUES {rows}) v(x) ON TRUE WHERE {condition}"
        try:
            plan = analyse(sql, description(mode, rows_per_person=1))
        except SqlRefused:
            continue
        assert fails(tables, plan.sql) is None, sql


@pytest.mark.parametrize(
    ("left", "right", "is_fine"),
    [
        ("SELECT sex", "SELECT age", False),
        ("SELECT age", "SELECT visit_date", False),
        ("SELECT sex", "SELECT -NULL", False),
        ("SELECT sex", "SELECT NULL", True),
        ("SELECT age", "SELECT 1.5", True),
        ("SELECT sex", "SELECT 'F'", True),
    ],
)
@pytest.mark.parametrize("word", ["UNION ALL", "UNION", "EXCEPT", "INTERSECT"])
def test_columns_of_two_queries_are_of_one_kind(
    left: str, right: str, is_fine: bool, word: str
) -> None:
    sql = f"{left} FROM persons {word} {right} FROM persons"
    under = description("open", rows_per_person=1)
    if is_fine:
        assert analyse(sql, under).sql
        return
    with pytest.raises(ConstructNotAllowed):
        analyse(sql, under)


@pytest.mark.parametrize(
    "one",
    [
        "9223372036854775807 + 1 > 0",
        "9223372036854775807 * 2 IS NULL",
        "abs(-9223372036854775808) > 0",
        "make_date(2020, 13, 1) IS NULL",
        "-(-9223372036854775807 - 1) > 0",
    ],
)
def test_literals_that_fail_do_so_with_and_without_a_row(
    tables: duckdb.DuckDBPyConnection, one: str
) -> None:
    # The engine would compute them when the first row comes: an error would tell that there is one.
    sql = f"SELECT COUNT(*) AS n FROM persons WHERE county = 'C01' AND {one}"
    plan = analyse(sql, description("aggregate", rows_per_person=1))
    assert fails(tables, plan.sql) is None


@pytest.mark.parametrize(
    "one",
    ["cos('a')", "left(sex, 'a')", "split_part(sex, 'a', 'b')", "isodow(INTERVAL 1 DAY)", "year(sex)",
     "date_diff('day', sex, visit_date)", "-(sex || 'a')", "visit_date - NULL", "-TRUE"],
)  # fmt: skip
def test_what_would_be_converted_at_the_first_row_is_refused(one: str) -> None:
    with pytest.raises(SqlRefused):
        analyse(f"SELECT {one} AS o FROM persons", description("open", rows_per_person=1))


@pytest.mark.parametrize("mode", ["open", "aggregate"])
@pytest.mark.parametrize(
    "one",
    ["income * (SELECT 9223372036854775807) > 0", "income + (SELECT 9223372036854775807) > 0",
     "abs((SELECT -9223372036854775808) + 0 * age) > 0", "-((SELECT -9223372036854775807 - 1)) > age",
     "make_date((SELECT 2020), 13, age) IS NULL", "income > (SELECT 12.5 * COUNT(*) FROM enterprises)"],
)  # fmt: skip
def test_computing_with_a_subquery_fails_on_nobodys_value(
    tables: duckdb.DuckDBPyConnection, one: str, mode: str
) -> None:
    sql = f"SELECT COUNT(*) AS n FROM persons WHERE county = 'C01' AND {one}"
    try:
        plan = analyse(sql, description(mode, rows_per_person=1))
    except SqlRefused:
        return
    assert fails(tables, plan.sql) is None


@pytest.mark.parametrize(
    ("one", "is_none"),
    [("year('2020-03-01')", False), ("date_diff('day', '2020-01-01', visit_date)", False),
     ("EXTRACT(hour FROM '2020-01-01 10:00:00')", False), ("year('soon')", True)],
)  # fmt: skip
def test_a_literal_text_for_a_date_is_one_or_nothing(
    tables: duckdb.DuckDBPyConnection, one: str, is_none: bool
) -> None:
    plan = analyse(
        f"SELECT {one} AS o FROM persons LIMIT 1", description("open", rows_per_person=1)
    )
    ((found,),) = tables.execute(plan.sql).fetchall()
    assert (found is None) is is_none


def test_an_aggregate_of_the_query_around_is_computed_there() -> None:
    under = description("open", rows_per_person=1)
    sql = "SELECT county, (SELECT AVG(persons.income) FROM enterprises) AS n FROM persons GROUP BY county"
    with pytest.raises(ConstructNotAllowed):
        analyse(sql, under)
    own = "SELECT county FROM persons p WHERE income > (SELECT AVG(q.income) FROM persons q WHERE q.county = p.county)"
    assert analyse(own, under).sql


@pytest.mark.parametrize("one", BARE[:6])
def test_a_bare_null_stands_beside_everything(tables: duckdb.DuckDBPyConnection, one: str) -> None:
    sql = f"SELECT COUNT(*) AS n FROM persons WHERE {one} IS NOT DISTINCT FROM sex"
    plan = analyse(sql, description("open", rows_per_person=1))

    assert tables.execute(plan.sql).fetchall() == tables.execute(sql).fetchall()
