"""Function calls, aggregates and windows: the allow-list of ``functions`` applied to a call."""

from abc import ABC, abstractmethod

from sqlglot import exp

from kernel.errors import msgid
from sandbox.engine.guard import functions
from sandbox.engine.guard.functions import AGGREGATES, SCALARS, WINDOWS, Function
from sandbox.engine.guard.nodes import (
    NULL,
    Aggregate,
    Call,
    Cast,
    Constant,
    Expression,
    Order,
    Window,
)
from sandbox.engine.guard.reading.kinds import alike, check_condition, family_of
from sandbox.engine.guard.reading.scope import IDENTIFIER, Scope, Visible
from sandbox.engine.guard.reading.strict import check_parts, refuse
from sandbox.engine.guard.walk import columns_of, holds, type_of
from sandbox.errors.guard import FunctionNotAllowed

#: Which arguments must be of which family, and what to write instead.
_FAMILIES = (
    (
        functions.NUMBERS,
        "number",
        msgid(
            "argument %(place)s must be a number; convert it with TRY_CAST(... AS DOUBLE), a condition with CASE"
        ),
    ),
    (
        functions.TEXTS,
        "VARCHAR",
        msgid("argument %(place)s must be a text; convert it with CAST(... AS VARCHAR)"),
    ),
    (
        functions.DATES,
        "time",
        msgid(
            "argument %(place)s must be a date; write DATE '2020-01-01', or TRY_CAST(... AS DATE)"
        ),
    ),
)
_FRAME_EDGES = ("UNBOUNDED", "CURRENT ROW")
_REPLACED_MOST = 40
_FRAME_ROWS = 10_000
_HINTS = {
    "random": msgid("draw samples outside; the sandbox answers for all rows"),
    "now": msgid("write the date as a literal, as in DATE '2024-12-31'"),
    "current_date": msgid("write the date as a literal, as in DATE '2024-12-31'"),
    "printf": msgid("round() the number and format it outside"),
    "format": msgid("round() the number and format it outside"),
    "lpad": msgid("use concat() or format it outside"),
    "rpad": msgid("use concat() or format it outside"),
    "histogram": msgid("use GROUP BY over bands with COUNT(*)"),
    "list": msgid("use GROUP BY with COUNT(*), or string_agg under mode open"),
    "list_slice": msgid("use QUALIFY row_number() OVER (...) <= n"),
    "range": msgid("write the values in VALUES"),
    "regexp_replace": msgid("use replace() or substr()"),
}


