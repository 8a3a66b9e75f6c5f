"""Attacks on mode aggregate by several questions: each succeeds without the comparison, and not with it."""

import itertools
import random
from collections.abc import Callable
from typing import Any

import pytest

from sandbox.engine import attacks
from sandbox.errors.guard import SqlRefused
from tests.sandbox.conftest import Rate
from tests.sandbox.disclosure.lab import Lab

COUNTIES = ("North", "South", "East", "West")
COLUMNS: dict[str, dict[str, Any]] = {
    "county": {"type": "VARCHAR", "class": "dimension", "values": list(COUNTIES)},
    "sex": {"type": "VARCHAR", "class": "dimension", "values": ["F", "M"]},
    "age": {"type": "INTEGER", "class": "dimension"},
    "pay": {"type": "INTEGER", "class": "measure", "bounds": [0, 1000], "sum_base": 1},
}
COLUMNS = {name: {**one, "complete": True} for name, one in COLUMNS.items()}
#: The person that is looked for: the only one of that age in that county.
AGE = 97


def people(seed: int, rows_each: int = 1) -> tuple[list[tuple[Any, ...]], int]:
    """Rows of 400 people and of one more, and what that one earns in all."""
    chance = random.Random(seed)
    rows = [(f"p{i}", chance.choice(COUNTIES), chance.choice("FM"), chance.randrange(20, 60),
             chance.randrange(100, 200)) for i in range(400) for _ in range(rows_each)]  # fmt: skip
    own = [("target", "North", "F", AGE, chance.randrange(100, 200)) for _ in range(rows_each)]
    return rows + own, sum(row[-1] for row in own)


Attack = Callable[[Lab], float | None]


def all_but_one(lab: Lab) -> float | None:
    """The whole group, then the group without the one."""
    asked = attacks.difference("SUM(pay)", "people", "county = 'North'", f"age = {AGE}")
    return asked.guess([lab.value(one) for one in asked.texts])


def filtered(lab: Lab) -> float | None:
    """Two aggregates of one row, each over a subset."""
    (row,) = lab.ask(
        "SELECT SUM(pay) FILTER (WHERE county = 'North') AS a, "
        f"SUM(pay) FILTER (WHERE county = 'North' AND age < {AGE}) AS b FROM people"
    )
    return None if None in (row["a"], row["b"]) else row["a"] - row["b"]


def tracker(lab: Lab) -> float | None:
    """General tracker: the small set is padded with one set and with its complement (Denning 1979)."""
    small = f"county = 'North' AND age = {AGE}"
    asked = attacks.tracker("SUM(pay)", "people", small, ("sex = 'F'", "sex = 'M'"))
    return asked.guess([lab.value(one) for one in asked.texts])


def parts(lab: Lab) -> float | None:
    """A total of two groups, less one of them: what is left is the small one."""
    lab.ask("SELECT age // 90 AS old, county, COUNT(*) AS n FROM people GROUP BY ALL")
    whole = lab.value("SELECT SUM(pay) FROM people WHERE county IN ('North', 'South')")
    found = {row["county"]: row["s"] for row in lab.ask(
        f"SELECT county, SUM(pay) AS s FROM people WHERE age < {AGE} GROUP BY county")}  # fmt: skip
    asked = (whole, found.get("North"), found.get("South"))
    return None if None in asked else whole - asked[1] - asked[2]


def margins(lab: Lab) -> float | None:
    """The cells of a table, less its total."""
    cells = lab.ask(f"SELECT age = {AGE} AS own, SUM(pay) AS s FROM people GROUP BY ALL")
    total = lab.value("SELECT SUM(pay) FROM people")
    shown = [row["s"] for row in cells if row["s"] is not None]
    return None if total is None or len(shown) != 1 else total - shown[0]


def per_person(lab: Lab) -> float | None:
    """The same through sums for each person."""
    asked = [
        lab.value(
            "WITH each AS (SELECT person, SUM(pay) AS s FROM people "
            f"WHERE county = 'North' AND age <= {age} GROUP BY person) SELECT SUM(s) FROM each"
        )
        for age in (AGE, AGE - 1)
    ]
    return None if None in asked else asked[0] - asked[1]


