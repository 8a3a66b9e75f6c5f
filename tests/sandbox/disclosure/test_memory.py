"""What has left is found again by its numbers of rows: nothing that nearly equals something new is missed."""

import random

import pytest

from sandbox.engine.differencing import Cell, Family, Memory
from sandbox.engine.differencing.memory import Kept, shared_parts
from sandbox.engine.differencing.populations import Population

COLUMNS = ("t.a", "t.b", "")
CONDITIONS = (
    ("t.a", frozenset({"1", "2"}), False),
    ("t.b", frozenset({"1"}), True),
    ("t.c", frozenset({"1"}), False),
)


def draw(chance: random.Random, rows_per_person: int | None) -> Family:
    keys = tuple(chance.sample(COLUMNS, chance.randrange(3)))
    cells = {tuple(str(chance.randrange(4)) for _ in keys) for _ in range(chance.randrange(1, 9))}
    made = []
    for values in sorted(cells):
        whole = Population(chance.randrange(200), chance.getrandbits(189))
        part = Population(chance.randrange(whole.rows + 1), chance.getrandbits(189))
        subset = chance.choice((None, part))
        made.append(Cell(values, chance.random() < 0.8, whole, (subset,)))
    within = tuple(one for one in CONDITIONS if chance.random() < 0.3)
    k = chance.choice((5, 10))
    return Family("t", keys, within, k, "1", rows_per_person, tuple(made))


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("bounds", [(1, 2), (1, None)])
def test_parts_of_about_as_many_rows_are_found(seed: int, bounds: tuple[int | None, ...]) -> None:
    chance = random.Random(seed)
    memory, kept = Memory(), list[Kept]()
    for _ in range(4):
        for _ in range(10):
            family = draw(chance, chance.choice(bounds))
            memory.keep(family)
            kept.append(Kept(family))
        new = Kept(draw(chance, chance.choice(bounds)))

        found = {
            (number, mine.places, theirs.places) for number, mine, theirs in memory.shared(new)
        }

        rows = [one.family.rows_per_person for one in (*kept, new)]
        window = None if None in rows else 10 * max(one or 0 for one in rows)
        pairs = [
            (number, *pair)
            for number, other in enumerate(kept)
            for pair in shared_parts(new, other)
        ]
        assert found == {
            (number, mine.places, theirs.places)
            for number, mine, theirs in pairs
            if window is None
            or any(abs(a - b) <= window for a in mine.counts() for b in theirs.counts())
        }
