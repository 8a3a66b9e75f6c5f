"""What has left about the people of a lineage, kept so that a new answer is compared with it quickly."""

from bisect import bisect_left, bisect_right, insort
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from sandbox.engine.differencing.families import Family
from sandbox.engine.differencing.populations import Population, is_near, union

Condition = tuple[str, frozenset[str], bool]
_Values = tuple[str | None, ...]


@dataclass(frozen=True, slots=True)
class Part:
    """The cells of a family that share the values of some keys.

    ``whole`` is all their rows, ``sums`` what is known: the places of cells that left with their union, and the
    same for each subset that they tell about.
    """

    places: tuple[int, ...]
    whole: Population
    sums: tuple[tuple[tuple[int, ...], Population], ...]


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


class Memory:
    """Families and populations that have left, by table; populations in the order of their rows."""

    def __init__(self) -> None:
        """Start with nothing."""
        self.families: dict[str, list[Kept]] = defaultdict(list)
        self._counted: dict[str, list[_Known]] = defaultdict(list)
        #: Populations whose rows a join may have repeated: their number says nothing.
        self._uncounted: dict[str, list[_Known]] = defaultdict(list)
        self._most_k = 0

    def keep(self, family: Family) -> None:
        """Remember what a family tells."""
        self.families[family.table].append(Kept(family))
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
