"""Mode ``dp``: the exact sums that a query needs, by public key, and what one person can change in them.

Neighbours are data sets that differ by all rows of one person. The program that runs answers one row
for each combination of public keys, in the order of the keys, so that neither a row's presence nor its
place depends on data; beside the keys stand integers only (counts, sums in fixed point), to which the
trusted side adds noise. Ratios, order and limit are made from noised values: post-processing is free.

*m* is the most rows of one person, proved when the snapshot was made. One person then moves a vector of
counts by at most m and a vector of clamped sums by at most m times the larger bound, both in L2: the
worst is all of its rows in one cell. COUNT(DISTINCT person) moves m cells by one: the root of m.
"""

from dataclasses import asdict, dataclass, field
from math import inf, isqrt, nextafter, sqrt
from typing import Any

from sandbox.engine.guard.description import Description
from sandbox.engine.guard.nodes import (
    NULL,
    Aggregate,
    Block,
    Call,
    Cast,
    Column,
    Definition,
    Expression,
    Join,
    Named,
    Order,
    Output,
    Program,
    Query,
    Scan,
    Subquery,
    Window,
    call,
    number,
)
from sandbox.engine.guard.reading.blocks import is_identifier
from sandbox.engine.guard.release.domain import public_domain
from sandbox.engine.guard.release.traits import Facts, table_facts, trait_of
from sandbox.engine.guard.walk import columns_of, holds, type_of
from sandbox.errors.guard import (
    BoundUnknown,
    ColumnNotGrouped,
    ColumnWithheld,
    ConstructNotAllowed,
    KeyNotPublic,
)

#: Digits behind the point that a sum over floating numbers keeps.
_FLOAT_SCALE = 2
_LARGEST = 2**62


@dataclass(frozen=True, slots=True)
class Measured:
    """One column of exact integers: ``sensitivity`` is its L2 change by one person, in 10^-scale."""

    kind: str
    sensitivity: float
    scale: int = 0


@dataclass(slots=True)
class Noising:
    """What the trusted side makes of the engine's rows: noise first, then the analyst's columns.

    ``outputs`` name for each column of the answer the key, the measured value, or the sum and count of
    a ratio; ``order`` is place, descending, nulls first.
    """

    keys: int
    rows_per_person: int
    measured: list[Measured] = field(default_factory=list)
    outputs: list[tuple[str, int, int]] = field(default_factory=list)
    order: list[tuple[int, bool, bool]] = field(default_factory=list)
    limit: int | None = None
    offset: int | None = None

    def to_json(self) -> dict[str, Any]:
        """As JSON values."""
        return asdict(self)


def noised_program(program: Program, description: Description) -> tuple[Program, Noising]:
    """The program over exact sums, and what is made of its rows.

    Raises:
        SqlRefused: the query is not of the supported form, or a bound that noise needs is not known.
    """
    body = program.body
    if program.definitions or not isinstance(body, Block):
        raise _other("A query of several SELECTs")
    return _Noiser(body, description).build()


