"""The public domain of group keys: which cells an answer has, whether anybody is in them or not.

Where every key is a dimension with a public list of values, the answer has a row for each
combination that the filter on the keys themselves allows. A cell of nine people and a cell of
none then look the same, so the presence of a row tells nothing.
"""

from collections.abc import Callable
from dataclasses import dataclass
from math import prod
from typing import Any

from sandbox.engine.guard.nodes import (
    TRUE,
    Block,
    Call,
    Column,
    Constant,
    Expression,
    Join,
    Named,
    Output,
    Scan,
    Values,
    both,
    call,
    conjuncts,
)
from sandbox.engine.guard.release.traits import Facts, trait_of
from sandbox.engine.guard.walk import columns_of, rewrite

MOST_CELLS = 5_000


@dataclass(frozen=True, slots=True)
class Domain:
    """All public key combinations, as the source ``d`` with columns ``c1`` to ``cN``."""

    join: Join

    def shown(self, cell: Column) -> Expression:
        """A key as it is shown: the public one, or the cell's own where that is not listed."""
        return Call("coalesce", (Column("d", cell.name, cell.type), cell), cell.type)

    def meets(self, keys: list[Column]) -> Expression:
        """The condition that a cell is that of a public combination."""
        pairs = [call("=", Column("d", one.name, one.type), one) for one in keys]
        return both(*pairs) or TRUE

    def holds_row(self) -> Expression:
        """Whether a row of the answer is a public combination."""
        return Call("not", (call("isnull", Column("d", "c1", "ANY")),), "BOOLEAN")


def constants(values: tuple[Any, ...]) -> tuple[Constant, ...]:
    """A public list as literals."""
    kinds = [("text" if isinstance(one, str) else "number") for one in values]
    return tuple(Constant(kind, str(one)) for kind, one in zip(kinds, values, strict=True))


def is_listed(cell: Column, values: tuple[Any, ...] | None) -> Expression | None:
    """The condition that a key is in its public list or missing; None where it has no list."""
    if values is None:
        return None
    inside = Call("in", (cell, *constants(values)), "BOOLEAN") if values else Constant(
        "boolean", "FALSE")  # fmt: skip
    return Call("or", (call("isnull", cell), inside), "BOOLEAN")


def public_domain(
    block: Block, known: dict[str, Facts], add: Callable[..., Named]
) -> Domain | None:
    """The domain of a block's keys; None where some key has no public list."""
    lists = [trait_of(one, known).values if isinstance(one, Column) else None
             for one in block.keys]  # fmt: skip
    is_direct = all(isinstance(one.relation, Scan) for one in block.sources)
    if not lists or not all(lists) or block.sets is not None or not is_direct:
        return None
    found = [one for one in lists if one]
    if prod(map(len, found)) > MOST_CELLS:
        return None
    columns: dict[Expression, Column] = {
        key: Column(f"d{place + 1}", "c1", "ANY") for place, key in enumerate(block.keys)
    }
    joins = tuple(
        Join("cross" if place else "from", f"d{place + 1}",
             Values(tuple((one,) for one in constants(values))))
        for place, values in enumerate(found)
    )  # fmt: skip
    own = [one for one in conjuncts(block.where)
           if columns_of(one) and set(columns_of(one)) <= set(columns)]  # fmt: skip
    where = [rewrite(one, _looked_up(columns)) for one in own]
    outputs = tuple(Output("", one) for one in columns.values())
    return Domain(Join("from", "d", add(Block(outputs, joins, where=both(*where)))))


def _looked_up(
    columns: dict[Expression, Column],
) -> Callable[[Expression], Expression | None]:
    return lambda one: columns.get(one)  # noqa: PLW0108 - get() itself has another signature
