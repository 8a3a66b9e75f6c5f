"""What has left about the people of a lineage, kept so that a new answer is compared with it quickly.

The time that it takes should grow with what is like the new answer, not with all that has left: populations and
parts of families are found by their numbers of rows, since those of few people differ in few.
"""

from bisect import bisect_left, bisect_right, insort
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from operator import itemgetter

from sandbox.engine.differencing.families import Family, Origin
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


@dataclass(frozen=True, slots=True)
class _Way:
    """One way in which keys of two families are the same.

    ``keys`` pairs those of the left with those of the right; ``outer`` are the left's conditions on the right's keys,
    ``inner`` the right's on the left's.
    """

    keys: tuple[tuple[str, str], ...]
    outer: tuple[Condition, ...]
    inner: tuple[Condition, ...]

    def meet(self, left: Kept, right: Kept) -> Iterator[tuple[Part, Part]]:
        """The parts of both by these keys, each inside the other's conditions."""
        mine = left.parts(tuple(own for own, _ in self.keys), self.inner)
        theirs = right.parts(tuple(other for _, other in self.keys), self.outer)
        for values in mine.keys() & theirs.keys():
            yield mine[values], theirs[values]


def _ways(left: Family, right: Family) -> list[_Way]:
    """By name; and where more keys or conditions are the same once tables are called otherwise, by that too."""
    named = [key for key in left.keys if key and key in right.keys]
    by_name = _Way(
        tuple((key, key) for key in named),
        tuple(one for one in left.within if one[0] in right.keys),
        tuple(one for one in right.within if one[0] in left.keys),
    )
    # Keys with the same name first: each is one other key.
    by_column: dict[str, str] = {}
    for key in sorted(filter(None, left.keys), key=lambda one: one not in named):
        if found := right.key_for(key, left):
            by_column.setdefault(found, key)
    called = _Way(
        tuple((own, other) for other, own in by_column.items()),
        _as_called(left, right),
        _as_called(right, left),
    )
    return [by_name] if called == by_name else [by_name, called]


def _as_called(one: Family, there: Family) -> tuple[Condition, ...]:
    """The conditions of a family on keys of another one, as these are called there."""
    found = ((there.key_for(column, one), texts, out) for column, texts, out in one.within)
    return tuple((key, texts, out) for key, texts, out in found if key)


def shared_parts(left: Kept, right: Kept) -> Iterator[tuple[Part, Part]]:
    """The parts of two families by the keys that they share, each inside the other's conditions."""
    for way in _ways(left.family, right.family):
        yield from way.meet(left, right)


@dataclass(frozen=True, slots=True, order=True)
class _Known:
    rows: int
    sketch: int
    k: int
    origin: Origin


@dataclass(slots=True)
class _Shelf:
    """Parts of families with the same table and keys, as a family of certain keys and conditions looks at them.

    ``found`` has, by the way of looking, the values of the shared keys and the most rows of a person, numbers of
    rows in order, each with the number of the family. The first ``count`` families are in it.
    """

    found: dict[_Way, dict[_Values, dict[int | None, list[tuple[int, int]]]]] = field(
        default_factory=lambda: defaultdict(lambda: defaultdict(lambda: defaultdict(list)))
    )
    count: int = 0


class Memory:
    """Families and populations that have left; populations by the most rows of a person, in the order of their rows."""

    def __init__(self) -> None:
        """Start with nothing."""
        self.families: list[Kept] = []
        #: The numbers of families by table and keys.
        self._alike: dict[tuple[str, tuple[str, ...]], list[int]] = defaultdict(list)
        self._shelves: dict[tuple[object, ...], _Shelf] = {}
        #: None: populations whose rows a join may have repeated, so that their number says nothing.
        self._known: dict[int | None, list[_Known]] = defaultdict(list)
        self._most_k = 0

    def keep(self, family: Family) -> None:
        """Remember what a family tells."""
        self._alike[family.table, family.keys].append(len(self.families))
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

    def shared(self, new: Kept) -> Iterator[tuple[int, Part, Part]]:
        """The parts of a new family and of earlier ones, each with its number, that are nearly as many rows."""
        family = new.family
        for alike, numbers in self._alike.items():
            for way, by_values in self._shelf(family, alike, numbers).found.items():
                mine = new.parts(tuple(own for own, _ in way.keys), way.inner)
                for values in mine.keys() & by_values.keys():
                    for number in self._as_many(by_values[values], mine[values], family):
                        other = self.families[number]
                        if other.family.origin.may_be(family.origin):
                            keys = tuple(key for _, key in way.keys)
                            yield number, mine[values], other.parts(keys, way.outer)[values]

    def _shelf(self, new: Family, alike: tuple[str, tuple[str, ...]], numbers: list[int]) -> _Shelf:
        # Of the new one's conditions those count that may speak of a key there, whatever its table is called.
        columns = {key.partition(".")[2] for key in alike[1]}
        within = tuple(one for one in new.within if one[0].partition(".")[2] in columns)
        looks = (alike, new.table, new.keys, within)
        if looks not in self._shelves and len(self._shelves) >= _MOST_WAYS:
            self._shelves.clear()
        shelf = self._shelves.setdefault(looks, _Shelf())
        for number in numbers[shelf.count :]:
            other = self.families[number]
            for way in _ways(new, other.family):
                keys = tuple(key for _, key in way.keys)
                for values, part in other.parts(keys, way.outer).items():
                    rows = shelf.found[way][values][other.family.rows_per_person]
                    for count in part.counts():
                        insort(rows, (count, number))
        shelf.count = len(numbers)
        return shelf

    def _as_many(
        self, counted: dict[int | None, list[tuple[int, int]]], part: Part, family: Family
    ) -> list[int]:
        """The numbers of families of which a part has about as many rows, in order."""
        found = set[int]()
        for most, rows in counted.items():
            if most is None or family.rows_per_person is None:
                found.update(number for _, number in rows)
                continue
            window = self._window(most, family.rows_per_person, family.k)
            for count in part.counts():
                start = bisect_left(rows, count - window, key=itemgetter(0))
                end = bisect_right(rows, count + window, key=itemgetter(0))
                found.update(number for _, number in rows[start:end])
        return sorted(found)

    def _window(self, most: int, other: int, k: int) -> int:
        """Fewer than k people have fewer rows than this between them."""
        return max(k, self._most_k) * max(most, other)

    def _candidates(self, one: Population, family: Family) -> Iterator[_Known]:
        for most, found in self._known.items():
            if most is None or family.rows_per_person is None:
                yield from found
                continue
            window = self._window(most, family.rows_per_person, family.k)
            start = bisect_left(found, one.rows - window, key=lambda known: known.rows)
            end = bisect_right(found, one.rows + window, key=lambda known: known.rows)
            yield from found[start:end]