def joined_cell(lab: Lab) -> float | None:
    """The small cell itself, picked by a join with a table of the attacker's."""
    found: float | None = lab.value(
        "SELECT SUM(pay) FROM people JOIN (VALUES ('North', 97)) AS t(c, a) ON county = t.c AND age = t.a"
    )
    return found


def swollen_cell(lab: Lab) -> float | None:
    """The same with its row repeated by the join until there are enough rows, though of one person."""
    many = ", ".join(f"(97, {number})" for number in range(40))
    total = lab.value(
        f"SELECT SUM(pay) FROM people JOIN (VALUES {many}) AS t(a, n) ON age = t.a WHERE county = 'North'"
    )
    return None if total is None else total / 40


def joined_difference(lab: Lab) -> float | None:
    """A join that keeps everybody of the county, and one that drops the cell."""
    ages = [*range(20, 60), AGE]
    found = []
    for kept in (ages, ages[:-1]):
        listed = ", ".join(f"({age})" for age in kept)
        found.append(lab.value(
            f"SELECT SUM(pay) FROM people JOIN (VALUES {listed}) AS t(a) ON age = t.a WHERE county = 'North'"
        ))  # fmt: skip
    return None if None in found else found[0] - found[1]


ATTACKS = (all_but_one, filtered, tracker, parts, margins, per_person)
JOINS = (joined_cell, swollen_cell, joined_difference)
#: These are stopped inside one answer already.
ALONE = (filtered, joined_cell, swollen_cell)


@pytest.mark.parametrize("rows_each", [1, 4])
@pytest.mark.parametrize("attack", [*ATTACKS, *JOINS], ids=lambda one: one.__name__)
def test_several_answers_do_not_tell_of_one_person(
    attack: Attack, rows_each: int, rate: Rate
) -> None:
    trials = 4
    hits = {True: 0, False: 0}
    for seed, compares in itertools.product(range(trials), (True, False)):
        rows, pay = people(seed, rows_each)
        lab = Lab(COLUMNS, rows, count_base=1, compares=compares)
        try:
            guess = attack(lab)
        except SqlRefused:
            guess = None
        # With four rows a person sums are rounded more; without the comparison they still come near.
        hits[compares] += guess is not None and abs(guess - pay) <= 2 * rows_each

    name = f"{attack.__name__}, {rows_each} rows a person"
    rate(name, f"{hits[True]} of {trials}")
    rate(f"{name}, not compared with earlier answers", f"{hits[False]} of {trials}")
    assert hits[True] == 0
    # Suppression inside one answer stops one of them alone; the others need the comparison.
    assert hits[False] > 0 or attack in ALONE


def test_two_versions_do_not_tell_who_came_between_them() -> None:
    rows, _ = people(3)
    before, after = (Lab(COLUMNS, some, count_base=1) for some in (rows[:-1], rows))
    question = "SELECT county, SUM(pay) AS s FROM people GROUP BY county"
    first = {row["county"]: row["s"] for row in before.ask(question)}
    after.known = before.known

    second = {row["county"]: row["s"] for row in after.ask(question)}

    assert second["North"] is None
    assert {one: first[one] for one in COUNTIES[1:]} == {one: second[one] for one in COUNTIES[1:]}


def test_fifty_spellings_are_one_question_with_one_answer() -> None:
    rows, _ = people(5)
    lab = Lab(COLUMNS, rows)
    spellings = [
        f"SELECT{' ' * i}  SUM(pay) AS x{i} FROM people WHERE "
        + (" AND " if i % 2 else "  and  ").join(
            chance.sample(["county = 'North'", "age > 20", "sex IN ('F', 'M')"], 3)
        )
        for i, chance in ((i, random.Random(i)) for i in range(1, 51))
    ]

    answers = {lab.value(one) for one in spellings}

    assert len(answers) == 1
    assert None not in answers


def test_an_honest_afternoon_is_not_hindered() -> None:
    rows, _ = people(7)
    lab = Lab(COLUMNS, rows[:-1])
    questions = [
        f"SELECT {key}, COUNT(*) AS n, AVG(pay) AS m FROM people {where} GROUP BY {key}"
        for key in ("county", "sex", "county, sex", "age // 10")
        for where in ("", "WHERE age < 40", "WHERE age >= 40", "WHERE sex = 'F'")
    ]

    rows_told = [row for one in questions for row in lab.ask(one)]

    assert not lab.withheld
    assert sum(row["n"] is not None for row in rows_told) == len(rows_told)
