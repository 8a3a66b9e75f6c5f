"""Synthetic rows from noisy margins of one table of people: what is counted, and how rows are drawn from it.

Counted are the values of each column with a public domain, and of chosen pairs of columns. A domain is declared and
never read from data: a dimension's public list, or a measure's bounds in equal bands; a value outside of it is not
counted. All counts get integer Gaussian noise (``noise``); one person moves each margin by all of its rows at most.
Pairs form a forest, and rows are drawn along it: a column given the one that it hangs from. This is the tree of MST
(McKenna, Miklau, Sheldon 2021, arXiv 2108.04978) and PrivBayes (Zhang et al. 2014, SIGMOD), with pairs that people
choose or that follow the order of the declaration, so that choosing them costs nothing and tells nothing.
"""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise, product
from math import prod
from typing import Any, Final

from sandbox.engine.noise import Cost, accuracy_of, add_noise, cost_of

#: Equal bands of a measure, and the cells of one margin at most.
BANDS: Final = 10
MOST_CELLS: Final = 5_000
#: Rows of a sample: a public number, so that it does not tell how many rows there are.
ROWS: Final = 1_000
_CHANCE: Final = secrets.SystemRandom()
_SCALES: Final = {"FLOAT": 2, "DOUBLE": 2}


@dataclass(frozen=True, slots=True)
class Domain:
    """The public domain of a column: a list of values, or bounds in bands; and that a value is missing.

    Whether one is missing anywhere would be read from data, so there is always a category for it.
    """

    name: str
    type: str
    values: tuple[Any, ...] = ()
    bounds: tuple[float, ...] = ()

    @property
    def size(self) -> int:
        """How many categories there are; the last one is of rows without a value."""
        return (len(self.values) or BANDS) + 1

    def value_of(self, category: int) -> Any:  # noqa: ANN401 - a JSON value
        """A value of a category; in a band any one as likely as any other."""
        if category == self.size - 1:
            return None
        if self.values:
            return self.values[category]
        low, high = self.bounds
        width = (high - low) / BANDS
        # Whole steps of the column's own scale, never beyond its bounds.
        scale = _scale_of(self.type)
        drawn = low + width * (category + _CHANCE.random())
        number = min(max(round(drawn, scale), low), high)
        if self.type.startswith("DECIMAL"):
            return f"{Decimal(str(number)):.{scale}f}"
        return number if scale else int(number)


@dataclass(frozen=True, slots=True)
class Margins:
    """What is counted of a table: each of ``columns``, then ``pairs`` of them, as positions.

    ``moved`` is what one person moves each margin by, in rows; ``left_out`` names columns without a domain.
    """

    table: str
    columns: tuple[Domain, ...]
    pairs: tuple[tuple[int, int], ...]
    moved: int
    left_out: tuple[str, ...]

    @property
    def sets(self) -> tuple[tuple[int, ...], ...]:
        """Every margin as the positions of its columns."""
        return (*((place,) for place in range(len(self.columns))), *self.pairs)

    def names(self) -> list[list[str]]:
        """Every margin by the names of its columns."""
        return [[self.columns[place].name for place in one] for one in self.sets]


def margins_of(
    name: str, stored: Mapping[str, Any], pairs: Sequence[Sequence[str]] | None
) -> Margins:
    """What is counted of one table of a manifest; without ``pairs`` neighbours in the declaration are paired.

    Raises:
        ValueError: no column has a domain, or the pairs name another column, close a ring or are too large.
    """
    shown = [one for one in stored["columns"] if one["name"] != stored["person_column"]]
    domains = tuple(one for one in map(_domain_of, shown) if one is not None)
    known = {one.name: place for place, one in enumerate(domains)}
    if not domains:
        raise ValueError(name)
    if pairs is None:
        wanted = [(left, right) for left, right in pairwise(range(len(domains)))
                  if _cells(domains, (left, right)) <= MOST_CELLS]  # fmt: skip
    else:
        wanted = [_pair(one, known) for one in pairs]
    if not _is_forest(wanted) or any(_cells(domains, one) > MOST_CELLS for one in wanted):
        raise ValueError(name)
    left_out = tuple(one["name"] for one in shown if one["name"] not in known)
    return Margins(name, domains, tuple(wanted), max(stored["rows_per_person"], 1), left_out)


