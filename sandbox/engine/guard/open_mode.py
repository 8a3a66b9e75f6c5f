"""Mode ``open``: licensed columns and rows may leave; what is checked is how tables meet.

The plan runs as the analyst wrote it. Two base tables of one FROM must be joined by equality on
a licensed pair of columns, and a scalar subquery must be one row by its form, because an error
of more than one row would depend on data.
"""

from collections.abc import Iterator

from kernel.errors import msgid
from sandbox.engine.guard.description import Description
from sandbox.engine.guard.nodes import (
    Aggregate,
    Block,
    Call,
    Column,
    Combination,
    Expression,
    Join,
    Program,
    Query,
    Scan,
    Subquery,
    Window,
    both,
    conjuncts,
)
from sandbox.engine.guard.walk import outer_columns, parts, subqueries_of
from sandbox.errors.guard import ColumnNotGrouped, ConstructNotAllowed, JoinNotAllowed


def queries_of(program: Program) -> list[Query]:
    """Every query of a program: definitions, body and all subqueries in expressions."""
    top = [*(one.query for one in program.definitions), program.body]
    return [one for query in top for one in (query, *(s.query for s in subqueries_of(query)))]


def blocks_of(program: Program) -> Iterator[Block]:
    """Every block of a program, the sides of combinations included."""
    todo = queries_of(program)
    while todo:
        query = todo.pop()
        if isinstance(query, Combination):
            todo += [query.left, query.right]
        else:
            yield query


def check_open(program: Program, description: Description) -> None:
    """Let a program of mode ``open`` run.

    Raises:
        JoinNotAllowed: two tables meet without a licensed key.
        ColumnNotGrouped: a column stands beside aggregates and is no key.
        ConstructNotAllowed: a scalar subquery could have several rows.
    """
    for block in blocks_of(program):
        check_joins(block, description)
        if block.is_aggregated:
            _check_grouped(block)
    for query in queries_of(program):
        for one in subqueries_of(query):
            check_single_row(one)


def check_joins(block: Block, description: Description) -> None:
    """Refuse base tables that meet without a licensed key.

    Raises:
        JoinNotAllowed: naming the table and the licensed keys.
    """
    seen: list[Join] = []
    condition = both(block.where, *(one.condition for one in block.sources))
    for join in block.sources:
        if not isinstance(join.relation, Scan):
            continue
        if seen and not any(is_linked(condition, one, join, description) for one in seen):
            raise JoinNotAllowed(table=join.relation.table, joins=description.named_joins)
        seen.append(join)


def is_linked(
    condition: Expression | None, left: Join, right: Join, description: Description
) -> bool:
    """Whether the condition makes the two tables equal on a licensed pair of columns."""
    tables = {one.alias: one.relation.table for one in (left, right)
              if isinstance(one.relation, Scan)}  # fmt: skip
    for one in conjuncts(condition):
        if not isinstance(one, Call) or one.name != "=":
            continue
        ends = [c for c in one.arguments if isinstance(c, Column) and c.source in tables]
        named = {(tables[c.source], c.name) for c in ends}
        is_across = {c.source for c in ends} == {left.alias, right.alias}
        if is_across and any(named == {a, b} for a, b in description.joins):
            return True
    return False


def _check_grouped(block: Block) -> None:
    own = {one.alias for one in block.sources}
    late = [*(one.value for one in block.outputs), *(one.value for one in block.order)]
    for value in (*late, block.having, block.qualify):
        for column in _loose_columns(value, block.keys):
            if column.source in own:
                raise ColumnNotGrouped(column_name=column.name)


def _loose_columns(value: Expression | None, keys: tuple[Expression, ...]) -> Iterator[Column]:
    """Columns in no group key and in no aggregate, also those that a subquery reads from here."""
    if value is None or value in keys or isinstance(value, Aggregate):
        return
    if isinstance(value, Column):
        yield value
    if isinstance(value, Subquery):
        yield from (one for one in outer_columns(value.query) if one not in keys)
    inner = parts(value)
    if isinstance(value, Window):
        # An aggregate over a window is one over groups: what it reads must be grouped itself.
        inner = (*parts(value.function), *inner[1:])
    for one in inner:
        yield from _loose_columns(one, keys)


def check_single_row(subquery: Subquery) -> None:
    """Refuse a scalar subquery that is not one row by its form.

    Raises:
        ConstructNotAllowed: saying how to make it one row.
    """
    query = subquery.query
    if subquery.kind != "scalar" or not isinstance(query, Block):
        if subquery.kind != "scalar":
            return
        raise _several_rows()
    is_one = not query.sources or query.limit in (0, 1)
    if not is_one and not (query.is_aggregated and not query.keys and query.sets is None):
        raise _several_rows()


def _several_rows() -> ConstructNotAllowed:
    return ConstructNotAllowed(
        construct=msgid("A subquery that may have several rows"),
        rewrite=msgid("aggregate it without GROUP BY, or add LIMIT 1"),
    )
