"""Mode ``aggregate`` over a whole program: rows stay inside, released cells go on.

Each query is either *raw* (its rows are about people; it may only feed another query) or
*released*. A raw block that aggregates becomes cells (``cells``); what stands over cells is
ordinary SQL. Subqueries in expressions are released before their value is used.
"""

from dataclasses import dataclass, replace
from typing import Any

from kernel.errors import msgid
from sandbox.engine.guard.description import Description
from sandbox.engine.guard.nodes import (
    Aggregate,
    Block,
    Call,
    Column,
    Combination,
    Constant,
    Definition,
    Expression,
    Join,
    Named,
    Output,
    Program,
    Query,
    Relation,
    Scan,
    Subquery,
    Values,
    Window,
    both,
    conjuncts,
)
from sandbox.engine.guard.open_mode import check_joins, check_single_row
from sandbox.engine.guard.reading.blocks import is_identifier
from sandbox.engine.guard.release.cells import CellBuilder, Cells
from sandbox.engine.guard.release.changes import (
    aggregates_in_doubles,
    map_block,
    measures_in_doubles,
    over_aggregates,
    widen_sums,
)  # fmt: skip
from sandbox.engine.guard.release.meeting import people_of, unique_of
from sandbox.engine.guard.release.sketches import Told, alone, beside, carry, withins
from sandbox.engine.guard.release.traits import (
    RELEASED,
    Facts,
    Person,
    Trait,
    table_facts,
    trait_of,
    values_facts,
)
from sandbox.engine.guard.walk import (
    columns_of,
    holds,
    needed,
    outer_columns,
    rewrite,
    subqueries_of,
)  # fmt: skip
from sandbox.errors.guard import ConstructNotAllowed, JoinNotAllowed, RowsNotReleased

FLAG = "suppressed"
_FALSE = Constant("boolean", "FALSE")


@dataclass(frozen=True, slots=True)
class Released:
    """A program over released cells, which outputs may be suppressed, and the flag column's name.

    ``cells`` says of each block whose cells stand under the answer what they are (``sketches``); ``first`` gives
    these alone, where the analyst's query over them could show what one of them is before it is judged.
    """

    program: Program
    suppressible: tuple[bool, ...]
    flag: str | None
    cells: list[dict[str, Any]] | None
    first: Program | None = None


def release_program(program: Program, description: Description) -> Released:
    """The program over released cells.

    Raises:
        SqlRefused: rows of people, or values that tell single people apart, would leave.
    """
    releaser = _Releaser(description)
    for one in program.definitions:
        releaser.define(one)
    run, suppressible, flag = releaser.finish(program.body)
    first = releaser.first(program)
    return Released(run, suppressible, flag, releaser.cells_told(), first)


