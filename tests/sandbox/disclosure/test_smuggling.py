"""Single questions that would smuggle one person's value past the thresholds of mode aggregate.

Each is asked of two tables that differ in one person; the answers must be the same, or nothing at all.
"""

from typing import Any

import duckdb
import pytest

from sandbox.errors.guard import ConstructNotAllowed, FunctionNotAllowed, SqlRefused
from tests.sandbox.disclosure.lab import Lab

COLUMNS: dict[str, dict[str, Any]] = {
    "age": {"type": "INTEGER", "class": "measure", "bounds": [0, 110]},
    "income": {"type": "DOUBLE", "class": "measure", "bounds": [0, 500_000], "sum_base": 1000},
    "mark": {"type": "INTEGER", "class": "measure"},
    "step": {"type": "INTEGER", "class": "measure"},
    "flag": {"type": "BOOLEAN", "class": "measure"},
    "region": {"type": "VARCHAR", "class": "dimension"},
    "zip": {"type": "VARCHAR", "class": "dimension"},
    "sex": {"type": "VARCHAR", "class": "dimension", "values": ["f", "m"]},
}
PEOPLE = 1000
#: The one who is looked for, and the same person with nothing special.
SPECIAL = (93, 45_000.0, 1, 6, True, "r4", "9999", "m")
USUAL = (45, 45_000.0, 0, 5, False, "r4", "1001", "m")
MANY = ", ".join(f"('9999', {number})" for number in range(100))
SPELLINGS = ", ".join(f"({'0' * zeros}1)" for zeros in range(40))
DECIMALS = ", ".join(f"(1.0000000000000000{number:02d})" for number in range(60))


def lab(person: tuple[Any, ...]) -> Lab:
    rows: list[tuple[Any, ...]] = [
        (f"p{i:05d}", 20 + i % 60, 30_000.0 + (i * 7919) % 40_000, 0, 5, False, f"r{i % 7}",
         f"{1000 + i % 50}", "fm"[i % 2])
        for i in range(PEOPLE)
    ]  # fmt: skip
    rows[501] = ("p00501", *person)
    return Lab(COLUMNS, rows)


