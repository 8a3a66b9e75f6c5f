"""The plan as a value: what it says, how it is compared, and that judging is quick and total."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sandbox.engine.guard import Plan, analyse, read_description
from sandbox.engine.guard.reading.parse import parse_printed, spelling_of
from sandbox.errors.guard import (
    ColumnUnknown,
    ColumnWithheld,
    DescriptionMalformed,
    FunctionNotAllowed,
    OneQueryOnly,
    SqlRefused,
    SqlTooLarge,
    SqlUnreadable,
    StatementNotAllowed,
    TableUnknown,
)
from tests.sandbox.engine.guard.corpus import VECTORS, description, lines

SAME = [
    "SELECT county, COUNT(*) AS n FROM persons WHERE age > 30 AND sex = 'F' GROUP BY county",
    "select  COUNTY, count( * ) n\nfrom PERSONS as p -- who\nwhere SEX='F' and p.AGE>30 group by 1",
    "SELECT \"county\", COUNT(*) FROM main.persons x WHERE (x.sex = 'F') AND age > 30 GROUP BY ALL",
]


def test_spellings_of_one_question_have_one_digest() -> None:
    plans = [analyse(sql, description("aggregate")) for sql in SAME]

    assert len({plan.digest for plan in plans}) == 1


@pytest.mark.parametrize(
    "other",
    [
        SAME[0].replace("30", "31"),
        SAME[0].replace("AND", "OR"),
        SAME[0].replace("COUNT(*)", "COUNT(age)"),
        SAME[0] + " LIMIT 5",
    ],
)
def test_another_question_has_another_digest(other: str) -> None:
    under = description("aggregate")

    assert analyse(SAME[0], under).digest != analyse(other, under).digest


def test_a_plan_survives_json() -> None:
    plan = analyse(SAME[0], description("aggregate"))

    assert Plan.from_json(json.loads(json.dumps(plan.to_json()))) == plan


def test_a_plan_names_the_columns_that_it_reads_and_shows() -> None:
    plan = analyse(
        "SELECT sex, AVG(income) AS m FROM persons GROUP BY sex", description("aggregate")
    )

    assert plan.tables == {"persons": ("income", "person_id", "sex")}
    assert [(one.name, one.type, one.is_suppressible) for one in plan.columns] == [
        ("sex", "VARCHAR", False),
        ("m", "DOUBLE", True),
    ]


@pytest.mark.parametrize(
    ("sql", "refusal"),
    [
        ("", OneQueryOnly),
        ("SELECT 1; SELECT 2", OneQueryOnly),
        ("DROP TABLE persons", StatementNotAllowed),
        ("SELECT FROM WHERE", SqlUnreadable),
        ("SELECT " + "x" * 20_001, SqlTooLarge),
        ("SELECT " + "(" * 41 + "1" + ")" * 41, SqlTooLarge),
        ("SELECT age FROM nobody", TableUnknown),
        ("SELECT height FROM persons", ColumnUnknown),
        ("SELECT person_id FROM persons", ColumnWithheld),
        ("SELECT getenv('HOME')", FunctionNotAllowed),
    ],
)
def test_each_refusal_has_its_own_code(sql: str, refusal: type[SqlRefused]) -> None:
    with pytest.raises(refusal) as found:
        analyse(sql, description("open"))

    assert str(found.value).startswith(refusal.code + ": ")


@given(st.text(max_size=80))
@settings(max_examples=300, deadline=None)
def test_any_text_is_a_plan_or_a_refusal(text: str) -> None:
    try:
        analyse(text, description("open"))
    except SqlRefused as refusal:
        assert refusal.code  # noqa: PT017 - either outcome is right, nothing else may be raised


WORDS = [
    "SELECT",
    "FROM",
    "WHERE",
    "GROUP",
    "BY",
    "HAVING",
    "ORDER",
    "LIMIT",
    "persons",
    "enterprises",
    "age",
    "county",
    "income",
    "person_id",
    "COUNT(*)",
    "SUM(",
    ")",
    "(",
    ",",
    "*",
    "=",
    "<",
    ">",
    "AND",
    "OR",
    "NOT",
    "NULL",
    "1",
    "'F'",
    "p",
    ".",
    "AS",
    "JOIN",
    "ON",
    "USING",
    "UNION",
    "ALL",
    "EXISTS",
    "IN",
    "CASE",
    "WHEN",
    "THEN",
    "ELSE",
    "END",
    "OVER",
    "PARTITION",
    "BETWEEN",
    "WITH",
    "t",
    "DISTINCT",
    "::",
    "INTEGER",
    "[",
    "]",
    "-",
    "+",
    "%",
    "//",
]


@given(st.lists(st.sampled_from(WORDS), max_size=25), st.sampled_from(["open", "aggregate"]))
@settings(max_examples=400, deadline=None)
def test_any_row_of_words_is_a_plan_or_a_refusal(words: list[str], mode: str) -> None:
    try:
        plan = analyse("SELECT " + " ".join(words), description(mode))
    except SqlRefused:
        return
    assert "person_id" not in {one.name for one in plan.columns}


@pytest.mark.parametrize("line", lines("own_honest.jsonl"), ids=lambda line: line["id"])
def test_judging_twice_says_the_same(line: dict[str, Any]) -> None:
    def judge() -> object:
        try:
            return analyse(line["sql"], description(line["policy"]))
        except SqlRefused as refusal:
            return refusal.code

    assert judge() == judge()


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"mode": "all"}, "/mode"),
        ({"k": 0}, "/k"),
        ({"joins": [["persons.nothing", "enterprises.county"]]}, "/joins/0"),
        ({"tables": {"t": {"columns": {"a": {"type": "MAP", "class": "dimension"}}}}},
         "/tables/t/columns/a/type"),
        ({"tables": {"t": {"columns": {"a": {"type": "DATE", "class": "secret"}}}}},
         "/tables/t/columns/a/class"),
        ({"tables": {"t": {"person_column": "b", "columns": {}}}}, "/tables/t/person_column"),
        ({"tables": []}, "/tables"),
    ],
)  # fmt: skip
def test_a_malformed_description_is_refused_by_place(change: dict[str, Any], pointer: str) -> None:
    document = json.loads((VECTORS / "schema.json").read_text(encoding="utf-8"))

    with pytest.raises(DescriptionMalformed) as refusal:
        read_description({"mode": "open", **document, "joins": [], **change})

    assert pointer in [one["pointer"] for one in refusal.value.facts["errors"]]


@pytest.mark.parametrize(
    ("left", "right", "are_same"),
    [
        (
            "SELECT count(*) FROM t ORDER BY 1",
            "select COUNT(*) from t order by 1 nulls last",
            True,
        ),
        ("SELECT CAST(1 AS HUGEINT)", "SELECT CAST(1 AS INT128)", True),
        ("SELECT CAST(1 AS VARCHAR)", "SELECT CAST(1 AS TEXT)", True),
        ("SELECT CAST(1 AS DECIMAL(9,2))", "SELECT CAST(1 AS DECIMAL(9, 2))", True),
        ("SELECT sum(a) FILTER (WHERE b)", "SELECT SUM(a) FILTER(WHERE b)", True),
        ('SELECT "VARCHAR"', 'SELECT "TEXT"', False),
        ("SELECT 'a, b'", "SELECT 'a,b'", False),
        ("SELECT 'it''s (a)'", "SELECT 'it''s(a)'", False),
        ("SELECT 'a'", "SELECT 'A'", False),
        ("SELECT 'a b'", "SELECT 'a  b'", False),
        ('SELECT "a"', 'SELECT "A"', False),
        ('SELECT "a"', "SELECT 'a'", False),
        ("SELECT 1", "SELECT 1.0", False),
        ("SELECT 1 ORDER BY 1 NULLS FIRST", "SELECT 1 ORDER BY 1", False),
        ("SELECT a - (b - c)", "SELECT a - b - c", False),
    ],
)
def test_spellings_are_the_same_where_both_texts_are_read_alike(
    left: str, right: str, are_same: bool
) -> None:
    assert (spelling_of(left) == spelling_of(right)) is are_same


@pytest.mark.parametrize("mode", ["open", "aggregate"])
def test_a_plan_whose_spelling_stays_the_same_prints_itself_again(mode: str) -> None:
    compared = 0
    for one in lines("honest.jsonl"):
        if one["policy"] != mode:
            continue
        try:
            printed = analyse(one["sql"], description(mode)).sql
        except SqlRefused:
            continue
        once = parse_printed(printed).sql("duckdb", comments=False)
        if spelling_of(once) == spelling_of(printed):
            compared += 1
            assert parse_printed(once).sql("duckdb", comments=False) == once
    assert compared > 10
