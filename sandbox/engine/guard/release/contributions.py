"""Whose rows a cell has, and whether enough people make up each value of it.

Thresholds: decision 21; dominance n=2, k=90 % and p=10 %: decision 20; spreads and sums of what nearly all share:
decision 41.
"""

from dataclasses import dataclass, replace

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
from sandbox.engine.guard.release.second_look import LARGEST, NOT_PROVED, SecondLook, any_of
from sandbox.engine.guard.release.sketches import Marked
from sandbox.engine.guard.release.slots import Slots
from sandbox.engine.guard.release.traits import Facts, Person
from sandbox.engine.guard.walk import type_of

# The largest size of one person in a cell, the second largest, the sum of all, that of squares.
Sums = tuple[Expression, Expression, Expression, Expression]

#: Rows of a cell that are listed in order, at most: past it people are asked, not rows.
_MOST_LISTED = 1_000


@dataclass(frozen=True, slots=True)
class EachPerson:
    """What the cells must be joined with: ``outer`` over ``inner``, which is worked out for each person of a cell.

    ``inner`` reads the rows ``t``; ``outer`` reads it as ``x``, after the keys.
    """

    person: Column
    inner: tuple[Aggregate, ...]
    outer: tuple[Expression, ...]


class Contributions:
    """Tests over the rows ``t`` and the cells ``u`` of one block.

    ``width`` is the number of columns before what is worked out for each person; ``pending`` has these, under the
    aliases ``w1`` on. ``look`` is there where a person's rows are bounded, so that a cell can prove its people by
    itself.
    """

    def __init__(self, description: Description, known: dict[str, Facts], width: int) -> None:
        """Start with empty rows and cells."""
        self._description = description
        self._known = known
        self._width = width
        self.rows = Slots("t")
        self.cells = Slots("u")
        self.people: list[tuple[Column, Person]] = []
        self.marked: list[Marked] = []
        #: Subsets of a cell's rows that an aggregate tells about, with what must hold of them.
        self.subsets: dict[Column, list[Expression]] = {}
        #: What fails where few people make up a value, if people look at that.
        self.set_aside: list[Expression] = []
        self.keys: dict[Expression, Column] = {}
        #: The keys that every grouping set has: of the others a cell may hold many values.
        self.common_keys: tuple[Expression, ...] = ()
        self.pending: list[EachPerson] = []
        self.look: SecondLook | None = None

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

    # Columns of the cells

    def raw(self, one: Aggregate) -> Column:
        """The aggregate as it is, as a column of the cells."""
        arguments = tuple(self._argument(one, place) for place in range(len(one.arguments)))
        condition: Expression | None = self._condition(one)
        name = one.name
        if name == "count_if":
            name, condition = "count", both(condition, arguments[0])
            arguments = ()
        return self.cells.put(Aggregate(name, arguments, one.type, one.is_distinct, (), condition),
                               one.type)  # fmt: skip

    def size_of(self, one: Aggregate) -> Column:
        """How much each row adds to a sum, whatever its sign; missing where the aggregate does not take the row."""
        value = one.arguments[0]
        if one.condition is not None:
            value = Call("case", (one.condition, value, NULL), type_of(value))
        return self.rows.put(Call("abs", (Cast(value, "DOUBLE"),), "DOUBLE"))

    def _condition(self, one: Aggregate) -> Column | None:
        return None if one.condition is None else self.rows.put(one.condition, "BOOLEAN")

    def _argument(self, one: Aggregate, place: int) -> Expression:
        value = one.arguments[place]
        if isinstance(value, Constant):
            return value
        if one.name in told.SPREAD:
            return self.rows.put(_sound(value))
        if one.name in ("sum", "avg") and is_wide(value) and not told.is_plain(value, self._known):
            return self.rows.put(Cast(value, "DOUBLE"))
        return self.rows.put(value)

    # Tests

    def tests(self, one: Aggregate) -> list[Expression]:
        """All that must hold of a cell before the aggregate leaves it."""
        tests = self._subset_tests(one)
        if one.name in ("sum", "avg"):
            tests += self._dominance_tests(one)
        if one.name in told.SPREAD:
            # Of two arguments only the rows are taken where both are there.
            given = [_is_given(value) for value in one.arguments]
            one = replace(one, condition=both(one.condition, *given))
            for value in one.arguments:
                tests += self._dominance_tests(replace(one, name="sum", arguments=(value,)))
        tests += self._spread_tests(one)
        if one.name in told.SPREAD:
            tests += self._difference_tests(one)
        if one.name in told.QUANTILES:
            tests += self.reach_tests(one, told.reach_of(one))
        return tests

    def _subset_tests(self, one: Aggregate) -> list[Expression]:
        tests: list[Expression] = []
        for subset in told.subsets_of(one, self.common_keys, self._known):
            inside = self.rows.put(subset.condition, "BOOLEAN")
            found: list[Expression] = []
            for person in self.people:
                if subset.is_within and self.look and isinstance(one.arguments[0], Column):
                    found.append(self.look.adds(inside, *self._total_and_ends(one)))
                    continue
                found.append(self._enough(person, inside))
                if not subset.is_within:
                    may_be_none = not subset.is_strict
                    found.append(self._enough_left(person, inside, may_be_none=may_be_none))
            # Whom a CASE adds nothing for the analyst chooses, so it is compared with what has left, too.
            is_chosen = any(map(told.holds_choice, one.arguments))
            if not subset.is_within or is_chosen:
                self.subsets[inside] = found
            if subset.is_within and self._description.leaves_dominance:
                self.set_aside += found
            else:
                tests += found
        return tests

    def _dominance_tests(self, one: Aggregate) -> list[Expression]:
        if told.is_count_like(one.arguments[0]):
            return []
        column = self.size_of(one)
        tests: list[Expression] = []
        shares: list[Expression] = []
        for person in self.people:
            first, second, total, _ = self._largest(person, column)
            two = call("+", first, second, type="DOUBLE")
            rest = call("-", total, two, type="DOUBLE")
            share = call("*", number(0.9), total, type="DOUBLE")
            tenth = call("*", number(0.1), first, type="DOUBLE")
            # Of a sum that is no number one person is the reason, and looking at it tells nobody who.
            tests.append(call("isfinite", total))
            shares += [call("<=", two, share), call(">=", rest, tenth)]
        if self._description.leaves_dominance:
            self.set_aside += self._unless_dominated(one, shares)
            return self._unless_dominated(one, tests)
        return self._unless_dominated(one, tests + shares)

    def _unless_dominated(self, one: Aggregate, tests: list[Expression]) -> list[Expression]:
        if self.look is None:
            return tests
        return [self.look.prove(self.look.no_dominance(*self._total_and_ends(one)), tests)]

    def _total_and_ends(self, one: Aggregate) -> tuple[Column, Column, Column]:
        """The sum of what an aggregate takes, the largest of it and the smallest."""
        total = replace(one, name="sum")
        value, condition = self._argument(total, 0), self._condition(one)
        most, least = (
            self.cells.put(Aggregate(end, (value,), type_of(value), condition=condition))
            for end in ("max", "min")
        )
        return self.raw(total), most, least

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

    def _is_weighted(self, value: Expression) -> bool:
        if isinstance(value, Constant) or told.is_count_like(value):
            return False
        return not told.is_plain(value, self._known)

    def _difference_tests(self, one: Aggregate) -> list[Expression]:
        """That not all but a few are the same, or a spread would tell how many and by how much.

        The k-th person from below has less than the k-th from above, each person with the own row that is furthest
        out: whatever is held to be usual, k people are otherwise.
        """
        tests: list[Expression] = []
        for value in one.arguments:
            if isinstance(value, Constant) or told.is_count_like(value):
                continue
            real = Call("case", (one.condition or TRUE, _sound(value), NULL), "DOUBLE")
            column = self.rows.put(real)
            tests += [self._are_apart(person, column) for person in self.people]
        return tests

    def _are_apart(self, person: tuple[Column, Person], value: Column) -> Expression:
        column, facts = person
        k = self._description.k
        if facts.rows == 1:
            return self._rows_apart(value, k)
        x = [Column("x", f"c{self._width + place}", "DOUBLE") for place in (1, 2)]
        ends = self._join(
            column,
            tuple(Aggregate(name, (value,), "DOUBLE") for name in ("min", "max")),
            (_end("smallest", x[0], k), _end("largest", x[1], k)),
        )
        exact = call("<", *ends)
        if self.look is None:
            return exact
        rows = k * self.look.rows_per_person
        proof = self._rows_apart(value, rows) if rows <= _MOST_LISTED else NOT_PROVED
        return self.look.prove(proof, [exact])

    def _rows_apart(self, value: Column, rows: int) -> Expression:
        listed = (Call(end, (value, number(rows)), "ANY") for end in ("smallest", "largest"))
        low, high = (Call("item", (self.cells.put(one), number(rows)), "DOUBLE") for one in listed)
        return call("<", low, high)

    def quantiles(self, one: Aggregate, shares: tuple[float, ...]) -> Column:
        """The values at these shares of what a quantile takes, as one list."""
        taken: Expression = Cast(one.arguments[0], "DOUBLE")
        if one.condition is not None:
            taken = Call("case", (one.condition, taken, NULL), "DOUBLE")
        return self.cells.put(
            Call("quantiles", (self.rows.put(taken), *map(number, shares)), "ANY")
        )

    def reach_tests(self, one: Aggregate, reach: float) -> list[Expression]:
        """That at least k people have values on each side of a quantile's rank, within this share of the rows.

        So many rows that each of k people may have the most that one can have: nobody has more than one part in k.
        """
        # Rows beyond the first of each person are at most rows minus people.
        given = Aggregate("count", one.arguments[:1], "BIGINT", condition=one.condition)
        rows = self.raw(given)
        side = Call("floor", (Call("*", (number(round(reach, 9)), rows), "DOUBLE"),), "DOUBLE")
        every = self.cells.put(Aggregate("count", (), "BIGINT"))
        tests: list[Expression] = []
        for person in self.people:
            spare = call("-", every, self.count_people(person, None), type="BIGINT")
            most = call("+", spare, number(1), type="BIGINT")
            tests.append(call(">=", call("-", side, spare, type="DOUBLE"),
                              call("*", number(self._description.k), most, type="DOUBLE")))  # fmt: skip
        return tests

    # People with several rows

    def _largest(self, person: tuple[Column, Person], size: Column) -> Sums:
        column, facts = person
        total = Aggregate("sum", (size,), "DOUBLE")
        if facts.rows == 1 and self.look is None:
            tops = self.cells.put(Call("people_top", (size,), "ANY"))
            return (_top(tops, 1), _top(tops, 2), self.cells.put(total),
                    self.cells.put(_squares_of(size)))  # fmt: skip
        # A person with many rows counts once, with the sum of them.
        x = Column("x", f"c{self._width + 1}", "DOUBLE")
        outer = (Call("people_top", (x,), "ANY"), replace(total, arguments=(x,)), _squares_of(x))
        tops, sizes, squares = self._join(column, (total,), outer)
        return _top(tops, 1), _top(tops, 2), sizes, squares

    def _join(
        self, person: Column, inner: tuple[Aggregate, ...], outer: tuple[Expression, ...]
    ) -> list[Column]:
        # Two more queries, once for each thing that is asked.
        wanted = EachPerson(person, inner, outer)
        if wanted not in self.pending:
            self.pending.append(wanted)
        alias = f"w{self.pending.index(wanted) + 1}"
        return [Column(alias, f"c{self._width + place}", type_of(one))
                for place, one in enumerate(outer, 1)]  # fmt: skip


