"""Default deny: every argument of a parser's node is read by us, or the node is refused."""

from sqlglot import exp

from kernel.errors import msgid
from sandbox.engine.guard.reading.places import point_at
from sandbox.errors.guard import ConstructNotAllowed

# Marks that the parser sets by itself for DuckDB and that say nothing about the text.
_IGNORED = {"typed", "safe", "value_constructor", "default_on_null"}


def check_parts(node: exp.Expr, *known: str) -> None:
    """Refuse a node that carries more than the named arguments.

    Raises:
        ConstructNotAllowed: naming the argument that nobody reads.
    """
    for name, value in node.args.items():
        if name not in known and name not in _IGNORED and value not in (None, False, []):
            raise refuse(node, f"{type(node).__name__} {name.strip('_')}".upper())


def refuse(node: exp.Expr, what: str = "", rewrite: str = "") -> ConstructNotAllowed:
    """The refusal of a node, with its place where the parser kept it."""
    refusal = ConstructNotAllowed(
        construct=what or type(node).__name__.upper(),
        rewrite=rewrite or msgid("use plain SELECT expressions"),
    )
    point_at(refusal, node)
    return refusal
