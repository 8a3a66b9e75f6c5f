"""DuckDB SQL from the plan: every name quoted, every operand in parentheses.

No word of the analyst's is printed but literals and output names.

With ``is_guarded`` an operation that can fail on a value is printed inside TRY, or with a
divisor that cannot be zero where TRY may not stand (around aggregates, windows and subqueries),
so that no error depends on data (decision 20). Without it the text says the same plan in the
analyst's own dialect: reading it again must give the same plan (decision 20).
"""

from collections.abc import Callable

from kernel.errors import msgid
from sandbox.engine.guard.functions import INTEGERS, SCALARS
from sandbox.engine.guard.nodes import (
    Aggregate,
    Block,
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
    Program,
    Query,
    Relation,
    Scan,
    Subquery,
    Values,
    Window,
)
from sandbox.engine.guard.reading.kinds import family_of
from sandbox.engine.guard.walk import holds, type_of
from sandbox.errors.guard import ConstructNotAllowed

_INFIX = {
    "=": "=", "<>": "<>", "<": "<", "<=": "<=", ">": ">", ">=": ">=", "||": "||",
    "same": "IS NOT DISTINCT FROM", "differs": "IS DISTINCT FROM", "like": "LIKE",
    "ilike": "ILIKE", "similar": "SIMILAR TO", "and": "AND", "or": "OR",
}  # fmt: skip
_JOINS = {
    "cross": "CROSS JOIN", "inner": "JOIN", "left": "LEFT JOIN", "right": "RIGHT JOIN",
    "full": "FULL JOIN", "semi": "SEMI JOIN", "anti": "ANTI JOIN", "asof": "ASOF JOIN",
}  # fmt: skip
_ARITHMETIC = ("+", "-", "*", "/", "//", "%", "^", "negative")
#: Risky functions that answer every double.
_TOTAL_OF_DOUBLE = {"abs", "floor", "ceil", "trunc", "round"}
_COMPARING = ("=", "<>", "<", "<=", ">", ">=", "same", "differs", "between", "in")
#: A text of more characters than that is told to the trusted side by its digest.
BRIEF = 64
#: Aggregates of ours, which TRY may not hold.
_OVER_ROWS = ("people_top", "largest", "smallest", "quantiles")
_RISKY = {name for name, one in SCALARS.items() if one.is_risky}


def quote(name: str) -> str:
    """A name as DuckDB reads it back unchanged."""
    return '"' + name.replace('"', '""') + '"'


def text(value: str) -> str:
    """A text literal."""
    return "'" + value.replace("'", "''") + "'"


def print_program(program: Program, *, is_guarded: bool = True) -> str:
    """The SQL of a whole program."""
    named, body = print_parts(program, is_guarded=is_guarded)
    return f"WITH {', '.join(named)} {body}" if named else body


def print_parts(program: Program, *, is_guarded: bool = True) -> tuple[list[str], str]:
    """The named queries of a program, each as WITH holds it, and its body."""
    printer = _Printer(is_guarded=is_guarded)
    named = [
        f"{one.name} AS {_wish(one)}({printer.query(one.query)})" for one in program.definitions
    ]
    return named, printer.query(program.body, is_outermost=True)