SMUGGLERS = {
    "two cells of one answer": "SELECT v.i, SUM(p.income) AS s FROM people p "
    "JOIN (VALUES (1), (2)) AS v(i) ON v.i = 1 OR p.zip <> '9999' GROUP BY v.i",
    "a list of exclusions": "SELECT v.z, COUNT(*) AS n FROM people p "
    "JOIN (VALUES ('9999'), ('x')) AS v(z) ON p.zip <> v.z GROUP BY v.z",
    "rows that a list repeats": "SELECT COUNT(*) AS n, SUM(income) AS s FROM people p "
    f"LEFT JOIN (VALUES {MANY}) AS v(z, i) ON p.zip = v.z",
    "a quantile of repeated rows": "SELECT quantile_disc(p.income, 0.5) AS q FROM people p "
    f"LEFT JOIN (VALUES {MANY}) AS v(z, i) ON p.zip = v.z",
    "weights of a list": "SELECT SUM(v.w) AS s FROM people p "
    "JOIN (VALUES ('9999', 900), ('1001', 1)) AS v(z, w) ON p.zip = v.z",
    "greatest": "SELECT SUM(1 + 100 * (greatest(age, 89) - 89)) AS s FROM people",
    "length of a pattern": "SELECT SUM(1 + 100 * length(regexp_extract(zip, '^9999$'))) AS s FROM people",
    "a bump": "SELECT SUM(50000 + income * exp(-1000.0 * (age - 93) * (age - 93))) AS s FROM people",
    "a place in a text": "SELECT SUM(20 + strpos(concat(region, zip), 'r49999') * 100) AS s FROM people",
    "a sign": "SELECT SUM(2 + 100 * (1 + sign(age - 92))) AS s FROM people",
    "a high power by products": "SELECT SUM(1 + age * age * age * age * age * 0.000001) AS s FROM people",
    "a high power by steps": "WITH a AS (SELECT age * age AS x FROM people), "
    "b AS (SELECT x * x AS y FROM a) SELECT SUM(1 + y * 0.001) AS s FROM b",
    "a CASE in a step before": "WITH a AS (SELECT CASE WHEN zip = '9999' THEN 100 ELSE 1 END AS w FROM people) "
    "SELECT SUM(w) AS s FROM a",
    "a shifted quantile": "SELECT median(income - 44999) AS q FROM people WHERE zip IN ('9999')",
    "a distinct computed text": "SELECT COUNT(DISTINCT concat(region, regexp_extract(zip, '^9999$'))) AS n "
    "FROM people",
    "a cast that fails for one": "SELECT COUNT(TRY_CAST(replace(zip, '9999', 'x') AS INTEGER)) AS n FROM people",
    "a date that is none for one": "SELECT COUNT(make_date(2000, 1, 1 + (age // 93) * 40)) AS n FROM people",
    "a text that is no date for one": "SELECT COUNT(try_strptime(replace(zip, '9999', 'x'), '%Y')) AS n FROM people",
    "a sum that overflows for one": "SELECT COUNT(age * 23100000) AS n, SUM(age * 23100000) AS s FROM people "
    "WHERE income < 0",
    "the spread of a mark": "SELECT stddev_pop(mark) AS d FROM people",
    "the spread of what nearly all share": "SELECT stddev_pop(step) AS d, covar_pop(step, income) AS c FROM people",
    "what nearly all share beside a constant": "SELECT SUM(1 + 100 * (step - 5)) AS s FROM people",
    "the covariance with a mark": "SELECT covar_pop(mark, mark) AS c, regr_slope(mark, mark) AS r FROM people",
    "a mark beside a constant": "SELECT SUM(1 + 100 * mark) AS s FROM people",
    "a mark beside another column": "SELECT SUM(age * 0.01 + 100 * mark) AS s FROM people",
    "a mark in a step before": "WITH p AS (SELECT person, 1 + 100 * max(mark) AS v FROM people GROUP BY person) "
    "SELECT SUM(v) AS s, AVG(v) AS a FROM p",
    "a mark in a branch": "SELECT SUM(CASE WHEN sex = 'f' THEN 1 ELSE 100 * mark END) AS s FROM people",
    "a shifted quantile of a step before": "WITH p AS (SELECT person, max(income) - 44999 AS v FROM people "
    "GROUP BY person) SELECT median(v) AS q FROM p WHERE v < 3",
    "the sum of a mark": "SELECT SUM(mark) AS s FROM people",
    "the sum of a flag": "SELECT SUM(flag) AS s FROM people",
    "spellings of one number": "WITH a AS (SELECT income, CASE WHEN zip = '9999' THEN 1 ELSE 0 END AS f FROM people) "
    f"SELECT COUNT(*) AS n, SUM(income) AS s FROM a JOIN (VALUES (0), {SPELLINGS}) AS v(x) ON f = v.x",
    "decimals that are one double": "WITH a AS (SELECT income, CASE WHEN zip = '9999' THEN CAST(1 AS DOUBLE) "
    "ELSE CAST(0 AS DOUBLE) END AS f FROM people), v AS (SELECT DISTINCT x FROM "
    f"(VALUES (0), {DECIMALS}) AS w(x)) SELECT COUNT(*) AS n, SUM(income) AS s FROM a JOIN v ON f = v.x",
    "a number in the place of a missing one": "SELECT SUM(coalesce(nullif(mark, 1), 200)) AS s FROM people",
    "the same as a mean": "SELECT AVG(coalesce(nullif(age, 93), 4000000)) AS m FROM people",
    "a value that one brings": "SELECT COUNT(DISTINCT zip) AS n FROM people WHERE zip IN ('1001', '1002', '1003', "
    "'1004', '1005', '1006', '1007', '9999')",
    "a missing value of a step before": "WITH a AS (SELECT age - 93 AS d FROM people) "
    "SELECT COUNT(nullif(d, 0)) AS n, SUM(nullif(d, 0)) AS s FROM a",
    "a quotient for each person": "WITH p AS (SELECT person, max(age) // (93 - max(age)) AS v FROM people "
    "GROUP BY person) SELECT COUNT(v) AS n FROM p",
    "a root of a step before": "WITH a AS (SELECT 92 - age AS d FROM people) SELECT COUNT(sqrt(d)) AS n FROM a",
    "a root two steps before": "WITH a AS (SELECT 92 - age AS d FROM people), b AS (SELECT sqrt(d) AS s FROM a) "
    "SELECT COUNT(s) AS n FROM b",
    "a divisor of a step before": "WITH a AS (SELECT age - 93 AS d, income FROM people) "
    "SELECT COUNT(income / d) AS n FROM a",
    "a sum that ends at the oldest": "SELECT SUM(age * 1.9e306) AS s FROM people",
    "the same in two steps": "WITH a AS (SELECT age * 1e200 AS v FROM people) SELECT SUM(v * 1.9e106) AS s FROM a",
    "the same by division": "SELECT AVG(age / 5e-307) AS s FROM people",
    "a spread that ends there": "WITH a AS (SELECT age * 1.2e152 AS v FROM people) SELECT stddev_pop(v) AS s FROM a",
}


