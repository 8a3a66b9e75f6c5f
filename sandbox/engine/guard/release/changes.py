"""Changes to every expression of a block, whatever it is made of."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from sandbox.engine.guard.functions import is_number
from sandbox.engine.guard.nodes import (
    Aggregate,
    Block,
    Call,
    Cast,
    Column,
    Expression,
    Join,
    Named,
    Output,
)
from sandbox.engine.guard.release.contributions import is_wide
from sandbox.engine.guard.walk import holds, rewrite, rewrite_orders, type_of, walk

_OVERFLOWING = ("+", "-", "*", "negative")
_CHOOSING = ("coalesce", "nullif")


def widen_sums(value: Expression) -> Expression:
    """Sums that could overflow their type, over doubles instead: an overflow would tell a value."""

    def change(one: Expression) -> Expression | None:
        if not isinstance(one, Aggregate) or one.name not in ("sum", "avg"):
            return None
        if not is_wide(one.arguments[0]):
            return None
        return replace(one, arguments=(Cast(one.arguments[0], "DOUBLE"),))

    return rewrite(value, change)


def in_doubles(value: Expression) -> Expression:
    """Arithmetic of whole numbers and decimals over doubles: where it overflowed, one person's value would be told.

    What stands inside another function stays: it is whole numbers that a date is made of.
    """
    if isinstance(value, Call) and value.name in _OVERFLOWING and is_number(value.type):
        inner = tuple(Cast(in_doubles(one), "DOUBLE") for one in value.arguments)
        return replace(value, arguments=inner, type="DOUBLE")
    if isinstance(value, Call) and value.name == "case":
        last = len(value.arguments) - 1
        return replace(value, arguments=tuple(
            in_doubles(one) if place % 2 or place == last else one
            for place, one in enumerate(value.arguments)
        ))  # fmt: skip
    if isinstance(value, Aggregate) or (isinstance(value, Call) and value.name in _CHOOSING):
        return replace(value, arguments=tuple(in_doubles(one) for one in value.arguments))
    return replace(value, value=in_doubles(value.value)) if isinstance(value, Cast) else value


def measures_in_doubles(block: Block, are_measures: Sequence[bool]) -> Block:
    """The block, those of its outputs that are measures as :func:`in_doubles` has them."""
    pairs = zip(block.outputs, are_measures, strict=True)
    outputs = (Output(o.name, in_doubles(o.value)) if is_one else o for o, is_one in pairs)
    return replace(block, outputs=tuple(outputs))


def aggregates_in_doubles(value: Expression) -> Expression:
    """The same expression, with the arguments of its aggregates as :func:`in_doubles` has them."""
    return rewrite(value, lambda one: in_doubles(one) if isinstance(one, Aggregate) else None)


def map_block(block: Block, change: Callable[[Expression], Expression]) -> Block:
    """The block with every expression changed."""

    def maybe(value: Expression | None) -> Expression | None:
        return None if value is None else change(value)

    return replace(
        block,
        outputs=tuple(Output(one.name, change(one.value)) for one in block.outputs),
        sources=tuple(replace(one, condition=maybe(one.condition)) for one in block.sources),
        where=maybe(block.where),
        keys=tuple(change(one) for one in block.keys),
        having=maybe(block.having),
        qualify=maybe(block.qualify),
        order=rewrite_orders(block.order, change),
    )


def over_aggregates(block: Block, own: int, add: Callable[[Block], Named]) -> Block:
    """A block with one row a person, what its first ``own`` outputs compute of aggregates in a block over it.

    TRY takes no aggregate: arithmetic beside one would fail at the value of a single person.
    """
    late = [one.value for one in block.outputs[:own]]
    late += [block.having] if block.having is not None else []
    if all(isinstance(one, Aggregate) or not holds(one, Aggregate) for one in late):
        return block
    bare = [one for value in late for one in walk(value) if isinstance(one, Aggregate)]
    hidden = (one.value for one in block.outputs[own:])
    kept = tuple(dict.fromkeys((*block.keys, *bare, *hidden)))
    each = add(replace(block, outputs=tuple(Output("", one) for one in kept), having=None))
    places = {one: Column("p", f"c{i + 1}", type_of(one)) for i, one in enumerate(kept)}
    # The person's own column may stand under two types of ours.
    keys = {(k.source, k.name): places[k] for k in block.keys if isinstance(k, Column)}

    def change(one: Expression) -> Expression | None:
        if one in places:
            return places[one]
        return keys.get((one.source, one.name)) if isinstance(one, Column) else None

    return Block(
        outputs=tuple(Output(one.name, rewrite(one.value, change)) for one in block.outputs),
        sources=(Join("from", "p", each),),
        where=None if block.having is None else rewrite(block.having, change),
    )
