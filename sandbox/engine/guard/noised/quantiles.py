"""Quantiles from noised counts over a public grid: the declared bounds of a measure in equal steps.

A person is in each step of the grid with its rows once, so all counts together move by no more than one
count does. The quantile is then the step in which the noised counts, added up, reach the share; where noise
lets them cross it more than once, the middle of the first and the last crossing. How fine it is depends on
the grid alone: half a step at best.
"""

from collections.abc import Callable
from dataclasses import dataclass
from math import prod, sqrt

from kernel.errors import msgid
from sandbox.engine.guard.nodes import (
    NULL,
    TRUE,
    Aggregate,
    Block,
    Call,
    Cast,
    Column,
    Constant,
    Expression,
    Join,
    Named,
    Order,
    Output,
    Query,
    Window,
    both,
    call,
    number,
)
from sandbox.engine.guard.noised.cells import Exacts, Key
from sandbox.engine.guard.noised.measures import Bounded, bounded, ratio
from sandbox.engine.guard.noised.people import People
from sandbox.engine.guard.noised.plan import Measured, other
from sandbox.engine.guard.release.domain import MOST_CELLS

NAMES = ("median", "quantile_cont", "quantile_disc", "approx_quantile")
#: Steps of a grid: more are finer and add up more noise.
_MOST_STEPS = 64
_FEWEST_STEPS = 8
_ALL = ("ROWS", "UNBOUNDED PRECEDING", "CURRENT ROW")


@dataclass(frozen=True, slots=True)
class Wanted:
    """One quantile: of which value among which rows, and which share of them is below it."""

    value: Expression
    condition: Expression | None
    share: float


