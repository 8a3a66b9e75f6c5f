"""How long a text can get: joining a text with itself through a chain of queries doubles it.

Each step is harmless for the gate, thirty of them are more than any memory, and whether it comes
to that may depend on a row. So the number of base texts in one value is bounded.
"""

from kernel.errors import msgid
from sandbox.engine.guard.nodes import (
    Aggregate,
    Block,
    Call,
    Column,
    Combination,
    Expression,
    Named,
    Program,
    Query,
)
from sandbox.engine.guard.walk import expressions_of, parts, subqueries_of
from sandbox.errors.guard import SqlTooLarge

MOST_TEXTS = 64


def check_growth(program: Program) -> None:
    """Refuse a program in which one text is joined of too many.

    Raises:
        SqlTooLarge: more than 64 texts would be joined in one value.
    """
    sizes: dict[str, list[int]] = {}
    for one in program.definitions:
        sizes[one.name] = _outputs(one.query, sizes, {})
    _outputs(program.body, sizes, {})


def _outputs(query: Query, sizes: dict[str, list[int]], outer: dict[str, list[int]]) -> list[int]:
    if isinstance(query, Combination):
        left, right = (_outputs(one, sizes, outer) for one in (query.left, query.right))
        return [max(pair) for pair in zip(left, right, strict=True)]
    own = outer | _sources(query, sizes)
    for expression in expressions_of(query):
        _size(expression, own)
    for one in subqueries_of(query):
        _outputs(one.query, sizes, own)
    return [_size(one.value, own) for one in query.outputs]


def _sources(block: Block, sizes: dict[str, list[int]]) -> dict[str, list[int]]:
    return {one.alias: sizes[one.relation.name] for one in block.sources
            if isinstance(one.relation, Named)}  # fmt: skip


def _size(value: Expression, known: dict[str, list[int]]) -> int:
    if isinstance(value, Column):
        found = known.get(value.source)
        return found[int(value.name[1:]) - 1] if found else 1
    inner = [_size(one, known) for one in parts(value)]
    is_joined = isinstance(value, Call) and value.name in ("||", "concat", "concat_ws")
    size = sum(inner) if is_joined else max(inner, default=1)
    if isinstance(value, Aggregate) and value.name == "string_agg" and size > 1:
        size = MOST_TEXTS + 1
    if size > MOST_TEXTS:
        raise SqlTooLarge(measure=msgid("the texts joined in one value"), limit=MOST_TEXTS)
    return size
