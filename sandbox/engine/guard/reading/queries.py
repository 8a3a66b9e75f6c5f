"""From sqlglot's queries to ours: FROM and its names, grouping, ordering, sets of queries."""

from dataclasses import dataclass, field, replace

from sqlglot import exp

from kernel.errors import msgid
from sandbox.engine.guard.description import Description, fold
from sandbox.engine.guard.functions import widest_type
from sandbox.engine.guard.nodes import (
    Block,
    Column,
    Combination,
    Constant,
    Definition,
    Named,
    Output,
    Program,
    Query,
    Scan,
    Values,
)
from sandbox.engine.guard.reading.blocks import (
    BlockReader,
    is_identifier,
    read_count,
    read_orders,
)
from sandbox.engine.guard.reading.expressions import ExpressionReader
from sandbox.engine.guard.reading.kinds import common_type, family_of
from sandbox.engine.guard.reading.pivots import read_pivot, unnested_literals
from sandbox.engine.guard.reading.scope import (
    IDENTIFIER,
    Scope,
    Shape,
    View,
    Visible,
    view_table,
)
from sandbox.engine.guard.reading.strict import check_parts, refuse
from sandbox.engine.guard.walk import type_of
from sandbox.errors.guard import ColumnUnknown, FunctionNotAllowed, SqlTooLarge, TableUnknown

TABLES_IN_ALL = 48
DEFINITIONS = 40
VALUE_ROWS = 500


@dataclass(slots=True)
class _State:
    """What is gathered over the whole text."""

    definitions: list[Definition] = field(default_factory=list)
    sources: int = 0


def read_program(tree: exp.Query, description: Description) -> Program:
    """Read the parser's tree of one query as a program over the described tables.

    Raises:
        SqlRefused: anything in the tree is not available, not known or too large.
    """
    state = _State()
    body = QueryReader(description, state, {}).read(tree, None, is_final=True)
    return Program(tuple(state.definitions), body)


