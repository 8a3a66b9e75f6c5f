"""How the value of one aggregate leaves a cell whose people are enough: its rounding (decision 20)."""

from dataclasses import replace

from sandbox.engine.guard.description import Description
from sandbox.engine.guard.nodes import TRUE, Aggregate, Call, Cast, Expression, both, call, number
from sandbox.engine.guard.release import arguments as told
from sandbox.engine.guard.release.contributions import Contributions
from sandbox.engine.guard.release.traits import Facts, default_base, factor_of, trait_of
from sandbox.engine.guard.walk import columns_of

_DIGITS = 4
#: How an aggregate follows factors of its first argument and of its second.
_POWERS = {
    "var_samp": (2, 0), "var_pop": (2, 0), "covar_samp": (1, 1), "covar_pop": (1, 1), "corr": (0, 0),
    "regr_slope": (1, -1), "regr_r2": (0, 0), "regr_avgx": (0, 1),
}  # fmt: skip
#: How much less of a cell is looked at around a quantile's rank, where that is still people enough.
_NARROWER = (1, 2, 4, 10, 30, 100)


class ValueReleaser:
    """Rounding over the rows and cells of one block (``people``)."""

    def __init__(
        self, description: Description, known: dict[str, Facts], people: Contributions
    ) -> None:
        """Take the block's facts, and its rows and cells."""
        self._description = description
        self._known = known
        self._people = people

    def release(self, one: Aggregate) -> Expression:
        """The value that leaves a cell whose tests hold, by kind of aggregate."""
        if one.name in ("count", "count_if", "regr_count"):
            return self._round_count(self._people.raw(one))
        if one.name == "sum":
            return self._round_sum(one, self._people.raw(one))
        if one.name == "avg":
            return self._ratio(one)
        if one.name in told.QUANTILES:
            return self._quantile(one)
        return self._significant(self._people.raw(one), one.type, self._factor(one))

    def _fan(self) -> Expression | None:
        """Rows for each person where there may be several: rounding grows with them."""
        if not any(person.is_repeated for _, person in self._people.people):
            return None
        rows = self._people.cells.put(Aggregate("count", (), "BIGINT"))
        people = [self._people.count_people(one, None) for one in self._people.people]
        fewest = people[0] if len(people) == 1 else Call("least", tuple(people), "BIGINT")
        ratio = Call("/", (rows, fewest), "DOUBLE")
        return Call("greatest", (number(1), Call("round", (ratio,), "DOUBLE")), "DOUBLE")

    def _round_count(self, value: Expression) -> Expression:
        base = self._description.count_base
        if base <= 1:
            return value
        return self._round(value, self._scaled(number(base)), "BIGINT")

    def _scaled(self, base: Expression) -> Expression:
        fan = self._fan()
        return base if fan is None else Call("*", (base, fan), "DOUBLE")

    def _round_sum(self, one: Aggregate, value: Expression) -> Expression:
        if told.is_count_like(one.arguments[0]):
            rounded = self._round_count(value)
            return rounded if rounded is value else Cast(rounded, one.type)
        if not self._is_plain(one):
            is_sharp = self._description.count_base <= 1
            least = None if is_sharp else self._share(one)
            return self._significant(value, one.type, self._factor(one), least)
        base = self._base(one)
        return value if base == 0 else self._round(value, self._scaled(number(base)), one.type)

    def _base(self, one: Aggregate) -> float:
        bases = [trait_of(c, self._known).sum_base for c in columns_of(one.arguments[0])]
        return max(bases, default=default_base(self._description))

    def _is_plain(self, one: Aggregate) -> bool:
        return told.is_plain(one.arguments[0], self._known)

    def _ratio(self, one: Aggregate) -> Expression:
        total = replace(one, name="sum")
        given = Aggregate("count", one.arguments, "BIGINT", condition=one.condition)
        over = self._round_count(self._people.raw(given))
        under = Call("nullif", (over, number(0)), "BIGINT")
        return Call("/", (Cast(self._round_sum(total, self._people.raw(total)), "DOUBLE"), under),
                    "DOUBLE")  # fmt: skip

    def _quantile(self, one: Aggregate) -> Expression:
        """The mean of the values around a quantile's rank, at least k people's on each side of it.

        The value at the rank may stand alone between two crowds, and then it is one person's; of the mean nobody has
        more than one part in k, and who has one row has one in k + 1. The part of the cell that is looked at is the smallest of a few that holds so many.
        """
        if self._description.count_base <= 1:
            return self._people.raw(one)
        points = 2 * (self._description.k // 2) + 1
        reaches = [told.reach_of(one) / narrow for narrow in _NARROWER]
        shares = [round(told.share_of(one) + reach * (2 * at / (points - 1) - 1), 9)
                  for reach in reaches for at in range(points)]  # fmt: skip
        listed = self._people.quantiles(one, tuple(shares))
        means = [Call("mean_of_items", (listed, number(1 + at * points), number((at + 1) * points)),
                      "DOUBLE") for at in range(len(reaches))]  # fmt: skip
        holding = [self._people.reach_tests(one, reach) for reach in reaches]
        whens = [part for test, mean in zip(holding[:0:-1], means[:0:-1], strict=True)
                 for part in (both(*test) or TRUE, mean)]  # fmt: skip
        mean = Call("case", (*whens, means[0]), "DOUBLE")
        if self._is_plain(one):
            return self._round(mean, number(self._base(one)), one.type)
        rows = self._people.cells.put(Aggregate("count", (), "BIGINT"))
        share = Call("/", (self._scaled(number(self._description.count_base)), rows), "DOUBLE")
        factor = self._factor(one)
        least = _upwards(Call("*", (share, Call("abs", (mean,), "DOUBLE")), "DOUBLE"), factor)
        return self._significant(mean, one.type, factor, least)

    def _round(self, value: Expression, base: Expression, kind: str) -> Expression:
        if base in (number(0), number(0.0)):
            return value
        steps = Call("round", (Call("/", (value, base), "DOUBLE"),), "DOUBLE")
        return Cast(Call("*", (steps, base), "DOUBLE"), kind)

    def _share(self, one: Aggregate) -> Expression:
        """What as many people as counts are rounded to add to a sum, as 1, 5 or 10 of some power.

        A computed value may be one for everybody, or nothing for a few: a sharper sum would be a
        sharper count. A mean as it is would be told by the multiple of it that leaves.
        """
        size = self._people.size_of(one)
        each = self._people.cells.put(Aggregate("avg", (size,), "DOUBLE"))
        share = Call("*", (self._scaled(number(self._description.count_base)), each), "DOUBLE")
        return _upwards(share, self._factor(one))

    def _factor(self, one: Aggregate) -> Expression:
        """What steps of rounding are multiples of: with steps of their own, SUM(x * c) for many c would tell SUM(x)."""
        first, *others = (factor_of(value, self._known) for value in one.arguments)
        powers = _POWERS.get(one.name, (1, 0))
        return number(first ** powers[0] * (others[0] ** powers[1] if others else 1))

    def _significant(
        self, value: Expression, kind: str, factor: Expression, least: Expression | None = None
    ) -> Expression:
        """Rounded to four digits, or to a step that is wider, wherever counts are rounded at all."""
        if self._description.count_base <= 1:
            return value
        real = Cast(value, "DOUBLE")
        bare = Call("abs", (Call("/", (real, factor), "DOUBLE"),), "DOUBLE")
        size = Call("floor", (Call("log10", (bare,), "DOUBLE"),), "DOUBLE")
        power = call("-", size, number(_DIGITS - 1), type="DOUBLE")
        step = Call("*", (Call("power", (number(10), power), "DOUBLE"), factor), "DOUBLE")
        if least is not None:
            step = Call("greatest", (step, least), "DOUBLE")
        steps = Call("round", (Call("/", (real, step), "DOUBLE"),), "DOUBLE")
        rounded = Cast(Call("*", (steps, step), "DOUBLE"), kind)
        return Call("case", (call("=", value, number(0)), value, rounded), kind)


def _upwards(size: Expression, factor: Expression) -> Expression:
    """The next of 1, 5, 10, 50, ... times a factor."""
    bare = Call("/", (size, factor), "DOUBLE")
    digits = Call("ceil", (Call("log10", (bare,), "DOUBLE"),), "DOUBLE")
    step = Call("*", (Call("power", (number(10), digits), "DOUBLE"), factor), "DOUBLE")
    half = Call("/", (step, number(2)), "DOUBLE")
    return Call("case", (call(">=", half, size), half, step), "DOUBLE")
