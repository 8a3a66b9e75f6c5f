"""Parameters of approved queries: what a value may be, and that it is a literal and never text."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sandbox.engine.guard import analyse, read_description
from sandbox.engine.parameters import Parameter, read_parameter
from sandbox.errors.guard import (
    ColumnUnknown,
    ConstructNotAllowed,
    DescriptionMalformed,
    ParameterMisplaced,
    ParametersDiffer,
    SqlRefused,
    SqlUnreadable,
)

PEOPLE: dict[str, Any] = {
    "person_column": "id",
    "rows_per_person": 1,
    "columns": {
        "id": {"type": "VARCHAR", "class": "identifier"},
        "code": {"type": "INTEGER", "class": "dimension"},
        "town": {"type": "VARCHAR", "class": "dimension"},
        "sex": {"type": "VARCHAR", "class": "dimension", "values": ["f", "m"]},
        "day": {"type": "DATE", "class": "dimension"},
        "amount": {"type": "DECIMAL(9,2)", "class": "measure", "bounds": [0, 100]},
    },
}
DATASET: dict[str, Any] = {"mode": "dp", "tables": {"people": PEOPLE}, "joins": []}
DECLARED: dict[str, dict[str, Any]] = {
    "integer": {"kind": "integer", "example": "5", "least": "-10", "most": "90"},
    "decimal": {"kind": "decimal", "example": "3.50", "least": "0", "most": "99.5"},
    "date": {"kind": "date", "example": "2020-01-01", "least": "2019-01-01", "most": "2020-12-31"},
    "choice": {"kind": "choice", "example": "f", "choices": ["f", "m", "o'x"]},
    "text": {
        "kind": "text",
        "example": "AB12",
        "length": 12,
        "pattern": "[A-Z]{2}[0-9]{1,4}",
        "column": "people.sex",
    },
}
#: What breaks out of a text where a value is pasted into it.
INJECTIONS = (
    "0 OR 1=1",
    "0); DROP TABLE people; --",
    "1 UNION SELECT id FROM people",
    "5 -- ",
    "' OR ''='",
    "'; SELECT id FROM people; --",
    "\\' OR 1=1 --",
    "/*",
    "2020-01-01' OR '1'='1",
    ":integer",
    "$$",
    "１２",
    "5\x00",
)  # fmt: skip


def parameter(kind: str, **changes: Any) -> Parameter:
    return read_parameter({"name": "p", **DECLARED[kind], **changes})


def bound(**values: tuple[str, str, str]) -> dict[str, Any]:
    given = {name: {"kind": kind, "value": text, "column": column}
             for name, (kind, text, column) in values.items()}  # fmt: skip
    return DATASET | {"parameters": given}


@pytest.mark.parametrize(
    ("kind", "good"),
    [
        ("integer", ["-10", "0", "90"]),
        ("decimal", ["0", "0.000000001", "99.5"]),
        ("date", ["2019-01-01", "2020-02-29"]),
        ("choice", ["f", "o'x"]),
        ("text", ["AB1", "ZZ9999"]),
    ],
)
def test_a_value_within_its_declaration_fits(kind: str, good: list[str]) -> None:
    assert [parameter(kind).fault_of(text) for text in good] == [""] * len(good)


@pytest.mark.parametrize(
    ("kind", "bad"),
    [
        ("integer", ["", "91", "-11", "5.0", "1e3", "+5", "5 ", "0x10", "9" * 19, "true"]),
        ("decimal", ["", "-0.1", "99.51", "1e1", ".5", "1.", "NaN", "inf", "1,5"]),
        ("date", ["", "2018-12-31", "2021-01-01", "2020-02-30", "2020-1-1", "20200101"]),
        ("choice", ["", "F", "f ", "x"]),
        ("text", ["", "ab12", "AB", "AB12345", "AB12\n", "AB12'", "%", "ＡＢ12"]),
    ],
)
def test_a_value_outside_its_declaration_has_a_fault(kind: str, bad: list[str]) -> None:
    assert [text for text in bad if not parameter(kind).fault_of(text)] == []


@pytest.mark.parametrize("kind", DECLARED)
@pytest.mark.parametrize("text", INJECTIONS)
def test_no_injection_fits_any_type(kind: str, text: str) -> None:
    assert parameter(kind).fault_of(text)


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": "P"},
        {"name": "a-b"},
        {"kind": "money"},
        {"example": "91"},
        {"least": "", "most": ""},
        {"least": "90", "most": "-10"},
    ],
)
def test_a_number_without_what_it_needs_is_no_parameter(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"^(P|a-b|p)$"):
        read_parameter({"name": "p", **DECLARED["integer"], **wrong})


@pytest.mark.parametrize(
    "wrong",
    [
        {"length": 0},
        {"length": 201},
        {"column": ""},
        {"column": "sex"},
        {"pattern": "(A+)+"},
        {"pattern": "[A-Z]*"},
        {"pattern": "A|B"},
        {"pattern": "[Z-A]"},
        {"pattern": "[A-Z]{3,1}"},
        {"pattern": "[" + "a-a" * 60},
        {"pattern": "[A-Z]{1,9}[A-Z]{1,9}"},
    ],
)
def test_a_text_without_what_it_needs_is_no_parameter(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"^p$"):
        parameter("text", **wrong)


def test_a_choice_needs_its_list() -> None:
    for choices in ([], ["f", "f"], ["x" * 201]):
        with pytest.raises(ValueError, match=r"^p$"):
            parameter("choice", choices=choices, example=choices[0] if choices else "f")


def test_a_choice_of_whole_numbers_is_bound_as_a_number() -> None:
    assert parameter("choice", choices=["1", "2"], example="1").bound("2")["kind"] == "integer"
    assert parameter("choice").bound("f")["kind"] == "listed"


def test_a_bound_text_asks_what_the_same_text_by_hand_asks() -> None:
    template = (
        "SELECT sex, COUNT(*) AS n FROM people -- a word\n"
        "WHERE code > :a AND code - :b < 3 AND day >= :c AND amount < :d AND sex <> :e AND sex = :f GROUP BY sex"
    )
    values = bound(
        a=("integer", "5", ""),
        b=("integer", "-7", ""),
        c=("date", "2020-01-01", ""),
        d=("decimal", "3.50", ""),
        e=("listed", "o'x", ""),
        f=("text", "m", "people.sex"),
    )
    by_hand = (
        "SELECT sex, COUNT(*) AS n FROM people WHERE code > 5 AND code - -7 < 3 AND day >= DATE '2020-01-01' "
        "AND amount < 3.50 AND sex <> 'o''x' AND sex = 'm' GROUP BY sex"
    )
    made = analyse(template, read_description(values))
    plain = analyse(by_hand, read_description(DATASET))
    assert made.digest == plain.digest
    assert (made.sql, made.noise) == (plain.sql, plain.noise)
    # What is stored of it is a text of its own, which asks the same once more.
    again = analyse(made.bound, read_description(DATASET))
    assert (again.digest, again.bound) == (plain.digest, "")


@pytest.mark.parametrize("text", [one for one in INJECTIONS if "\x00" not in one])
def test_whatever_a_text_holds_it_is_one_literal(text: str) -> None:
    """Past the declaration's own check: the binder alone must hold too."""
    sql = "SELECT COUNT(*) FROM people WHERE sex = :f"
    made = analyse(sql, read_description(bound(f=("text", text, "people.sex"))))
    doubled = text.replace("'", "''")
    plain = analyse(sql.replace(":f", f"'{doubled}'"), read_description(DATASET))
    assert made.digest == plain.digest


