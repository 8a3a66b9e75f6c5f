"""Tables with their margins, asked in any order: nobody can narrow a withheld cell down (linear programme)."""

import itertools
import random

import pytest
from scipy.optimize import linprog

from tests.sandbox.disclosure.lab import Lab

K = 10
SIZES = (0, 1, 2, 4, 7, 9, 12, 15, 30, 60, 200)
TABLE = "SELECT county, band, COUNT(*) AS n FROM people GROUP BY county, band"
QUESTIONS = (
    TABLE,
    "SELECT county, COUNT(*) AS n FROM people GROUP BY county",
    "SELECT band, COUNT(*) AS n FROM people GROUP BY band",
    "SELECT COUNT(*) AS n FROM people",
)
CUBE = TABLE.replace("GROUP BY county, band", "GROUP BY CUBE(county, band)")

Sizes = dict[tuple[str, str], int]


def draw(chance: random.Random) -> Sizes:
    counties = [f"c{i}" for i in range(chance.randrange(2, 6))]
    bands = [f"a{i}" for i in range(chance.randrange(2, 5))]
    return {pair: chance.choice(SIZES) for pair in itertools.product(counties, bands)} | {
        (counties[0], bands[0]): 1
    }


def fill(sizes: Sizes, *, is_listed: bool) -> Lab:
    person = itertools.count()
    rows = [(f"p{next(person)}", *pair) for pair, size in sizes.items() for _ in range(size)]
    columns = {}
    for place, name in enumerate(("county", "band")):
        columns[name] = {"type": "VARCHAR", "class": "dimension", "complete": True}
        if is_listed:
            columns[name]["values"] = sorted({pair[place] for pair in sizes})
    # Counts leave as they are: rounding would only hide what is wrong with the pattern.
    return Lab(columns, rows, k=K, count_base=1)


def sums_told(lab: Lab, sizes: Sizes, questions: list[str]) -> list[tuple[list[int], int]]:
    """Every equation that the answers give: which cells, and their sum."""
    rows = [row for question in questions for row in lab.ask(question) if row["n"] is not None]
    return [([int(row.get("county") in (None, county) and row.get("band") in (None, band))
              for county, band in sizes], row["n"]) for row in rows]  # fmt: skip


def width(told: list[tuple[list[int], int]], cell: int, cells: int) -> float:
    """How far apart the least and the most are that a cell can hold, for who knows the answers alone."""
    ends = []
    for sign in (1, -1):
        wish = [sign if place == cell else 0 for place in range(cells)]
        found = linprog(wish, A_eq=[row for row, _ in told] or None,
                        b_eq=[value for _, value in told] or None, bounds=(0, 5_000))  # fmt: skip
        assert found.success
        ends.append(float(sign * found.fun))
    return ends[1] - ends[0]


@pytest.mark.parametrize("first", range(0, 200, 20))
def test_no_withheld_cell_can_be_narrowed_down(first: int) -> None:
    for seed in range(first, first + 20):
        chance = random.Random(seed)
        sizes = draw(chance)
        questions = [CUBE] if seed % 5 == 0 else chance.sample(QUESTIONS, len(QUESTIONS))
        lab = fill(sizes, is_listed=bool(seed % 2))

        told = sums_told(lab, sizes, questions)

        shown = {row.index(1) for row, _ in told if sum(row) == 1}
        for cell, size in enumerate(sizes.values()):
            if size and cell not in shown:
                assert width(told, cell, len(sizes)) >= K, (seed, list(sizes)[cell])


def test_without_comparison_the_same_tables_give_cells_away() -> None:
    sizes = {("c1", "a"): 40, ("c1", "b"): 35, ("c2", "a"): 4, ("c2", "b"): 70}
    lab = fill(sizes, is_listed=True)
    lab.compares = False

    told = sums_told(lab, sizes, list(QUESTIONS))

    assert width(told, 2, len(sizes)) < 1e-6


def test_a_table_without_small_cells_stays_whole() -> None:
    sizes = {(county, band): 40 for county in ("c1", "c2", "c3") for band in ("a", "b")}
    lab = fill(sizes, is_listed=True)

    told = sums_told(lab, sizes, [*QUESTIONS, CUBE])

    # 6 cells, 3 and 2 margins and the total, each of them twice.
    assert len(told) == 24
    assert not lab.withheld
