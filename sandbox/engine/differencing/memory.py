"""What has left about the people of a lineage, kept so that a new answer is compared with it quickly.

The time that it takes should grow with what is like the new answer, not with all that has left: populations and
parts of families are found by their numbers of rows, since those of few people differ in few.
"""

from bisect import bisect_left, bisect_right, insort
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from math import inf
from operator import itemgetter

from sandbox.engine.differencing.families import Family
from sandbox.engine.differencing.populations import Population, is_near, union

Condition = tuple[str, frozenset[str], bool]
_Values = tuple[str | None, ...]
#: So many ways to look at families are remembered; each can be worked out again.
_MOST_WAYS = 50


@dataclass(frozen=True, slots=True)
class Part:
    """The cells of a family that share the values of some keys.

    ``whole`` is all their rows, ``sums`` what is known: the places of cells that left with their union, and the
    same for each subset that they tell about.
    """

    places: tuple[int, ...]
    whole: Population
    sums: tuple[tuple[tuple[int, ...], Population], ...]

    def counts(self) -> set[int]:
        """Of how many rows it tells."""
        return {self.whole.rows, *(known.rows for _, known in self.sums)}


class Kept:
    """A family with its parts, worked out once for each way to look at it."""

    def __init__(self, family: Family) -> None:
        """Start with no part worked out."""
        self.family = family
        self._parts: dict[tuple[tuple[str, ...], tuple[Condition, ...]], dict[_Values, Part]] = {}

    def parts(
        self, keys: tuple[str, ...], conditions: tuple[Condition, ...]
    ) -> dict[_Values, Part]:
        """The parts by the values of some keys, of the cells inside conditions."""
        wanted = tuple(one for one in conditions if one[0] in self.family.keys)
        found = self._parts.get((keys, wanted))
        if found is None:
            if len(self._parts) >= _MOST_WAYS:
                self._parts.clear()
            found = self._parts[keys, wanted] = self._cut(keys, wanted)
        return found

    def _cut(self, keys: tuple[str, ...], conditions: tuple[Condition, ...]) -> dict[_Values, Part]:
        at = [self.family.keys.index(key) for key in keys]
        groups: dict[_Values, list[int]] = defaultdict(list)
        for place in self.family.inside(conditions):
            cell = self.family.cells[place]
            groups[tuple(cell.keys[i] for i in at)].append(place)
        return {values: self._part(places) for values, places in groups.items()}

    def _part(self, places: list[int]) -> Part:
        cells = self.family.cells
        released = tuple(i for i in places if cells[i].is_released)
        sums = [(released, union(cells[i].whole for i in released))]
        for subset in range(len(cells[places[0]].subsets)):
            given = [(i, cells[i].subsets[subset]) for i in released]
            found = [(i, one) for i, one in given if one is not None]
            sums.append((tuple(i for i, _ in found), union(one for _, one in found)))
        return Part(tuple(places), union(cells[i].whole for i in places), tuple(sums))


def shared_parts(left: Kept, right: Kept) -> Iterator[tuple[Part, Part]]:
    """The parts of two families by the keys that they share, each inside the other's conditions."""
    keys = tuple(key for key in left.family.keys if key and key in right.family.keys)
    mine = left.parts(keys, right.family.within)
    theirs = right.parts(keys, left.family.within)
    for values in mine.keys() & theirs.keys():
        yield mine[values], theirs[values]


@dataclass(frozen=True, slots=True, order=True)
class _Known:
    rows: int
    sketch: int
    k: int
    version: str


@dataclass(slots=True)
class _Shelf:
    """Parts of all families with the same keys, as families with certain keys and conditions look at them.

    ``found`` has, by the conditions that a family sets to the one who looks and by the values of the shared keys,
    numbers of rows in order, each with the number of the family. Families up to ``count`` are in it.
    """

    found: dict[tuple[Condition, ...], dict[_Values, list[tuple[int, int]]]] = field(
        default_factory=lambda: defaultdict(lambda: defaultdict(list))
    )
    count: int = 0


