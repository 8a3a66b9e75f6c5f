"""One SELECT of the analyst: its sources and names, outputs, group keys, order."""

from itertools import product
from typing import Protocol

from sqlglot import exp

from kernel.errors import msgid
from sandbox.engine.guard.description import fold
from sandbox.engine.guard.nodes import (
    Aggregate,
    Block,
    Call,
    Column,
    Constant,
    Expression,
    Join,
    Order,
    Output,
    Relation,
    Window,
    both,
    call,
)
from sandbox.engine.guard.reading.expressions import ExpressionReader
from sandbox.engine.guard.reading.kinds import alike, check_condition
from sandbox.engine.guard.reading.scope import IDENTIFIER, Scope, View, Visible
from sandbox.engine.guard.reading.strict import check_parts, refuse
from sandbox.engine.guard.walk import holds, parts, type_of, walk
from sandbox.errors.guard import ColumnWithheld, SqlTooLarge

SOURCES = 12
SETS = 32
OUTPUTS = 100
EXPRESSION_NODES = 1_500
NAME_CHARACTERS = 63
_JOIN_KINDS = {
    ("", "", ""): "inner", ("", "", "INNER"): "inner", ("", "", "CROSS"): "cross",
    ("", "LEFT", ""): "left", ("", "RIGHT", ""): "right", ("", "FULL", ""): "full",
    ("", "LEFT", "OUTER"): "left", ("", "RIGHT", "OUTER"): "right", ("", "FULL", "OUTER"): "full",
    ("", "", "SEMI"): "semi", ("", "", "ANTI"): "anti", ("ASOF", "", ""): "asof",
}  # fmt: skip


class Queries(Protocol):
    """What a block needs from the reader of queries around it."""

    def relation(self, node: exp.Expr) -> tuple[View, Relation]:
        """Anything that may stand in FROM."""

    def expressions(self, scope: Scope) -> ExpressionReader:
        """A reader of expressions in a scope."""


