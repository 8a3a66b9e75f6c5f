"""Mode ``dp`` over a whole program: rows of people become cells, and everything over them stays SQL.

Each query is *raw* (its rows are about people; it filters and computes row by row, and is written into the
block that aggregates it), *cells* (a block that aggregates over people) or *released*: over cells and
literals alone. Only cells are computed where the data is.
"""

from dataclasses import replace

from kernel.errors import msgid
from sandbox.engine.guard.description import Description
from sandbox.engine.guard.emit import print_parts
from sandbox.engine.guard.nodes import (
    Aggregate,
    Block,
    Column,
    Combination,
    Definition,
    Expression,
    Join,
    Named,
    Output,
    Program,
    Query,
    Scan,
    Subquery,
    Window,
    both,
)
from sandbox.engine.guard.noised.cells import Exacts
from sandbox.engine.guard.noised.over import OverCells
from sandbox.engine.guard.noised.plan import Error, Kept, Noising, other
from sandbox.engine.guard.open_mode import check_single_row
from sandbox.engine.guard.release.changes import map_block
from sandbox.engine.guard.walk import holds, outer_columns, rewrite, type_of


def noised_program(
    program: Program, description: Description
) -> tuple[Program, Noising, tuple[str, ...]]:
    """The program over exact cells, what is made of its rows, and the types of the answer's columns.

    Raises:
        SqlRefused: the query is not of the supported form, or a bound that noise needs is not known.
    """
    return _Noiser(description).build(program)