def _domain_of(column: Mapping[str, Any]) -> Domain | None:
    values: Sequence[Any] = column.get("values") or ()
    bounds: Sequence[Any] = column.get("bounds") or ()
    if column["class"] == "dimension" and values:
        return Domain(column["name"], column["type"], tuple(values))
    is_range = bool(bounds) and all(isinstance(one, int | float) for one in bounds)
    if column["class"] == "measure" and is_range and bounds[0] < bounds[1]:
        return Domain(column["name"], column["type"], (), tuple(bounds))
    return None


def _scale_of(kind: str) -> int:
    if kind.startswith("DECIMAL("):
        return int(kind.rstrip(")").rpartition(",")[2])
    return _SCALES.get(kind, 0)


def _pair(names: Sequence[str], known: Mapping[str, int]) -> tuple[int, int]:
    if len(names) != len(("left", "right")) or set(names) - known.keys():
        raise ValueError(names)
    return known[names[0]], known[names[1]]


def _is_forest(pairs: Sequence[tuple[int, int]]) -> bool:
    """Whether no ring is closed: each pair joins two trees that were apart."""
    trees: dict[int, int] = {}

    def tree_of(place: int) -> int:
        while (above := trees.get(place, place)) != place:
            place = above
        return place

    for left, right in pairs:
        first, second = tree_of(left), tree_of(right)
        if first == second:
            return False
        trees[first] = second
    return True


def _cells(domains: Sequence[Domain], places: Sequence[int]) -> int:
    return prod(domains[place].size for place in places)


def counting_sql(margins: Margins) -> str:
    """Our own SQL that counts every margin: number of the margin, one category a column, rows."""
    parts = []
    for number, places in enumerate(margins.sets):
        keys = [_category(margins.columns[place]) for place in places]
        second = keys[1] if len(keys) > 1 else "0"
        parts.append(
            f'SELECT {number} AS m, {keys[0]} AS a, {second} AS b, count(*) AS n FROM "{margins.table}" GROUP BY ALL'  # noqa: S608 - names come from the checked declaration, numbers and literals are ours
        )
    return " UNION ALL ".join(parts)


def _category(one: Domain) -> str:
    """SQL of the category of a row; -1 of a value outside of the domain."""
    name, missing = f'"{one.name}"', one.size - 1
    if one.values:
        cases = " ".join(
            f"WHEN {_literal(value)} THEN {place}" for place, value in enumerate(one.values)
        )
        return f"CASE WHEN {name} IS NULL THEN {missing} ELSE (CASE CAST({name} AS VARCHAR) {cases} ELSE -1 END) END"
    low, high = one.bounds
    share = f"(CAST({name} AS DOUBLE) - ({low!r})) * {BANDS} / ({high!r} - ({low!r}))"
    within = f"{name} BETWEEN {low!r} AND {high!r}"
    band = f"CAST(least(floor({share}), {BANDS - 1}) AS INTEGER)"
    return f"CASE WHEN {name} IS NULL THEN {missing} WHEN {within} THEN {band} ELSE -1 END"


def _literal(value: Any) -> str:  # noqa: ANN401 - a public value
    return "'" + str(value).replace("'", "''") + "'"


def most_rows(margins: Margins) -> int:
    """How many rows the counting gives at most: a public number."""
    return sum(prod(margins.columns[place].size + 1 for place in places) for places in margins.sets)


def costs_of(margins: Margins, rho: int) -> list[Cost]:
    """What each margin costs where all share ``rho`` nano-rho evenly.

    Raises:
        ValueError: there is less than one nano-rho for each.
    """
    each = rho // len(margins.sets)
    return [
        cost_of(noise, accuracy_of(noise, each))
        for noise in (_noise(margins, places) for places in margins.sets)
    ]