class BlockReader:
    """Reads one SELECT."""

    def __init__(self, queries: Queries, outer: Scope | None, *, is_final: bool) -> None:
        self._queries = queries
        self._scope = Scope(parent=outer)
        self._reader = queries.expressions(self._scope)
        self._is_final = is_final

    def read(self, node: exp.Select) -> Block:
        """Read one SELECT into a block of the plan."""
        check_parts(node, "expressions", "from_", "joins", "where", "group", "having", "qualify",
                    "distinct", "order", "limit", "offset", "with_")  # fmt: skip
        if not node.expressions:
            raise refuse(node, msgid("SELECT without columns"), msgid("name the columns"))
        sources = self._sources(node)
        outputs = self._outputs(node)
        where = self._condition(node, "where")
        keys, sets = self._keys(node, outputs)
        self._check_shown(outputs, keys)
        having, qualify = self._condition(node, "having"), self._condition(node, "qualify")
        self._reader.alias_first = True
        order = read_orders(self._reader, node, outputs)
        self._reader.alias_first = False
        late = [*(one.value for one in outputs), *(one.value for one in order)]
        late += [one for one in (having, qualify) if one is not None]
        is_aggregated = bool(keys) or node.args.get("group") is not None
        is_aggregated = is_aggregated or having is not None or any(map(has_own_aggregate, late))
        for part, values in (("where", (where,)), ("group", keys)):
            if any(holds(one, Aggregate, Window) for one in values):
                at, what = node.args[part], msgid("An aggregate in WHERE or GROUP BY")
                raise refuse(at, what, msgid("use HAVING or QUALIFY"))
        if holds(having, Window):
            at = node.args["having"]
            raise refuse(at, msgid("A window in HAVING"), msgid("use QUALIFY"))
        return Block(
            outputs=outputs, sources=sources, where=where, keys=keys, sets=sets,
            is_aggregated=is_aggregated, having=having, qualify=qualify,
            is_distinct=self._distinct(node), order=order, limit=read_count(node, "limit"),
            offset=read_count(node, "offset"),
        )  # fmt: skip

    def _distinct(self, node: exp.Select) -> bool:
        found = node.args.get("distinct")
        if found is None:
            return False
        check_parts(found)
        return True

    def _sources(self, node: exp.Select) -> tuple[Join, ...]:
        first = node.args.get("from_")
        if first is None:
            return ()
        check_parts(first, "this")
        view, relation = self._queries.relation(first.this)
        self._scope.add(view)
        joins = [Join("from", view.alias, relation)]
        joins += [self._join(one) for one in node.args.get("joins") or ()]
        if len(joins) > SOURCES:
            raise SqlTooLarge(measure=msgid("the number of joined tables"), limit=SOURCES)
        return tuple(joins)

    def _join(self, node: exp.Join) -> Join:
        check_parts(node, "this", "on", "using", "kind", "side", "method")
        words = tuple(str(node.args.get(one) or "").upper() for one in ("method", "side", "kind"))
        kind = _JOIN_KINDS.get(words)  # type: ignore[arg-type]  # three words, as the keys
        if kind is None:
            raise refuse(node, " ".join(words).strip() + " JOIN", msgid("write JOIN ... ON"))
        view, relation = self._queries.relation(node.this)
        using = [one.name for one in node.args.get("using") or ()]
        if kind == "inner" and node.args.get("on") is None and not using:
            kind = "cross"
        pairs = [self._pair(name, view, kind) for name in using]
        self._scope.add(view)
        condition = self._on(node)
        if kind != "cross" and condition is None and not pairs:
            raise refuse(node, msgid("A join without ON"), msgid("write ON with the join keys"))
        for merged in pairs:
            self._scope.merged[fold(merged[0].name)] = merged[0]
        if kind in ("semi", "anti"):
            self._scope.views.remove(view)
        return Join(kind, view.alias, relation, both(condition, *(one[1] for one in pairs)))  # type: ignore[arg-type]  # the kinds of the table above

    def _on(self, node: exp.Join) -> Expression | None:
        found = node.args.get("on")
        if found is None:
            return None
        condition = self._reader.read(found)
        check_condition(condition)
        if holds(condition, Aggregate, Window):
            raise refuse(node, msgid("An aggregate in ON"), msgid("compute it in a CTE"))
        return condition

    def _pair(self, name: str, view: View, kind: str) -> tuple[Visible, Expression]:
        left = self._scope.find(name, None)
        right = Scope([view]).find(name, None)
        for one in (left, right):
            if one.withheld:
                raise ColumnWithheld(column_name=one.name, rewrite=msgid("join on a licensed key"))
        merged = left.value
        if kind == "right":
            merged = right.value
        if kind == "full":
            merged = Call("coalesce", (left.value, right.value), type_of(left.value))
        alike((left.value, right.value))
        return Visible(left.name, merged), call("=", left.value, right.value)

    def _outputs(self, node: exp.Select) -> tuple[Output, ...]:
        found: list[Output] = []
        for one in node.expressions:
            if _is_star(one):
                found += [Output(v.name, v.value) for v in self._star(one)]
                continue
            value = one.this if isinstance(one, exp.Alias) else one
            expression = self._output_value(value)
            name = one.alias_or_name if isinstance(one, exp.Alias | exp.Column) else _shown(one)
            # An alias stands for its whole expression: a chain of them doubles it at each step.
            if sum(1 for _ in walk(expression)) > EXPRESSION_NODES:
                raise SqlTooLarge(
                    measure=msgid("the parts of one expression"), limit=EXPRESSION_NODES
                )
            if isinstance(one, exp.Alias):
                check_parts(one, "this", "alias")
                self._scope.aliases.setdefault(fold(name), Visible(name, expression))
            found.append(Output(name, expression))
        if len(found) > OUTPUTS:
            raise SqlTooLarge(measure=msgid("the number of output columns"), limit=OUTPUTS)
        return tuple(found)

    def _output_value(self, node: exp.Expr) -> Expression:
        if isinstance(node, exp.Column) and isinstance(node.this, exp.Identifier):
            found = self._reader.find(node)
            if found.withheld == IDENTIFIER and not self._is_final:
                return found.value  # allowed only as a group key: _check_shown looks
        return self._reader.read(node)

    def _check_shown(self, outputs: tuple[Output, ...], keys: tuple[Expression, ...]) -> None:
        for one in outputs:
            if is_identifier(one.value) and (self._is_final or one.value not in keys):
                raise ColumnWithheld(
                    column_name=one.name, rewrite=msgid("use it in COUNT(DISTINCT ...) only")
                )

    def _star(self, node: exp.Expr) -> list[Visible]:
        table = None
        star = node
        if isinstance(node, exp.Column):
            check_parts(node, "this", "table")
            table, star = node.args["table"].name, node.this
        check_parts(star, "except_")
        dropped = {fold(one.name) for one in star.args.get("except_") or ()}
        return [one for one in self._scope.star(table) if fold(one.name) not in dropped]

    def _condition(self, node: exp.Select, part: str) -> Expression | None:
        found = node.args.get(part)
        if found is None:
            return None
        check_parts(found, "this")
        condition = self._reader.read(found.this)
        check_condition(condition)
        return condition

    def _keys(
        self, node: exp.Select, outputs: tuple[Output, ...]
    ) -> tuple[tuple[Expression, ...], tuple[tuple[int, ...], ...] | None]:
        group = node.args.get("group")
        if group is None:
            return (), None
        check_parts(group, "expressions", "all")
        if group.args.get("all"):
            free = [one.value for one in outputs if not holds(one.value, Aggregate, Window)]
            return tuple(dict.fromkeys(free)), None
        return _GroupReader(self._reader, outputs, is_final=self._is_final).read(group)


