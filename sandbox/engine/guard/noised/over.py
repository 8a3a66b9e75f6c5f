"""One block over rows of people as cells, and what stands over them: HAVING, ratios, windows, order."""

from collections.abc import Callable
from dataclasses import replace

from kernel.errors import msgid
from sandbox.engine.guard.description import Description
from sandbox.engine.guard.nodes import (
    Aggregate,
    Block,
    Call,
    Column,
    Expression,
    Join,
    Named,
    Order,
    Output,
    Query,
    Subquery,
    Window,
    both,
    conjuncts,
)
from sandbox.engine.guard.noised import measures
from sandbox.engine.guard.noised.cells import Exacts, key_of
from sandbox.engine.guard.noised.people import People, people_of
from sandbox.engine.guard.noised.plan import Error, Measured, other
from sandbox.engine.guard.noised.quantiles import NAMES as QUANTILES
from sandbox.engine.guard.noised.quantiles import Quantiles, Wanted
from sandbox.engine.guard.reading.blocks import is_identifier
from sandbox.engine.guard.walk import columns_of, holds, outer_columns, rewrite, rewrite_orders
from sandbox.errors.guard import ColumnNotGrouped, ColumnWithheld

#: The alias of the cells in what stands over them.
_CELLS = "u"


class OverCells:
    """Turns one block over rows of people into cells and a block over them."""

    def __init__(
        self,
        block: Block,
        description: Description,
        *,
        released: Callable[[Expression], Expression],
        define: Callable[[Query], Named],
    ) -> None:
        """Take the block, how a subquery over it is released, and where a query of ours is kept."""
        self._block, self._released, self._define = block, released, define
        self._check_form()
        self.people: People = people_of(block, description)
        self._check_rows()
        self._keys = tuple(key_of(one, self.people) for one in block.keys)
        # The conditions on rows are looked at; what ingest has ranked is ours.
        self._block = block = replace(block, where=both(block.where, self.people.kept))
        self._exact: dict[Expression, tuple[int, Measured]] = {}
        self._quantiles = Quantiles(block, self._keys, self.people)
        self._errors: dict[Expression, tuple[str, int | Wanted]] = {}

    def _check_form(self) -> None:
        block = self._block
        for what, is_there in (
            ("A subquery that depends on the row around it", bool(outer_columns(block))),
            ("GROUPING SETS", block.sets is not None),
            ("A query without aggregates", not block.is_aggregated),
        ):
            if is_there:
                raise other(what)

    def _check_rows(self) -> None:
        """Look at the conditions on rows; that two columns of persons are equal is said by a link."""
        conditions = [self._block.where, *(one.condition for one in self._block.sources)]
        for whole in conditions:
            for one in conjuncts(whole):
                if one not in self.people.links:
                    _check_row(one)

    def build(self, exacts: Exacts) -> tuple[Block, list[Error | None]]:
        """The block over cells, and how far each of its columns may be off.

        Raises:
            SqlRefused: something has no bound, or cannot stand over cells.
        """
        block = self._block
        over = replace(
            block,
            outputs=tuple(Output(one.name, self._after(one.value)) for one in block.outputs),
            sources=(), where=None if block.having is None else self._after(block.having),
            qualify=None if block.qualify is None else self._after(block.qualify),
            order=rewrite_orders(block.order, self._after),
            keys=(), having=None, is_aggregated=False,
        )  # fmt: skip
        cells = self._main(exacts)
        place = len(exacts.cells) - 1
        found = self._quantiles.join(exacts, self._define)
        names = [name for name, _ in found.values()]
        joins = [Join("left", f"q{number + 1}", name, self._quantiles.meets(f"q{number + 1}"))
                 for number, name in enumerate(names)]  # fmt: skip
        # Without a number of its own the block has the groups of its first quantile.
        first = cells or next(iter(names), None)
        if first is None:
            raise other(msgid("A query without aggregates"))
        over = replace(over, sources=(Join("from", _CELLS, first), *joins))
        if joins and not over.order and not over.is_distinct:
            # A join loses the order of the keys, which an answer has where none is asked for.
            over = replace(over, order=tuple(map(self._in_order, block.keys)))
        errors = [self._error(one.value, place, found) for one in over.outputs]
        return over, errors

    def _main(self, exacts: Exacts) -> Named | None:
        if not self._exact:
            return None
        exact = [(one, measured) for one, (_, measured) in self._exact.items()]
        return exacts.keep(self._block, self._keys, exact)

    def _error(
        self, value: Expression, place: int, found: dict[Wanted, tuple[Named, int]]
    ) -> Error | None:
        kind, of = self._errors.get(value, ("", 0))
        if isinstance(of, Wanted):
            return Error(kind, found[of][1], 0, factor=self._quantiles.error_factor(of))
        return Error(kind, place, of) if kind else None

    def _in_order(self, key: Expression) -> Order:
        return Order(self._after(key), is_descending=False, nulls_first=True)

    # What stands over cells

    def _after(self, value: Expression) -> Expression:
        return rewrite(value, self._change)

    def _change(self, one: Expression) -> Expression | None:
        if one in self._block.keys:
            assert isinstance(one, Column)  # key_of let nothing else through
            return Column(_CELLS, f"c{self._block.keys.index(one) + 1}", one.type)
        if isinstance(one, Column):
            raise ColumnNotGrouped(column_name=one.name)
        if isinstance(one, Aggregate):
            return self._noised(one)
        if isinstance(one, Subquery):
            if one.operand is not None:
                one = replace(one, operand=self._after(one.operand))
            return self._released(one)
        if isinstance(one, Call) and one.name == "grouping":
            raise other("GROUPING()")
        return None

    def _noised(self, one: Aggregate) -> Expression:
        for inside in (*one.arguments, one.condition):
            # COUNT(DISTINCT ...) may hold a bare identifier; whether it may be counted is asked there.
            if inside is not None and not is_identifier(inside):
                _check_row(inside)
        if (found := measures.counted(one, self.people)) is not None:
            return self._marked(self._keep(*found))
        measures.check_plain(one)
        if one.name == "sum":
            return self._marked(measures.total(one, self.people, self._keep))
        if one.name == "avg":
            value, sums = measures.mean(one, self.people, self._keep)
            self._errors[value] = ("mean", self._place(sums))
            return value
        if one.name in measures.VARIANCES:
            return measures.variance(one, self.people, self._keep)
        if one.name in QUANTILES:
            value, wanted = self._quantiles.ask(one)
            self._errors[value] = ("rank", wanted)
            return value
        raise other(f"{one.name.upper()}()")

    def _keep(self, exact: Expression, measured: Measured) -> Column:
        place, _ = self._exact.setdefault(exact, (len(self._exact), measured))
        kind = f"DECIMAL(38,{measured.scale})" if measured.scale else "BIGINT"
        return Column(_CELLS, f"c{len(self._keys) + place + 1}", kind)

    def _place(self, column: Column) -> int:
        return int(column.name[1:]) - len(self._keys) - 1

    def _marked(self, column: Column) -> Column:
        self._errors[column] = ("value", self._place(column))
        return column


def _check_row(value: Expression) -> None:
    """Make sure that a value is of one row alone: of an exact answer inside it nobody knows a bound.

    Raises:
        ConstructNotAllowed: a subquery or window is inside.
        ColumnWithheld: a person is named.
    """
    if holds(value, Subquery, Window):
        raise other(msgid("A subquery over rows"))
    for one in columns_of(value):
        if is_identifier(one):
            raise ColumnWithheld(column_name=one.name, rewrite=msgid("filter by a dimension"))
