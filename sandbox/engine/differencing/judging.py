"""Which cells of a new answer must not leave, beside all that has left about the same people.

Three rules, each about fewer than k people by the sketches' distance, which is never more than their number:
a population that nearly equals one that has left; the sum over part of a family that nearly equals a sum over part
of another (a total beside its parts); and a withheld cell that known totals determine. Each is mended by withholding
cells of the new answer, the smallest first.
"""

from bisect import bisect_left, bisect_right, insort
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from sandbox.engine.differencing.bounds import first_narrow
from sandbox.engine.differencing.families import (
    NOBODY,
    Cell,
    Family,
    Population,
    distance,
    first_word,
    union,
)
from sandbox.engine.differencing.lines import Line, Place, connected, given_away

#: The new family's number in the places of cells; earlier ones count from 0.
_NEW = -1
#: So many cells are tried for one that hides a determined cell, before the smallest is taken.
_TRIES = 50
#: Systems of sums with more unknowns are judged by elimination alone: two programmes a cell take too long.
_MOST_UNKNOWNS = 60


@dataclass(frozen=True, slots=True)
class Verdict:
    """What came of the comparison.

    ``blocked`` are the first words of the sketches of cells that must not leave; ``families`` the cells as they
    leave, to be kept for later answers; ``reasons`` how many cells each rule withheld.
    """

    blocked: frozenset[int]
    families: tuple[Family, ...]
    reasons: dict[str, int]


def judge(new: Sequence[Family], known: Sequence[Family]) -> Verdict:
    """Judge the families of one answer against those that have left about the same people."""
    memory = _Memory()
    for one in known:
        memory.keep(one)
    blocked: set[int] = set()
    reasons: dict[str, int] = defaultdict(int)
    left = []
    for one in new:
        settled = _Settling(one, memory, reasons).settle()
        blocked |= {first_word(before.whole)
                    for before, after in zip(one.cells, settled.cells, strict=True)
                    if before.is_released and not after.is_released}  # fmt: skip
        memory.keep(settled)
        left.append(settled)
    return Verdict(frozenset(blocked), tuple(left), dict(reasons))


@dataclass(frozen=True, slots=True, order=True)
class _Known:
    rows: int
    sketch: int
    k: int


@dataclass(slots=True)
class _Memory:
    """What has left, by table: families, and populations in the order of their rows."""

    families: dict[str, list[Family]] = field(default_factory=lambda: defaultdict(list))
    counted: dict[str, list[_Known]] = field(default_factory=lambda: defaultdict(list))
    #: Populations whose rows a join may have repeated: their number says nothing.
    uncounted: dict[str, list[_Known]] = field(default_factory=lambda: defaultdict(list))
    _lines: dict[tuple[str, int], list[Line]] = field(default_factory=dict)

    def keep(self, family: Family) -> None:
        self.families[family.table].append(family)
        self._lines.clear()
        kept = self.counted if family.rows_per_person else self.uncounted
        found = kept[family.table]
        for cell in family.cells:
            for one in cell.told():
                known = _Known(one.rows, one.sketch, family.k)
                place = bisect_left(found, known)
                if place == len(found) or found[place] != known:
                    insort(found, known)

    def lines(self, table: str, number: int) -> list[Line]:
        """The lines between one family and all others of its table."""
        if (table, number) not in self._lines:
            families = self.families[table]
            found = [line_of((families[number], number, mine), (other, place, theirs))
                     for place, other in enumerate(families) if place != number
                     for mine, theirs in _parts(families[number], other)]  # fmt: skip
            self._lines[table, number] = [line for line in found if line is not None]
        return self._lines[table, number]

    def near(self, one: Population, family: Family) -> bool:
        """Whether a population that has left nearly equals this one."""
        return any(is_near(one, Population(other.rows, other.sketch), max(family.k, other.k), family.words)
                   for other in self._candidates(one, family))  # fmt: skip

    def _candidates(self, one: Population, family: Family) -> Iterator[_Known]:
        counted = self.counted[family.table]
        yield from self.uncounted[family.table]
        if family.rows_per_person is None:
            yield from counted
            return
        most = max([family.k, *(other.k for other in self.families[family.table])])
        # Fewer than k people have fewer rows than this between them.
        window = most * family.rows_per_person
        start = bisect_left(counted, one.rows - window, key=lambda other: other.rows)
        end = bisect_right(counted, one.rows + window, key=lambda other: other.rows)
        yield from counted[start:end]


def is_near(left: Population, right: Population, k: int, words: int) -> bool:
    """Whether two populations differ, and in fewer than k people as far as their sketches tell."""
    return left != right and distance(left, right, words) < k