def is_wide(value: Expression) -> bool:
    """Whether sums of the value could leave the range of their type, which would be an error."""
    kind = type_of(value)
    return kind == "HUGEINT" or kind.startswith("DECIMAL")


def _squares_of(size: Expression) -> Aggregate:
    return Aggregate("sum", (Call("*", (size, size), "DOUBLE"),), "DOUBLE")


def _size(one: Aggregate, value: Expression) -> Expression:
    conditions = [one.condition] if one.condition is not None else []
    if one.name == "count_if":
        conditions.append(one.arguments[0])
    elif one.arguments and not isinstance(one.arguments[0], Constant):
        conditions.append(_is_given(one.arguments[0]))
    size = Call("abs", (Cast(value, "DOUBLE"),), "DOUBLE")
    condition = both(*conditions)
    return size if condition is None else Call("case", (condition, size, NULL), "DOUBLE")


def _is_given(value: Expression) -> Expression:
    return Call("not", (call("isnull", value),), "BOOLEAN")


def _sound(value: Expression) -> Expression:
    # Out of this range the engine's sums of squares fail, and failing tells something.
    real = Cast(value, "DOUBLE")
    return Call("case", (call("<=", Call("abs", (real,), "DOUBLE"), LARGEST), real, NULL), "DOUBLE")


def _end(name: str, value: Column, place: int) -> Expression:
    return Call("item", (Call(name, (value, number(place)), "ANY"), number(place)), "DOUBLE")


def _top(tops: Expression, place: int) -> Expression:
    item = Call("item", (tops, number(place)), "DOUBLE")
    return Call("coalesce", (item, number(0)), "DOUBLE")
