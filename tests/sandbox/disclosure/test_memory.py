"""What has left is found again by its numbers of rows: nothing that nearly equals something new is missed."""

import random

import pytest

from sandbox.engine.differencing import Cell, Family, Memory
from sandbox.engine.differencing.memory import Kept, Part, shared_parts
from sandbox.engine.differencing.populations import Population

COLUMNS = ("a", "b", "")
CONDITIONS = (
    ("a", frozenset({"1", "2"}), False),
    ("b", frozenset({"1"}), True),
    ("c", frozenset({"1"}), False),
)


def draw(chance: random.Random, rows_per_person: int | None) -> Family:
    table = chance.choice(("t", "t", "u"))
    # Now and then a column of another table that was joined.
    keys = tuple(f"{chance.choice((table, table, 'w'))}.{one}" if one else ""
                 for one in chance.sample(COLUMNS, chance.randrange(3)))  # fmt: skip
    cells = {tuple(str(chance.randrange(4)) for _ in keys) for _ in range(chance.randrange(1, 9))}
    made = []
    for values in sorted(cells):
        whole = Population(chance.randrange(200), chance.getrandbits(189))
        part = Population(chance.randrange(whole.rows + 1), chance.getrandbits(189))
        subset = chance.choice((None, part))
        made.append(Cell(values, chance.random() < 0.8, whole, (subset,)))
    within = tuple(
        (f"{table}.{name}", texts, out) for name, texts, out in CONDITIONS if chance.random() < 0.3
    )
    beside = chance.choice(((), ("u",) if table == "t" else ("t",)))
    return Family(
        table, keys, within, chance.choice((5, 10)), "1", rows_per_person, tuple(made), beside
    )


def are_about_as_many(new: Family, mine: Part, other: Family, theirs: Part) -> bool:
    if new.rows_per_person is None or other.rows_per_person is None:
        return True
    window = 10 * max(new.rows_per_person, other.rows_per_person)
    return any(abs(a - b) <= window for a in mine.counts() for b in theirs.counts())


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

        assert found == {
            (number, mine.places, theirs.places)
            for number, other in enumerate(kept)
            if other.family.origin.may_be(new.family.origin)
            for mine, theirs in shared_parts(new, other)
            if are_about_as_many(new.family, mine, other.family, theirs)
        }