@settings(max_examples=200, deadline=None, database=None)
@given(
    st.text(
        st.one_of(st.sampled_from("'\"\\;-/*%:$( )=aOR1"), st.characters(codec="utf-8")),
        max_size=40,
    )
)
def test_any_text_is_the_constant_that_it_says(text: str) -> None:
    sql = "SELECT COUNT(*) FROM people WHERE sex = :f AND code > 0"
    try:
        made = analyse(sql, read_description(bound(f=("text", text, "people.sex"))))
    except (SqlUnreadable, DescriptionMalformed):
        # What no query may hold: control and invisible characters, line ends.
        assert not text.isprintable() or "\xad" in text
        return
    constants = [
        one["text"]
        for one in _nodes(made.canonical)
        if one["node"] == "constant" and one["kind"] == "text"
    ]
    assert constants == [text]


def _nodes(form: Any) -> list[dict[str, Any]]:
    if isinstance(form, list):
        return [found for one in form for found in _nodes(one)]
    if not isinstance(form, dict):
        return []
    own = [form] if "node" in form else []
    return own + [found for one in form.values() for found in _nodes(one)]


@pytest.mark.parametrize("kind", ["integer", "decimal", "date"])
@pytest.mark.parametrize("text", INJECTIONS)
def test_the_guard_takes_no_number_or_date_that_is_none(kind: str, text: str) -> None:
    with pytest.raises(DescriptionMalformed):
        read_description(bound(p=(kind, text, "")))


