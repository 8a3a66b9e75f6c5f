"""Answers about two versions of the same data that differ in few people: the second answer would tell about them."""

from typing import Any

import pytest

from tests.sandbox.disclosure.lab import Lab

COLUMNS: dict[str, dict[str, Any]] = {
    "month": {"type": "INTEGER", "class": "dimension"},
    "county": {"type": "VARCHAR", "class": "dimension"},
    "pay": {"type": "INTEGER", "class": "measure", "bounds": [0, 1000]},
}
PEOPLE = 300
TOTAL = "SELECT COUNT(*) AS n, SUM(pay) AS s FROM people WHERE month = 1"
Row = tuple[str, int, str, int]


def person(number: int) -> Row:
    return f"p{number:04d}", 1, f"c{number % 3}", 100 + number % 50


USUAL = [person(number) for number in range(PEOPLE)]
#: A second row of everybody, which stands before the first where rows are put in order.
BEFORE = [(who, 0, county, pay) for who, _, county, pay in USUAL]
RAISED = [(who, month, county, pay + 7) for who, month, county, pay in USUAL]
FEW = [person(PEOPLE + number) for number in range(3)]
CORRECTED = [(who, month, county, 400) for who, month, county, _ in USUAL[:3]] + USUAL[3:]

NOTHING = [{"n": None, "s": None, "suppressed": True}]
LATER: dict[str, list[Row]] = {
    "few are added": USUAL + FEW,
    "few are gone": USUAL[3:],
    "one has a second row": [*USUAL, ("p0000", 1, "c0", 101)],
    "few are added, and everybody has a second row": USUAL + BEFORE + FEW,
    "few are added, and everybody has a new value": RAISED + FEW,
    "the values of few are corrected": CORRECTED,
    "the values of few are corrected, and everybody has a second row": CORRECTED + BEFORE,
}
#: Nothing about few people: all stay as they are, or all change.
HARMLESS: dict[str, list[Row]] = {
    "nothing changes": USUAL,
    "everybody has a second row": USUAL + BEFORE,
    "everybody has a new value": RAISED,
    "many are added": USUAL + [person(PEOPLE + number) for number in range(60)],
}


@pytest.mark.parametrize("rows", LATER.values(), ids=LATER.keys())
def test_of_versions_that_differ_in_few_people_one_answers(rows: list[Row]) -> None:
    before = Lab(COLUMNS, USUAL)
    assert before.value(TOTAL) is not None

    assert Lab(COLUMNS, rows, after=before).ask(TOTAL) == NOTHING


@pytest.mark.parametrize("rows", LATER.values(), ids=LATER.keys())
def test_so_it_is_where_people_have_several_rows_in_both(rows: list[Row]) -> None:
    before = Lab(COLUMNS, USUAL + BEFORE)
    assert before.value(TOTAL) is not None

    assert Lab(COLUMNS, list({*rows, *BEFORE}), after=before).ask(TOTAL) == NOTHING


@pytest.mark.parametrize("rows", HARMLESS.values(), ids=HARMLESS.keys())
def test_of_versions_that_tell_of_nobody_both_answer(rows: list[Row]) -> None:
    before = Lab(COLUMNS, USUAL)
    assert before.value(TOTAL) == PEOPLE

    assert Lab(COLUMNS, rows, after=before).value(TOTAL) >= PEOPLE


def test_a_total_of_one_version_does_not_tell_what_a_later_one_withholds() -> None:
    """The total is known of the first; of the second all counties but a small one, whose values are new."""
    small = [("q1", 1, "c9", 120), ("q2", 1, "c9", 130)]
    before = Lab(COLUMNS, USUAL + small)
    assert before.value(TOTAL) is not None
    raised = [(who, month, county, pay + 7) for who, month, county, pay in USUAL + small]
    sql = "SELECT county, COUNT(*) AS n FROM people WHERE month = 1 GROUP BY county"

    cells = Lab(COLUMNS, raised, after=before).ask(sql)

    assert len([one for one in cells if one["n"] is not None]) == 2