@pytest.mark.parametrize("sql", SMUGGLERS.values(), ids=SMUGGLERS.keys())
def test_an_answer_is_the_same_with_and_without_one_person(sql: str) -> None:
    try:
        answers = [lab(person).ask(sql) for person in (SPECIAL, USUAL)]
    except SqlRefused:
        return
    assert answers[0] == answers[1]


@pytest.mark.parametrize(
    "value",
    [
        "max(age) * 23100000",
        "sum(age) * 1839000000000000000000000000000000000",
        "max(age) * 99178326600000000",
        "max(CASE WHEN age > 92 THEN 1 END) + 9223372036854775807",
        "make_date(2000, max(age), 1)",
        "-max(age) * 99178326600000000",
    ],
)
@pytest.mark.parametrize("having", ["", " HAVING {} IS NULL OR {} IS NOT NULL"])
def test_what_is_computed_for_each_person_fails_for_nobody(value: str, having: str) -> None:
    sql = (
        f"WITH p AS (SELECT person, {value} AS v FROM people GROUP BY person"
        f"{having.format(value, value)}) SELECT COUNT(*) AS n, COUNT(DISTINCT person) AS m FROM p"
    )
    try:
        answers = [lab(person).ask(sql) for person in (SPECIAL, USUAL)]
    except duckdb.Error as failure:
        pytest.fail(f"{failure}")
    assert answers[0] == answers[1] == [{"n": PEOPLE, "m": PEOPLE, "suppressed": False}]


@pytest.mark.parametrize("others", ["()", "(region)", "(zip, region), (region)"])
def test_a_filter_over_a_key_is_one_in_the_sets_that_leave_the_key_out(others: str) -> None:
    sql = (
        "SELECT zip, SUM(CASE WHEN zip = '9999' THEN 100 ELSE 1 END) AS s, COUNT(*) FILTER (WHERE zip = '9999') AS n "
        f"FROM people GROUP BY GROUPING SETS ((zip), {others}) HAVING grouping(zip) = 1"
    )
    for person in (SPECIAL, USUAL):
        assert {(row["s"], row["n"]) for row in lab(person).ask(sql)} <= {(None, None)}


def test_arithmetic_of_people_does_not_overflow() -> None:
    """At most ages that are multiplied the engine's whole numbers would end at the oldest person's."""
    for sql in (
        "SELECT COUNT(age * 23100000) AS n FROM people",
        "WITH p AS (SELECT age * 23100000 AS v FROM people) SELECT COUNT(v) AS n FROM p",
        (
            "WITH p AS (SELECT person, max(age) * 23100000 AS v FROM people GROUP BY person) "
            "SELECT COUNT(v) AS n FROM p"
        ),
    ):
        answers = [lab(person).ask(sql) for person in (SPECIAL, USUAL)]
        assert answers[0] == answers[1]


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT region, AVG(income / 12) AS m, SUM(income * 2) AS s FROM people GROUP BY region",
        "WITH p AS (SELECT region, income / 12 AS m FROM people) SELECT region, AVG(m) AS m FROM p GROUP BY region",
        (
            "WITH p AS (SELECT person, SUM(income) AS t FROM people GROUP BY person) "
            "SELECT COUNT(t) AS n, AVG(t) AS a, median(t) AS m FROM p"
        ),
        "SELECT AVG(ln(income)) AS l, AVG(abs(age)) AS a FROM people",
        (
            "SELECT v.w, COUNT(*) AS n FROM people p JOIN (VALUES ('f', 'women'), ('m', 'men')) AS v(s, w) "
            "ON p.sex = v.s GROUP BY v.w"
        ),
        (
            "SELECT COUNT(*) AS n FROM people p CROSS JOIN (SELECT AVG(income) AS a FROM people) AS m "
            "WHERE p.income > m.a"
        ),
        (
            "SELECT sex, COUNT(*) AS n FROM people p JOIN (SELECT region, COUNT(*) AS c FROM people GROUP BY region) r "
            "ON p.region = r.region GROUP BY sex"
        ),
        (
            "SELECT region, AVG(income) FILTER (WHERE sex = 'f') AS f, stddev_samp(income) AS d, "
            "quantile_cont(income, 0.9) AS q FROM people GROUP BY region"
        ),
    ],
)
def test_honest_questions_of_the_same_kinds_are_answered(sql: str) -> None:
    rows = lab(USUAL).ask(sql)
    assert rows
    assert not any(row["suppressed"] for row in rows)


