"""What has left about the people of a lineage, kept so that a new answer is compared with it quickly."""

from bisect import bisect_left, bisect_right, insort
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from sandbox.engine.differencing.families import Family, Origin
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
    """The parts of two families by the keys that they share, each inside the other's conditions.

    Keys are shared by name; where more are once tables are called otherwise, by that too.
    """
    by_name = {key: key for key in left.family.keys if key and key in right.family.keys}
    given = left.family.within, right.family.within
    yield from _parts_by(left, right, by_name, given)
    # Keys with the same name first: each is one other key.
    by_column: dict[str, str] = {}
    for key in sorted(filter(None, left.family.keys), key=lambda one: one not in by_name):
        if found := right.family.key_for(key, left.family):
            by_column.setdefault(found, key)
    called = _as_called(left.family, right.family), _as_called(right.family, left.family)
    if by_column != by_name or called != given:
        yield from _parts_by(left, right, by_column, called)


def _parts_by(
    left: Kept,
    right: Kept,
    keys: dict[str, str],
    conditions: tuple[tuple[Condition, ...], tuple[Condition, ...]],
) -> Iterator[tuple[Part, Part]]:
    """The parts by keys of the right that are such ones of the left, inside the left's and the right's conditions."""
    mine = left.parts(tuple(keys.values()), conditions[1])
    theirs = right.parts(tuple(keys), conditions[0])
    for values in mine.keys() & theirs.keys():
        yield mine[values], theirs[values]


def _as_called(one: Family, there: Family) -> tuple[Condition, ...]:
    """The conditions of a family, their columns as they are called among the keys of another one."""
    return tuple(
        (there.key_for(column, one) or column, texts, is_excluded)
        for column, texts, is_excluded in one.within
    )


@dataclass(frozen=True, slots=True, order=True)
class _Known:
    rows: int
    sketch: int
    k: int
    origin: Origin


class Memory:
    """Families and populations that have left; populations by the most rows of a person, in the order of their rows."""

    def __init__(self) -> None:
        """Start with nothing."""
        self.families: list[Kept] = []
        #: None: populations whose rows a join may have repeated, so that their number says nothing.
        self._known: dict[int | None, list[_Known]] = defaultdict(list)
        self._most_k = 0

    def keep(self, family: Family) -> None:
        """Remember what a family tells."""
        self.families.append(Kept(family))
        self._most_k = max(self._most_k, family.k)
        found, origin = self._known[family.rows_per_person], family.origin
        for cell in family.cells:
            for one in cell.told():
                known = _Known(one.rows, one.sketch, family.k, origin)
                place = bisect_left(found, known)
                if place == len(found) or found[place] != known:
                    insort(found, known)

    def near(self, one: Population, family: Family) -> bool:
        """Whether a population that has left nearly equals one of a family."""
        origin = family.origin
        return any(
            is_near(
                one,
                Population(known.rows, known.sketch),
                max(family.k, known.k),
                is_one_version=known.origin.is_same(origin),
            )
            for known in self._candidates(one, family)
            if known.origin.may_be(origin)
        )

    def _candidates(self, one: Population, family: Family) -> Iterator[_Known]:
        for most, found in self._known.items():
            if most is None or family.rows_per_person is None:
                yield from found
                continue
            # Fewer than k people have fewer rows than this between them.
            window = max(family.k, self._most_k) * max(family.rows_per_person, most)
            start = bisect_left(found, one.rows - window, key=lambda known: known.rows)
            end = bisect_right(found, one.rows + window, key=lambda known: known.rows)
            yield from found[start:end]
