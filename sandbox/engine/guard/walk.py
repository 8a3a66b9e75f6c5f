"""Going through expressions of the plan: their parts, what they contain, and rewriting them."""

from collections.abc import Callable, Iterator
from dataclasses import replace

from sandbox.engine.guard.nodes import (
    Aggregate,
    Call,
    Cast,
    Column,
    Combination,
    Constant,
    Definition,
    Expression,
    Join,
    Named,
    Order,
    Query,
    Subquery,
    Window,
)


def parts(value: Expression) -> tuple[Expression, ...]:
    """The direct parts of an expression; a subquery's own query is not entered."""
    if isinstance(value, Call):
        return value.arguments
    if isinstance(value, Cast):
        return (value.value,)
    if isinstance(value, Aggregate):
        condition = (value.condition,) if value.condition is not None else ()
        return (*value.arguments, *(one.value for one in value.order), *condition)
    if isinstance(value, Window):
        return (value.function, *value.partition, *(one.value for one in value.order))
    if isinstance(value, Subquery) and value.operand is not None:
        return (value.operand,)
    return ()


def walk(value: Expression | None) -> Iterator[Expression]:
    """The expression and all that is inside it, outermost first."""
    if value is None:
        return
    yield value
    for one in parts(value):
        yield from walk(one)


def holds(value: Expression | None, *kinds: type) -> bool:
    """Whether a node of one of these kinds is inside."""
    return any(isinstance(one, kinds) for one in walk(value))


def columns_of(value: Expression | None) -> list[Column]:
    """Every column that the expression itself reads."""
    return [one for one in walk(value) if isinstance(one, Column)]


def rewrite(value: Expression, change: Callable[[Expression], Expression | None]) -> Expression:
    """A copy in which ``change`` replaced what it answered for, from the outside inwards."""
    found = change(value)
    if found is not None:
        return found
    return _rebuild(value, lambda one: rewrite(one, change))


def rewrite_orders(
    orders: tuple[Order, ...], change: Callable[[Expression], Expression]
) -> tuple[Order, ...]:
    """The same items over changed expressions."""
    return tuple(replace(one, value=change(one.value)) for one in orders)


def _rebuild(value: Expression, change: Callable[[Expression], Expression]) -> Expression:
    if isinstance(value, Call):
        return replace(value, arguments=tuple(map(change, value.arguments)))
    if isinstance(value, Cast):
        return replace(value, value=change(value.value))
    if isinstance(value, Aggregate):
        return _rebuild_aggregate(value, change)
    if isinstance(value, Window):
        return _rebuild_window(value, change)
    if isinstance(value, Subquery) and value.operand is not None:
        return replace(value, operand=change(value.operand))
    return value


def _rebuild_aggregate(value: Aggregate, change: Callable[[Expression], Expression]) -> Aggregate:
    return replace(
        value,
        arguments=tuple(map(change, value.arguments)),
        order=rewrite_orders(value.order, change),
        condition=None if value.condition is None else change(value.condition),
    )


def _rebuild_window(value: Window, change: Callable[[Expression], Expression]) -> Window:
    # The function of a window is not itself an aggregate of the group: only its parts change.
    inner = _rebuild(value.function, change)
    assert isinstance(inner, Call | Aggregate)  # rebuilding keeps the type
    return replace(
        value,
        function=inner,
        partition=tuple(map(change, value.partition)),
        order=rewrite_orders(value.order, change),
    )


def expressions_of(query: Query) -> Iterator[Expression]:
    """The expressions that stand directly in a query and in the two sides of a combination."""
    if isinstance(query, Combination):
        yield from expressions_of(query.left)
        yield from expressions_of(query.right)
        return
    yield from (one.value for one in query.outputs)
    yield from (one.condition for one in query.sources if one.condition is not None)
    yield from query.keys
    yield from (one for one in (query.where, query.having, query.qualify) if one is not None)
    yield from (one.value for one in query.order)


def subqueries_of(query: Query) -> Iterator[Subquery]:
    """The subqueries in the expressions of a query, nested ones included."""
    for expression in expressions_of(query):
        for one in walk(expression):
            if isinstance(one, Subquery):
                yield one
                yield from subqueries_of(one.query)


def aliases_of(query: Query) -> set[str]:
    """The aliases of all sources in a query, its subqueries included."""
    return {one.alias for one in _sources_of(query)}


def _sources_of(query: Query) -> Iterator[Join]:
    todo: list[Query] = [query, *(one.query for one in subqueries_of(query))]
    while todo:
        one = todo.pop()
        if isinstance(one, Combination):
            todo += [one.left, one.right]
        else:
            yield from one.sources


def needed(definitions: tuple[Definition, ...], body: Query) -> tuple[Definition, ...]:
    """The definitions that a body reads, itself or through others."""
    wanted, found = _named_in(body), list[Definition]()
    for one in reversed(definitions):
        if one.name in wanted:
            wanted |= _named_in(one.query)
            found.append(one)
    return tuple(reversed(found))


def _named_in(query: Query) -> set[str]:
    relations = (one.relation for one in _sources_of(query))
    return {one.name for one in relations if isinstance(one, Named)}


def outer_columns(query: Query) -> list[Column]:
    """Columns that a subquery reads from the query around it."""
    inner = aliases_of(query)
    queries = [query, *(one.query for one in subqueries_of(query))]
    read = [c for one in queries for e in expressions_of(one) for c in columns_of(e)]
    return [one for one in read if one.source and one.source not in inner]


def type_of(value: Expression) -> str:
    """The SQL type of an expression, as far as we can tell it; ``NULL`` for a bare NULL."""
    if isinstance(value, Constant):
        return _constant_type(value)
    return value.type


def _constant_type(value: Constant) -> str:
    if value.kind == "number":
        is_whole = value.text.lstrip("-").isdigit()
        return "INTEGER" if is_whole else ("DOUBLE" if "e" in value.text.lower() else "DECIMAL")
    return {"text": "VARCHAR", "boolean": "BOOLEAN", "interval": "INTERVAL"}.get(value.kind, "NULL")
