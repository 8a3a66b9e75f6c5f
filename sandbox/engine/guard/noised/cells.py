"""Exact cells of one block: integers by every combination of public keys, in the keys' order."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import reduce
from math import prod
from typing import Any

from kernel.errors import msgid
from sandbox.engine.guard.nodes import (
    NULL,
    Block,
    Call,
    Column,
    Combination,
    Definition,
    Expression,
    Join,
    Named,
    Order,
    Output,
    Program,
    Query,
    Values,
    both,
    call,
    conjuncts,
    number,
)
from sandbox.engine.guard.noised.people import People
from sandbox.engine.guard.noised.plan import Cells, Measured, other
from sandbox.engine.guard.reading.blocks import is_identifier
from sandbox.engine.guard.release.domain import MOST_CELLS, constants
from sandbox.engine.guard.release.traits import trait_of
from sandbox.engine.guard.walk import columns_of, rewrite, type_of
from sandbox.errors.guard import KeyNotPublic, SqlTooLarge

#: Cells of one answer in all, and numbers in them: the trusted side draws noise for each.
_MOST_IN_ALL = 10_000
_MOST_NUMBERS = 20_000


@dataclass(frozen=True, slots=True)
class Key:
    """A group key and the public list of its values."""

    value: Expression
    values: tuple[Any, ...]


def key_of(value: Expression, people: People) -> Key:
    """The key of a block's GROUP BY.

    Raises:
        KeyNotPublic: it is no column as it stands, or its values are not published.
    """
    values = trait_of(value, people.known).values if isinstance(value, Column) else None
    if not values or is_identifier(value):
        names = ", ".join(sorted({one.name for one in columns_of(value)}))
        raise KeyNotPublic(column_name=names or "-")
    return Key(value, values)


class Exacts:
    """All exact cells of one query, and the one program that computes them."""

    def __init__(self) -> None:
        """Begin with none."""
        self.cells: list[Cells] = []
        self._bodies: list[Block] = []
        self._definitions: list[Definition] = []

    def keep(
        self, block: Block, keys: Sequence[Key], exact: Sequence[tuple[Expression, Measured]]
    ) -> Named:
        """Have cells computed; what they are called once they are noised.

        Raises:
            SqlTooLarge: there are too many of them.
            ConstructNotAllowed: nothing is measured, so nothing would be noised.
        """
        if not exact:
            raise other(msgid("A query without aggregates"))
        count = prod(len(one.values) for one in keys)
        kinds = tuple(type_of(one.value) for one in keys)
        self.cells.append(Cells(kinds, tuple(measured for _, measured in exact), count))
        if count > MOST_CELLS or sum(one.count for one in self.cells) > _MOST_IN_ALL:
            raise SqlTooLarge(measure=msgid("the number of public cells"), limit=MOST_CELLS)
        if sum(one.count * len(one.measured) for one in self.cells) > _MOST_NUMBERS:
            raise SqlTooLarge(measure=msgid("the noised numbers"), limit=_MOST_NUMBERS)
        self._bodies.append(self._body(block, keys, [one for one, _ in exact]))
        return Named(f"n{len(self.cells)}")

    def program(self) -> Program:
        """The program over rows of people; of several blocks one below the other."""
        if len(self._bodies) == 1:
            return Program(tuple(self._definitions), self._bodies[0])
        sides: list[Query] = [self._side(place) for place in range(len(self._bodies))]
        body = reduce(self._below, sides)
        assert isinstance(body, Combination)  # of two blocks or more
        order = tuple(_first_nulls(Column("", one.name, "ANY")) for one in self._shown(body))
        return Program(tuple(self._definitions), replace(body, order=order))

    def _body(self, block: Block, keys: Sequence[Key], exact: Sequence[Expression]) -> Block:
        width = len(keys)
        values = [one.value for one in keys]
        cells = Block(
            tuple(Output("", one) for one in (*values, *exact)), block.sources, where=block.where,
            keys=tuple(values), is_aggregated=True,
        )  # fmt: skip
        counted = Join("from", "u", self._add(cells, is_kept=True))
        sources: tuple[Join, ...] = (counted,)
        if keys:
            own = [Column("u", f"c{place + 1}", "ANY") for place in range(width)]
            meets = [call("=", Column("d", one.name, one.type), one) for one in own]
            sources = (
                Join("from", "d", self._add(_domain(keys, block.where))),
                replace(counted, kind="left", condition=both(*meets)),
            )
        shown = [Column("d", f"c{place + 1}", "ANY") for place in range(width)]
        numbers = [Call("coalesce", (Column("u", f"c{place + 1}", "HUGEINT"), number(0)), "HUGEINT")
                   for place in range(width, width + len(exact))]  # fmt: skip
        return Block(
            (*(Output(f"k{place + 1}", one) for place, one in enumerate(shown)),
             *(Output(f"n{place + 1}", one) for place, one in enumerate(numbers))),
            sources, order=tuple(_first_nulls(one) for one in shown),
        )  # fmt: skip

    def _add(self, query: Query, *, is_kept: bool = False) -> Named:
        name = f"r{len(self._definitions) + 1}"
        self._definitions.append(Definition(name, query, is_kept))
        return Named(name)

    def _side(self, place: int) -> Block:
        """One block's cells in the columns of all blocks; those of the others are NULL."""
        outputs = [Output("block", number(place + 1))]
        for other_place, body in enumerate(self._bodies):
            for one in body.outputs:
                is_own = other_place == place
                outputs.append(
                    Output(f"{one.name}_{other_place + 1}", one.value if is_own else NULL)
                )
        return replace(self._bodies[place], outputs=tuple(outputs), order=())

    def _below(self, above: Query, below: Query) -> Query:
        outputs = tuple(Output(one.name, Column("", str(place + 1), "ANY"))
                        for place, one in enumerate(above.outputs))  # fmt: skip
        return Combination("union", keeps_duplicates=True, left=above, right=below, outputs=outputs)

    def _shown(self, body: Query) -> list[Column]:
        """The block's number and every key: the order of the rows is public."""
        return [Column("", str(place + 1), "ANY") for place, one in enumerate(body.outputs)
                if not one.name.startswith("n")]  # fmt: skip


def _first_nulls(value: Expression) -> Order:
    return Order(value, is_descending=False, nulls_first=True)


def _domain(keys: Sequence[Key], where: Expression | None) -> Block:
    """All combinations of public values that the conditions on the keys alone let through."""
    columns = {key.value: Column(f"d{place + 1}", "c1", "ANY") for place, key in enumerate(keys)}
    joins = tuple(
        Join("cross" if place else "from", f"d{place + 1}",
             Values(tuple((one,) for one in constants(key.values))))
        for place, key in enumerate(keys)
    )  # fmt: skip
    own = [one for one in conjuncts(where)
           if columns_of(one) and {*columns_of(one)} <= columns.keys()]  # fmt: skip
    return Block(
        tuple(Output("", one) for one in columns.values()), joins,
        where=both(*(rewrite(one, columns.get) for one in own)),
    )  # fmt: skip