class QueryReader:
    """Reads queries that see the same named queries (CTEs)."""

    def __init__(
        self, description: Description, state: _State, named: dict[str, tuple[str, Shape]]
    ) -> None:
        """Take what is known before the query: tables, and CTE names in lower case."""
        self._description = description
        self._state = state
        self._named = named

    def read(self, node: exp.Expr, outer: Scope | None, *, is_final: bool) -> Query:
        """One query; ``is_final`` where its rows leave it, so that no identifier may be shown.

        Raises:
            SqlRefused: as for ``read_program``.
        """
        inner = self._with_definitions(node)
        if isinstance(node, exp.Subquery):
            check_parts(node, "this", "with_")
            return inner.read(node.this, outer, is_final=is_final)
        if isinstance(node, exp.SetOperation):
            return inner.combination(node, outer)
        if isinstance(node, exp.Select):
            rows = unnested_literals(node)
            if rows is not None:
                node = exp.select("*").from_(rows)
            return BlockReader(inner, outer, is_final=is_final).read(node)
        raise refuse(node)

    def _with_definitions(self, node: exp.Expr) -> "QueryReader":
        found = node.args.get("with_")
        if found is None:
            return self
        check_parts(found, "expressions")
        reader = QueryReader(self._description, self._state, dict(self._named))
        for one in found.expressions:
            check_parts(one, "this", "alias", "materialized")
            check_parts(one.args["alias"], "this", "columns")
            name = fold(one.alias)
            if self._description.table(name) is not None:
                raise refuse(
                    one, msgid("A CTE with the name of a table"), msgid("give the CTE another name")
                )
            if not isinstance(one.this, exp.Query):
                raise refuse(one, msgid("A CTE that is not a SELECT"))
            columns = [column.name for column in one.args["alias"].args.get("columns") or ()]
            reader._named[name] = reader.define(one.this, columns)
        return reader

    def define(self, node: exp.Expr, columns: list[str]) -> tuple[str, Shape]:
        """Keep a query of FROM or WITH as a definition; it sees nothing of the query around it.

        Raises:
            SqlTooLarge: there are too many of them.
        """
        return self._keep(self.read(node, None, is_final=False), columns)

    def _keep(self, query: Query, columns: list[str]) -> tuple[str, Shape]:
        types = tuple(type_of(one.value) for one in query.outputs)
        withheld = tuple(IDENTIFIER if is_identifier(one.value) else "" for one in query.outputs)
        if len(columns) > len(types):
            raise ColumnUnknown(column_name=columns[-1], columns="")
        name = f"q{len(self._state.definitions) + 1}"
        if len(self._state.definitions) >= DEFINITIONS:
            raise SqlTooLarge(measure=msgid("the number of subqueries"), limit=DEFINITIONS)
        self._state.definitions.append(Definition(name, query))
        return name, Shape(query.outputs, types, withheld).renamed(columns)

    def next_alias(self) -> str:
        """A new name for a source.

        Raises:
            SqlTooLarge: there are too many sources.
        """
        self._state.sources += 1
        if self._state.sources > TABLES_IN_ALL:
            raise SqlTooLarge(measure=msgid("the number of tables in all"), limit=TABLES_IN_ALL)
        return f"s{self._state.sources}"

    def table(self, node: exp.Table) -> tuple[View, Scan | Named]:
        """A name in FROM: a CTE, or a table of the licence.

        Raises:
            TableUnknown: neither; a file's name or another schema's table too.
            FunctionNotAllowed: a function that makes rows.
        """
        name = node.name
        if not isinstance(node.this, exp.Identifier):
            inner = str(getattr(node.this, "this", "")) or type(node.this).__name__
            raise FunctionNotAllowed(
                function=inner.lower()[:60], rewrite=msgid("name a licensed table")
            )
        tables = ", ".join(one.name for one in self._description.tables)
        if node.args.get("catalog") or (node.args.get("db") and fold(node.db) != "main"):
            raise TableUnknown(table=node.sql()[:80], tables=tables)
        check_parts(node, "this", "db", "alias")
        alias = self.next_alias()
        shown = node.alias or name
        if not node.args.get("db") and fold(name) in self._named:
            target, shape = self._named[fold(name)]
            return shape.renamed(_alias_columns(node)).view(shown, alias), Named(target)
        table = self._description.table(name)
        if table is None:
            raise TableUnknown(table=name, tables=tables)
        if _alias_columns(node):
            raise refuse(
                node, msgid("Renaming a table's columns"), msgid("name columns with AS in SELECT")
            )
        return view_table(table, shown, alias), Scan(table.name)

    def relation(self, node: exp.Expr) -> tuple[View, Scan | Named | Values]:
        """Anything that may stand in FROM.

        Raises:
            SqlRefused: as for ``read_program``.
        """
        if node.args.get("pivots"):
            return self._pivot(node)
        if isinstance(node, exp.Table):
            return self.table(node)
        if isinstance(node, exp.Values):
            return self._values(node)
        if not isinstance(node, exp.Subquery):
            raise refuse(node, rewrite=msgid("put tables, SELECTs or VALUES in FROM"))
        check_parts(node, "this", "alias")
        if isinstance(node.this, exp.Table | exp.Values):
            raise refuse(
                node, msgid("A table in parentheses"), msgid("write the joins without parentheses")
            )
        name, shape = self.define(node.this, _alias_columns(node))
        alias = self.next_alias()
        return shape.view(node.alias or alias, alias), Named(name)

    def _pivot(self, node: exp.Expr) -> tuple[View, Named]:
        pivots = node.args["pivots"]
        if len(pivots) != 1 or pivots[0].args.get("alias"):
            raise refuse(node, msgid("PIVOT of this form"), msgid("put one PIVOT in a CTE"))
        plain = node.copy()
        plain.set("pivots", None)
        view, relation = self.relation(plain)
        block = read_pivot(pivots[0], view, relation, self.expressions(Scope([view])))
        name, shape = self._keep(block, [])
        alias = self.next_alias()
        return shape.view(node.alias or alias, alias), Named(name)

    def _values(self, node: exp.Values) -> tuple[View, Values]:
        check_parts(node, "expressions", "alias")
        reader = ExpressionReader(_no_subquery)
        rows = [tuple(reader.read(item) for item in getattr(row, "expressions", ()))
                for row in node.expressions]  # fmt: skip
        is_plain = all(isinstance(item, Constant) for row in rows for item in row)
        if not rows or len(rows) > VALUE_ROWS or not is_plain or len({len(r) for r in rows}) != 1:
            raise refuse(
                node, msgid("VALUES of this form"), msgid("write up to 500 rows of literals")
            )
        kinds = [[type_of(item) for item in column] for column in zip(*rows, strict=True)]
        if any(len({family_of(kind) for kind in column} - {""}) > 1 for column in kinds):
            raise refuse(
                node, msgid("A column of VALUES of several kinds"), msgid("write all of it as text")
            )
        alias = self.next_alias()
        names = _alias_columns(node) or []
        columns = tuple(
            Visible(
                names[i] if i < len(names) else f"col{i}",
                Column(alias, f"c{i + 1}", widest_type(kinds[i])),
            )
            for i in range(len(rows[0]))
        )
        return View(fold(node.alias or alias), alias, columns), Values(tuple(rows))

    def expressions(self, scope: Scope) -> ExpressionReader:
        """A reader of expressions in a scope."""
        reader = ExpressionReader(lambda node, outer: self.read(node, outer, is_final=True))
        reader.scope = scope
        reader.may_link = self._description.mode == "dp"
        return reader

    def combination(self, node: exp.SetOperation, outer: Scope | None) -> Query:
        """Read UNION, EXCEPT or INTERSECT with what orders and limits it."""
        check_parts(node, "this", "expression", "distinct", "by_name", "with_", "order", "limit",
                    "offset")  # fmt: skip
        left = self.read(node.this, outer, is_final=True)
        right = self.read(node.expression, outer, is_final=True)
        kind = type(node).__name__.lower()
        if kind not in ("union", "except", "intersect"):
            raise refuse(node)
        if node.args.get("by_name"):
            right = _by_name(node, left, right)
        if len(left.outputs) != len(right.outputs):
            raise refuse(
                node, msgid("Two SELECTs of different width"), msgid("give both the same columns")
            )
        outputs = tuple(
            Output(one.name, Column("", str(i + 1), common_type(one.value, other.value)))
            for i, (one, other) in enumerate(zip(left.outputs, right.outputs, strict=True))
        )
        scope = Scope(aliases={fold(o.name): Visible(o.name, o.value) for o in outputs})
        found = Combination(kind, not node.args.get("distinct"), left, right, outputs)  # type: ignore[arg-type]  # kind was checked above
        order = read_orders(self.expressions(scope), node, outputs)
        if any(not isinstance(one.value, Column) for one in order):
            raise refuse(
                node, msgid("ORDER BY an expression here"), msgid("order by a column or its number")
            )
        return replace(found, order=order, limit=read_count(node, "limit"),
                       offset=read_count(node, "offset"))  # fmt: skip


def _alias_columns(node: exp.Expr) -> list[str]:
    alias = node.args.get("alias")
    if alias is None:
        return []
    check_parts(alias, "this", "columns")
    return [one.name for one in alias.args.get("columns") or ()]


def _by_name(node: exp.Expr, left: Query, right: Query) -> Query:
    places = {fold(one.name): one for one in right.outputs}
    names = [fold(one.name) for one in left.outputs]
    if not isinstance(right, Block) or sorted(places) != sorted(names) or right.order:
        raise refuse(
            node,
            msgid("UNION BY NAME of different columns"),
            msgid("name the same columns in both"),
        )
    return replace(right, outputs=tuple(places[one] for one in names))


def _no_subquery(node: exp.Expr, _outer: Scope | None) -> Query:
    raise refuse(node, msgid("A subquery in VALUES"), msgid("write literals"))