class _Settling:
    """One new family, until nothing about it tells of too few people."""

    def __init__(self, family: Family, memory: _Memory, reasons: dict[str, int]) -> None:
        self._family = family
        self._memory = memory
        self._reasons = reasons
        self._others = memory.families[family.table]

    def settle(self) -> Family:
        for place, cell in enumerate(self._family.cells):
            if self._is_near_any(cell):
                self._withhold(place, "near")
        while (found := self._unsafe()) is not None:
            self._withhold(*found)
        return self._family

    def _withhold(self, place: int, reason: str) -> None:
        cells = list(self._family.cells)
        cells[place] = replace(cells[place], is_released=False)
        self._family = replace(self._family, cells=tuple(cells))
        self._reasons[reason] += 1

    def _is_near_any(self, cell: Cell) -> bool:
        told = cell.told()
        if any(self._memory.near(one, self._family) for one in told if one != NOBODY):
            return True
        # The guard counted each subset against its cell; two subsets it did not count.
        given = [one for one in cell.subsets if one is not None] if cell.is_released else []
        return any(
            is_near(one, other, self._family.k, self._family.words)
            for place, one in enumerate(given)
            for second in given[:place]
            for other in (second, cell.whole.without(second))
        )

    def _unsafe(self) -> tuple[int, str] | None:
        """A cell to withhold and why; None where all is well."""
        lines = []
        for number, other in enumerate(self._others):
            for mine, theirs in _parts(self._family, other):
                place = self._near_sum(mine, other, theirs)
                if place is not None:
                    return place, "sum"
                line = line_of((self._family, _NEW, mine), (other, number, theirs))
                if line is not None:
                    lines.append(line)
        place = self._determined(self._with_earlier(lines))
        return None if place is None else (place, "total")

    def _with_earlier(self, lines: list[Line]) -> list[Line]:
        """The lines with all those among earlier families that share unknowns with them."""
        found, seen = list(lines), set[int]()
        while True:
            met = {place[0] for line in found for place in line.unknowns} - seen - {_NEW}
            if not met:
                return found
            for number in met:
                found += [line for line in self._memory.lines(self._family.table, number)
                          if not any(place[0] in seen for place in line.unknowns)]  # fmt: skip
                seen.add(number)

    def _near_sum(self, mine: list[int], other: Family, theirs: list[int]) -> int | None:
        words, k = self._family.words, max(self._family.k, other.k)
        for own, left in _sums(self._family, mine):
            for _, right in _sums(other, theirs):
                if own and NOBODY not in (left, right) and is_near(left, right, k, words):
                    return min(own, key=lambda place: self._family.cells[place].whole.rows)
        return None

    def _determined(self, lines: list[Line]) -> int | None:
        for group in self._given_away(lines):
            around = connected(lines, group)
            candidates = {place for line in around for place in line.candidates}
            if candidates:
                return self._hiding(around, group, sorted(candidates, key=self._rows))
        # What is left was known before this answer: nothing that it withholds would hide it.
        return self._narrow(lines)

    def _narrow(self, lines: list[Line]) -> int | None:
        """A cell to withhold because sums and signs together tell a withheld one to fewer than k rows."""
        waiting = [line for line in lines if line.candidates]
        while waiting:
            around = connected(lines, waiting[0].unknowns)
            waiting = [line for line in waiting if line not in around]
            unknowns = sorted({place for line in around for place in line.unknowns}, key=self._rows)
            if len(unknowns) > _MOST_UNKNOWNS:
                continue
            found = first_narrow(around, unknowns, self._rows, self._family.k)
            if found is not None:
                near = [line for line in around if found in line.unknowns and line.candidates]
                candidates = {place for line in near or around for place in line.candidates}
                return min(candidates, key=self._rows)[1]
        return None

    def _hiding(self, lines: list[Line], group: list[Place], candidates: list[Place]) -> int:
        """The smallest cell without which the lines do not tell of the group any more."""
        for place in candidates[:_TRIES]:
            fewer = [line.withholding(place) for line in lines]
            if not any(set(one) <= set(group) for one in self._given_away(fewer)):
                return place[1]
        near = {
            place
            for line in lines
            if line.unknowns.keys() & set(group)
            for place in line.candidates
        }
        return next(place[1] for place in candidates if place in near or not near)

    def _given_away(self, lines: list[Line]) -> list[list[Place]]:
        return given_away(lines, self._rows, self._are_few)

    def _cell(self, place: Place) -> Cell:
        family = self._family if place[0] == _NEW else self._others[place[0]]
        return family.cells[place[1]]

    def _rows(self, place: Place) -> int:
        return self._cell(place).whole.rows

    def _are_few(self, places: list[Place]) -> bool:
        everybody = union(self._cell(one).whole for one in places)
        return distance(everybody, NOBODY, self._family.words) < self._family.k


#: A family, its number, and the places of some of its cells.
_Side = tuple[Family, int, list[int]]


def line_of(left: _Side, right: _Side) -> Line | None:
    """The line between cells of two families; None where they are other rows, or nothing is unknown."""
    sides = (left, right)
    one, other = (union(f.cells[i].whole for i in places) for f, _, places in sides)
    if one != other:
        return None
    unknowns = {(number, i): sign
                for (family, number, places), sign in zip(sides, (1, -1), strict=True)
                for i in places if not family.cells[i].is_released}  # fmt: skip
    candidates = tuple((number, i) for family, number, places in sides if number == _NEW
                       for i in places if family.cells[i].is_released)  # fmt: skip
    return Line(unknowns, candidates) if unknowns else None


def _parts(left: Family, right: Family) -> Iterator[tuple[list[int], list[int]]]:
    """The cells of two families that lie in the same part of both, by the keys that they share."""
    mine, theirs = left.inside(right.within), right.inside(left.within)
    shared = [key for key in left.keys if key and key in right.keys]
    groups: dict[tuple[str | None, ...], tuple[list[int], list[int]]] = defaultdict(
        lambda: ([], [])
    )
    for side, (family, places) in enumerate(((left, mine), (right, theirs))):
        keys = [family.keys.index(key) for key in shared]
        for place in places:
            groups[tuple(family.cells[place].keys[i] for i in keys)][side].append(place)
    return (pair for pair in groups.values() if all(pair))


def _sums(family: Family, places: list[int]) -> Iterator[tuple[list[int], Population]]:
    """The sums over cells that are known: of the cells, and of each subset; with the cells in them."""
    released = [i for i in places if family.cells[i].is_released]
    yield released, union(family.cells[i].whole for i in released)
    for subset in range(len(family.cells[places[0]].subsets)):
        given = [(i, family.cells[i].subsets[subset]) for i in released]
        found = [(i, one) for i, one in given if one is not None]
        yield [i for i, _ in found], union(one for _, one in found)