class _Releaser:
    def __init__(self, description: Description) -> None:
        self._description = description
        self._facts: dict[str, Facts] = {}
        self._definitions: list[Definition] = []
        self._fresh = 0
        self._told: list[Told] = []
        self._answer: Query | None = None

    def define(self, definition: Definition) -> None:
        query, facts = self.convert(definition.query)
        self._definitions.append(Definition(definition.name, query, definition.is_kept))
        self._facts[definition.name] = facts

    def finish(self, body: Query) -> tuple[Program, tuple[bool, ...], str | None]:
        cells: Cells | None = None
        if isinstance(body, Block) and self.is_cells(body):
            cells = self.cells(body)
            query: Query = cells.block
        else:
            query = self.released(body)
        suppressible = [holds(one.value, Aggregate, Subquery) or not isinstance(body, Block)
                        or (cells is None and bool(columns_of(one.value)))
                        for one in body.outputs]  # fmt: skip
        flag = None
        if cells is not None and not cells.block.is_distinct:
            flag = FLAG
            while flag in {one.name.lower() for one in body.outputs}:
                flag += "_"
            outputs = (*cells.block.outputs, Output(flag, cells.flag))
            query = replace(cells.block, outputs=outputs)
        self._answer = query
        # Under the answer the cells that it is made of, for the trusted side.
        whole = beside(query, self.add(query), self._told) if self._told else query
        return Program(tuple(self._definitions), whole), tuple(suppressible), flag

    def first(self, program: Program) -> Program | None:
        """The cells alone; None where all that stands over them takes each of them once."""
        queries = (*(one.query for one in program.definitions), program.body)
        is_chain = len(self._told) == 1 and all(
            isinstance(one, Block)
            and (len(one.sources) <= 1 or self.is_raw(one))
            and not [*subqueries_of(one)]
            for one in queries
        )
        if self._answer is None or not self._told or is_chain:
            return None
        cells = alone(self._answer, self._told)
        return Program(needed(tuple(self._definitions), cells), cells)

    def cells_told(self) -> list[dict[str, Any]] | None:
        """What each block's cells are, in the order of their places; None where none is told of."""
        return [one.meta for one in self._told] or None

    def add(self, query: Query, *, is_kept: bool = False, is_inlined: bool = False) -> Named:
        """Keep a query of ours under a fresh name."""
        self._fresh += 1
        name = f"r{self._fresh}"
        self._definitions.append(Definition(name, query, is_kept, is_inlined))
        return Named(name)

    # What a query is

    def facts(self, relation: Relation) -> Facts:
        if isinstance(relation, Scan):
            table = self._description.table(relation.table)
            assert table is not None  # the reader resolved it in this description
            return table_facts(table, self._description)
        if isinstance(relation, Values):
            return values_facts(relation)
        return self._facts[relation.name]

    def sources(self, block: Block) -> dict[str, Facts]:
        return {one.alias: self.facts(one.relation) for one in block.sources}

    def is_raw(self, block: Block) -> bool:
        return any(one.is_raw for one in self.sources(block).values())

    def is_cells(self, block: Block) -> bool:
        """A raw block that aggregates over people, not for each of them."""
        is_one_each = any(is_identifier(one) for one in block.keys)
        return self.is_raw(block) and (block.is_aggregated or block.is_distinct) and not is_one_each

    # Converting

    def released(self, query: Query) -> Query:
        """The query in released form.

        Raises:
            RowsNotReleased: its rows are about people.
        """
        found, facts = self.convert(query)
        if facts.is_raw:
            raise RowsNotReleased(rewrite="")
        return found

    def convert(self, query: Query) -> tuple[Query, Facts]:
        if isinstance(query, Combination):
            found = replace(query, left=self.released(query.left), right=self.released(query.right))
            return found, self._all_released(query)
        if self.is_cells(query):
            return self.cells(query).block, self._all_released(query)
        if self.is_raw(query):
            return self.raw(query)
        return self.over_released(query), self._all_released(query)

    def _all_released(self, query: Query) -> Facts:
        names = (f"c{i + 1}" for i in range(len(query.outputs)))
        return Facts(dict.fromkeys(names, RELEASED), unique=unique_of(query))

    def over_released(self, block: Block) -> Block:
        """A block over released values alone: only its subqueries change."""
        check_joins(block, self._description)
        return map_block(block, self.subqueries)

    def cells(self, block: Block) -> Cells:
        """A block over rows of people as one over cells."""
        plain = replace(block, is_distinct=block.is_distinct and block.is_aggregated)
        if block.is_distinct and not block.is_aggregated:
            plain = replace(plain, keys=tuple(dict.fromkeys(o.value for o in block.outputs)),
                            is_aggregated=True)  # fmt: skip
        if outer_columns(plain):
            raise _below(msgid("A subquery that depends on the row around it"))
        prepared = map_block(self.prepared(plain), aggregates_in_doubles)
        found = CellBuilder(self._description, self.sources(block), self.add).build(prepared)
        if found.told is not None:
            self._told.append(found.told)
        return found

    def raw(self, block: Block) -> tuple[Block, Facts]:
        """A block whose rows are about people: filtered rows, or one row for each person.

        Raises:
            ConstructNotAllowed: windows, LIMIT or samples below the last aggregation.
        """
        late = (block.having, block.qualify, *(one.value for one in block.outputs))
        if block.qualify is not None or any(holds(one, Window) for one in late):
            raise _below(msgid("A window over rows of people"))
        if block.limit is not None or block.offset is not None:
            raise _below(msgid("LIMIT over rows of people"))
        if block.is_distinct:
            raise _below(msgid("DISTINCT over rows of people"))
        block = self.prepared(block)
        known = self.sources(block)
        people = [(at[0], one) for at, one in people_of(block, known).items()]
        traits = [trait_of(one.value, known) for one in block.outputs]
        block = measures_in_doubles(block, [one.kind == "measure" for one in traits])
        if block.is_aggregated:
            return self._for_each_person(block, people, traits)
        outputs = [*block.outputs]
        hidden = [carry(alias, person, outputs, is_grouped=False) for alias, person in people]
        if len(block.sources) > 1:
            # A join may leave a column empty that no row of its table lacks.
            traits = [replace(one, is_complete=False) for one in traits]
        facts = Facts({f"c{i + 1}": one for i, one in enumerate(traits)}, tuple(hidden),
                      within=withins(block, known))  # fmt: skip
        return replace(block, outputs=tuple(outputs), order=()), facts

    def _for_each_person(
        self, block: Block, people: list[tuple[str, Person]], traits: list[Trait]
    ) -> tuple[Block, Facts]:
        if len(people) != 1 or block.sets is not None:
            raise _below(msgid("Grouping by one person column of several"))
        alias, person = people[0]
        own = Column(alias, person.name, "ID ANY")
        others = [one for one in block.keys if not is_identifier(one)]
        named = [c for c in block.keys if isinstance(c, Column) and is_identifier(c)]
        if not self.is_person(block, named):
            raise _below(msgid("Grouping by an identifier that is not the person column"))
        rows = 1 if not others else person.rows
        outputs = [*block.outputs]
        # One row a person now, whatever was joined before; its marks are of all the rows behind it.
        each = replace(carry(alias, person, outputs, is_grouped=True), rows=rows, is_repeated=False)
        facts = Facts({f"c{i + 1}": one for i, one in enumerate(traits)}, (each,),
                      within=withins(block, self.sources(block)))  # fmt: skip
        keys = tuple(own if is_identifier(one) else one for one in block.keys)
        sums = replace(block, outputs=tuple(outputs), keys=keys, order=())
        return over_aggregates(map_block(sums, widen_sums), len(block.outputs), self.add), facts

    def is_person(self, block: Block, named: list[Column]) -> bool:
        """Whether the identifiers are a base table's person column, through any CTE."""
        known = self.sources(block)
        origins = [known[one.source].traits[one.name].origin for one in named]
        tables = {one.name: one.person_column for one in self._description.tables}
        return bool(origins) and all(
            origin is not None and tables[origin[0]] == origin[1] for origin in origins
        )

    def prepared(self, block: Block) -> Block:
        """A raw block with sound joins and with its subqueries released.

        Raises:
            JoinNotAllowed: people of two tables meet without a licensed key.
        """
        check_joins(block, self._description)
        self.check_raw_joins(block)
        where = [self.as_membership(one, self.sources(block)) for one in conjuncts(block.where)]
        return map_block(replace(block, where=both(*where)), self.subqueries)

    def check_raw_joins(self, block: Block) -> None:
        known = self.sources(block)
        raw = [one for one in block.sources if known[one.alias].is_raw]
        condition = both(block.where, *(one.condition for one in block.sources))
        pairs = [{a, b} for a, b in self._description.joins]
        for index, join in enumerate(raw):
            if join.kind in ("semi", "anti", "asof"):
                raise _below(msgid("%(join)s JOIN with rows of people"), join=join.kind.upper())
            if index and not any(
                self._meets(one, join, raw[:index], known) in pairs for one in conjuncts(condition)
            ):
                origins = (one.origin for one in known[join.alias].traits.values())
                table = next((one[0] for one in origins if one), "-")
                raise JoinNotAllowed(table=table, joins=self._description.named_joins)

    def _meets(
        self, one: Expression, join: Join, before: list[Join], known: dict[str, Facts]
    ) -> set[tuple[str, str]] | None:
        if not isinstance(one, Call) or one.name != "=":
            return None
        ends = [c for c in one.arguments if isinstance(c, Column) and c.source in known]
        sources = {c.source for c in ends}
        earlier = {j.alias for j in before}
        if len(ends) != 2 or join.alias not in sources or not sources & earlier:  # noqa: PLR2004 - two ends
            return None
        origins = [trait_of(c, known).origin for c in ends]
        return {origin for origin in origins if origin is not None}

    # Subqueries in expressions

    def subqueries(self, value: Expression) -> Expression:
        """The expression with every subquery released.

        Raises:
            ConstructNotAllowed: a subquery over people depends on the row around it.
        """

        def change(one: Expression) -> Expression | None:
            if not isinstance(one, Subquery):
                return None
            operand = self.subqueries(one.operand) if one.operand is not None else None
            check_single_row(one)
            return replace(one, query=self._subquery(one), operand=operand)

        return rewrite(value, change)

    def _subquery(self, one: Subquery) -> Query:
        query = one.query
        if isinstance(query, Block) and self.is_raw(query):
            if outer_columns(query):
                raise _below(msgid("A subquery that depends on the row around it"))
            if one.kind == "exists":
                raise _below(msgid("EXISTS over rows of people"))
            if one.kind != "scalar" and not query.is_aggregated:
                query = replace(query, is_distinct=True)
        return self.released(query)

    def as_membership(self, one: Expression, known: dict[str, Facts]) -> Expression:
        """EXISTS with one equality to the row around it, as IN over keys that enough people have.

        In this form the keys are released cells themselves: no single row decides about many.
        """
        inner = one.arguments[0] if isinstance(one, Call) and one.name == "not" else one
        if not isinstance(inner, Subquery) or inner.kind != "exists":
            return one
        query = inner.query
        if not isinstance(query, Block) or query.is_aggregated or not self.is_raw(query):
            return one
        links = [self._link(c, query) for c in conjuncts(query.where)]
        found = [pair for pair in links if pair is not None]
        rest = [c for c, pair in zip(conjuncts(query.where), links, strict=True) if pair is None]
        if len(found) != 1 or query.limit is not None or query.offset is not None:
            raise _below(msgid("EXISTS without exactly one equality to the outer row"))
        self._check_licensed(found[0], query, known)
        plain = replace(query, where=both(*rest), is_distinct=True, order=(),
                        outputs=(Output("key", found[0][1]),))  # fmt: skip
        member = Subquery("in", plain, "BOOLEAN", found[0][0])
        # NOT EXISTS holds for a NULL key as well, where NOT IN would say neither.
        kept = Call("coalesce", (member, _FALSE), "BOOLEAN")
        return Call("not", (kept,), "BOOLEAN") if inner is not one else kept

    def _link(self, one: Expression, query: Block) -> tuple[Column, Column] | None:
        if not isinstance(one, Call) or one.name != "=" or len(columns_of(one)) != 2:  # noqa: PLR2004 - two ends
            return None
        left, right = one.arguments
        own = {join.alias for join in query.sources}
        if not isinstance(left, Column) or not isinstance(right, Column):
            return None
        if left.source not in own and right.source in own:
            return left, right
        return (right, left) if right.source not in own and left.source in own else None

    def _check_licensed(
        self, pair: tuple[Column, Column], query: Block, known: dict[str, Facts]
    ) -> None:
        ends = {trait_of(pair[0], known).origin, trait_of(pair[1], self.sources(query)).origin}
        if ends not in [{a, b} for a, b in self._description.joins]:
            raise JoinNotAllowed(table="EXISTS", joins=self._description.named_joins)


def _below(what: str, **facts: str) -> ConstructNotAllowed:
    rewrite = msgid("aggregate first, then use its cells")
    return ConstructNotAllowed(construct=what, rewrite=rewrite, **facts)
