"""Keys of any length take little room beside the answer: that of one hidden cell does not make an answer too large."""

from typing import Any

import pytest

from sandbox.engine.guard import analyse, read_description
from tests.sandbox.disclosure.lab import Lab

TALL = "é" * 300
COLUMNS: dict[str, dict[str, Any]] = {"word": {"type": "VARCHAR", "class": "dimension"}}


@pytest.fixture
def people() -> Lab:
    return Lab(
        COLUMNS, [(f"p{i}", TALL if i < 40 else "few" if i < 44 else "many") for i in range(100)]
    )


def beside(lab: Lab, sql: str) -> tuple[list[dict[str, Any]], list[tuple[Any, ...]]]:
    """What the trusted side is told of the cells under an answer, and their rows."""
    plan = analyse(sql, read_description(lab.description))
    width = len(plan.columns) + (plan.flag is not None)
    rows = lab.db.execute(plan.sql).fetchall()
    return plan.cells or [], [row[width:] for row in rows if row[width] is not None]


def test_a_long_key_takes_no_more_room_than_a_short_one(people: Lab) -> None:
    _, cells = beside(people, "SELECT word, COUNT(*) AS n FROM people GROUP BY word")
    assert len(cells) == 3
    assert max(len(value) for cell in cells for value in cell if value) <= 64
    assert [row["word"] for row in people.ask("SELECT word, COUNT(*) AS n FROM people GROUP BY word")
            if row["n"] == 40] == [TALL]  # fmt: skip


def test_a_condition_names_a_long_key_as_its_cell_does(people: Lab) -> None:
    told, cells = beside(
        people,
        f"SELECT word, COUNT(*) AS n FROM people WHERE word IN ('{TALL}', 'many') GROUP BY word",
    )
    ((within,),) = [one["within"] for one in told]
    assert set(within["texts"]) == {cell[2] for cell in cells}