class _GroupReader:
    """Reads GROUP BY: plain keys, ROLLUP, CUBE and GROUPING SETS multiply into sets of keys."""

    def __init__(
        self, reader: ExpressionReader, outputs: tuple[Output, ...], *, is_final: bool
    ) -> None:
        self._is_final = is_final
        self._reader = reader
        self._outputs = outputs
        self._keys: list[Expression] = []

    def read(
        self, group: exp.Group
    ) -> tuple[tuple[Expression, ...], tuple[tuple[int, ...], ...] | None]:
        items = [self._sets(one) for one in group.expressions]
        if all(len(one) == 1 for one in items):
            return tuple(self._keys), None
        sets = [tuple(sorted({p for part in parts for p in part})) for parts in product(*items)]
        if len(sets) > SETS:
            raise SqlTooLarge(measure=msgid("the number of grouping sets"), limit=SETS)
        return tuple(self._keys), tuple(sets)

    def _sets(self, node: exp.Expr) -> list[tuple[int, ...]]:
        if isinstance(node, exp.Cube | exp.Rollup | exp.GroupingSets):
            check_parts(node, "expressions")
            if len(node.expressions) > 5:  # noqa: PLR2004 - CUBE of five keys makes all 32 sets
                raise SqlTooLarge(measure=msgid("the keys of CUBE or ROLLUP"), limit=5)
        if isinstance(node, exp.GroupingSets):
            return [self._one_set(one) for one in node.expressions]
        if isinstance(node, exp.Rollup):
            parts = [self._one_set(one) for one in node.expressions]
            return [tuple(p for part in parts[:n] for p in part)
                    for n in range(len(parts), -1, -1)]  # fmt: skip
        if isinstance(node, exp.Cube):
            parts = [self._one_set(one) for one in node.expressions]
            picks = product((True, False), repeat=len(parts))
            return [tuple(p for part, on in zip(parts, pick, strict=True) if on for p in part)
                    for pick in picks]  # fmt: skip
        return [self._one_set(node)]

    def _one_set(self, node: exp.Expr) -> tuple[int, ...]:
        if isinstance(node, exp.Tuple):
            return tuple(self._key(one) for one in node.expressions)
        return (self._key(node),)

    def _key(self, node: exp.Expr) -> int:
        while isinstance(node, exp.Paren):
            node = node.this
        value = self._value(node)
        if isinstance(value, Constant):
            raise refuse(node, msgid("GROUP BY a constant"), msgid("group by a column"))
        if value not in self._keys:
            self._keys.append(value)
        return self._keys.index(value)

    def _value(self, node: exp.Expr) -> Expression:
        if isinstance(node, exp.Literal) and not node.is_string:
            return read_position(node, self._outputs)
        if isinstance(node, exp.Column) and isinstance(node.this, exp.Identifier):
            found = self._reader.find(node)
            if found.withheld == IDENTIFIER and not self._is_final:
                return found.value
        return self._reader.read(node)


