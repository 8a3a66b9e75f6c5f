"""From sqlglot's expressions to ours: what is not listed here does not exist for an analyst.

Every node type has its own method and every argument of a node must be one that the method
reads; anything else is refused by the name of the node (default deny, decision 20).
"""

import re
from collections.abc import Callable

from sqlglot import exp

from kernel.errors import msgid
from sandbox.engine.guard import functions
from sandbox.engine.guard.nodes import (
    NULL,
    Call,
    Cast,
    Constant,
    Expression,
    Query,
    Subquery,
)
from sandbox.engine.guard.reading.calls import CallReader
from sandbox.engine.guard.reading.kinds import alike, check_condition, family_of
from sandbox.engine.guard.reading.places import point_at
from sandbox.engine.guard.reading.scope import IDENTIFIER, Scope, Visible
from sandbox.engine.guard.reading.strict import check_parts, refuse
from sandbox.engine.guard.walk import type_of
from sandbox.errors.guard import ColumnWithheld, SqlRefused

COMPARISONS = {
    exp.EQ: "=", exp.NEQ: "<>", exp.LT: "<", exp.LTE: "<=", exp.GT: ">", exp.GTE: ">=",
    exp.NullSafeEQ: "same", exp.NullSafeNEQ: "differs",
}  # fmt: skip
ARITHMETIC = {
    exp.Add: "+", exp.Sub: "-", exp.Mul: "*", exp.Div: "/", exp.IntDiv: "//", exp.Mod: "%",
    exp.Pow: "^",
}  # fmt: skip
PATTERNS = {exp.Like: "like", exp.ILike: "ilike", exp.SimilarTo: "similar"}
CASTS = frozenset({
    "BOOLEAN", "TINYINT", "SMALLINT", "INT", "BIGINT", "FLOAT", "DOUBLE", "DECIMAL",
    "VARCHAR", "TEXT", "DATE", "TIMESTAMP", "TIMESTAMPNTZ",
})  # fmt: skip
_CAST_NAMES = {"INT": "INTEGER", "TEXT": "VARCHAR", "TIMESTAMPNTZ": "TIMESTAMP"}
_NUMBER = re.compile(r"(\d{1,38}(\.\d{0,20})?|\.\d{1,20})([eE][+-]?\d{1,3})?\Z")
# Readers of SQL order these differently when no parentheses stand between them.
_LOOSE = (*COMPARISONS, *PATTERNS, exp.Is, exp.In, exp.Between, exp.Not, exp.And, exp.Or)
_DECIMAL_DIGITS = 18


def check_tight(node: exp.Expr, *operands: exp.Expr) -> None:
    """Refuse operands that need parentheses to be read one way.

    Raises:
        ConstructNotAllowed: an unparenthesised comparison or condition is an operand.
    """
    for one in operands:
        if isinstance(one, _LOOSE):
            raise refuse(
                node, msgid("A condition inside an operator"), msgid("put parentheses around it")
            )