class CallReader(ABC):
    """Reads calls; ``read`` and ``find`` are those of the whole reader."""

    scope: Scope
    # Set while the function of a window is read: SUM(COUNT(*)) OVER () is over cells.
    _may_nest = False

    @abstractmethod
    def read(self, node: exp.Expr) -> Expression:
        """Our expression for the parser's."""

    @abstractmethod
    def find(self, node: exp.Column) -> Visible:
        """What a column's name means."""

    def call(self, node: exp.Anonymous) -> Expression:
        """Read a call by its name, which must be on the list of functions."""
        check_parts(node, "this", "expressions")
        if not isinstance(node.this, str):
            raise refuse(
                node, msgid("A function name in quotes"), msgid("write the name without quotes")
            )
        name = node.this.lower()
        if name in ("grouping", "grouping_id"):
            return Call("grouping", self._items(node), "BIGINT")
        if name in AGGREGATES:
            return self.aggregate(node, AGGREGATES[name])
        function = SCALARS.get(name)
        if function is None:
            raise FunctionNotAllowed(
                function=name, rewrite=_HINTS.get(name, msgid("see the list of functions"))
            )
        arguments = self._items(node)
        check_arguments(function, arguments)
        return scalar_call(function, arguments)

    def _items(self, node: exp.Expr) -> tuple[Expression, ...]:
        return tuple(self.read(one) for one in node.expressions)

    def aggregate(self, node: exp.Anonymous, function: Function) -> Aggregate:
        """An aggregate call; DISTINCT and ORDER BY may stand inside its parentheses."""
        may_nest, self._may_nest = self._may_nest, False
        items = list(node.expressions)
        order: tuple[Order, ...] = ()
        if items and isinstance(items[-1], exp.Order):
            order = self.orders(items[-1])
            items[-1] = items[-1].this
        is_distinct = bool(items) and isinstance(items[0], exp.Distinct)
        if is_distinct:
            check_parts(items[0], "expressions")
            items = [*items[0].expressions, *items[1:]]
        if len(items) == 1 and isinstance(items[0], exp.Star) and function.name == "count":
            check_parts(items[0])
            items = []
        elif not items and function.name == "count" and is_distinct:
            raise refuse(node)
        arguments = self._counted(items, function, is_distinct=is_distinct)
        check_arguments(function, arguments)
        if function.name in ("count_if", "bool_or", "bool_and"):
            check_condition(arguments[0])
        if function.name == "string_agg" and len(arguments) == 1:
            arguments = (*arguments, Constant("text", ","))
        kind = functions.result_type(function, [type_of(one) for one in arguments])
        found = Aggregate(function.name, arguments, kind, is_distinct, order)
        check_flat(found, node, may_nest=may_nest)
        self._check_own(found, node)
        return found

    def _check_own(self, found: Aggregate, node: exp.Expr) -> None:
        # SQL takes it for one of the query around: the subquery then has a row for each of its own.
        own = {one.alias for one in self.scope.views}
        read = {one.source for one in columns_of(found)}
        if read and not read & own:
            raise refuse(
                node,
                msgid("An aggregate over columns of the query around it"),
                msgid("compute it there"),
            )

    def _counted(
        self, items: list[exp.Expr], function: Function, *, is_distinct: bool
    ) -> tuple[Expression, ...]:
        # COUNT(DISTINCT identifier) is the one place where an identifier may be read.
        if function.name == "count" and is_distinct and len(items) == 1:
            only = items[0].this if isinstance(items[0], exp.Paren) else items[0]
            if isinstance(only, exp.Column):
                found = self.find(only)
                if found.withheld == IDENTIFIER:
                    return (found.value,)
        return tuple(self.read(one) for one in items)

    def filtered(self, node: exp.Filter) -> Expression:
        """Read an aggregate with FILTER."""
        check_parts(node, "this", "expression")
        inner = self.read(node.this)
        if not isinstance(inner, Aggregate) or inner.condition is not None:
            raise refuse(node, msgid("FILTER after something else than an aggregate"))
        check_parts(node.expression, "this")
        condition = self.read(node.expression.this)
        check_condition(condition)
        if holds(condition, Aggregate, Window):
            raise refuse(node, msgid("An aggregate inside FILTER"))
        return Aggregate(
            inner.name, inner.arguments, inner.type, inner.is_distinct, inner.order, condition
        )

    def within(self, node: exp.WithinGroup) -> Expression:
        """Read an ordered-set aggregate as the plain form of it."""
        check_parts(node, "this", "expression")
        orders = self.orders(node.expression)
        call = node.this
        if not isinstance(call, exp.Anonymous) or len(orders) != 1 or len(call.expressions) != 1:
            raise refuse(node, rewrite=msgid("write quantile_cont(column, 0.5)"))
        function = AGGREGATES.get(str(call.this).lower())
        if function is None or function.name not in ("quantile_cont", "quantile_disc"):
            raise refuse(node, rewrite=msgid("write quantile_cont(column, 0.5)"))
        share = self.read(call.expressions[0])
        if orders[0].is_descending and isinstance(share, Constant):
            share = Constant("number", format(1 - float(share.text), ".15g"))
        arguments = (orders[0].value, share)
        check_arguments(function, arguments)
        kind = functions.result_type(function, [type_of(orders[0].value)])
        found = Aggregate(function.name, arguments, kind)
        check_flat(found, node, may_nest=False)
        return found

    def orders(self, node: exp.Order) -> tuple[Order, ...]:
        """The items of an ORDER BY inside an aggregate or a window."""
        found = []
        for one in node.expressions:
            check_parts(one, "this", "desc", "nulls_first")
            value = self.read(one.this)
            found.append(Order(value, bool(one.args.get("desc")),
                               bool(one.args.get("nulls_first"))))  # fmt: skip
        return tuple(found)

    def window(self, node: exp.Window) -> Expression:
        """Read a function over a window."""
        check_parts(node, "this", "partition_by", "order", "spec", "over")
        inner, ignores = node.this, False
        if isinstance(inner, exp.IgnoreNulls):
            inner, ignores = inner.this, True
        function = self._window_function(inner)
        order = node.args.get("order")
        orders = self.orders(order) if order is not None else ()
        partition = tuple(self.read(one) for one in node.args.get("partition_by") or ())
        found = Window(function, partition, orders, self._frame(node), function.type, ignores)
        if any(holds(part, Window) for part in (*partition, *(o.value for o in orders))):
            raise refuse(
                node, msgid("A window inside a window"), msgid("compute the inner one in a CTE")
            )
        return found

    def _window_function(self, node: exp.Expr) -> Call | Aggregate:
        name = str(node.this).lower() if isinstance(node, exp.Anonymous) else ""
        if name not in WINDOWS or name in AGGREGATES:
            self._may_nest = True
            found = self.read(node)
            self._may_nest = False
            if not isinstance(found, Aggregate):
                raise refuse(node, msgid("OVER after something else than a window function"))
            return found
        check_parts(node, "this", "expressions")
        arguments = self._items(node)
        check_arguments(WINDOWS[name], arguments)
        if name in ("lag", "lead") and len(arguments) > 2:  # noqa: PLR2004 - the third is a default
            alike((arguments[0], arguments[2]))
        kind = functions.result_type(WINDOWS[name], [type_of(one) for one in arguments])
        return Call(name, arguments, kind)

    def _frame(self, node: exp.Window) -> tuple[str, ...]:
        spec = node.args.get("spec")
        if spec is None:
            return ()
        check_parts(spec, "kind", "start", "start_side", "end", "end_side")
        kind = str(spec.args.get("kind")).upper()
        edges = [
            self._edge(spec, spec.args.get(f"{end}"), spec.args.get(f"{end}_side"))
            for end in ("start", "end")
        ]
        is_counted = any(one[0].isdigit() for one in edges)
        if kind not in ("ROWS", "RANGE") or (kind == "RANGE" and is_counted):
            raise refuse(node, msgid("A window frame of this kind"), msgid("use ROWS BETWEEN"))
        return (kind, *edges)

    def _edge(self, node: exp.Expr, value: object, side: object) -> str:
        if value is None:
            return "CURRENT ROW"
        text = value.this if isinstance(value, exp.Literal) else str(value).upper()
        if text == "CURRENT ROW":
            return text
        if side not in ("PRECEDING", "FOLLOWING"):
            raise refuse(node, msgid("A window frame of this kind"), msgid("use ROWS BETWEEN"))
        if text not in _FRAME_EDGES and not (str(text).isdigit() and int(text) <= _FRAME_ROWS):
            raise refuse(
                node, msgid("A window frame of this width"), msgid("use at most 10000 rows")
            )
        return f"{text} {side}"

    def extract(self, node: exp.Extract) -> Expression:
        """Read EXTRACT as ``date_part`` with the field as a literal."""
        check_parts(node, "this", "expression")
        word = Constant("text", node.this.name.lower())
        arguments = (word, self.read(node.expression))
        check_arguments(SCALARS["date_part"], arguments)
        return scalar_call(SCALARS["date_part"], arguments)


