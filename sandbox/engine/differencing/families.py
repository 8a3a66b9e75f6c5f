"""Cells of answers as populations: how many rows of a table, and a sketch of whose they are.

A *family* is the cells of one grouping: no row is in two of them. One block of a query has a family for each of
its grouping sets and for each table of people that it reads. A table may have another name in another version or
relative of its dataset; that two names stand beside each other in one version is what tells two tables apart.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any

from sandbox.engine.differencing.populations import LAYOUT, NOBODY, WORD_BITS, Population


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell: its keys as texts, its rows, and the subsets that its aggregates tell about.

    A cell that has too few people is here too, with ``is_released`` false; so is None for a subset that
    does not leave. ``is_dominated`` where few people make up a value of it, and people look at that; what is kept
    for later answers does not say so.
    """

    keys: tuple[str | None, ...]
    is_released: bool
    whole: Population
    subsets: tuple[Population | None, ...] = ()
    is_dominated: bool = False

    def told(self) -> list[Population]:
        """Every population that the cell tells about: itself, its subsets and what they leave over."""
        if not self.is_released:
            return []
        given = [one for one in self.subsets if one is not None]
        return [self.whole, *given, *(self.whole.without(one) for one in given)]


@dataclass(frozen=True, slots=True, order=True)
class Origin:
    """Whose rows are counted: a table of people, the version that it is of, and the others in that version."""

    version: str
    table: str
    beside: tuple[str, ...]

    def is_same(self, other: "Origin") -> bool:
        """Whether both are one table of one version, where a row has one mark."""
        return (self.version, self.table) == (other.version, other.table)

    def may_be(self, other: "Origin") -> bool:
        """Whether both may hold the same rows: by one name, or by two that no version of theirs has both of."""
        return self.table == other.table or not (
            self.table in other.beside or other.table in self.beside
        )


@dataclass(frozen=True, slots=True)
class Family:
    """The cells of one grouping over one table.

    ``keys`` are base columns as table.column, empty for a computed key; ``within`` are conditions on base
    columns that all rows meet, as column, texts, and whether these are excluded; ``rows_per_person`` is None
    where a join may repeat rows; ``k`` is the fewest people that a cell needed; ``version`` names the snapshot, and
    ``beside`` its other tables of people.
    """

    table: str
    keys: tuple[str, ...]
    within: tuple[tuple[str, frozenset[str], bool], ...]
    k: int
    version: str
    rows_per_person: int | None
    cells: tuple[Cell, ...]
    beside: tuple[str, ...] = ()

    @property
    def origin(self) -> Origin:
        """Whose rows its cells count."""
        return Origin(self.version, self.table, self.beside)

    def key_for(self, column: str, of: "Family") -> str:
        """The key that a column of another family is here, whatever its table is called; empty: none."""
        table, _, name = column.partition(".")
        same = [f"{self.table}.{name}"] if table == of.table else []
        same += [key for key in self.keys if key.partition(".")[2] == name]
        return next((key for key in (column, *same) if key and key in self.keys), "")

    def inside(self, conditions: Iterable[tuple[str, frozenset[str], bool]]) -> list[int]:
        """The cells (their places) that lie inside conditions, as far as these speak of the keys."""
        tests = [(self.keys.index(column), texts, is_excluded)
                 for column, texts, is_excluded in conditions if column in self.keys]  # fmt: skip
        return [
            place
            for place, cell in enumerate(self.cells)
            if all((cell.keys[key] in texts) != is_excluded for key, texts, is_excluded in tests)
        ]

    def to_json(self) -> dict[str, Any]:
        """The family as JSON values; sketches are hexadecimal."""
        return {
            "table": self.table,
            "keys": list(self.keys),
            "within": [[column, sorted(texts), out] for column, texts, out in self.within],
            "k": self.k,
            "layout": LAYOUT,
            "version": self.version,
            "beside": list(self.beside),
            "rows_per_person": self.rows_per_person,
            "cells": [
                [list(one.keys), one.is_released, *map(_plain, (one.whole, *one.subsets))]
                for one in self.cells
            ],
        }

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> "Family | None":
        """The family that ``to_json`` wrote; None where its sketches are of an older layout."""
        if document.get("layout") != LAYOUT:
            return None
        return cls(
            table=document["table"],
            keys=tuple(document["keys"]),
            within=tuple((c, frozenset(texts), out) for c, texts, out in document["within"]),
            k=document["k"],
            version=document["version"],
            rows_per_person=document["rows_per_person"],
            cells=tuple(_cell(one) for one in document["cells"]),
            beside=tuple(document.get("beside", ())),
        )


