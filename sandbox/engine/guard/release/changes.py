"""Changes to every expression of a block, whatever it is made of."""

from collections.abc import Callable
from dataclasses import replace

from sandbox.engine.guard.nodes import Aggregate, Block, Cast, Expression, Output
from sandbox.engine.guard.release.values import is_wide
from sandbox.engine.guard.walk import rewrite, rewrite_orders


def widen_sums(value: Expression) -> Expression:
    """Sums that could overflow their type, over doubles instead: an overflow would tell a value."""

    def change(one: Expression) -> Expression | None:
        if not isinstance(one, Aggregate) or one.name not in ("sum", "avg"):
            return None
        if not is_wide(one.arguments[0]):
            return None
        return replace(one, arguments=(Cast(one.arguments[0], "DOUBLE"),))

    return rewrite(value, change)


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
