"""What follows from totals: cells that did not leave and that a system of sums gives away all the same.

A *line* says that some cells of one family make up the same rows as some cells of another, so that their sums
are equal. Its unknowns are the cells that did not leave. The lines give a cell away where they determine it
(Cox 1980, Suppression methodology and statistical disclosure control), and cells with too few people where they
determine the sum of some that together are still too few.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

#: A cell by its family and its place in it.
Place = tuple[int, int]
#: Sums are exact modulo this prime, and no coefficient here is anywhere near it.
_PRIME = (1 << 61) - 1


@dataclass(frozen=True, slots=True)
class Line:
    """Unknown cells with their signs, and the cells of the new family that could be withheld besides."""

    unknowns: dict[Place, int]
    candidates: tuple[Place, ...]

    def withholding(self, one: Place) -> "Line":
        """The line where one more cell of the new family does not leave."""
        if one not in self.candidates:
            return self
        left = tuple(other for other in self.candidates if other != one)
        return Line({**self.unknowns, one: 1}, left)


def given_away(
    lines: Sequence[Line],
    size: Callable[[Place], int],
    are_few: Callable[[list[Place]], bool],
) -> list[list[Place]]:
    """Unknowns that the lines determine, and groups of cells whose sum they determine though it is small.

    ``size`` is the rows of a cell; ``are_few``: several cells have too few people together. By Gauss-Jordan
    elimination that solves for the largest cells first, so that what is left speaks of the smallest ones.
    """
    rows = [row for row in _solved(lines, size).values() if len(row) == 1 or _is_sum(row)]
    return [list(row) for row in rows if len(row) == 1 or are_few(list(row))]


def _solved(lines: Sequence[Line], size: Callable[[Place], int]) -> dict[Place, dict[Place, int]]:
    solved: dict[Place, dict[Place, int]] = {}
    for line in lines:
        row = dict(line.unknowns)
        for pivot in [one for one in row if one in solved]:
            _subtract(row, solved[pivot], row[pivot])
        if not row:
            continue
        pivot = max(row, key=size)
        inverse = pow(row[pivot], -1, _PRIME)
        row = {one: sign * inverse % _PRIME for one, sign in row.items()}
        for other in solved.values():
            if pivot in other:
                _subtract(other, row, other[pivot])
        solved[pivot] = row
    return solved


def _is_sum(row: dict[Place, int]) -> bool:
    """Whether no cell is subtracted, so that the sum is a bound for each."""
    return all(value < _PRIME // 2 for value in row.values())


def _subtract(row: dict[Place, int], other: dict[Place, int], times: int) -> None:
    for one, value in other.items():
        rest = (row.get(one, 0) - times * value) % _PRIME
        if rest:
            row[one] = rest
        else:
            row.pop(one, None)


def connected(lines: Sequence[Line], start: Iterable[Place]) -> list[Line]:
    """The lines that share unknowns with these cells, directly or through other lines."""
    seen, found, waiting = set(start), list[Line](), list(lines)
    while True:
        near = [line for line in waiting if not seen.isdisjoint(line.unknowns)]
        if not near:
            return found
        found += near
        waiting = [line for line in waiting if line not in near]
        seen.update(one for line in near for one in line.unknowns)
