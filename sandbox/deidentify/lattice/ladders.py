"""The levels of each quasi-identifier, from the value as it is to none at all, each coarser than the one before.

A *ladder* is the list of a column's rules in that order: kept, then bands (``edges``, then ``coarser``), steps of a
``hierarchy``, the rounding or the cut that was declared, and dropped. A *node* is one level for each column.
"""

from dataclasses import replace
from typing import Any

from sandbox import errors
from sandbox.deidentify.declaration import ColumnRule, TableRule
from sandbox.deidentify.lattice import Wanted

Node = tuple[int, ...]
#: These depend on a key or on other rows, so their classes are not known before they are made.
_UNSEARCHABLE = {"pseudonym", "date_shift", "microaggregate"}


def ladders_of(table: TableRule) -> list[list[ColumnRule]]:
    """One ladder for each quasi-identifier; a column that is to be dropped stays dropped.

    Raises:
        DeclarationMalformed: a quasi-identifier whose treatment has no levels.
    """
    quasi = [one for one in table.columns if one.is_quasi]
    for one in quasi:
        if one.treatment in _UNSEARCHABLE:
            need = "band, round, generalise, top_bottom_code, keep, drop"
            raise errors.DeclarationMalformed(place=f"{table.name}.{one.name}", need=need)
    return [_ladder(one) for one in quasi]


def _ladder(rule: ColumnRule) -> list[ColumnRule]:
    dropped = replace(rule, treatment="drop")
    if rule.treatment == "drop":
        return [dropped]
    steps: list[ColumnRule] = []
    if rule.treatment == "band":
        every = (rule.edges, *rule.coarser)
        steps = [
            replace(rule, edges=edges, coarser=every[place:])
            for place, edges in enumerate(every, start=1)
        ]
    elif rule.treatment == "generalise":
        steps = [replace(rule, level=level) for level in range(1, len(rule.hierarchy) + 1)]
    elif rule.treatment != "keep":
        steps = [rule]
    return [replace(rule, treatment="keep"), *steps, dropped]


def rules_at(table: TableRule, levels: list[int]) -> list[ColumnRule]:
    """The rules of the quasi-identifiers at a node."""
    return [ladder[level] for level, ladder in zip(levels, ladders_of(table), strict=True)]


def penalty_of(node: Node, penalties: list[list[float]]) -> float:
    """The mean penalty of a node's levels, before anything is suppressed."""
    found = [column[level] for level, column in zip(node, penalties, strict=True)]
    return sum(found) / len(found)


def path_up(node: Node, penalties: list[list[float]]) -> list[Node]:
    """A way from a node to the top, one level at a time, each time where it costs least; without the node itself."""
    path: list[Node] = []
    here = list(node)
    while True:
        costs = [
            (column[level + 1] - column[level], place)
            for place, (level, column) in enumerate(zip(here, penalties, strict=True))
            if level + 1 < len(column)
        ]
        if not costs:
            return path
        here[min(costs)[1]] += 1
        path.append(tuple(here))


def is_below(low: Node, high: Node) -> bool:
    """Whether a node is nowhere more general than another."""
    return all(left <= right for left, right in zip(low, high, strict=True))


def declared_with(
    document: dict[str, Any],
    table: str,
    rules: list[ColumnRule],
    *,
    wanted: Wanted,
    has_suppressed: bool,
) -> dict[str, Any]:
    """The declaration once more, with the levels that were found, what they were found for, and the rest as it was."""
    body = document["tables"][table]
    columns = dict(body["columns"])
    for rule in rules:
        found: dict[str, Any] = {"treatment": rule.treatment}
        if rule.treatment == "band":
            found |= {"edges": list(rule.edges), "coarser": [list(one) for one in rule.coarser]}
        elif rule.treatment == "generalise":
            found |= {"level": rule.level}
        columns[rule.name] = {**columns[rule.name], **found}
    body = {**body, "columns": columns}
    if has_suppressed:
        body["suppress_small_classes"] = True
    demands: dict[str, float] = {"k": wanted.k}
    demands |= {"l": wanted.l} if wanted.l > 1 else {}
    demands |= {"t": wanted.t} if wanted.t < 1 else {}
    return {**document, **demands, "tables": {**document["tables"], table: body}}
