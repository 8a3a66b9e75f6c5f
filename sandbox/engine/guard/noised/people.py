"""Whose rows stand in FROM, and how many of one person at most: a join may multiply them.

A table without a person column is public. It may join people where its side of a licensed key is unique,
which ingest has proved: each row then meets one row at most, and nothing is multiplied. Two tables of
people may meet on their person columns: each row of the join is one person's, and it has at most as many
as the product of both.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from kernel.errors import msgid
from sandbox.engine.guard.description import Description, Table
from sandbox.engine.guard.nodes import (
    Block,
    Call,
    Column,
    Expression,
    Join,
    Scan,
    both,
    call,
    conjuncts,
    number,
)
from sandbox.engine.guard.noised.plan import Kept, other, product_above, root_above
from sandbox.engine.guard.release.traits import Facts, Trait
from sandbox.errors.guard import BoundUnknown, JoinNotAllowed

#: Up to so many rows of a person every row counts; above, ranked rows where ingest has ranked them (engine.md 3.4).
_FEW_ROWS = 6


@dataclass(frozen=True, slots=True)
class People:
    """The sources of one block: their columns, the most ``rows`` of one person, its columns, the links.

    ``moved`` is the L2 change of a vector of row counts by one person, ``groups`` the groups it can be in.
    ``kept`` is the condition of the rows that count where not all of them do, in the form ``form``;
    ``first`` is the condition of one row for each person and group.
    """

    known: dict[str, Facts]
    rows: int
    columns: frozenset[tuple[str, str]]
    links: tuple[Expression, ...]
    moved: float
    groups: int
    kept: Expression | None = None
    form: Kept | None = None
    first: Expression | None = None
    is_filtered: bool = False


def people_of(block: Block, description: Description) -> People:
    """Whom the rows of a block are about.

    Raises:
        BoundUnknown: no table of people, or nobody has proved how many rows a person has.
        JoinNotAllowed: two tables meet otherwise than the module says.
        ConstructNotAllowed: a kind of join that makes rows of nobody.
    """
    joiner = _Joiner(block, description)
    people = joiner.join()
    return _ranked(people, joiner, block) if len(block.sources) == 1 else people


def _ranked(people: People, joiner: "_Joiner", block: Block) -> People:
    """The same people where ingest has ranked their rows by the very keys of the block."""
    ((alias, table),) = joiner.tables.items()
    keys = {one.name for one in block.keys if isinstance(one, Column)}
    ranked = next((one for one in table.key_sets if one.columns == keys), None)
    if ranked is None or len(keys) != len(block.keys):
        return people
    row, group = (Column(alias, name, "BIGINT") for name in (ranked.rc, ranked.ck))
    people = replace(people, first=call("=", row, number(1)), is_filtered=block.where is not None)
    if people.rows <= _FEW_ROWS:
        return people
    kept = both(call("<=", row, number(ranked.rows)), call("<=", group, number(ranked.groups)))
    moved = product_above(ranked.rows, root_above(ranked.groups))
    if moved >= people.moved:
        return people
    form = Kept(ranked.groups, ranked.rows)
    return replace(people, kept=kept, form=form, moved=moved, groups=ranked.groups)


class _Joiner:
    def __init__(self, block: Block, description: Description) -> None:
        self._description = description
        self._sources = {one.alias: one for one in block.sources}
        self.tables = {alias: self._table(one) for alias, one in self._sources.items()}
        everywhere = [one.condition for one in block.sources if one.kind == "inner"]
        self._conditions = conjuncts(both(block.where, *everywhere))
        self._links: list[Expression] = []

    def _table(self, join: Join) -> Table:
        assert isinstance(join.relation, Scan)  # whoever builds cells has made sure of it
        table = self._description.table(join.relation.table)
        assert table is not None  # the reader resolved it in this description
        return table

    def join(self) -> People:
        persons = [alias for alias, table in self.tables.items() if table.person_column]
        first = next(iter(self._sources))
        is_outer = any(one.kind == "left" for one in self._sources.values())
        if not persons or (is_outer and first not in persons):
            raise BoundUnknown(bound=msgid("rows of one person"), of=self.tables[first].name)
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
        columns = frozenset((one, self.tables[one].person_column or "") for one in persons)
        return People(self._facts(), rows, columns, tuple(self._links), rows, rows)

    def _rows(self, alias: str) -> int:
        table = self.tables[alias]
        if table.rows_per_person is None:
            raise BoundUnknown(bound=msgid("rows of one person"), of=table.name)
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
            # Of two types one is converted, and two unique values may become equal.
            if far.source != alias or near.source not in placed or near.type != far.type:
                continue
            ends = [(self.tables[end.source], end.name) for end in (near, far)]
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
            for alias, table in self.tables.items()
        }

    def _refused(self, alias: str) -> JoinNotAllowed:
        return JoinNotAllowed(table=self.tables[alias].name, joins=self._description.named_joins)


def _ends(one: Expression) -> Iterator[tuple[Column, Column]]:
    if not isinstance(one, Call) or one.name != "=":
        return
    left, right = one.arguments
    if isinstance(left, Column) and isinstance(right, Column):
        yield left, right
        yield right, left
