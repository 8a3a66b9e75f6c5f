"""How rows of people meet other rows in one block: what a join may ask, and whom it repeats.

A list that the analyst writes could repeat the rows of a few people a hundred times, or put the same people in
two cells that differ in one of them. So whatever meets people is joined by equality on columns in which no value
comes twice; and where two tables of people meet otherwise than by who they are, only different people are counted.
"""

from kernel.errors import msgid
from sandbox.engine.guard.nodes import Block, Call, Column, Expression, Join, Query, both, conjuncts
from sandbox.engine.guard.release.traits import Facts, Person, trait_of
from sandbox.engine.guard.walk import columns_of
from sandbox.errors.guard import ConstructNotAllowed

_EQUAL = ("=", "same")
#: Joins that take a row or leave it, and never take it twice.
_FILTERS = ("semi", "anti")
#: Types of whole numbers, which no comparison merges.
_WHOLE = {"TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT",
          "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT"}  # fmt: skip


def people_of(block: Block, known: dict[str, Facts]) -> dict[tuple[str, str], Person]:
    """The people of a block's sources as they are after its joins, by alias and column.

    Raises:
        ConstructNotAllowed: a join may repeat rows of people, or asks more than equality of two tables.
    """
    found = {(alias, one.name): one for alias, facts in known.items() for one in facts.people}
    if not found or len(block.sources) == 1:
        return found
    conditions = conjuncts(both(block.where, *(one.condition for one in block.sources)))
    single = {alias for alias, facts in known.items() if () in facts.unique}
    for one in conditions:
        if len({c.source for c in columns_of(one)} - single) > 1 and not _is_equality(one):
            raise ConstructNotAllowed(
                construct=msgid("A condition over two tables with rows of people"),
                rewrite=msgid("join by equality of two columns, and filter each table by itself"),
            )
    linked = [one for one in conditions if _is_equality(one)]
    raw = [one for one in block.sources if known[one.alias].is_raw]
    for join in block.sources:
        if join not in raw and join.kind not in _FILTERS:
            _check_unique(join, known[join.alias], linked)
    if len(raw) == 1:
        return found
    is_fanned = not all(_meets_people(one, linked, known) for one in raw[1:])
    return {name: one.repeated(is_fanned=is_fanned or one.is_fanned) for name, one in found.items()}


def unique_of(query: Query) -> tuple[tuple[str, ...], ...]:
    """Columns of an answer in which no two rows agree, in each of the known ways; an empty way is one row."""
    if not isinstance(query, Block):
        return ()
    if query.limit in (0, 1) or (query.is_aggregated and not query.keys and query.sets is None):
        return ((),)
    values = [one.value for one in query.outputs]
    if query.is_aggregated and query.sets is None and set(query.keys) <= set(values):
        return (tuple(f"c{values.index(key) + 1}" for key in query.keys),)
    return (tuple(f"c{i + 1}" for i in range(len(values))),) if query.is_distinct else ()


def _is_equality(value: Expression) -> bool:
    return (
        isinstance(value, Call)
        and value.name in _EQUAL
        and all(isinstance(one, Column) for one in value.arguments)
    )


def _check_unique(join: Join, facts: Facts, linked: list[Expression]) -> None:
    read = [ends for one in linked if _is_exact(ends := columns_of(one))]
    told = {c.name for ends in read for c in ends
            if c.source == join.alias and {e.source for e in ends} != {join.alias}}  # fmt: skip
    if not any(set(way) <= told for way in facts.unique):
        raise ConstructNotAllowed(
            construct=msgid("A join that may repeat rows of people"),
            rewrite=msgid("join by equality on columns in which no value comes twice"),
        )


def _is_exact(ends: list[Column]) -> bool:
    """Whether two columns are compared as they are: of two types one is converted, and different values merge."""
    kinds = {one.type.removeprefix("ID ") for one in ends}
    return len(kinds) == 1 or kinds <= _WHOLE


def _meets_people(join: Join, linked: list[Expression], known: dict[str, Facts]) -> bool:
    return any(
        join.alias in {c.source for c in columns_of(one)}
        and all(trait_of(c, known).kind == "identifier" for c in columns_of(one))
        for one in linked
    )