def test_what_looks_like_a_parameter_in_a_string_a_name_or_a_comment_is_none() -> None:
    sql = "SELECT COUNT(*) AS \":a\" FROM people WHERE town <> ':a' -- :a"
    with pytest.raises(ParametersDiffer) as refused:
        analyse(sql, read_description(bound(a=("integer", "1", ""))))
    assert {"undeclared": "-", "unused": "a"}.items() <= refused.value.facts.items()


def test_undeclared_and_unused_parameters_are_named_at_once() -> None:
    sql = "SELECT COUNT(*) FROM people WHERE code > :a AND code < :b"
    with pytest.raises(ParametersDiffer) as refused:
        analyse(sql, read_description(bound(b=("integer", "1", ""), c=("integer", "1", ""))))
    assert {"undeclared": "a", "unused": "c"}.items() <= refused.value.facts.items()


def test_a_query_of_an_analyst_has_no_parameters() -> None:
    with pytest.raises(ConstructNotAllowed):
        analyse("SELECT COUNT(*) FROM people WHERE code > :a", read_description(DATASET))


@pytest.mark.parametrize(
    ("sql", "column"),
    [
        ("SELECT COUNT(*) FROM people WHERE town = :f", "people.town"),
        ("SELECT COUNT(*) FROM people WHERE town = :f", "people.sex"),
        ("SELECT COUNT(*) FROM people WHERE id = :f", "people.id"),
        ("SELECT COUNT(*) FROM people WHERE concat(town, :f) = 'x'", "people.sex"),
        ("SELECT sex, COUNT(*) FROM people WHERE sex < :f GROUP BY sex", "people.sex"),
        ("SELECT COUNT(*) FROM people WHERE sex = :f", "people.nothing"),
    ],
)
def test_a_text_stands_beside_its_public_column_and_nowhere_else(sql: str, column: str) -> None:
    with pytest.raises(ParameterMisplaced):
        analyse(sql, read_description(bound(f=("text", "x", column))))


@pytest.mark.parametrize("where", ["sex = :f", ":f = sex", "sex LIKE :f", "sex IN ('m', :f)"])
def test_a_text_may_be_compared_with_its_column_in_these_ways(where: str) -> None:
    values = read_description(bound(f=("text", "f", "people.sex")))
    assert analyse(f"SELECT COUNT(*) FROM people WHERE {where}", values).bound


def test_a_bound_query_is_judged_as_every_other() -> None:
    with pytest.raises(SqlRefused):
        analyse("SELECT id FROM people WHERE code > :a",
                read_description(bound(a=("integer", "1", ""))))  # fmt: skip


def test_a_refusal_points_into_the_text_of_the_template() -> None:
    sql = "SELECT COUNT(*) FROM people\n\n  WHERE nothing > 1 AND code > :a"
    with pytest.raises(ColumnUnknown) as refused:
        analyse(sql, read_description(bound(a=("integer", "1", ""))))
    assert {"line": 3, "column": 9, "length": 7}.items() <= refused.value.facts.items()
