"""Whose rows stand in FROM, and how many of one person at most: a join may multiply them.

A table without a person column is public. It may join people where its side of a licensed key is unique,
which ingest has proved: each row then meets one row at most, and nothing is multiplied. Two tables of
people may meet on their person columns: each row of the join is one person's, and it has at most as many
as the product of both.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from sandbox.engine.guard.description import Description, Table
from sandbox.engine.guard.nodes import Block, Call, Column, Expression, Join, Scan, both, conjuncts
from sandbox.engine.guard.noised.plan import other
from sandbox.engine.guard.release.traits import Facts, Trait
from sandbox.errors.guard import BoundUnknown, JoinNotAllowed


@dataclass(frozen=True, slots=True)
class People:
    """The sources of one block: their columns, the most ``rows`` of one person, its columns, the links."""

    known: dict[str, Facts]
    rows: int
    columns: frozenset[tuple[str, str]]
    links: tuple[Expression, ...]


def people_of(block: Block, description: Description) -> People:
    """Whom the rows of a block are about.

    Raises:
        BoundUnknown: no table of people, or nobody has proved how many rows a person has.
        JoinNotAllowed: two tables meet otherwise than the module says.
        ConstructNotAllowed: a kind of join that makes rows of nobody.
    """
    return _Joiner(block, description).join()


class _Joiner:
    def __init__(self, block: Block, description: Description) -> None:
        self._description = description
        self._sources = {one.alias: one for one in block.sources}
        self._tables = {alias: self._table(one) for alias, one in self._sources.items()}
        everywhere = [one.condition for one in block.sources if one.kind == "inner"]
        self._conditions = conjuncts(both(block.where, *everywhere))
        self._links: list[Expression] = []

    def _table(self, join: Join) -> Table:
        assert isinstance(join.relation, Scan)  # whoever builds cells has made sure of it
        table = self._description.table(join.relation.table)
        assert table is not None  # the reader resolved it in this description
        return table

    def join(self) -> People:
        persons = [alias for alias, table in self._tables.items() if table.person_column]
        first = next(iter(self._sources))
        is_outer = any(one.kind == "left" for one in self._sources.values())
        if not persons or (is_outer and first not in persons):
            raise BoundUnknown(bound="rows of one person", of=self._tables[first].name)
        placed = [persons[0]]
        rows = self._rows(placed[0])
        waiting = [alias for alias in self._sources if alias != placed[0]]
        while waiting:
            alias = next((one for one in waiting if self._place(one, placed)), None)
            if alias is None:
                raise self._refused(waiting[0])
            rows *= self._rows(alias) if alias in persons else 1
            waiting.remove(alias)
            placed.append(alias)
        columns = frozenset((one, self._tables[one].person_column or "") for one in persons)
        return People(self._facts(), rows, columns, tuple(self._links))

    def _rows(self, alias: str) -> int:
        table = self._tables[alias]
        if table.rows_per_person is None:
            raise BoundUnknown(bound="rows of one person", of=table.name)
        return table.rows_per_person

    def _place(self, alias: str, placed: list[str]) -> bool:
        join = self._sources[alias]
        if join.kind not in ("from", "inner", "cross", "left"):
            raise other(f"{join.kind.upper()} JOIN")
        own = conjuncts(join.condition) if join.kind == "left" else self._conditions
        link = next((one for one in own if self._is_link(one, alias, placed)), None)
        if link is not None:
            self._links.append(link)
        return link is not None

    def _is_link(self, one: Expression, alias: str, placed: list[str]) -> bool:
        """Whether a condition makes each placed row meet at most one row, or one of the same person."""
        for near, far in _ends(one):
            if far.source != alias or near.source not in placed:
                continue
            ends = [(self._tables[end.source], end.name) for end in (near, far)]
            pairs = [(table.name, name) for table, name in ends]
            if not any(sorted(pairs) == sorted(pair) for pair in self._description.joins):
                continue
            if all(table.person_column == name for table, name in ends):
                return True
            column = ends[1][0].column(far.name)
            if not ends[1][0].person_column and column is not None and column.is_unique:
                return True
        return False

    def _facts(self) -> dict[str, Facts]:
        return {
            alias: Facts(
                {one.name: Trait(one.kind, one.values, one.bounds) for one in table.columns}
            )
            for alias, table in self._tables.items()
        }

    def _refused(self, alias: str) -> JoinNotAllowed:
        joins = [f"{a[0]}.{a[1]} = {b[0]}.{b[1]}" for a, b in self._description.joins]
        return JoinNotAllowed(table=self._tables[alias].name, joins=", ".join(joins) or "none")


def _ends(one: Expression) -> Iterator[tuple[Column, Column]]:
    if not isinstance(one, Call) or one.name != "=":
        return
    left, right = one.arguments
    if isinstance(left, Column) and isinstance(right, Column):
        yield left, right
        yield right, left