def scalar_call(function: Function, arguments: tuple[Expression, ...]) -> Call:
    """A call in canonical form: ``if`` is a CASE, date words are in lower case, texts for dates are dates."""
    for place in functions.DATES.get(function.name, ()):
        arguments = (*arguments[:place], _dated(arguments[place]), *arguments[place + 1 :])
    if function.name in ("coalesce", "nullif", "greatest", "least"):
        arguments = alike(arguments)
    if function.name == "if":
        check_condition(arguments[0])
        arguments = (arguments[0], *alike(arguments[1:]))
    kinds = [type_of(one) for one in arguments]
    if function.name == "if":
        return Call("case", arguments, functions.widest_type(kinds[1:]))
    if function.name in ("date_part", "date_trunc", "date_diff", "date_sub"):
        word = arguments[0]
        assert isinstance(word, Constant)  # check_arguments has made sure of it
        arguments = (Constant("text", word.text.lower()), *arguments[1:])
    if function.name == "coalesce" and len(arguments) == 1:
        arguments = (*arguments, NULL)
    return Call(function.name, arguments, functions.result_type(function, kinds))


def _dated(value: Expression) -> Expression:
    """A literal text as the date or moment that it is, or NULL; anything else as it stands."""
    if not isinstance(value, Constant) or value.kind != "text":
        return value
    return Cast(value, "TIMESTAMP" if ":" in value.text else "DATE")


