"""The guard's own plan of a query: what the analyst asked, in nouns that we define.

Nothing of a parser's tree survives into these values, so whatever is printed from them was
understood here first (decision 0020). A *source* stands in FROM under an alias that we chose; a
*block* is one SELECT; a *program* is the blocks that others refer to by name, then the body.
Every column is bound: it names the alias of its source and the source's own column.
"""

from dataclasses import dataclass, field
from typing import Literal as Choice


@dataclass(frozen=True, slots=True)
class Constant:
    """A literal of the analyst: ``kind`` is number, text, boolean, null, interval or keyword."""

    kind: str
    text: str
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Column:
    """One column of one source."""

    source: str
    name: str
    type: str


@dataclass(frozen=True, slots=True)
class Call:
    """A scalar function or operator by its canonical name; CASE is ``case`` with flat pairs."""

    name: str
    arguments: tuple["Expression", ...]
    type: str


@dataclass(frozen=True, slots=True)
class Cast:
    """A conversion that gives NULL where the value does not fit."""

    value: "Expression"
    type: str


@dataclass(frozen=True, slots=True)
class Order:
    """One item of an ORDER BY."""

    value: "Expression"
    is_descending: bool
    nulls_first: bool


@dataclass(frozen=True, slots=True)
class Aggregate:
    """An aggregate over the rows of a group; no arguments means COUNT(*)."""

    name: str
    arguments: tuple["Expression", ...]
    type: str
    is_distinct: bool = False
    order: tuple[Order, ...] = ()
    condition: "Expression | None" = None


@dataclass(frozen=True, slots=True)
class Window:
    """A function over neighbouring rows; ``frame`` is kind, start and end in SQL's own words."""

    function: "Call | Aggregate"
    partition: tuple["Expression", ...]
    order: tuple[Order, ...]
    frame: tuple[str, ...]
    type: str
    ignores_nulls: bool = False


@dataclass(frozen=True, slots=True)
class Subquery:
    """A query inside an expression: scalar, exists, in, ``any`` or ``all`` with its operator."""

    kind: str
    query: "Query"
    type: str
    operand: "Expression | None" = None


Expression = Constant | Column | Call | Cast | Aggregate | Window | Subquery


@dataclass(frozen=True, slots=True)
class Scan:
    """A base table of the licence."""

    table: str


@dataclass(frozen=True, slots=True)
class Named:
    """A reference to a definition of the program."""

    name: str


@dataclass(frozen=True, slots=True)
class Values:
    """Rows of constants, columns ``c1`` to ``cN``."""

    rows: tuple[tuple[Expression, ...], ...]


Relation = Scan | Named | Values


@dataclass(frozen=True, slots=True)
class Join:
    """A relation in FROM under our alias; ``kind`` is how it meets what stands before it."""

    kind: Choice["from", "cross", "inner", "left", "right", "full", "semi", "anti", "asof"]
    alias: str
    relation: Relation
    condition: Expression | None = None


@dataclass(frozen=True, slots=True)
class Output:
    """One column of a block's answer: the name that the outside sees and its expression."""

    name: str
    value: Expression


@dataclass(frozen=True, slots=True)
class Block:
    """One SELECT; ``sets`` lists grouping sets as positions in ``keys``."""

    outputs: tuple[Output, ...]
    sources: tuple[Join, ...] = ()
    where: Expression | None = None
    keys: tuple[Expression, ...] = ()
    sets: tuple[tuple[int, ...], ...] | None = None
    is_aggregated: bool = False
    having: Expression | None = None
    qualify: Expression | None = None
    is_distinct: bool = False
    order: tuple[Order, ...] = ()
    limit: int | None = None
    offset: int | None = None


@dataclass(frozen=True, slots=True)
class Combination:
    """UNION, EXCEPT or INTERSECT; ``order`` speaks of output positions as ``Column("", n)``."""

    kind: Choice["union", "except", "intersect"]
    keeps_duplicates: bool
    left: "Query"
    right: "Query"
    outputs: tuple[Output, ...]
    order: tuple[Order, ...] = ()
    limit: int | None = None
    offset: int | None = None


Query = Block | Combination


@dataclass(frozen=True, slots=True)
class Definition:
    """A named query of the program; the engine computes it once, or anew wherever it is named."""

    name: str
    query: Query
    is_kept: bool = False
    is_inlined: bool = False


@dataclass(frozen=True, slots=True)
class Program:
    """Definitions in the order of their need, then the query that answers."""

    definitions: tuple[Definition, ...]
    body: Query
    reads: dict[str, tuple[str, ...]] = field(default_factory=dict)


TRUE = Constant("boolean", "TRUE")
NULL = Constant("null", "NULL")


def number(value: float) -> Constant:
    """A numeric constant of ours."""
    return Constant("number", str(value))


def call(name: str, *arguments: Expression, type: str = "BOOLEAN") -> Call:  # noqa: A002 - SQL's own word
    """A call of ours; a condition unless another type is said."""
    return Call(name, arguments, type)


def both(*conditions: Expression | None) -> Expression | None:
    """All conditions at once; None where there is none to hold."""
    held = tuple(one for one in conditions if one is not None)
    if not held:
        return None
    return held[0] if len(held) == 1 else Call("and", held, "BOOLEAN")


def conjuncts(condition: Expression | None) -> tuple[Expression, ...]:
    """The parts of a condition that must all hold."""
    if condition is None:
        return ()
    if isinstance(condition, Call) and condition.name == "and":
        return tuple(part for one in condition.arguments for part in conjuncts(one))
    return (condition,)