@pytest.mark.parametrize(
    "value",
    [
        "regr_slope(CASE WHEN zip IN ('usual', 'other') THEN income END, age)",
        "covar_pop(CASE WHEN zip IN ('usual', 'other') THEN income END, age)",
        "regr_avgx(CASE WHEN zip IN ('usual', 'other') THEN income END, age)",
        "regr_slope(income, age) FILTER (WHERE zip IN ('usual', 'other'))",
    ],
)
def test_of_two_arguments_each_is_looked_at_where_both_are_there(value: str) -> None:
    """All but one of whom the first takes are of one age; of everybody they are not."""
    answers = []
    for income in (40_000.0, 60_000.0):
        rows: list[tuple[Any, ...]] = [
            (f"p{i:05d}", 20 + i % 60 if i % 2 else 50, 30_000.0 + (i * 7919) % 40_000, 0, 5, False,
             "r1", "rest" if i % 2 else "usual", "fm"[i % 2])
            for i in range(PEOPLE)
        ]  # fmt: skip
        rows[501] = ("p00501", 93, income, 0, 5, False, "r1", "other", "m")
        answers.append(Lab(COLUMNS, rows).ask(f"SELECT {value} AS s FROM people"))
    assert answers[0] == answers[1] == [{"s": None, "suppressed": True}]


@pytest.mark.parametrize("aggregate", ["SUM", "AVG"])
@pytest.mark.parametrize("value", ["income + 1", "v", "income - age", "abs(income) * (age + 1)"])
def test_a_sum_of_several_things_is_not_rounded_by_its_largest(aggregate: str, value: str) -> None:
    """Its step would jump where the largest passes a power of ten, and the analyst moves it there."""
    with pytest.raises(ConstructNotAllowed) as refused:
        lab(USUAL).ask(
            f"WITH p AS (SELECT *, income + 7 AS v FROM people) SELECT {aggregate}({value}) AS s FROM p"
        )
    assert refused.value.facts["construct"] == "A sum or difference inside an aggregate"


@pytest.mark.parametrize("share", ["0.5001", "0.049", "0.96"])
def test_shares_of_quantiles_are_far_apart(share: str) -> None:
    with pytest.raises(FunctionNotAllowed):
        lab(USUAL).ask(f"SELECT quantile_cont(income, {share}) AS q FROM people")


@pytest.mark.parametrize(
    "asked", ["quantile_disc(income, 0.5)", "quantile_cont(income, 0.5)", "median(income)"]
)
def test_a_quantile_between_two_crowds_is_not_the_value_of_who_stands_there(asked: str) -> None:
    """Of who stands alone in the middle it takes one part in eleven, as a mean of eleven people would."""
    low, high = "region = 'r1' AND income < 36000", "region = 'r2' AND income > 64000"
    where = f"({low}) OR ({high}) OR (zip = '1001' AND age = 93)"
    answers = []
    for income in (40_000.0, 60_000.0):
        found = lab((93, income, *USUAL[2:]))
        crowds = [found.db.execute(f"SELECT count(*) FROM people WHERE {one}").fetchone()
                  for one in (low, high)]  # fmt: skip
        assert crowds[0] == crowds[1]  # so that the one between them is the median
        answers.append(found.value(f"SELECT {asked} AS q FROM people WHERE {where}"))
    assert abs(answers[1] - answers[0]) <= 20_000 / 11 + 1000


@pytest.mark.parametrize("share", [0.05, 0.25, 0.5, 0.75, 0.9])
def test_a_quantile_of_many_is_theirs(share: float) -> None:
    found = lab(USUAL)
    rows = found.db.execute(f"SELECT quantile_disc(income, {share}) FROM people").fetchall()

    answer = found.value(f"SELECT quantile_disc(income, {share}) AS q FROM people")

    assert answer % 1000 == 0
    assert answer == pytest.approx(rows[0][0], abs=1000)


@pytest.mark.parametrize(
    "value",
    [
        "CASE WHEN mark = 0 THEN income ELSE 0 END",
        "coalesce(income, 0)",
        "CASE WHEN age > 60 THEN 1 ELSE 0 END",
    ],
)
def test_a_quantile_takes_no_number_of_the_analysts(value: str) -> None:
    with pytest.raises(FunctionNotAllowed):
        lab(USUAL).ask(f"SELECT quantile_disc({value}, 0.3) AS q FROM people")


@pytest.mark.parametrize("form", ["SUM({})", "AVG({})"])
@pytest.mark.parametrize("value", ["income * {}", "income * age / {}", "v * {}"])
def test_no_constant_moves_the_steps_of_rounding(form: str, value: str) -> None:
    """Else the same sum times many numbers would tell where it stands between two steps."""
    found = lab(USUAL)
    told = []
    for number in (1.37, 2.0, 3.3, 7.21):
        sql = "WITH p AS (SELECT *, income * 5.1 AS v FROM people) "
        answer = found.value(f"{sql} SELECT {form.format(value.format(number))} AS s FROM p")
        told.append(float(answer) / number if "*" in value.split()[-2] else float(answer) * number)
    assert told == pytest.approx([told[0]] * len(told), rel=1e-9)
