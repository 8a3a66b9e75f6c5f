"""Which cells of a new answer must not leave, beside all that has left about the same people.

Three rules, each about fewer than k people by the sketches' distance, which is never more than their number:
a population that nearly equals one that has left; the sum over part of a family that nearly equals a sum over part
of another (a total beside its parts); and a withheld cell that known totals determine. Each is mended by withholding
cells of the new answer, the smallest first.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import inf

from sandbox.engine.differencing.bounds import first_narrow
from sandbox.engine.differencing.families import Cell, Family
from sandbox.engine.differencing.lines import Line, Place, connected, given_away
from sandbox.engine.differencing.memory import Kept, Memory, Part, shared_parts
from sandbox.engine.differencing.populations import (
    NOBODY,
    are_same,
    distance,
    first_word,
    is_near,
    union,
)

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


def judge(new: Sequence[Family], *memories: Memory) -> Verdict:
    """Judge the families of one answer against all that has left; the memories stay as they are."""
    own = Memory()
    blocked: set[int] = set()
    reasons: dict[str, int] = defaultdict(int)
    left = []
    for one in new:
        settled = _Settling(one, (*memories, own), reasons).settle()
        blocked |= {first_word(before.whole)
                    for before, after in zip(one.cells, settled.cells, strict=True)
                    if before.is_released and not after.is_released}  # fmt: skip
        own.keep(settled)
        left.append(settled)
    return Verdict(frozenset(blocked), tuple(left), dict(reasons))


class _Settling:
    """One new family, until nothing about it tells of too few people."""

    def __init__(self, family: Family, memories: Sequence[Memory], reasons: dict[str, int]) -> None:
        self._family = family
        self._memories = memories
        self._reasons = reasons
        self._others = [one for memory in memories for one in memory.families]
        self._between: dict[int, list[Line]] = {}

    def settle(self) -> Family:
        for place, cell in enumerate(self._family.cells):
            if self._is_near_any(cell) or self._overlaps(place):
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
        for one in cell.told():
            if one != NOBODY and any(m.near(one, self._family) for m in self._memories):
                return True
        # The guard counted each subset against its cell; two subsets it did not count.
        given = [one for one in cell.subsets if one is not None] if cell.is_released else []
        return any(
            is_near(one, other, self._family.k, is_one_version=True)
            for place, one in enumerate(given)
            for second in given[:place]
            for other in (second, cell.whole.without(second))
        )

    def _overlaps(self, place: int) -> bool:
        """Whether a cell nearly is another of its own family: a join may have put people into both."""
        if self._family.rows_per_person is not None:
            return False
        cells = self._family.cells
        return any(
            is_near(mine, theirs, self._family.k, is_one_version=True)
            for other in cells[:place]
            for mine in cells[place].told()
            for theirs in other.told()
        )

    def _unsafe(self) -> tuple[int, str] | None:
        """A cell to withhold and why; None where all is well."""
        lines = []
        new, before = Kept(self._family), 0
        for memory in self._memories:
            for number, mine, theirs in memory.shared(new):
                other = self._others[before + number].family
                place = self._near_sum(mine, theirs, other)
                if place is not None:
                    return place, "sum"
                line = line_of((self._family, _NEW, mine), (other, before + number, theirs))
                if line is not None:
                    lines.append(line)
            before += len(memory.families)
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
                found += [line for line in self._lines(number)
                          if not any(place[0] in seen for place in line.unknowns)]  # fmt: skip
                seen.add(number)

    def _lines(self, number: int) -> list[Line]:
        """The lines between one earlier family and all others."""
        if number not in self._between:
            one = self._others[number]
            found = [line_of((one.family, number, mine), (other.family, place, theirs))
                     for place, other in enumerate(self._others)
                     if place != number and other.family.origin.may_be(one.family.origin)
                     for mine, theirs in shared_parts(one, other)]  # fmt: skip
            self._between[number] = [line for line in found if line is not None]
        return self._between[number]

    def _near_sum(self, mine: Part, theirs: Part, other: Family) -> int | None:
        k = max(self._family.k, other.k)
        most = _rows_of_few(k, self._family, other)
        is_one_version = self._family.origin.is_same(other.origin)
        for own, left in mine.sums:
            for _, right in theirs.sums:
                # Looked at first: populations that differ in so many rows differ in k people.
                if abs(left.rows - right.rows) >= most or not own or NOBODY in (left, right):
                    continue
                if is_near(left, right, k, is_one_version=is_one_version):
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
        family = self._family if place[0] == _NEW else self._others[place[0]].family
        return family.cells[place[1]]

    def _rows(self, place: Place) -> int:
        return self._cell(place).whole.rows

    def _are_few(self, places: list[Place]) -> bool:
        everybody = union(self._cell(one).whole for one in places)
        return distance(everybody, NOBODY) < self._family.k


def _rows_of_few(k: int, left: Family, right: Family) -> float:
    """The rows that fewer than k people do not reach between them; no bound where joins may repeat rows."""
    if left.rows_per_person is None or right.rows_per_person is None:
        return inf
    return k * max(left.rows_per_person, right.rows_per_person)


#: A family, its number, and some of its cells.
_Side = tuple[Family, int, Part]


def line_of(left: _Side, right: _Side) -> Line | None:
    """The line between cells of two families; None where they are other rows, or nothing is unknown."""
    if not are_same(left[2].whole, right[2].whole):
        return None
    unknowns = {(number, i): sign
                for (family, number, part), sign in zip((left, right), (1, -1), strict=True)
                for i in part.places if not family.cells[i].is_released}  # fmt: skip
    candidates = tuple((number, i) for family, number, part in (left, right) if number == _NEW
                       for i in part.places if family.cells[i].is_released)  # fmt: skip
    return Line(unknowns, candidates) if unknowns else None