class ExpressionReader(CallReader):
    """Reads expressions of one query in the scope that is set at the moment."""

    def __init__(self, read_query: Callable[[exp.Expr, Scope | None], Query]) -> None:
        """Take the way to read a subquery inside the given outer scope."""
        self.scope = Scope()
        self.alias_first = False
        # Set in mode dp, which looks at every such condition again: two persons are the same one.
        self.may_link = False
        self._read_query = read_query
        self._readers: dict[type, Callable[..., Expression]] = {
            exp.Column: self.column, exp.Literal: self.literal, exp.Boolean: self.boolean,
            exp.Null: self.null, exp.Paren: self.paren, exp.Neg: self.negative,
            exp.And: self.connective, exp.Or: self.connective, exp.Not: self.negation,
            exp.Is: self.identity, exp.Between: self.between, exp.In: self.membership,
            exp.DPipe: self.joined_text, exp.Case: self.case, exp.Cast: self.cast,
            exp.TryCast: self.cast, exp.Extract: self.extract, exp.Interval: self.interval,
            exp.Anonymous: self.call, exp.Filter: self.filtered, exp.WithinGroup: self.within,
            exp.Window: self.window, exp.Subquery: self.scalar, exp.Exists: self.exists,
        }  # fmt: skip
        self._readers |= dict.fromkeys(COMPARISONS, self.comparison)
        self._readers |= dict.fromkeys(ARITHMETIC, self.arithmetic)
        self._readers |= dict.fromkeys(PATTERNS, self.pattern)

    def read(self, node: exp.Expr) -> Expression:
        """Our expression for the parser's.

        Raises:
            SqlRefused: a node, an argument of it, a name or a function is not available.
        """
        reader = self._readers.get(type(node))
        if reader is None:
            raise refuse(node)
        try:
            return reader(node)
        except SqlRefused as refusal:
            point_at(refusal, node)
            raise

    def find(self, node: exp.Column) -> Visible:
        """What a column's name means, without leave to read it."""
        check_parts(node, "this", "table", "db")
        if not isinstance(node.this, exp.Identifier):
            raise refuse(node, msgid("A star inside an expression"), msgid("name the columns"))
        if node.args.get("db") is not None:
            raise refuse(node, msgid("A column with schema prefix"), msgid("write table.column"))
        table = node.args.get("table")
        return self.scope.find(
            node.name, table.name if table else None, alias_first=self.alias_first
        )

    def column(self, node: exp.Column) -> Expression:
        """Read a column of the nearest source that has it."""
        found = self.find(node)
        if found.withheld:
            raise ColumnWithheld(
                column_name=found.name,
                rewrite=msgid("it may stand in COUNT(DISTINCT ...) only")
                if found.withheld == IDENTIFIER
                else msgid("leave it out of the query"),
            )
        return found.value

    def literal(self, node: exp.Literal) -> Constant:
        """Read a number or a text."""
        if node.is_string:
            return Constant("text", node.this)
        if not _NUMBER.match(node.this):
            raise refuse(node, node.this[:20], msgid("write plain decimal digits"))
        return Constant("number", node.this)

    def boolean(self, node: exp.Boolean) -> Constant:
        """Read TRUE or FALSE."""
        return Constant("boolean", "TRUE" if node.this else "FALSE")

    def null(self, node: exp.Null) -> Constant:
        """Read NULL."""
        check_parts(node)
        return NULL

    def paren(self, node: exp.Paren) -> Expression:
        """Read what parentheses hold."""
        check_parts(node, "this")
        return self.read(node.this)

    def negative(self, node: exp.Neg) -> Expression:
        """Read a minus sign; that of a literal becomes a part of it."""
        check_parts(node, "this")
        check_tight(node, node.this)
        if isinstance(node.this, exp.Pow | exp.Neg):
            raise refuse(
                node, msgid("A sign before a power"), msgid("put parentheses around the power")
            )
        value = self.read(node.this)
        if isinstance(value, Constant) and value.kind == "number" and value.text[0] != "-":
            return Constant("number", "-" + value.text)
        kind = type_of(value)
        if family_of(kind) not in ("", "number", "INTERVAL"):
            raise refuse(
                node,
                msgid("A sign before no number"),
                msgid("convert it with TRY_CAST(... AS DOUBLE)"),
            )
        return Call("negative", (value,), "BIGINT" if kind == "NULL" else kind)

    def connective(self, node: exp.And | exp.Or) -> Expression:
        """Read a chain of AND or of OR as one call."""
        check_parts(node, "this", "expression")
        name = "and" if isinstance(node, exp.And) else "or"
        flat: list[Expression] = []
        for one in (self.read(node.this), self.read(node.expression)):
            check_condition(one)
            is_same = isinstance(one, Call) and one.name == name
            flat += one.arguments if is_same and isinstance(one, Call) else (one,)
        return Call(name, tuple(flat), "BOOLEAN")

    def negation(self, node: exp.Not) -> Expression:
        """Read NOT."""
        check_parts(node, "this")
        value = self.read(node.this)
        check_condition(value)
        return Call("not", (value,), "BOOLEAN")

    def identity(self, node: exp.Is) -> Expression:
        """Read IS NULL, IS TRUE and their kind."""
        check_parts(node, "this", "expression")
        check_tight(node, node.this)
        if not isinstance(node.expression, exp.Null | exp.Boolean):
            raise refuse(
                node, msgid("IS with a value"), msgid("use IS NULL or IS NOT DISTINCT FROM")
            )
        if isinstance(node.expression, exp.Null):
            return Call("isnull", (self.read(node.this),), "BOOLEAN")
        wanted = self.boolean(node.expression)
        value = self.read(node.this)
        check_condition(value)
        return Call("same", (value, wanted), "BOOLEAN")

    def comparison(self, node: exp.Binary) -> Expression:
        """Read a comparison of two values of one kind."""
        check_parts(node, "this", "expression")
        check_tight(node, node.this, node.expression)
        name = COMPARISONS[type(node)]
        if isinstance(node.expression, exp.Any | exp.All):
            return self.quantified(node, name)
        if self.may_link and name == "=" and (link := self._link(node)) is not None:
            return link
        sides = alike((self.read(node.this), self.read(node.expression)))
        return Call(name, sides, "BOOLEAN")

    def _link(self, node: exp.Binary) -> Call | None:
        """Two identifiers that are to be equal, or None."""
        ends = (node.this, node.expression)
        found = [self.find(one) for one in ends if isinstance(one, exp.Column)]
        if [one.withheld for one in found] != [IDENTIFIER, IDENTIFIER]:
            return None
        return Call("=", alike(tuple(one.value for one in found)), "BOOLEAN")

    def quantified(self, node: exp.Binary, operator: str) -> Expression:
        """Read a comparison with ANY or ALL of a subquery."""
        right = node.expression
        check_parts(right, "this")
        query = right.this.this if isinstance(right.this, exp.Subquery) else right.this
        if operator not in ("=", "<>", "<", "<=", ">", ">=") or not isinstance(query, exp.Query):
            raise refuse(node, msgid("ANY or ALL over a list"), msgid("use IN"))
        kind = "any" if isinstance(right, exp.Any) else "all"
        found = self._single(node, query)
        operand = self.read(node.this)
        alike((operand, found.outputs[0].value))
        return Subquery(f"{operator} {kind}", found, "BOOLEAN", operand)

    def arithmetic(self, node: exp.Binary) -> Expression:
        """Read an operation on two numbers, dates or intervals."""
        check_parts(node, "this", "expression")
        check_tight(node, node.this, node.expression)
        name = ARITHMETIC[type(node)]
        if name == "^" and isinstance(node.this, exp.Neg | exp.Pow):
            raise refuse(node, msgid("A power of a signed value"), msgid("use power(x, y)"))
        is_joined = isinstance(node.this, exp.DPipe) or isinstance(node.expression, exp.DPipe)
        if isinstance(node.expression, exp.Pow) or is_joined:
            raise refuse(node, msgid("Mixed operators"), msgid("put parentheses around each part"))
        left, right = self.read(node.this), self.read(node.expression)
        if "VARCHAR" in (family_of(type_of(left)), family_of(type_of(right))):
            raise refuse(
                node,
                msgid("Arithmetic with text"),
                msgid("write DATE '2020-01-01', or TRY_CAST(... AS DOUBLE)"),
            )
        kinds = {type_of(left), type_of(right)}
        if "NULL" in kinds and kinds & {"DATE", "TIMESTAMP", "INTERVAL"}:
            raise refuse(node, msgid("A date or an interval with NULL"), msgid("leave it out"))
        kind = functions.arithmetic_type(name, type_of(left), type_of(right))
        return Call(name, (left, right), kind)

    def pattern(self, node: exp.Binary) -> Expression:
        """Read LIKE and its kind; the pattern must be a literal."""
        check_parts(node, "this", "expression")
        check_tight(node, node.this, node.expression)
        wanted = self.read(node.expression)
        if not isinstance(wanted, Constant) or wanted.kind != "text":
            raise refuse(
                node, msgid("A pattern that is not a literal"), msgid("write the pattern as text")
            )
        value = self.read(node.this)
        if family_of(type_of(value)) not in ("", "VARCHAR"):
            raise refuse(
                node, msgid("A pattern for no text"), msgid("convert it with CAST(... AS VARCHAR)")
            )
        return Call(PATTERNS[type(node)], (value, wanted), "BOOLEAN")

    def between(self, node: exp.Between) -> Expression:
        """Read BETWEEN with bounds of the kind of its operand."""
        check_parts(node, "this", "low", "high")
        operands = (node.this, node.args["low"], node.args["high"])
        check_tight(node, *operands)
        return Call("between", alike(tuple(self.read(one) for one in operands)), "BOOLEAN")

    def membership(self, node: exp.In) -> Expression:
        """Read IN with literals or with a subquery."""
        check_parts(node, "this", "expressions", "query")
        check_tight(node, node.this)
        operand = self.read(node.this)
        query = node.args.get("query")
        if query is not None:
            query = query.this if isinstance(query, exp.Subquery) else query
            found = self._single(node, query)
            alike((operand, found.outputs[0].value))
            return Subquery("in", found, "BOOLEAN", operand)
        items = tuple(self.read(one) for one in node.expressions)
        if not items or any(isinstance(one, exp.Query) for one in node.expressions):
            raise refuse(node, msgid("IN over this list"), msgid("write IN (value, value)"))
        return Call("in", alike((operand, *items)), "BOOLEAN")

    def joined_text(self, node: exp.DPipe) -> Expression:
        """Read two texts joined by ``||``."""
        check_parts(node, "this", "expression")
        check_tight(node, node.this, node.expression)
        if isinstance(node.this, exp.Binary) and not isinstance(node.this, exp.DPipe):
            raise refuse(node, msgid("Mixed operators"), msgid("put parentheses around each part"))
        if isinstance(node.expression, exp.Binary):
            raise refuse(node, msgid("Mixed operators"), msgid("put parentheses around each part"))
        return Call("||", (self.read(node.this), self.read(node.expression)), "VARCHAR")

    def case(self, node: exp.Case) -> Expression:
        """Read CASE; one with a subject becomes a row of comparisons."""
        check_parts(node, "this", "ifs", "default")
        subject = node.args.get("this")
        operand = self.read(subject) if subject is not None else None
        whens, thens = [], []
        for one in node.args["ifs"]:
            check_parts(one, "this", "true")
            when = self.read(one.this)
            whens.append(Call("=", alike((operand, when)), "BOOLEAN") if operand else when)
            check_condition(whens[-1])
            thens.append(self.read(one.args["true"]))
        default = node.args.get("default")
        thens.append(self.read(default) if default is not None else NULL)
        results = alike(tuple(thens))
        pairs = zip(whens, results, strict=False)
        flat = (*(one for pair in pairs for one in pair), results[-1])
        return Call("case", flat, functions.widest_type([type_of(one) for one in results]))

    def cast(self, node: exp.Cast) -> Expression:
        """Read a conversion; one that fails gives NULL."""
        check_parts(node, "this", "to")
        return Cast(self.read(node.this), self.cast_type(node.args["to"]))

    def cast_type(self, node: exp.Expr) -> str:
        """Read the type that a conversion leads to."""
        check_parts(node, "this", "expressions", "nested")
        name = getattr(node.this, "value", "")
        if not isinstance(node, exp.DataType) or name not in CASTS or node.args.get("nested"):
            raise refuse(
                node, msgid("A cast to this type"), msgid("cast to a number, text or date type")
            )
        sizes = [str(one.this.this) for one in node.expressions]
        if not sizes:
            return _CAST_NAMES.get(name, name) if name != "DECIMAL" else "DECIMAL(18,3)"
        is_sound = name == "DECIMAL" and all(one.isdigit() for one in sizes)
        precision, scale = (*map(int, sizes), 0)[:2] if is_sound else (99, 0)
        if precision > _DECIMAL_DIGITS or scale > precision:
            raise refuse(
                node,
                msgid("A cast to this type"),
                msgid("use DECIMAL(18, 2) or smaller, or DOUBLE"),
            )
        return f"DECIMAL({precision},{scale})"

    def interval(self, node: exp.Interval) -> Expression:
        """Read an interval of one literal and one unit."""
        check_parts(node, "this", "unit")
        unit = node.args.get("unit")
        amount, word = node.this, unit.name.upper().removesuffix("S") if unit else ""
        if not isinstance(amount, exp.Literal) or not str(amount.this).isdigit():
            raise refuse(node, msgid("An interval of this form"), msgid("write INTERVAL 3 DAY"))
        if word.lower() not in functions.DATE_WORDS:
            raise refuse(node, msgid("An interval of this unit"), msgid("write INTERVAL 3 DAY"))
        return Constant("interval", str(amount.this), word)

    def scalar(self, node: exp.Subquery) -> Expression:
        """Read a subquery that stands for one value."""
        check_parts(node, "this")
        query = self._single(node, node.this)
        return Subquery("scalar", query, type_of(query.outputs[0].value))

    def exists(self, node: exp.Exists) -> Expression:
        """Read EXISTS."""
        check_parts(node, "this")
        query = node.this.this if isinstance(node.this, exp.Subquery) else node.this
        return Subquery("exists", self._read_query(query, self.scope), "BOOLEAN")

    def _single(self, node: exp.Expr, query: exp.Expr) -> Query:
        if not isinstance(query, exp.Query):
            raise refuse(node, msgid("This subquery"), msgid("write a SELECT in parentheses"))
        found = self._read_query(query, self.scope)
        if len(found.outputs) != 1:
            raise refuse(
                node, msgid("A subquery of several columns"), msgid("select one column in it")
            )
        return found
