"""PIVOT and UNNEST over literals, read as what they mean: filtered aggregates, and rows."""

from sqlglot import exp

from kernel.errors import msgid
from sandbox.engine.guard.description import fold
from sandbox.engine.guard.nodes import Aggregate, Block, Join, Output, Relation, call
from sandbox.engine.guard.reading.expressions import ExpressionReader
from sandbox.engine.guard.reading.kinds import alike
from sandbox.engine.guard.reading.scope import View
from sandbox.engine.guard.reading.strict import check_parts, refuse
from sandbox.engine.guard.walk import columns_of

_SET_BY_PARSER = ("columns", "identify_pivot_strings", "prefixed_pivot_columns",
                  "pivot_column_naming")  # fmt: skip


def read_pivot(node: exp.Pivot, view: View, relation: Relation, reader: ExpressionReader) -> Block:
    """``PIVOT (agg FOR column IN (literals))``: one filtered aggregate a literal, by the rest.

    Raises:
        ConstructNotAllowed: another form of PIVOT, or UNPIVOT.
    """
    check_parts(node, "expressions", "fields", *_SET_BY_PARSER)
    fields = node.args.get("fields") or []
    if len(fields) != 1 or len(node.expressions) != 1 or not isinstance(fields[0], exp.In):
        raise refuse(
            node,
            msgid("PIVOT of this form"),
            msgid("use one aggregate and FOR column IN (literals)"),
        )
    check_parts(fields[0], "this", "expressions")
    aggregate, subject = reader.read(node.expressions[0]), reader.read(fields[0].this)
    if not isinstance(aggregate, Aggregate) or aggregate.condition is not None:
        raise refuse(
            node, msgid("PIVOT without an aggregate"), msgid("write PIVOT (SUM(x) FOR y IN (...))")
        )
    used = {*columns_of(aggregate), *columns_of(subject)}
    rest = [one for one in view.columns if one.value not in used and not one.withheld]
    outputs = [Output(one.name, one.value) for one in rest]
    for item in fields[0].expressions:
        if not isinstance(item, exp.Literal):
            raise refuse(
                node, msgid("PIVOT over other things than literals"), msgid("list literals")
            )
        condition = call("=", *alike((subject, reader.read(item))))
        outputs.append(Output(item.this, Aggregate(
            aggregate.name, aggregate.arguments, aggregate.type, aggregate.is_distinct,
            aggregate.order, condition,
        )))  # fmt: skip
    keys = tuple(one.value for one in rest)
    return Block(tuple(outputs), (Join("from", view.alias, relation),), keys=keys,
                 is_aggregated=True)  # fmt: skip


def unnested_literals(node: exp.Select) -> exp.Values | None:
    """``SELECT UNNEST([literals]) AS x`` as VALUES; None for every other SELECT."""
    if len(node.expressions) != 1 or any(
        value for name, value in node.args.items() if name != "expressions"
    ):
        return None
    inner = node.expressions[0].unalias()
    is_unnest = isinstance(inner, exp.Anonymous) and str(inner.this).lower() == "unnest"
    items = inner.expressions[0] if is_unnest and len(inner.expressions) == 1 else None
    if not isinstance(items, exp.Array):
        return None
    rows = [exp.Tuple(expressions=[one]) for one in items.expressions]
    name = fold(node.expressions[0].alias_or_name or "unnest")
    alias = exp.TableAlias(this=exp.to_identifier("unnested"), columns=[exp.to_identifier(name)])
    return exp.Values(expressions=rows, alias=alias)
