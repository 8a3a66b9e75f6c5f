"""Levers that need no threshold: what fails for one person's row, casts that are filters, cuts that hide a pair.

Each was a way to read one person's value off answers of which none was of fewer than k people.
"""

from datetime import date, timedelta
from typing import Any

import pytest

from sandbox.engine.guard import analyse, read_description
from sandbox.errors.guard import SqlRefused
from tests.sandbox.disclosure.lab import Lab
from tests.sandbox.disclosure.test_smuggling import COLUMNS, PEOPLE, SPECIAL, USUAL

BORN = {
    **COLUMNS,
    "born": {"type": "DATE", "class": "measure"},
    "code": {"type": "VARCHAR", "class": "dimension"},
}


def lab(person: tuple[Any, ...], count: int = PEOPLE, **more: Any) -> Lab:
    rows: list[tuple[Any, ...]] = [
        (f"p{i:05d}", 20 + i % 60, 30_000.0 + (i * 7919) % 40_000, 0, 5, False, f"r{i % 7}",
         f"{1000 + i % 50}", "fm"[i % 2], str(date(1950, 1, 1) + timedelta(days=(i * 37) % 18_000)), f"c{i}")
        for i in range(count)
    ]  # fmt: skip
    rows[501] = ("p00501", *person, "2007-03-04", "c501")
    return Lab(BORN, rows, **more)


ONE = "CASE WHEN zip = '9999' AND age > 91 THEN {} ELSE {} END"


@pytest.mark.parametrize("mode", ["aggregate", "dp"])
@pytest.mark.parametrize(
    "condition",
    [
        ONE.format("substr(zip, 9223372036854775807, 1)", "'a'") + " <> 'qq'",
        ONE.format("left(zip, 9223372036854775807)", "'a'") + " <> 'qq'",
        ONE.format("right(zip, -9223372036854775807)", "'a'") + " <> 'qq'",
        ONE.format("split_part(zip, '9', 9223372036854775807)", "'a'") + " <> 'qq'",
        ONE.format("make_date(5800000, 1, 1)", "make_date(2000, 1, 1)")
        + " < date_trunc('month', born)",
        "date_trunc('month', born) IN (" + ONE.format("make_date(5800000, 1, 1)", "born") + ")",
        "date_trunc('month', born) BETWEEN born AND "
        + ONE.format("make_date(5800000, 1, 1)", "born"),
        "coalesce("
        + ONE.format("make_date(5800000, 1, 1)", "born")
        + ", date_trunc('month', born)) IS NOT NULL",
    ],
)
def test_nothing_fails_in_the_engine_for_one_person(condition: str, mode: str) -> None:
    found = lab(SPECIAL)
    sql = f"SELECT COUNT(*) AS n FROM people WHERE {condition}"
    try:
        plan = analyse(sql, read_description({**found.description, "mode": mode}))
    except SqlRefused:
        return
    assert found.db.execute(plan.sql).fetchall()


@pytest.mark.parametrize(
    "value",
    [
        "CAST(income * 14.4 AS DECIMAL(6,0))",
        "CAST(income * 0.00001 AS BIGINT)",
        "CAST(income / 70000 AS DECIMAL(18,0))",
        "CAST(age * 1000000000000000 AS DECIMAL(18,2))",
    ],
)
@pytest.mark.parametrize(
    "form",
    [
        "SELECT COUNT({}) AS x FROM people",
        "SELECT SUM({}) AS x FROM people",
        "SELECT stddev_pop({}) AS x FROM people",
        "WITH p AS (SELECT {} AS v FROM people) SELECT SUM(v) AS x FROM p",
        "WITH p AS (SELECT {} AS v FROM people) SELECT COUNT(v) AS x FROM p",
        "WITH p AS (SELECT person, max({}) AS v FROM people GROUP BY person) SELECT COUNT(v) AS x FROM p",
        "SELECT SUM(CASE WHEN sex = 'f' THEN {} ELSE 0 END) AS x FROM people",
    ],
)
def test_a_cast_that_rounds_or_does_not_fit_is_neither_a_step_nor_a_filter(
    form: str, value: str
) -> None:
    people = [(93, 69_990.0, *USUAL[2:]), (45, 45_000.0, *USUAL[2:])]
    try:
        answers = [lab(one).value(form.format(value)) for one in people]
    except SqlRefused:
        return
    assert answers[0] == answers[1]


