"""No text gets long, and no pattern is looked for long, for one person alone: a run would outlive its slot for them."""

import pytest

from sandbox.engine.guard import Description, analyse, read_description
from sandbox.engine.guard.growth import pattern_size
from sandbox.errors.guard import SqlTooLarge
from tests.sandbox.engine.guard.test_noised import describe

TEXTS = "the characters of one text"
STEPS = "the steps of all patterns with one row"
PARTS = "the parts of one value, with those of the steps before it"


def governed(mode: str) -> Description:
    if mode == "dp":
        return describe()
    columns = {"id": {"type": "INTEGER", "class": "identifier"},
               "place": {"type": "VARCHAR", "class": "dimension"},
               "pay": {"type": "INTEGER", "class": "measure"}}  # fmt: skip
    table = {"person_column": "id", "rows_per_person": 1, "columns": columns}
    return read_description({"mode": mode, "tables": {"people": table}, "joins": []})


def counted(condition: str, text: str = "place") -> str:
    return (
        f"WITH v AS (SELECT CASE WHEN pay = 999 THEN {text} ELSE '' END AS x FROM people) "
        f"SELECT COUNT_IF({condition}) AS n FROM v"
    )


@pytest.mark.parametrize("mode", ["dp", "aggregate"])
@pytest.mark.parametrize(
    ("sql", "measure"),
    [
        (counted("regexp_matches(x, '(a?){500}a{500}b')"), STEPS),
        (counted("regexp_matches(x, '((a{9}){9}){30}')"), STEPS),
        (counted("regexp_matches(x, '[(]a(b|c){900}')"), STEPS),
        (counted("regexp_full_match(x, '(\\pL|b){50}c')"), STEPS),
        (counted("regexp_extract(x, '(a|b)*a(a|b){500}c') = 'a'"), STEPS),
        (counted("x SIMILAR TO '(a|b)*a(a|b){500}c'"), STEPS),
        (counted("regexp_matches(x, '(a|b){30}')", f"'{'a' * 2000}'"), STEPS),
        (counted(" OR ".join(f"regexp_matches(x, '(a|b){{5{i:02}}}')" for i in range(3))), STEPS),
        (counted("regexp_matches(x || x, 'b')", f"'{'a' * 2001}'"), TEXTS),
        (counted(f"x = concat_ws('{'b' * 2000}', x, x)"), TEXTS),
        (counted(f"x = strftime(DATE '2020-01-01', '{'%A' * 90}')"), TEXTS),
    ],
)
def test_a_row_that_would_take_long_is_refused(sql: str, measure: str, mode: str) -> None:
    with pytest.raises(SqlTooLarge) as refusal:
        analyse(sql, governed(mode))

    assert refusal.value.facts["measure"] == measure


def test_patterns_of_a_query_that_is_named_twice_count_twice() -> None:
    named = "WITH v AS (SELECT place, regexp_matches(place, '(a|b){200}') AS x FROM people) "
    once = named + "SELECT COUNT_IF(x) AS n FROM v"
    twice = f"{once} UNION ALL SELECT COUNT_IF(x) FROM v"

    analyse(once, governed("aggregate"))
    with pytest.raises(SqlTooLarge):
        analyse(twice, governed("aggregate"))


@pytest.mark.parametrize("mode", ["dp", "aggregate"])
def test_a_chain_of_steps_counts_as_often_as_each_is_named(mode: str) -> None:
    """The engine pushes a filter down through it and works it out 2^n times, for each row that comes so far."""
    chain = [
        f"v{i} AS (SELECT greatest(x, least(x, {i})) AS x FROM v{i - 1})" for i in range(1, 15)
    ]
    sql = f"WITH v0 AS (SELECT pay AS x FROM people), {', '.join(chain)} SELECT COUNT(*) AS n FROM v14 WHERE x > 3"

    with pytest.raises(SqlTooLarge) as refusal:
        analyse(sql, governed(mode))

    assert refusal.value.facts["measure"] == PARTS


@pytest.mark.parametrize("mode", ["dp", "aggregate"])
def test_a_text_that_is_looked_for_in_a_long_one_many_times_is_refused(mode: str) -> None:
    found = " OR ".join(f"strpos(x, concat(left(x, 19{i:02}), 'b')) > 0" for i in range(20))

    with pytest.raises(SqlTooLarge) as refusal:
        analyse(counted(found, f"'{'a' * 3900}'"), governed(mode))

    assert refusal.value.facts["measure"] == STEPS


@pytest.mark.parametrize("mode", ["dp", "aggregate"])
@pytest.mark.parametrize(
    "condition",
    [
        "regexp_matches(x, '^\\d{17}[\\dXx]$')",
        "regexp_full_match(x, '[A-Z]{2}-?\\d{4,10}')",
        "x SIMILAR TO '(north|south)( east| west)?'",
        "x LIKE '%county%' OR x ILIKE 'a_c%'",
        "regexp_matches(x, '^\\p{Han}+$')",
    ],
)
def test_patterns_as_people_write_them_are_answered(condition: str, mode: str) -> None:
    assert analyse(counted(condition), governed(mode)).sql


def test_in_mode_open_the_time_of_a_row_tells_nothing() -> None:
    sql = "SELECT regexp_matches(place, '(a|b){900}') AS x FROM people"

    assert analyse(sql, governed("open")).sql


@pytest.mark.parametrize(
    ("pattern", "least"),
    [
        ("abc", 3),
        ("a{20}", 20),
        ("(a{20}){20}", 400),
        ("(a?){500}", 500),
        ("a{2,}", 3),
        ("a{2,9}", 9),
        ("[[:alpha:]]]{7}", 7),
        ("[)](a{9}){9}", 81),
        ("([])]a{9}){9}", 81),
        ("(\\)a{9}){9}", 81),
        ("(\\Q)\\Ea{9}){9}", 81),
        ("((a){9}){9}", 81),
    ],
)
def test_the_size_of_a_pattern_is_at_least_its_repetitions_written_out(
    pattern: str, least: int
) -> None:
    assert least <= pattern_size(pattern) <= 6 * least
