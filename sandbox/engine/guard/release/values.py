"""How the value of one aggregate leaves a cell: its tests, and its rounding.

Thresholds: decision 21; dominance n=2, k=90 % and p=10 %, and rounding: decision 20.
"""

from dataclasses import replace

from sandbox.engine.guard.description import Description
from sandbox.engine.guard.nodes import (
    NULL,
    TRUE,
    Aggregate,
    Call,
    Cast,
    Column,
    Constant,
    Expression,
    both,
    call,
    number,
)
from sandbox.engine.guard.release import arguments as told
from sandbox.engine.guard.release.second_look import LARGEST, SecondLook, any_of
from sandbox.engine.guard.release.sketches import Marked
from sandbox.engine.guard.release.slots import Slots
from sandbox.engine.guard.release.traits import Facts, Person, default_base, is_mixed, trait_of
from sandbox.engine.guard.walk import columns_of, type_of

# The largest size of one person in a cell, the second largest, the sum of all, that of squares.
Sums = tuple[Expression, Expression, Expression, Expression]

_DIGITS = 4
#: Values of a cell that are listed in order, at most.
_MOST_LISTED = 1_000


class ValueReleaser:
    """Tests and rounding over the rows ``t`` and the cells ``u`` of one block.

    ``width`` is the number of columns before the sums of each person; ``pending`` the sums that
    the cells must be joined with, as (person, size) under the aliases ``w1`` on. ``look`` is there
    where a person's rows are bounded, so that a cell can prove its people by itself.
    """

    def __init__(self, description: Description, known: dict[str, Facts], width: int) -> None:
        """Start with empty rows and cells."""
        self._description = description
        self._known = known
        self.width = width
        self.rows = Slots("t")
        self.cells = Slots("u")
        self.people: list[tuple[Column, Person]] = []
        self.marked: list[Marked] = []
        #: Subsets of a cell's rows that an aggregate tells about, with what must hold of them.
        self.subsets: dict[Column, list[Expression]] = {}
        self.keys: dict[Expression, Column] = {}
        #: The keys that every grouping set has: of the others a cell may hold many values.
        self.common_keys: tuple[Expression, ...] = ()
        self.pending: list[tuple[Column, Column]] = []
        self.look: SecondLook | None = None
        self._sums: dict[tuple[Column, Column], Sums] = {}

    # Counting people

    def look_twice(self) -> None:
        """Judge by rows first, and count people only where that proves nothing (decision 21)."""
        ((column, facts),) = self.people
        assert facts.rows is not None  # the caller asks for it where the rows are bounded
        exact = Slots("e")
        for key in self.keys.values():
            exact.put(key)
        self.look = SecondLook(column, facts.rows, self._description.k, self.cells, exact)

    def count_people(self, person: tuple[Column, Person], condition: Expression | None) -> Column:
        """People of a cell, or of a subset of its rows, as a column of the cells."""
        column, facts = person
        return self.cells.put(Aggregate("count", (column,), "BIGINT", facts.rows != 1, (),
                                         condition))  # fmt: skip

    def _enough(self, person: tuple[Column, Person], condition: Column | None) -> Expression:
        if self.look:
            return self.look.enough(condition, self.look.count_rows(condition))
        return call(">=", self.count_people(person, condition), number(self._description.k))

    def _enough_left(
        self, person: tuple[Column, Person], inside: Column, *, may_be_none: bool
    ) -> Expression:
        outside = call("differs", inside, TRUE)
        if self.look:
            left: Expression = self.look.count_left(inside)
            enough = self.look.enough(outside, left)
        else:
            left = self.count_people(person, outside)
            enough = call(">=", left, number(self._description.k))
        return any_of(call("=", left, number(0)), enough) if may_be_none else enough

    def enough_people(self) -> list[Expression]:
        """That at least k people of each person column are in a cell."""
        return [self._enough(one, None) for one in self.people]

    def _subset_tests(self, one: Aggregate) -> list[Expression]:
        tests: list[Expression] = []
        for subset in told.subsets_of(one, self.common_keys, self._known):
            if subset.is_within and self._description.leaves_dominance:
                continue  # people look at it
            inside = self.rows.put(subset.condition, "BOOLEAN")
            found: list[Expression] = []
            for person in self.people:
                found.append(self._enough(person, inside))
                if not subset.is_within:
                    may_be_none = not subset.is_strict
                    found.append(self._enough_left(person, inside, may_be_none=may_be_none))
            if not subset.is_within:
                self.subsets[inside] = found
            tests += found
        return tests

    # Dominance

    def _dominance_tests(self, one: Aggregate) -> list[Expression]:
        value = one.arguments[0]
        if told.is_count_like(value):
            return []
        size = Call("abs", (Cast(self._filtered(one), "DOUBLE"),), "DOUBLE")
        column = self.rows.put(size)
        tests: list[Expression] = []
        for person in self.people:
            first, second, total, _ = self._largest(person, column)
            two = call("+", first, second, type="DOUBLE")
            rest = call("-", total, two, type="DOUBLE")
            share = call("*", number(0.9), total, type="DOUBLE")
            tenth = call("*", number(0.1), first, type="DOUBLE")
            # Of a sum that is no number one person is the reason, and looking at it tells nobody who.
            tests.append(call("isfinite", total))
            if not self._description.leaves_dominance:
                tests += [call("<=", two, share), call(">=", rest, tenth)]
        return [self.look.prove(self._no_dominance(self.look, one), tests)] if self.look else tests

    def _no_dominance(self, look: SecondLook, one: Aggregate) -> Expression:
        total = replace(one, name="sum")
        value, condition = self._argument(total, 0), self._condition(one)
        ends = [self.cells.put(Aggregate(end, (value,), type_of(value), condition=condition))
                for end in ("max", "min")]  # fmt: skip
        return look.no_dominance(self._raw(total), *ends)

    def _spread_tests(self, one: Aggregate) -> list[Expression]:
        """That at least k people make up the value, as (sum of sizes)^2 / (sum of squared sizes).

        A computed weight, or a join that repeats some people's rows, can make few people the
        leading digits of a large cell without any one of them dominating it.
        """
        is_repeated = any(person.is_repeated for _, person in self.people)
        sizes: list[Expression] = []
        if is_repeated and not one.is_distinct:
            sizes.append(_size(one, number(1)))
        if one.name in ("sum", "avg", *told.SPREAD):
            sizes += [_size(one, value) for value in one.arguments if self._is_weighted(value)]
        tests: list[Expression] = []
        for size in sizes:
            column = self.rows.put(size)
            for person in self.people:
                _, _, total, squares = self._largest(person, column)
                square = call("*", total, total, type="DOUBLE")
                least = call("*", number(self._description.k), squares, type="DOUBLE")
                found = [call("isfinite", squares), call(">=", square, least)]
                look = self.look
                tests += [look.prove(look.is_spread(column), found)] if look else found
        return tests

    def _difference_tests(self, one: Aggregate) -> list[Expression]:
        """That not all but a few are the same, or a spread would tell how many: the k-th of both ends differ."""
        each = max(person.rows or 1 for _, person in self.people)
        place = number(min(self._description.k * each, _MOST_LISTED))
        tests: list[Expression] = []
        for value in one.arguments:
            if isinstance(value, Constant) or told.is_count_like(value):
                continue
            real: Expression = Cast(value, "DOUBLE")
            if one.condition is not None:
                real = Call("case", (one.condition, real, NULL), "DOUBLE")
            column = self.rows.put(real)
            low, high = (
                Call("item", (self.cells.put(Call(end, (column, place), "ANY")), place), "DOUBLE")
                for end in ("smallest", "largest")
            )
            tests.append(call("<", low, high))
        return tests

    def _is_weighted(self, value: Expression) -> bool:
        if isinstance(value, Constant) or told.is_count_like(value):
            return False
        return not told.is_plain(value, self._known)

    def _filtered(self, one: Aggregate) -> Expression:
        value = one.arguments[0]
        if one.condition is None:
            return value
        return Call("case", (one.condition, value, NULL), type_of(value))

    def _largest(self, person: tuple[Column, Person], size: Column) -> Sums:
        column, facts = person
        if facts.rows == 1 and self.look is None:
            tops = self.cells.put(Call("people_top", (size,), "ANY"))
            total = self.cells.put(Aggregate("sum", (size,), "DOUBLE"))
            return _top(tops, 1), _top(tops, 2), total, self.cells.put(squares_of(size))
        if (column, size) not in self._sums:
            self._sums[column, size] = self._join_sums(column, size)
        return self._sums[column, size]

    def _join_sums(self, person: Column, size: Column) -> Sums:
        # A person with many rows counts once, with the sum of them: two more queries.
        self.pending.append((person, size))
        alias = f"w{len(self.pending)}"
        tops = Column(alias, f"c{self.width + 1}", "ANY")
        total = Column(alias, f"c{self.width + 2}", "DOUBLE")
        return _top(tops, 1), _top(tops, 2), total, Column(alias, f"c{self.width + 3}", "DOUBLE")

    # Released values

    def release(self, one: Aggregate) -> Expression:
        """The value that leaves, by kind of aggregate, before its tests."""
        if one.name in ("count", "count_if", "regr_count"):
            return self._round_count(self._raw(one))
        if one.name == "sum":
            return self._round_sum(one, self._raw(one))
        if one.name == "avg":
            return self._ratio(one)
        if one.name in told.QUANTILES and self._is_plain(one):
            return self._round(self._raw(one), number(self._base(one)), one.type)
        return self._significant(self._raw(one), one.type)

    def _raw(self, one: Aggregate) -> Column:
        arguments = tuple(self._argument(one, place) for place in range(len(one.arguments)))
        condition: Expression | None = self._condition(one)
        name = one.name
        if name == "count_if":
            name, condition = "count", both(condition, arguments[0])
            arguments = ()
        return self.cells.put(Aggregate(name, arguments, one.type, one.is_distinct, (), condition),
                               one.type)  # fmt: skip

    def _condition(self, one: Aggregate) -> Column | None:
        return None if one.condition is None else self.rows.put(one.condition, "BOOLEAN")

    def _argument(self, one: Aggregate, place: int) -> Expression:
        value = one.arguments[place]
        if isinstance(value, Constant):
            return value
        if one.name in told.SPREAD:
            # Out of this range the engine's sums of squares fail, and failing tells something.
            real = Cast(value, "DOUBLE")
            sound = call("<=", Call("abs", (real,), "DOUBLE"), LARGEST)
            return self.rows.put(Call("case", (sound, real, NULL), "DOUBLE"))
        if one.name in ("sum", "avg") and is_wide(value) and not self._is_plain(one):
            return self.rows.put(Cast(value, "DOUBLE"))
        return self.rows.put(value)

    def _fan(self) -> Expression | None:
        """Rows for each person where there may be several: rounding grows with them."""
        if not any(person.is_repeated for _, person in self.people):
            return None
        rows = self.cells.put(Aggregate("count", (), "BIGINT"))
        people = [self.count_people(one, None) for one in self.people]
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
            return self._significant(value, one.type, None if is_sharp else self._share(one))
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
        over = self._round_count(self._raw(given))
        under = Call("nullif", (over, number(0)), "BIGINT")
        return Call("/", (Cast(self._round_sum(total, self._raw(total)), "DOUBLE"), under),
                    "DOUBLE")  # fmt: skip

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
        size = self.rows.put(Call("abs", (Cast(self._filtered(one), "DOUBLE"),), "DOUBLE"))
        # Of a sum of several things one may be small beside what a few people add to another.
        name = "max" if is_mixed(one.arguments[0], self._known) else "avg"
        each = self.cells.put(Aggregate(name, (size,), "DOUBLE"))
        share = Call("*", (self._scaled(number(self._description.count_base)), each), "DOUBLE")
        digits = Call("ceil", (Call("log10", (share,), "DOUBLE"),), "DOUBLE")
        step = Call("power", (number(10), digits), "DOUBLE")
        half = Call("/", (step, number(2)), "DOUBLE")
        return Call("case", (call(">=", half, share), half, step), "DOUBLE")

    def _significant(
        self, value: Expression, kind: str, least: Expression | None = None
    ) -> Expression:
        """Rounded to four digits, or to a step that is wider, wherever counts are rounded at all."""
        if self._description.count_base <= 1:
            return value
        real = Cast(value, "DOUBLE")
        power = Call("log10", (Call("abs", (real,), "DOUBLE"),), "DOUBLE")
        size = Call("floor", (power,), "DOUBLE")
        step = Call("power", (number(10), call("-", size, number(_DIGITS - 1), type="DOUBLE")),
                    "DOUBLE")  # fmt: skip
        if least is not None:
            step = Call("greatest", (step, least), "DOUBLE")
        steps = Call("round", (Call("/", (real, step), "DOUBLE"),), "DOUBLE")
        rounded = Cast(Call("*", (steps, step), "DOUBLE"), kind)
        return Call("case", (call("=", value, number(0)), value, rounded), kind)

    def _quantile_tests(self, one: Aggregate) -> list[Expression]:
        # Rows beyond the first of each person are at most rows minus people: what is left on
        # the shorter side of the quantile are different people.
        given = Aggregate("count", one.arguments[:1], "BIGINT", condition=one.condition)
        rows = self._raw(given)
        share = min(told.share_of(one), 1 - told.share_of(one))
        side = Call("floor", (Call("*", (number(round(share, 6)), rows), "DOUBLE"),), "DOUBLE")
        every = self.cells.put(Aggregate("count", (), "BIGINT"))
        tests: list[Expression] = []
        for person in self.people:
            spare = call("-", every, self.count_people(person, None), type="BIGINT")
            tests.append(call(">=", call("-", side, spare, type="DOUBLE"),
                              number(self._description.k)))  # fmt: skip
        return tests

    def tests(self, one: Aggregate) -> list[Expression]:
        """All that must hold of a cell before the aggregate leaves it."""
        tests = self._subset_tests(one)
        if one.name in ("sum", "avg"):
            tests += self._dominance_tests(one)
        if one.name in told.SPREAD and one.name != "regr_count":
            for value in one.arguments:
                total = Aggregate("sum", (value,), "DOUBLE", condition=one.condition)
                tests += self._dominance_tests(total)
        tests += self._spread_tests(one)
        if one.name in told.SPREAD:
            tests += self._difference_tests(one)
        if one.name in told.QUANTILES:
            tests += self._quantile_tests(one)
        return tests


def squares_of(size: Expression) -> Aggregate:
    """The sum of squared sizes."""
    return Aggregate("sum", (Call("*", (size, size), "DOUBLE"),), "DOUBLE")


def _size(one: Aggregate, value: Expression) -> Expression:
    conditions = [one.condition] if one.condition is not None else []
    if one.name == "count_if":
        conditions.append(one.arguments[0])
    elif one.arguments and not isinstance(one.arguments[0], Constant):
        conditions.append(Call("not", (call("isnull", one.arguments[0]),), "BOOLEAN"))
    size = Call("abs", (Cast(value, "DOUBLE"),), "DOUBLE")
    condition = both(*conditions)
    return size if condition is None else Call("case", (condition, size, NULL), "DOUBLE")


def is_wide(value: Expression) -> bool:
    """Whether sums of the value could leave the range of their type, which would be an error."""
    kind = type_of(value)
    return kind == "HUGEINT" or kind.startswith("DECIMAL")


def _top(tops: Expression, place: int) -> Expression:
    item = Call("item", (tops, number(place)), "DOUBLE")
    return Call("coalesce", (item, number(0)), "DOUBLE")