def _plain(one: Population | None) -> list[Any] | None:
    return None if one is None else [one.rows, f"{one.sketch:x}"]


def _cell(document: Sequence[Any]) -> Cell:
    keys, is_released, whole, *subsets = document
    found = [
        None if one is None else Population(one[0], int(one[1], 16)) for one in (whole, *subsets)
    ]
    return Cell(tuple(keys), is_released, found[0] or NOBODY, tuple(found[1:]))


def read_families(
    meta: Sequence[Mapping[str, Any]],
    rows: Iterable[Sequence[Any]],
    version: str,
    people: Sequence[str] = (),
) -> list[Family]:
    """The families under an answer about one ``version``, from its plan's ``cells`` and the rows that tell of them.

    ``people`` are the version's tables of people.

    A row holds the place of its block, then texts: the grouping, the keys, whether the cell leaves, whether nobody
    dominates it, and for the cell and each subset the rows and words of each table (``guard.release.sketches``).
    """
    found = []
    for place, told in groupby(sorted(rows, key=lambda row: int(row[0])), lambda row: int(row[0])):
        one = meta[place]
        # A row of a public list that no row of the table meets has no cell.
        cells = [_Row(one, row) for row in told]
        cells = [cell for cell in cells if cell.rows_of(0, 0)]
        sets = sorted({cell.grouping for cell in cells})
        for grouping in sets:
            own = [cell for cell in cells if cell.grouping == grouping]
            found += [replace(_family(one, table, own, grouping, version),
                              beside=tuple(name for name in people if name != one["tables"][table]))
                      for table in range(len(one["tables"]))]  # fmt: skip
    return found


def _family(
    meta: Mapping[str, Any], table: int, rows: "list[_Row]", grouping: int, version: str
) -> Family:
    width = len(meta["keys"])
    # GROUPING() sets the bit of a key that the set leaves out, the first key highest.
    kept = [i for i in range(width) if not grouping >> (width - 1 - i) & 1]
    return Family(
        table=meta["tables"][table],
        keys=tuple(meta["keys"][i] for i in kept),
        within=tuple((one["column"], frozenset(one["texts"]), one["is_excluded"])
                     for one in meta["within"]),
        k=meta["k"],
        version=version,
        rows_per_person=meta["rows_per_person"][table],
        cells=tuple(row.cell(table, kept) for row in rows),
    )  # fmt: skip


class _Row:
    """One row that tells of a cell."""

    def __init__(self, meta: Mapping[str, Any], row: Sequence[Any]) -> None:
        width = len(meta["keys"])
        self.grouping = int(row[1] or 0)
        self._keys = row[2 : 2 + width]
        self._is_released = row[2 + width] == "true"
        self._is_dominated = row[3 + width] != "true"
        self._rest = row[4 + width :]
        self._meta = meta
        # Of each table its rows, then its words.
        self._widths: list[int] = [words + 1 for words in meta["words"]]

    def rows_of(self, table: int, subset: int) -> int:
        rows: str | None = self._rest[self._start(table, subset)]
        return int(rows) if rows else 0

    def cell(self, table: int, kept: list[int]) -> Cell:
        whole = self._population(table, 0)
        subsets = tuple(self._population(table, i + 1) for i in range(self._meta["subsets"]))
        keys = tuple(self._keys[i] for i in kept)
        return Cell(keys, self._is_released, whole or NOBODY, subsets, self._is_dominated)

    def _start(self, table: int, subset: int) -> int:
        return subset * sum(self._widths) + sum(self._widths[:table])

    def _population(self, table: int, subset: int) -> Population | None:
        start = self._start(table, subset)
        rows, *words = self._rest[start : start + self._widths[table]]
        if rows is None:
            return None
        # No row at all has no XOR either.
        sketch = sum(int(word or 0) << (WORD_BITS * place) for place, word in enumerate(words))
        return Population(int(rows), sketch)