class Quantiles:
    """The quantiles of one block over people."""

    def __init__(self, block: Block, keys: tuple[Key, ...], people: People) -> None:
        """Begin with none."""
        self._block, self._keys, self._people = block, keys, people
        self._wanted: list[Wanted] = []

    def steps(self, found: Bounded) -> tuple[int, int]:
        """Values in a grid, counted in units, and its steps.

        Raises:
            ConstructNotAllowed: there are too many groups to have a grid each.
        """
        span = found.highest - found.lowest + 1
        groups = prod(len(one.values) for one in self._keys)
        most = min(_MOST_STEPS, MOST_CELLS // groups)
        if most < _FEWEST_STEPS:
            raise other(msgid("A quantile of so many groups"))
        return span, min(span, most)

    def ask(self, one: Aggregate) -> tuple[Expression, Wanted]:
        """What the quantile is, over the columns of a source that ``join`` brings.

        Raises:
            BoundUnknown: the measure has no bounds.
            ConstructNotAllowed: the share is not between 0 and 1.
        """
        share = _share(one)
        found = bounded(one.arguments[0], self._people)
        wanted = Wanted(one.arguments[0], one.condition, share)
        if wanted not in self._wanted:
            self._wanted.append(wanted)
        alias = f"q{self._wanted.index(wanted) + 1}"
        first, last, rows = (Column(alias, f"c{len(self._keys) + place}", "HUGEINT")
                             for place in (1, 2, 3))  # fmt: skip
        span, steps = self.steps(found)
        both_steps = Call("+", (Call("+", (first, last), "HUGEINT"), number(1)), "HUGEINT")
        width = Cast(number(span / steps), "DOUBLE")
        twice = Call(
            "-", (Call("*", (Cast(both_steps, "DOUBLE"), width), "DOUBLE"), number(1)), "DOUBLE"
        )
        units = Call("+", (Cast(number(found.lowest), "DOUBLE"), ratio(twice, number(2))), "DOUBLE")
        middle = ratio(units, number(10**found.scale))
        value = middle if one.type == "DOUBLE" else Cast(middle, one.type)
        return Call("case", (call(">=", rows, number(1)), value, NULL), one.type), wanted

    def error_factor(self, wanted: Wanted) -> float:
        """The deviation of a quantile's rank, in deviations of one count of its grid, at most."""
        _, steps = self.steps(bounded(wanted.value, self._people))
        return sqrt(steps) * max(wanted.share, 1 - wanted.share)

    def join(
        self, exacts: Exacts, define: Callable[[Query], Named]
    ) -> dict[Wanted, tuple[Named, int]]:
        """Have the grids counted; the query of each quantile, and the number of its cells."""
        grids: dict[tuple[Expression, Expression | None], tuple[Named, int]] = {}
        found = {}
        for one in self._wanted:
            name = (one.value, one.condition)
            if name not in grids:
                grids[name] = self._grid(one, exacts), len(exacts.cells) - 1
            grid, place = grids[name]
            found[one] = define(self._crossings(one.share, define(self._added_up(grid)))), place
        return found

    def _grid(self, one: Wanted, exacts: Exacts) -> Named:
        """The cells of a grid: one more key says in which step a value is."""
        found = bounded(one.value, self._people)
        span, steps = self.steps(found)
        above = Cast(Call("-", (found.units, number(found.lowest)), "BIGINT"), "HUGEINT")
        step = Call("//", (Call("*", (above, number(steps)), "HUGEINT"), number(span)), "HUGEINT")
        keys = (*self._keys, Key(step, tuple(range(steps))))
        counts = Aggregate("count", (), "BIGINT", condition=one.condition)
        return exacts.keep(self._block, keys, [(counts, Measured("grid", self._people.moved))])

    def _columns(self, alias: str) -> list[Column]:
        return [Column(alias, f"c{place + 1}", "ANY") for place in range(len(self._keys))]

    def _added_up(self, grid: Named) -> Block:
        """Keys, step, the noised count of the step, that of all up to it, and that of all."""
        keys, width = tuple(self._columns("s")), len(self._keys)
        step, count = (Column("s", f"c{width + place}", "BIGINT") for place in (1, 2))
        order = (Order(step, is_descending=False, nulls_first=True),)
        sums = Aggregate("sum", (count,), "HUGEINT")
        upto = Window(sums, keys, order, _ALL, "HUGEINT")
        every = Window(sums, keys, (), (), "HUGEINT")
        outputs: tuple[Expression, ...] = (*keys, step, count, upto, every)
        return Block(tuple(Output("", one) for one in outputs), (Join("from", "s", grid),))

    def _crossings(self, share: float, sums: Named) -> Block:
        """Keys, the first step that reaches the share, the last that begins below it, and all rows."""
        keys, width = tuple(self._columns("s")), len(self._keys)
        step, count, upto, every = (
            Column("s", f"c{width + place}", "HUGEINT") for place in (1, 2, 3, 4)
        )
        wanted = Call("*", (Cast(every, "DOUBLE"), Cast(number(share), "DOUBLE")), "DOUBLE")
        before = Call("-", (upto, count), "HUGEINT")
        first = Aggregate("min", (step,), "HUGEINT", condition=call(">=", upto, wanted))
        last = Aggregate("max", (step,), "HUGEINT", condition=call("<", before, wanted))
        outputs: tuple[Expression, ...] = (
            *keys,
            first,
            last,
            Aggregate("max", (every,), "HUGEINT"),
        )
        return Block(tuple(Output("", one) for one in outputs), (Join("from", "s", sums),),
                     keys=keys, is_aggregated=True)  # fmt: skip

    def meets(self, alias: str) -> Expression:
        """The condition that a quantile is that of the group beside it."""
        pairs = zip(self._columns("u"), self._columns(alias), strict=True)
        return both(*(call("=", left, right) for left, right in pairs)) or TRUE


def _share(one: Aggregate) -> float:
    if one.name == "median":
        return 0.5
    given = one.arguments[1]
    share = float(given.text) if isinstance(given, Constant) and given.kind == "number" else 0
    if not 0 < share < 1:
        raise other(msgid("A quantile outside 0 and 1"))
    return share
