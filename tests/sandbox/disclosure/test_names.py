"""Answers about tables of two names that may hold the same rows: together they would tell about few people."""

from typing import Any

import pytest

from tests.sandbox.disclosure.lab import Lab

COLUMNS: dict[str, dict[str, Any]] = {
    "county": {"type": "VARCHAR", "class": "dimension"},
    "site": {"type": "INTEGER", "class": "dimension"},
    "pay": {"type": "INTEGER", "class": "measure", "bounds": [0, 1000]},
}
#: Three people stand alone at site 9, one in each county.
ROWS = [(f"p{n:04d}", f"c{n % 3}", 9 if n < 3 else n % 4, 100 + n % 50) for n in range(300)]
TOTAL = "SELECT COUNT(*) AS n, SUM(pay) AS s FROM {}"
REST = f"{TOTAL} WHERE site <> 9"
BY_COUNTY = "SELECT county, COUNT(*) AS n FROM {} GROUP BY county"
BY_BOTH = "SELECT county, site, COUNT(*) AS n FROM {} GROUP BY county, site"
NOTHING = [{"n": None, "s": None, "suppressed": True}]


def test_a_total_under_one_name_and_the_rest_under_another_do_not_both_leave() -> None:
    before = Lab(COLUMNS, ROWS)
    assert before.value(TOTAL.format("people")) == 300
    relative = Lab(COLUMNS, ROWS, after=before, table="persons")

    assert relative.ask(REST.format("persons")) == NOTHING
    # What was asked under the one name may be asked under the other too.
    assert relative.value(TOTAL.format("persons")) == 300


@pytest.mark.parametrize("names", [("people", "people"), ("people", "persons")])
@pytest.mark.parametrize("backwards", [False, True])
def test_cells_under_one_name_do_not_make_up_a_total_under_another(
    names: tuple[str, str], backwards: bool
) -> None:
    """The people of site 9 are a withheld cell of each county, which its other cells and its total would give away."""
    before = Lab(COLUMNS, ROWS)
    questions = (BY_BOTH, BY_COUNTY) if backwards else (BY_COUNTY, BY_BOTH)
    before.ask(questions[0].format(names[0]))
    relative = Lab(COLUMNS, ROWS, after=before, table=names[1])

    left = relative.ask(questions[1].format(names[1]))

    if backwards:
        assert left == []
    else:
        cells = [sum(one["county"] == f"c{n}" for one in left) for n in range(3)]
        assert cells == [3, 3, 3]
    assert relative.withheld["sum"] == 3


def test_a_condition_is_that_of_its_column_under_another_name() -> None:
    """A county's cells add up to nearly all of it, whose total was asked by a condition."""
    before = Lab(COLUMNS, ROWS)
    before.ask(f"{TOTAL.format('people')} WHERE county = 'c1'")
    relative = Lab(COLUMNS, ROWS, after=before, table="persons")

    left = relative.ask(BY_BOTH.format("persons"))

    assert relative.withheld["sum"] == 1
    assert sum(one["county"] == "c1" for one in left) == 3


def test_tables_that_stand_beside_each_other_are_two_tables() -> None:
    """Whose people are the same, nearly: that a few are missing in one of them is for a join to say or withhold."""
    first = Lab(COLUMNS, ROWS, beside=["visits"])
    assert first.value(TOTAL.format("people")) == 300
    visits = [(who, county, site, pay + 7) for who, county, site, pay in ROWS]

    second = Lab(COLUMNS, visits[3:], after=first, table="visits", beside=["people"])
    assert second.value(TOTAL.format("visits")) == 300 - 5
    # A version that has only one of both names has still the tables of the other.
    third = Lab(COLUMNS, visits[3:], after=second, table="visits")
    assert third.value(TOTAL.format("visits")) == 300 - 5
    assert third.withheld == {}