def check_arguments(function: Function, arguments: tuple[Expression, ...]) -> None:
    """Refuse a call with too few, too many or variable arguments where literals must stand.

    Raises:
        FunctionNotAllowed: saying what the call should look like.
    """
    if not function.least <= len(arguments) <= function.most:
        raise FunctionNotAllowed(
            function=function.name, rewrite=msgid("check its number of arguments")
        )
    for place in function.constants:
        if place < len(arguments) and not isinstance(arguments[place], Constant):
            raise FunctionNotAllowed(
                function=function.name,
                rewrite=msgid("write argument %(place)s as a literal"),
                place=place + 1,
            )
    for places, family, rewrite in _FAMILIES:
        for place in places.get(function.name, ()):
            if place < len(arguments) and not _is_of(family, arguments[place], function):
                raise FunctionNotAllowed(function=function.name, rewrite=rewrite, place=place + 1)
    _check_words(function, arguments)


def _is_of(family: str, argument: Expression, function: Function) -> bool:
    value = _dated(argument) if family == "time" else argument
    # The engine counts the true ones by SUM, and knows no other number of a condition.
    return family_of(type_of(value)) in ("", family, "BOOLEAN" if function.name == "sum" else "")


def _check_words(function: Function, arguments: tuple[Expression, ...]) -> None:
    first = arguments[0] if arguments else None
    is_word = isinstance(first, Constant) and first.text.lower() in functions.DATE_WORDS
    if function.name in ("date_part", "date_trunc", "date_diff", "date_sub") and not is_word:
        raise FunctionNotAllowed(
            function=function.name, rewrite=msgid("name a part such as 'month'")
        )
    if function.name == "replace":
        old, new = arguments[1], arguments[2]
        assert isinstance(old, Constant)  # check_arguments has made sure of it
        assert isinstance(new, Constant)  # check_arguments has made sure of it
        # A text that grows at each call grows without end in a chain of calls.
        if len(new.text) > max(len(old.text), 1) or not old.text or len(old.text) > _REPLACED_MOST:
            raise FunctionNotAllowed(
                function="replace", rewrite=msgid("replace by a text no longer")
            )


def check_flat(found: Aggregate, node: exp.Expr, *, may_nest: bool) -> None:
    """Refuse an aggregate of aggregates, which only a window over cells may be.

    Raises:
        ConstructNotAllowed: the inner one has to be computed first.
    """
    inside = (*found.arguments, *(one.value for one in found.order))
    kinds = (Window,) if may_nest else (Aggregate, Window)
    if any(holds(one, *kinds) for one in inside):
        raise refuse(
            node, msgid("An aggregate inside an aggregate"), msgid("compute the inner one in a CTE")
        )
