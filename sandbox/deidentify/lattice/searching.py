"""The node that loses least and protects enough, found exactly.

Loss is the normalised certainty penalty (Xu et al. 2006) with suppressed rows lost whole, as the risk report tells
it. Nodes are looked at by the penalty of their levels, which is the least that they can lose; the search ends where
that exceeds the best loss. A node that fails is followed upwards by halving a path to the top (Flash: Kohlmayer et
al. 2012), and everything below the highest failing one is left out unseen (Incognito: LeFevre et al. 2005; OLA: El
Emam et al. 2009).

What may be left out unseen: the classes of a more general node are unions of those of a less general one. So a class
under k is made of classes under k, and the rows to suppress never grow upwards. The least l and the largest t of
*all* classes never get worse either (Machanavajjhala et al. 2007; Li et al. 2007), so they do the same where no row
may be suppressed. Where rows may be, classes that were suppressed come back as parts of larger ones, and only the
classes that stay are held to l and t: then a node is judged by them, and nothing is concluded about others.
"""

from collections.abc import Iterator
from itertools import product
from typing import Any

import duckdb

from sandbox import errors
from sandbox.deidentify.declaration import TableRule
from sandbox.deidentify.lattice import Wanted
from sandbox.deidentify.lattice.counting import Counted, Tuples
from sandbox.deidentify.lattice.ladders import (
    Node,
    is_below,
    ladders_of,
    path_up,
    penalty_of,
)

#: More nodes are not laid out; a declaration with fewer levels is asked for.
MOST_NODES = 200_000
_PLACES = 6


def search(
    db: duckdb.DuckDBPyConnection, table: TableRule, types: dict[str, str], wanted: Wanted
) -> dict[str, Any]:
    """The best ``levels`` for the view ``raw`` with what is told of them; ``types`` are those of its columns.

    *certainty_penalty* and *discernibility* are the losses, *looked_at* how many of the *nodes* were counted.

    Raises:
        DeclarationMalformed: a quasi-identifier without levels, or none at all.
        ValuesOutsideHierarchy: a value that the declared hierarchy does not name.
        LatticeTooLarge: more than ``MOST_NODES`` nodes.
        LevelsMissing: no node protects enough.
    """
    ladders = ladders_of(table)
    if not ladders:
        raise errors.DeclarationMalformed(place=table.name, need="a quasi-identifier")
    nodes = 1
    for ladder in ladders:
        nodes *= len(ladder)
    if nodes > MOST_NODES:
        raise errors.LatticeTooLarge(nodes=nodes, most=MOST_NODES)
    tuples = Tuples(db, table, ladders, types)
    best, walk = None, _Walk(tuples, table, wanted)
    for node in _by_penalty(tuples.penalties):
        if best is not None and penalty_of(node, tuples.penalties) >= best[0]:
            break
        found = walk.judge(node)
        if found is not None and (best is None or walk.loss(node, found) < best[0]):
            best = (walk.loss(node, found), node, found)
    if best is None:
        raise errors.LevelsMissing(table=table.name)
    _, node, found = best
    return {**walk.told(node, found), "nodes": nodes}


def _by_penalty(penalties: list[list[float]]) -> Iterator[Node]:
    every = product(*(range(len(column)) for column in penalties))
    yield from sorted(every, key=lambda node: (penalty_of(node, penalties), node))


class _Walk:
    """What is known of the nodes so far: lowest ones that pass and highest ones that fail for all below them."""

    def __init__(self, tuples: Tuples, table: TableRule, wanted: Wanted) -> None:
        self._tuples, self._wanted = tuples, wanted
        self._asks_diversity = bool(table.sensitive) and (wanted.l > 1 or wanted.t < 1)
        self._passing: list[Node] = []
        self._failing: list[Node] = []
        self._looked_at = 0

    def judge(self, node: Node) -> Counted | None:
        """The classes of a node that protects enough; None of one that does not."""
        if not self._passes(node):
            self._climb(node)
            return None
        if self._wanted.suppressed_share and not self._is_diverse(node):
            return None
        return self._tuples.count(node, self._wanted)

    def loss(self, node: Node, found: Counted) -> float:
        """The penalty of the levels on what stays, and the whole of what does not."""
        share = found.suppressed_share
        return (1 - share) * penalty_of(node, self._tuples.penalties) + share

    def told(self, node: Node, found: Counted) -> dict[str, Any]:
        """What is told of the best node, and how many nodes were looked at to find it."""
        told: dict[str, Any] = {
            "levels": list(node),
            "certainty_penalty": round(self.loss(node, found), _PLACES),
            "discernibility": found.discernibility,
            "k": found.smallest,
            "classes": found.classes,
            "suppressed_rows": found.suppressed,
            "suppressed_share": round(found.suppressed_share, _PLACES),
            "looked_at": self._looked_at,
        }
        if self._asks_diversity:
            told["sensitive"] = self._tuples.diversity(node, self._wanted.k)
        return told

    def _passes(self, node: Node) -> bool:
        """Whether a node has what no node above it can lose."""
        if any(is_below(node, one) for one in self._failing):
            return False
        if any(is_below(one, node) for one in self._passing):
            return True
        self._looked_at += 1
        found = self._tuples.count(node, self._wanted)
        passes = found.classes > 0 and found.suppressed_share <= self._wanted.suppressed_share
        if passes and not self._wanted.suppressed_share:
            passes = self._is_diverse(node)
        if passes:
            lower = [one for one in self._passing if not is_below(node, one)]
            self._passing = [*lower, node]
        return passes

    def _is_diverse(self, node: Node) -> bool:
        return not self._asks_diversity or self._tuples.is_diverse(node, self._wanted)

    def _climb(self, node: Node) -> None:
        """Find the highest failing node of a path to the top, by halving; nothing below it is looked at again."""
        if any(is_below(node, one) for one in self._failing):
            return
        path = [node, *path_up(node, self._tuples.penalties)]
        low, high = 0, len(path)
        while high - low > 1:
            middle = (low + high) // 2
            if self._passes(path[middle]):
                high = middle
            else:
                low = middle
        top = path[low]
        self._failing = [one for one in self._failing if not is_below(one, top)] + [top]