class _Noiser:
    def __init__(self, description: Description) -> None:
        self._description = description
        self._exacts = Exacts()
        self._raw: dict[str, Block] = {}
        self._definitions: list[Definition] = []
        self._errors: dict[str, list[Error | None]] = {}
        self._rows, self._moved = 1, 1.0
        self._kept: list[Kept | None] = []

    def build(self, program: Program) -> tuple[Program, Noising, tuple[str, ...]]:
        for one in program.definitions:
            self._define(one)
        body, errors = self._convert(program.body)
        if not self._exacts.cells:
            raise other(msgid("A query without aggregates over people"))
        after = Program(tuple(self._definitions), body)
        noising = Noising(self._rows, self._moved, self._kept, self._exacts.cells, errors)
        noising.plain = self._plain(after)
        if noising.plain is None:
            noising.named, noising.body = print_parts(after)
        return self._exacts.program(), noising, tuple(type_of(one.value) for one in body.outputs)

    def _plain(self, program: Program) -> list[int] | None:
        """The cell's column that each output is, where the answer is the cells as they come."""
        body = program.body
        if program.definitions or not isinstance(body, Block):
            return None
        plain = Block(body.outputs, body.sources)
        if body != plain or len(body.sources) != 1:
            return None
        if not all(isinstance(one.value, Column) for one in body.outputs):
            return None
        return [
            int(one.value.name[1:]) - 1 for one in body.outputs if isinstance(one.value, Column)
        ]

    # What a query is

    def _define(self, definition: Definition) -> None:
        query = definition.query
        if isinstance(query, Block) and self._is_raw(query) and not query.is_aggregated:
            self._raw[definition.name] = self._rows_alone(query)
            return
        found, self._errors[definition.name] = self._convert(query)
        self._definitions.append(replace(definition, query=found))

    def _is_raw(self, block: Block) -> bool:
        return any(
            isinstance(one.relation, Scan) or self._is_raw_name(one) for one in block.sources
        )

    def _is_raw_name(self, join: Join) -> bool:
        return isinstance(join.relation, Named) and join.relation.name in self._raw

    def _rows_alone(self, block: Block) -> Block:
        """A query of rows, which may filter and compute but not choose among them.

        Raises:
            ConstructNotAllowed: what it does looks at more than one row.
        """
        late = (*(one.value for one in block.outputs), block.where)
        for what, is_there in (
            ("LIMIT over rows of people", block.limit is not None or block.offset is not None),
            ("DISTINCT over rows of people", block.is_distinct),
            ("A window over rows of people", any(holds(one, Window, Aggregate) for one in late)),
            ("QUALIFY over rows of people", block.qualify is not None),
            ("A subquery that depends on the row around it", bool(outer_columns(block))),
        ):
            if is_there:
                raise other(what)
        return replace(self._inlined(block), order=())

    def _inlined(self, block: Block) -> Block:
        """The block over base tables: queries of rows are written into it.

        Raises:
            ConstructNotAllowed: rows meet an answer, or a query of rows is joined twice or optionally.
        """
        sources: list[Join] = []
        wheres = [block.where]
        values: dict[Expression, Expression] = {}
        for one in block.sources:
            inner = self._raw.get(one.relation.name) if isinstance(one.relation, Named) else None
            if inner is None:
                if not isinstance(one.relation, Scan):
                    raise other(msgid("A join of rows of people with an answer"))
                sources.append(one)
                continue
            if one.kind not in ("from", "inner", "cross"):
                raise other(msgid("An outer join with a query of rows"))
            first, *rest = inner.sources
            sources += [replace(first, kind=one.kind, condition=one.condition), *rest]
            wheres.append(inner.where)
            for place, output in enumerate(inner.outputs):
                values[Column(one.alias, f"c{place + 1}", type_of(output.value))] = output.value
        if len({one.alias for one in sources}) != len(sources):
            raise other(msgid("A query of rows joined with itself"))
        flat = replace(block, sources=tuple(sources), where=both(*wheres))
        return map_block(flat, lambda one: rewrite(one, values.get))

    def _convert(self, query: Query) -> tuple[Query, list[Error | None]]:
        """The query over noised cells, and how far each of its columns may be off."""
        if isinstance(query, Combination):
            left, right = (self._convert(one)[0] for one in (query.left, query.right))
            outputs = tuple(
                Output(one.name, Column("", str(place + 1), type_of(made.value)))
                for place, (one, made) in enumerate(zip(query.outputs, left.outputs, strict=True))
            )
            found = replace(query, left=left, right=right, outputs=outputs)
            return found, [None] * len(outputs)
        if self._is_raw(query):
            over = OverCells(self._inlined(query), self._description,
                             released=self._released, define=self._keep)  # fmt: skip
            self._rows = max(self._rows, over.people.rows)
            self._moved = max(self._moved, over.people.moved)
            block, errors = over.build(self._exacts)
            self._kept += [over.people.form] * (len(self._exacts.cells) - len(self._kept))
            return block, errors
        return map_block(query, self._subqueries), [self._error(one.value, query)
                                                    for one in query.outputs]  # fmt: skip

    def _error(self, value: Expression, block: Block) -> Error | None:
        """How far a column may be off that is taken from another query as it stands."""
        names = {one.alias: one.relation.name for one in block.sources
                 if isinstance(one.relation, Named)}  # fmt: skip
        if not isinstance(value, Column) or value.source not in names or block.is_aggregated:
            return None
        return self._errors[names[value.source]][int(value.name[1:]) - 1]

    def _keep(self, query: Query) -> Named:
        name = f"m{len(self._definitions) + 1}"
        self._definitions.append(Definition(name, query))
        self._errors[name] = [None] * len(query.outputs)
        return Named(name)

    # Subqueries over released values

    def _subqueries(self, value: Expression) -> Expression:
        return rewrite(
            value, lambda one: self._released(one) if isinstance(one, Subquery) else None
        )

    def _released(self, one: Expression) -> Expression:
        """A subquery over cells or literals, itself released.

        Raises:
            SqlRefused: as for ``noised_program``.
        """
        assert isinstance(one, Subquery)  # both callers hand over nothing else
        check_single_row(one)
        query = one.query
        if outer_columns(query):
            raise other(msgid("A subquery that depends on the row around it"))
        operand = None if one.operand is None else self._subqueries(one.operand)
        return replace(one, query=self._convert(query)[0], operand=operand)