class _Printer:
    def __init__(self, *, is_guarded: bool) -> None:
        self._is_guarded = is_guarded

    def query(self, query: Query, *, is_outermost: bool = False) -> str:
        if isinstance(query, Combination):
            return self.combination(query, is_outermost=is_outermost)
        return self.block(query, is_outermost=is_outermost)

    def combination(self, query: Combination, *, is_outermost: bool) -> str:
        word = query.kind.upper() + (" ALL" if query.keeps_duplicates else "")
        left = self.query(query.left, is_outermost=is_outermost)
        right = self.query(query.right)
        orders = [f"{one.value.name}{_marks(one)}" for one in query.order
                  if isinstance(one.value, Column)]  # fmt: skip
        tail = f" ORDER BY {', '.join(orders)}" if orders else ""
        return f"({left}) {word} ({right}){tail}{_limits(query.limit, query.offset)}"

    def block(self, block: Block, *, is_outermost: bool) -> str:
        names = [one.name if is_outermost else f"c{i + 1}" for i, one in enumerate(block.outputs)]
        outputs = [f"{self.expression(one.value)} AS {quote(name)}"
                   for one, name in zip(block.outputs, names, strict=True)]  # fmt: skip
        said = ["SELECT DISTINCT" if block.is_distinct else "SELECT", ", ".join(outputs)]
        if block.sources:
            said.append("FROM " + " ".join(map(self.join, block.sources)))
        said += self.clause("WHERE", block.where)
        said += self.grouping(block)
        said += self.clause("HAVING", block.having)
        said += self.clause("QUALIFY", block.qualify)
        if block.order:
            said.append("ORDER BY " + ", ".join(self.order(one, block) for one in block.order))
        return " ".join(said) + _limits(block.limit, block.offset)

    def clause(self, word: str, condition: Expression | None) -> list[str]:
        return [] if condition is None else [f"{word} {self.expression(condition)}"]

    def grouping(self, block: Block) -> list[str]:
        if block.sets is not None:
            sets = (", ".join(self.expression(block.keys[i]) for i in one) for one in block.sets)
            return [f"GROUP BY GROUPING SETS ({', '.join(f'({one})' for one in sets)})"]
        if block.keys:
            return ["GROUP BY " + ", ".join(map(self.expression, block.keys))]
        return []

    def order(self, order: Order, block: Block) -> str:
        places = [i for i, one in enumerate(block.outputs) if one.value == order.value]
        said = str(places[0] + 1) if places else self.expression(order.value)
        return said + _marks(order)

    def join(self, join: Join) -> str:
        relation = f"{self.relation(join.relation)} AS {join.alias}{_columns(join.relation)}"
        if join.kind == "from":
            return relation
        condition = f" ON {self.expression(join.condition)}" if join.condition is not None else ""
        return f"{_JOINS[join.kind]} {relation}{condition}"

    def relation(self, relation: Relation) -> str:
        if isinstance(relation, Scan):
            return quote(relation.table)
        if isinstance(relation, Named):
            return relation.name
        rows = (", ".join(map(self.expression, row)) for row in relation.rows)
        return f"(VALUES {', '.join(f'({row})' for row in rows)})"

    def expression(self, value: Expression) -> str:  # noqa: PLR0911 - one answer for each kind of node
        if isinstance(value, Constant):
            return _constant(value)
        if isinstance(value, Column):
            return f"{value.source}.{quote(value.name)}"
        if isinstance(value, Cast):
            return f"TRY_CAST({self.expression(value.value)} AS {value.type})"
        if isinstance(value, Aggregate):
            return self.aggregate(value)
        if isinstance(value, Window):
            return self.window(value)
        if isinstance(value, Subquery):
            return self.subquery(value)
        return self.call(value)

    def call(self, value: Call) -> str:
        if value.name in _ARITHMETIC:
            return self.arithmetic(value)
        may_fail = value.name in _RISKY or (value.name in _COMPARING and _is_narrow(value))
        said = [self.operand(value, one) if may_fail else self.expression(one)
                for one in value.arguments]  # fmt: skip
        if value.name in _INFIX:
            printed = "(" + f" {_INFIX[value.name]} ".join(said) + ")"
            return self.attempt(value, printed) if _may_convert(value) else printed
        if value.name in _FORMS:
            printed = _FORMS[value.name](said)
            is_one_row = value.name not in _OVER_ROWS
            return self.attempt(value, printed) if is_one_row and _may_convert(value) else printed
        printed = f"{value.name}({', '.join(said)})"
        is_risky = value.name in _RISKY or _is_narrow(value)
        return self.attempt(value, printed) if is_risky else printed

    def arithmetic(self, value: Call) -> str:
        if value.name == "negative":
            return self.attempt(value, f"(-{self.operand(value, value.arguments[0])})")
        left, right = (self.operand(value, one) for one in value.arguments)
        if self._is_guarded and value.name in ("//", "%"):
            right = f"NULLIF({right}, 0)"
        return self.attempt(value, f"({left} {value.name} {right})")

    def operand(self, value: Call, one: Expression) -> str:
        """An operand of what can fail; beside a subquery, where TRY may not stand, as a double that never does.

        Raises:
            ConstructNotAllowed: it is no number, and has no form that never fails.
        """
        printed = self.expression(one)
        if not self._is_guarded or not _is_beside_subquery(value):
            return printed
        are_numbers = not {family_of(type_of(part)) for part in value.arguments} - {"number", ""}
        if not are_numbers or value.name in _RISKY - _TOTAL_OF_DOUBLE:
            raise ConstructNotAllowed(
                construct=msgid("Computing with a subquery"),
                rewrite=msgid("compute it inside the subquery"),
            )
        return f"TRY_CAST({printed} AS DOUBLE)"

    def attempt(self, value: Call, printed: str) -> str:
        # Literals alone too: the engine finds out that they fail only when the first row comes.
        if self._is_guarded and _is_beside_subquery(value) and value.type in INTEGERS:
            return f"TRY_CAST({printed} AS {value.type})"
        if not self._is_guarded or holds(value, Aggregate, Window, Subquery):
            return printed
        return f"TRY({printed})"

    def aggregate(self, value: Aggregate) -> str:
        inside = ", ".join(map(self.expression, value.arguments)) or "*"
        if value.is_distinct:
            inside = "DISTINCT " + inside
        if value.order:
            orders = (self.expression(one.value) + _marks(one) for one in value.order)
            inside += " ORDER BY " + ", ".join(orders)
        printed = f"{value.name}({inside})"
        if value.condition is not None:
            printed += f" FILTER (WHERE {self.expression(value.condition)})"
        return printed

    def window(self, value: Window) -> str:
        function = self.expression(value.function)
        if value.ignores_nulls:
            function = function[:-1] + " IGNORE NULLS)"
        inside = []
        if value.partition:
            inside.append("PARTITION BY " + ", ".join(map(self.expression, value.partition)))
        if value.order:
            orders = (self.expression(one.value) + _marks(one) for one in value.order)
            inside.append("ORDER BY " + ", ".join(orders))
        if value.frame:
            inside.append(f"{value.frame[0]} BETWEEN {value.frame[1]} AND {value.frame[2]}")
        return f"{function} OVER ({' '.join(inside)})"

    def subquery(self, value: Subquery) -> str:
        inner = f"({self.query(value.query)})"
        if value.kind == "scalar":
            return inner
        if value.kind == "exists":
            return f"EXISTS {inner}"
        assert value.operand is not None  # the other kinds compare an operand
        operand = self.expression(value.operand)
        return f"({operand} {value.kind.upper()} {inner})"