class _Noiser:
    def __init__(self, block: Block, description: Description) -> None:
        self._block = block
        self._description = description
        self._definitions: list[Definition] = []
        self._exact: list[Expression] = []
        self._places: dict[Expression, int] = {}
        self._known: dict[str, Facts] = {}

    def build(self) -> tuple[Program, Noising]:
        block = self._block
        rows = self._rows_per_person()
        self._check_form()
        noising = Noising(len(block.keys), rows, limit=block.limit, offset=block.offset)
        for one in block.outputs:
            noising.outputs.append(self._output(one.value, noising))
        shown = [one.value for one in block.outputs]
        for order in block.order:
            if order.value not in shown:
                raise _other("ORDER BY something that is not a column of the answer")
            place = shown.index(order.value)
            noising.order.append((place, order.is_descending, order.nulls_first))
        return self._program(), noising

    def _rows_per_person(self) -> int:
        sources = self._block.sources
        relation = sources[0].relation if len(sources) == 1 else None
        if not isinstance(relation, Scan):
            raise _other("A query over several tables, or over none")
        table = self._description.table(relation.table)
        assert table is not None  # the reader resolved it in this description
        self._known = {sources[0].alias: table_facts(table, self._description)}
        if table.person_column is None or table.rows_per_person is None:
            raise BoundUnknown(bound="rows of one person", of=table.name)
        return table.rows_per_person

    def _check_form(self) -> None:
        block = self._block
        for what, is_there in (
            ("HAVING or QUALIFY", block.having is not None or block.qualify is not None),
            ("GROUPING SETS", block.sets is not None),
            ("DISTINCT", block.is_distinct),
            ("A query without aggregates", not block.is_aggregated),
        ):
            if is_there:
                raise _other(what)
        if block.where is not None:
            self._check_row(block.where)
        for key in block.keys:
            trait = trait_of(key, self._known)
            if not isinstance(key, Column) or not trait.values:
                names = ", ".join(sorted({one.name for one in columns_of(key)}))
                raise KeyNotPublic(column_name=names or "-")

    def _check_row(self, value: Expression) -> None:
        """Make sure that a value is of one row alone: of an exact answer inside it nobody knows a bound."""
        if holds(value, Subquery, Window):
            raise _other("A subquery over rows")
        for one in columns_of(value):
            if is_identifier(one):
                raise ColumnWithheld(column_name=one.name, rewrite="filter by a dimension")

    # Outputs

    def _output(self, value: Expression, noising: Noising) -> tuple[str, int, int]:
        if value in self._block.keys:
            return "key", self._block.keys.index(value), 0
        if isinstance(value, Column):
            raise ColumnNotGrouped(column_name=value.name)
        if not isinstance(value, Aggregate) or value.order:
            raise _other("An expression over aggregates")
        if value.name == "avg":
            sums = self._measure(_like(value, "sum"), noising)
            counts = self._measure(_like(value, "count"), noising)
            return "ratio", sums, counts
        return "value", self._measure(value, noising), 0

    def _measure(self, one: Aggregate, noising: Noising) -> int:
        """The place of an exact column among the measured ones."""
        if one.condition is not None:
            self._check_row(one.condition)
        exact, measured = self._exactly(one, noising.rows_per_person)
        if exact not in self._places:
            self._places[exact] = len(self._exact)
            self._exact.append(exact)
            noising.measured.append(measured)
        return self._places[exact]

    def _exactly(self, one: Aggregate, rows: int) -> tuple[Expression, Measured]:
        if one.name in ("count", "count_if") and not one.is_distinct:
            for argument in one.arguments:
                self._check_row(argument)
            return one, Measured("count", rows)
        if one.name == "count" and len(one.arguments) == 1 and self._is_person(one.arguments[0]):
            return one, Measured("people", root_above(rows))
        if one.name == "sum" and not one.is_distinct:
            return self._sum(one, rows)
        raise _other(f"{one.name.upper()}()")

    def _is_person(self, value: Expression) -> bool:
        return is_identifier(value) and isinstance(value, Column) and any(
            value.name == person.name for person in self._known[value.source].people
        )  # fmt: skip

    def _sum(self, one: Aggregate, rows: int) -> tuple[Expression, Measured]:
        value = one.arguments[0]
        bounds = trait_of(value, self._known).bounds if isinstance(value, Column) else None
        low, high = bounds or (None, None)
        if not isinstance(low, int | float) or not isinstance(high, int | float) or low > high:
            names = ", ".join(sorted({c.name for c in columns_of(value)}))
            raise BoundUnknown(bound="least and greatest value", of=names or "-")
        self._check_row(value)
        scale = _scale_of(type_of(value))
        unit = 10**scale
        lowest, highest = round(low * unit), round(high * unit)
        largest = max(abs(lowest), abs(highest)) * rows
        if largest >= _LARGEST:
            raise BoundUnknown(bound="least and greatest value", of=str(high))
        units: Expression = Cast(
            Call("round", (Call("*", (Cast(value, f"DECIMAL(38,{scale})"), number(unit)), "ANY"),
                           number(0)), "ANY"), "BIGINT",
        ) if scale else Cast(value, "BIGINT")  # fmt: skip
        within = Call(
            "least",
            (Call("greatest", (units, number(lowest)), "BIGINT"), number(highest)),
            "BIGINT",
        )
        # Of a missing value GREATEST would make the bound.
        given = Call("case", (call("isnull", units), NULL, within), "BIGINT")
        sums = Aggregate("sum", (given,), "HUGEINT", condition=one.condition)
        return sums, Measured("sum", max(largest, 1), scale)

    # The program

    def _program(self) -> Program:
        block = self._block
        width = len(block.keys)
        cells = Block(
            (*(Output("", key) for key in block.keys), *(Output("", one) for one in self._exact)),
            block.sources, where=block.where, keys=block.keys, is_aggregated=True,
        )  # fmt: skip
        name = self._add(cells, is_kept=True)
        places = range(width + 1, width + len(self._exact) + 1)
        exact = [Call("coalesce", (Column("u", f"c{place}", "HUGEINT"), number(0)), "HUGEINT")
                 for place in places]  # fmt: skip
        domain = public_domain(block, self._known, self._add) if block.keys else None
        if block.keys and domain is None:
            raise KeyNotPublic(column_name="-")
        own = [Column("u", f"c{place + 1}", "ANY") for place in range(width)]
        keys = [Column("d", one.name, one.type) for one in own]
        sources = (
            (domain.join, Join("left", "u", name, domain.meets(own)))
            if domain is not None
            else (Join("from", "u", name),)
        )
        named = (f"k{place + 1}" for place in range(width))
        body = Block(
            (*(Output(word, key) for word, key in zip(named, keys, strict=True)),
             *(Output(f"n{place + 1}", one) for place, one in enumerate(exact))),
            sources,
            order=tuple(Order(key, is_descending=False, nulls_first=True) for key in keys),
        )  # fmt: skip
        return Program(tuple(self._definitions), body)

    def _add(self, query: Query, *, is_kept: bool = False, is_inlined: bool = False) -> Named:
        name = f"r{len(self._definitions) + 1}"
        self._definitions.append(Definition(name, query, is_kept, is_inlined))
        return Named(name)


def type_of_output(noising: Noising, place: int) -> str:
    """The SQL type of a column of the answer after noise; empty for a key, which keeps its own."""
    kind, measured, _ = noising.outputs[place]
    if kind == "key":
        return ""
    scale = noising.measured[measured].scale
    return "DOUBLE" if kind == "ratio" else f"DECIMAL(38,{scale})" if scale else "BIGINT"


def root_above(square: int) -> float:
    """The root of a whole number, never below it: a bound that is too small by one bit is none."""
    root = isqrt(square)
    return root if root * root == square else nextafter(sqrt(square), inf)


def _like(one: Aggregate, name: str) -> Aggregate:
    kind = "BIGINT" if name == "count" else one.type
    return Aggregate(name, one.arguments, kind, one.is_distinct, (), one.condition)


def _scale_of(kind: str) -> int:
    """Digits behind the point of a sum's unit: those of the column's own type."""
    if kind.startswith("DECIMAL("):
        return int(kind.rstrip(")").rpartition(",")[2])
    return _FLOAT_SCALE if kind in ("FLOAT", "DOUBLE") else 0


def _other(what: str) -> ConstructNotAllowed:
    return ConstructNotAllowed(
        construct=what,
        rewrite="ask one table for COUNT, SUM or AVG by dimensions with public values",
    )