def is_identifier(value: Expression) -> bool:
    """Whether the expression is a withheld identifier column, at any depth of naming."""
    return isinstance(value, Column) and value.type.startswith("ID ")


def has_own_aggregate(value: Expression) -> bool:
    """Whether an aggregate over the rows of a group is inside; a window's own does not count."""
    if isinstance(value, Aggregate):
        return True
    inner = parts(value)
    if isinstance(value, Window):
        inner = (*parts(value.function), *inner[1:])
    return any(map(has_own_aggregate, inner))


def read_position(node: exp.Literal, outputs: tuple[Output, ...]) -> Expression:
    """The output that a bare number in GROUP BY or ORDER BY stands for."""
    place = int(node.this) if str(node.this).isdigit() else 0
    if not 1 <= place <= len(outputs):
        raise refuse(
            node, msgid("A position outside the SELECT list"), msgid("use a number of a column")
        )
    return outputs[place - 1].value


def read_orders(
    reader: ExpressionReader, node: exp.Expr, outputs: tuple[Output, ...]
) -> tuple[Order, ...]:
    """The items of an ORDER BY, with the places of NULL said."""
    found = node.args.get("order")
    if found is None:
        return ()
    check_parts(found, "expressions")
    orders: list[Order] = []
    for one in found.expressions:
        check_parts(one, "this", "desc", "nulls_first")
        marks = bool(one.args.get("desc")), bool(one.args.get("nulls_first"))
        if isinstance(one.this, exp.Var) and one.this.name.upper() == "ALL":
            orders += [Order(output.value, *marks) for output in outputs]
        elif isinstance(one.this, exp.Literal) and not one.this.is_string:
            orders.append(Order(read_position(one.this, outputs), *marks))
        else:
            orders.append(Order(reader.read(one.this), *marks))
    return tuple(orders)


def read_count(node: exp.Expr, part: str) -> int | None:
    """The number in LIMIT or OFFSET; None where there is none."""
    found = node.args.get(part)
    if found is None:
        return None
    check_parts(found, "expression")
    value = found.expression
    if not isinstance(value, exp.Literal) or not str(value.this).isdigit():
        raise refuse(node, part.upper(), msgid("write a whole number"))
    if len(value.this) > 9:  # noqa: PLR2004 - more rows than any answer holds
        raise SqlTooLarge(measure=part.upper(), limit=999_999_999)
    return int(value.this)


def _shown(node: exp.Expr) -> str:
    """The name of an output that the analyst gave none: what DuckDB would show, cut to a name."""
    said = node.sql("duckdb", comments=False).lower()
    return "count_star()" if said == "count(*)" else said[:NAME_CHARACTERS]


def _is_star(node: exp.Expr) -> bool:
    return isinstance(node, exp.Star) or (
        isinstance(node, exp.Column) and isinstance(node.this, exp.Star)
    )