def _noise(margins: Margins, places: Sequence[int]) -> dict[str, Any]:
    measured = {"kind": "count", "sensitivity": float(margins.moved), "scale": 0}
    cells = {
        "keys": ["INTEGER"] * len(places),
        "measured": [measured],
        "count": _cells(margins.columns, places),
    }
    return {"moved": float(margins.moved), "cells": [cells]}


def noised_margins(
    margins: Margins, rows: Sequence[Sequence[Any]], costs: Sequence[Cost]
) -> list[dict[tuple[int, ...], int]]:
    """Each margin over its whole domain, with noise on every count, also of what nobody has."""
    exact: dict[tuple[int, ...], int] = {(row[0], row[1], row[2]): int(row[3]) for row in rows}
    found = []
    for number, (places, cost) in enumerate(zip(margins.sets, costs, strict=True)):
        sizes = [range(margins.columns[place].size) for place in places]
        cells = [[*one, exact.get((number, one[0], one[1] if len(one) > 1 else 0), 0)]
                 for one in product(*sizes)]  # fmt: skip
        (noised,) = add_noise(cells, _noise(margins, places), cost)
        found.append({tuple(row[:-1]): row[-1] for row in noised})
    return found


def draw_rows(margins: Margins, noised: Sequence[Mapping[tuple[int, ...], int]]) -> list[list[Any]]:
    """Rows drawn from noised margins alone: nothing else is read, so this costs nothing more."""
    order = _order(len(margins.columns), margins.pairs)
    singles = [
        [max(noised[place][(one,)], 0) for one in range(domain.size)]
        for place, domain in enumerate(margins.columns)
    ]
    pairs = {
        pair: noised[len(margins.columns) + number] for number, pair in enumerate(margins.pairs)
    }
    return [_draw_row(margins, order, singles, pairs) for _ in range(ROWS)]


def _order(count: int, pairs: Sequence[tuple[int, int]]) -> list[tuple[int, int | None]]:
    """Every column after the one that it hangs from; None of the first of each tree."""
    beside: dict[int, list[int]] = {place: [] for place in range(count)}
    for left, right in pairs:
        beside[left].append(right)
        beside[right].append(left)
    order: dict[int, int | None] = {}
    for root in range(count):
        waiting: list[tuple[int, int | None]] = [(root, None)]
        while waiting:
            place, above = waiting.pop(0)
            if place not in order:
                order[place] = above
                waiting += [(one, place) for one in beside[place]]
    return list(order.items())


def _draw_row(
    margins: Margins,
    order: Sequence[tuple[int, int | None]],
    singles: Sequence[Sequence[int]],
    pairs: Mapping[tuple[int, int], Mapping[tuple[int, ...], int]],
) -> list[Any]:
    drawn: dict[int, int] = {}
    for place, above in order:
        weights: Sequence[int] = singles[place]
        if above is not None:
            given = _given(pairs, place, above, drawn[above], margins.columns[place].size)
            # Noise may have left nothing of a rare category: then the column's own margin tells.
            weights = given if any(given) else weights
        drawn[place] = _choose(weights)
    return [one.value_of(drawn[place]) for place, one in enumerate(margins.columns)]


def _given(
    pairs: Mapping[tuple[int, int], Mapping[tuple[int, ...], int]],
    place: int,
    above: int,
    category: int,
    size: int,
) -> list[int]:
    if (above, place) in pairs:
        table = pairs[above, place]
        return [max(table[category, one], 0) for one in range(size)]
    table = pairs[place, above]
    return [max(table[one, category], 0) for one in range(size)]


def _choose(weights: Sequence[int]) -> int:
    if not any(weights):
        return _CHANCE.randrange(len(weights))
    return _CHANCE.choices(range(len(weights)), weights)[0]