class Memory:
    """Families and populations that have left, by table; populations in the order of their rows."""

    def __init__(self) -> None:
        """Start with nothing."""
        self.families: dict[str, list[Kept]] = defaultdict(list)
        #: The numbers of families by table and keys.
        self._alike: dict[tuple[str, tuple[str, ...]], list[int]] = defaultdict(list)
        self._shelves: dict[tuple[object, ...], _Shelf] = {}
        self._most_rows: dict[str, float] = defaultdict(int)
        self._counted: dict[str, list[_Known]] = defaultdict(list)
        #: Populations whose rows a join may have repeated: their number says nothing.
        self._uncounted: dict[str, list[_Known]] = defaultdict(list)
        self._most_k = 0

    def keep(self, family: Family) -> None:
        """Remember what a family tells."""
        self._alike[family.table, family.keys].append(len(self.families[family.table]))
        self.families[family.table].append(Kept(family))
        rows = family.rows_per_person or inf
        self._most_rows[family.table] = max(self._most_rows[family.table], rows)
        self._most_k = max(self._most_k, family.k)
        found = (self._counted if family.rows_per_person else self._uncounted)[family.table]
        for cell in family.cells:
            for one in cell.told():
                known = _Known(one.rows, one.sketch, family.k, family.version)
                place = bisect_left(found, known)
                if place == len(found) or found[place] != known:
                    insort(found, known)

    def near(self, one: Population, family: Family) -> bool:
        """Whether a population that has left nearly equals one of a family."""
        return any(
            is_near(
                one,
                Population(known.rows, known.sketch),
                max(family.k, known.k),
                is_one_version=known.version == family.version,
            )
            for known in self._candidates(one, family)
        )

    def shared(self, new: Kept) -> Iterator[tuple[int, Part, Part]]:
        """The number of each earlier family with a part of the new one and its own that is nearly as many rows."""
        family = new.family
        # Fewer than k people have fewer rows than this between them.
        most_rows = max(self._most_rows[family.table], family.rows_per_person or inf)
        window = max(family.k, self._most_k) * most_rows
        for (table, their_keys), numbers in self._alike.items():
            if table != family.table:
                continue
            keys = tuple(key for key in family.keys if key and key in their_keys)
            conditions = tuple(one for one in family.within if one[0] in their_keys)
            shelf = self._shelf(new, keys, conditions, (table, their_keys), numbers)
            for own_conditions, by_values in shelf.found.items():
                for values, mine in new.parts(keys, own_conditions).items():
                    for number in _within(by_values.get(values, []), mine, window):
                        theirs = self.families[table][number].parts(keys, conditions)
                        yield number, mine, theirs[values]

    def _shelf(
        self,
        new: Kept,
        keys: tuple[str, ...],
        conditions: tuple[Condition, ...],
        alike: tuple[str, tuple[str, ...]],
        numbers: list[int],
    ) -> _Shelf:
        way = (alike, new.family.keys, conditions)
        if way not in self._shelves and len(self._shelves) >= _MOST_WAYS:
            self._shelves.clear()
        shelf = self._shelves.setdefault(way, _Shelf())
        for number in numbers[shelf.count :]:
            other = self.families[alike[0]][number]
            theirs = tuple(one for one in other.family.within if one[0] in new.family.keys)
            for values, part in other.parts(keys, conditions).items():
                for rows in part.counts():
                    insort(shelf.found[theirs][values], (rows, number))
        shelf.count = len(numbers)
        return shelf

    def _candidates(self, one: Population, family: Family) -> Iterator[_Known]:
        counted = self._counted[family.table]
        yield from self._uncounted[family.table]
        if family.rows_per_person is None:
            yield from counted
            return
        # Fewer than k people have fewer rows than this between them.
        window = max(family.k, self._most_k) * family.rows_per_person
        start = bisect_left(counted, one.rows - window, key=lambda known: known.rows)
        end = bisect_right(counted, one.rows + window, key=lambda known: known.rows)
        yield from counted[start:end]


def _within(counted: list[tuple[int, int]], part: Part, window: float) -> list[int]:
    """The numbers of families of which a part has about as many rows, in order."""
    found = set[int]()
    for rows in part.counts():
        start = bisect_left(counted, rows - window, key=itemgetter(0))
        end = bisect_right(counted, rows + window, key=itemgetter(0))
        found.update(number for _, number in counted[start:end])
    return sorted(found)