def _wish(one: Definition) -> str:
    if one.is_inlined:
        return "NOT MATERIALIZED "
    return "MATERIALIZED " if one.is_kept else ""


def _is_beside_subquery(value: Call) -> bool:
    """Whether a subquery is computed with for single rows: an error would tell that one of them came so far."""
    return holds(value, Subquery) and not holds(value, Aggregate, Window)


def _may_convert(value: Call) -> bool:
    """Whether the engine may have to convert a value that it finds, for all that we know of the types."""
    is_vague = any(
        type_of(one) == "NULL" and not isinstance(one, Constant) for one in value.arguments
    )
    return is_vague or _is_narrow(value)


def _is_narrow(value: Call) -> bool:
    """Whether the engine may have to fit one operand into a decimal or a moment that cannot hold it."""
    kinds = {type_of(one) for one in value.arguments} - {"NULL", "BOOLEAN"}
    is_wide = any(one.startswith("DECIMAL") or one in ("HUGEINT", "TIMESTAMP") for one in kinds)
    return is_wide and len(kinds) > 1


def _case(said: list[str]) -> str:
    pairs = zip(said[:-1:2], said[1:-1:2], strict=True)
    whens = " ".join(f"WHEN {when} THEN {then}" for when, then in pairs)
    return f"CASE {whens} ELSE {said[-1]} END"


_FORMS: dict[str, Callable[[list[str]], str]] = {
    "not": lambda said: f"(NOT {said[0]})",
    "isnull": lambda said: f"({said[0]} IS NULL)",
    "between": lambda said: f"({said[0]} BETWEEN {said[1]} AND {said[2]})",
    "in": lambda said: f"({said[0]} IN ({', '.join(said[1:])}))",
    "case": _case,
    "people_top": lambda said: f"max({said[0]}, 2)",
    "largest": lambda said: f"max({said[0]}, {said[1]})",
    "smallest": lambda said: f"min({said[0]}, {said[1]})",
    "quantiles": lambda said: f"quantile_disc({said[0]}, [{', '.join(said[1:])}])",
    "mean_of_items": lambda said: f"list_avg(list_slice({', '.join(said)}))",
    "brief": lambda said: (
        f"CASE WHEN length({said[0]}) > {BRIEF} THEN md5({said[0]}) ELSE {said[0]} END"
    ),
    # A word of a row's marks with all of them behind it, so that DISTINCT is of rows; and the word again.
    "tagged": lambda said: f"((CAST(hash({', '.join(said)}) >> 2 AS HUGEINT) << 64) | {said[0]})",
    "untagged": lambda said: f"CAST(({said[0]} & 9223372036854775807) AS BIGINT)",
    "item": lambda said: f"list_extract({said[0]}, {said[1]})",
}


def _constant(value: Constant) -> str:
    if value.kind == "text":
        return text(value.text)
    if value.kind == "interval":
        return f"INTERVAL {text(value.text)} {value.unit}"
    return f"({value.text})" if value.text.startswith("-") else value.text


def _columns(relation: Relation) -> str:
    if not isinstance(relation, Values):
        return ""
    return "(" + ", ".join(f"c{i + 1}" for i in range(len(relation.rows[0]))) + ")"


def _marks(order: Order) -> str:
    direction = "DESC" if order.is_descending else "ASC"
    return f" {direction} NULLS {'FIRST' if order.nulls_first else 'LAST'}"


def _limits(limit: int | None, offset: int | None) -> str:
    said = f" LIMIT {limit}" if limit is not None else ""
    return said + (f" OFFSET {offset}" if offset else "")