def test_a_cast_that_loses_nothing_is_answered() -> None:
    assert lab(USUAL).value("SELECT SUM(CAST(age AS DECIMAL(18,2))) AS s FROM people") is not None
    assert lab(USUAL).value("SELECT AVG(CAST(age AS BIGINT)) AS s FROM people") is not None


def test_whom_a_case_adds_nothing_for_is_compared_however_it_is_cut() -> None:
    found = lab((45, 64_123.0, 0, 5, False, "r4", "9999", "m"))
    form = "SELECT SUM(CASE WHEN ({0}) AND {1} THEN 0 WHEN {0} THEN 0 WHEN {1} THEN income ELSE income END) AS s FROM people"
    few = "region IN ('r1', 'r2', 'r3')"

    whole = found.value(form.format(few, "sex = 'f'"))
    rest = found.value(form.format(f"({few} OR zip = '9999')", "zip > '1020'"))

    assert whole is not None
    assert rest is None


@pytest.mark.parametrize(
    ("value", "power"),
    [("var_pop(v)", 2), ("covar_pop(age, v)", 1), ("covar_pop(v, age)", 1), ("regr_slope(age, v)", -1),
     ("regr_slope(v, age)", 1), ("regr_avgx(age, v)", 1), ("corr(age, v)", 0), ("stddev_samp(v)", 1)],
)  # fmt: skip
def test_no_constant_moves_the_steps_of_a_spread(value: str, power: int) -> None:
    found = lab(USUAL)
    told = []
    for number in (1.0, 1.37, 3.3, 7.21):
        answer = found.value(
            f"WITH a AS (SELECT age, income * {number} AS v FROM people) SELECT {value} AS s FROM a"
        )
        told.append(answer / number**power)
    assert told == pytest.approx([told[0]] * len(told), rel=1e-9)


def test_no_constant_in_a_condition_moves_them() -> None:
    found = lab(USUAL)
    form = "SELECT SUM(CASE WHEN sex = 'f' AND age < {} THEN income * 2 ELSE income * 2 END) AS s FROM people"

    assert len({found.value(form.format(limit)) for limit in (1000.7, 2345.6, 7777.7)}) == 1


@pytest.mark.parametrize("join", ["RIGHT", "FULL"])
def test_a_pair_under_an_outer_join_with_a_list_is_found_among_many(join: str) -> None:
    """Their rows were counted by different marks, of which there are few, as if a list had repeated them."""
    found = lab(USUAL, 20_000)
    regions = ", ".join(f"('r{i}')" for i in range(7))
    sql = f"SELECT SUM(p.income) AS s FROM people p {join} JOIN (VALUES {regions}) AS x(r) ON p.region = x.r"

    assert found.value(sql) is not None
    assert [found.value(f"{sql} WHERE p.code <> 'c{i}'") for i in range(7, 17)] == [None] * 10


@pytest.mark.parametrize(("rows", "crowd"), [(1, 60), (2, 400), (5, 2000), (20, 140), (100, 400)])
def test_a_person_with_many_rows_moves_a_quantile_no_more_than_one_with_one(
    rows: int, crowd: int
) -> None:
    answers = []
    for income in (40_000.0, 50_000.0):
        people: list[tuple[Any, ...]] = [
            (
                f"p{i:05d}",
                50,
                30_000.0 + (i % 50) * 10 + (i % 2) * 30_000,
                0,
                5,
                False,
                "r1",
                "1001",
                "m",
            )
            for i in range(crowd)
        ]
        people += [("target", 50, income, 0, 5, False, "r1", "1001", "m")] * rows
        answers.append(Lab(COLUMNS, people).value("SELECT median(income) AS q FROM people"))
    if None not in answers:
        assert abs(answers[1] - answers[0]) <= 10_000 / 10 + 1000
