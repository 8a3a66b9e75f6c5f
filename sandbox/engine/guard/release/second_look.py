"""Proofs from a cell's own rows, and an exact second look at the cells that they leave open.

Where one person has at most m rows, n >= k*m rows are at least k people, and nobody holds more
than m times the largest row. These proofs cost no more than the answer itself; counting distinct
people costs ten times as much, so it is done over the rows of the open cells only (decision 21).

An open cell is judged by the exact tests, so what leaves is the same as without the proofs. That
a second look was taken shows in the time of the answer alone, which the response slots cover.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from sandbox.engine.guard.nodes import (
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
    Output,
    both,
    call,
    number,
)
from sandbox.engine.guard.release.slots import Slots

# Past it sums are not trusted; far from the largest double, whose neighbours depend on the order.
LARGEST = Constant("number", "1e100")
#: The proof of what rows cannot prove: the exact tests decide.
NOT_PROVED = Constant("boolean", "FALSE")
# 2 / 0.9 for the two largest people and 2.1 for the tenth of the largest, with room for what the
# order of adding doubles changes: a proof that the exact test could contradict is none.
_DOMINANCE = 2.25
_SPREAD = 1.01


@dataclass(slots=True)
class SecondLook:
    """What the cells ``u`` prove of one person column, and the exact counts ``e`` for the rest."""

    person: Column
    rows_per_person: int
    k: int
    cells: Slots
    exact: Slots
    #: Whether people of open cells are counted; where each has one row, rows are people.
    counts_people: bool = False
    _open: list[Expression] = field(default_factory=list)

    @property
    def is_needed(self) -> bool:
        """Whether anything can be left open."""
        return bool(self._open)

    def count_rows(self, condition: Expression | None) -> Column:
        """Rows about anybody, of a cell or of a subset of its rows."""
        return self.cells.put(Aggregate("count", (self.person,), "BIGINT", condition=condition))

    def count_left(self, inside: Column) -> Expression:
        """Rows about anybody outside a subset, without counting them again."""
        return call("-", self.count_rows(None), self.count_rows(inside), type="BIGINT")

    def enough(self, condition: Expression | None, rows: Expression) -> Expression:
        """That at least k people are in a cell, or in the subset of its rows that is so many."""
        if self.rows_per_person == 1:
            return call(">=", rows, number(self.k))
        self.counts_people = True
        people = self.exact.put(
            Aggregate("count", (self.person,), "BIGINT", is_distinct=True, condition=condition)
        )
        # Fewer than k rows are never k people: nothing to look up. A row of a public domain that
        # no cell meets has no rows either, and must not find the people of a NULL key.
        some = call(">=", rows, number(self.k))
        many = call(">=", rows, number(self.k * self.rows_per_person))
        self._open.append(Call("and", (some, Call("not", (many,), "BOOLEAN")), "BOOLEAN"))
        return Call("and", (some, any_of(many, call(">=", people, number(self.k)))), "BOOLEAN")

    def adds(self, condition: Column, total: Column, most: Column, least: Column) -> Expression:
        """That at least k people are in the subset of the rows that add anything to a sum.

        Nobody adds more than the largest row times the rows of a person, so a sum of k times as much is of k people.
        The sum is of a column as it is: of a CASE it could be a constant's.
        """
        self.counts_people = True
        many = self.rows_per_person != 1
        people = self.exact.put(Aggregate("count", (self.person,), "BIGINT", many, (), condition))
        largest, size = _sizes(total, most, least)
        is_any = call(">", largest, number(0))
        proof = both(is_any, self._within(largest, self.k * _SPREAD, size))
        return self.prove(proof or TRUE, [call(">=", people, number(self.k))])

    def prove(self, proof: Expression, tests: Sequence[Expression]) -> Expression:
        """The proof, or else the exact tests."""
        self._open.append(
            Call("not", (Call("coalesce", (proof, NOT_PROVED), "BOOLEAN"),), "BOOLEAN")
        )
        return any_of(proof, both(*tests) or TRUE)

    def no_dominance(self, total: Column, most: Column, least: Column) -> Expression:
        """That neither two people hold 90 % of a sum nor one can be told within 10 % of it.

        The sizes of all rows together are at least the size of their sum, whatever the signs.
        """
        largest, size = _sizes(total, most, least)
        return self._within(largest, _DOMINANCE, size)

    def is_spread(self, size: Column) -> Expression:
        """That at least k people make up a sum of sizes: (sum of sizes)^2 >= k * sum of squares."""
        total = self.cells.put(Aggregate("sum", (size,), "DOUBLE"))
        largest = self.cells.put(Aggregate("max", (size,), "DOUBLE"))
        return self._within(largest, self.k * _SPREAD, total)

    def _within(self, largest: Expression, times: float, total: Expression) -> Expression:
        # Rows about nobody would stand in the sum without being anybody's.
        every = self.cells.put(Aggregate("count", (), "BIGINT"))
        most = Call("*", (number(times * self.rows_per_person), largest), "DOUBLE")
        return Call("and", (call("=", every, self.count_rows(None)), call("<=", total, LARGEST),
                            call("<=", most, total)), "BOOLEAN")  # fmt: skip

    def open_rows(self, rows: Named, keys: tuple[Column, ...], cells: Named,
                  add: Callable[..., Named]) -> tuple[Join, ...]:  # fmt: skip
        """The rows ``t`` of the open cells, as what stands in FROM."""
        enough = call(">=", self.count_rows(None), number(self.k))
        found: list[Expression] = [self.cells.put(one) for one in keys] or [TRUE]
        outputs = tuple(Output("", one) for one in found)
        where = both(enough, any_of(*self._open))
        opened = add(Block(outputs, (Join("from", "u", cells),), where=where), is_kept=True)
        meets = [call("same", key, Column("o", f"c{place + 1}", key.type))
                 for place, key in enumerate(keys)]  # fmt: skip
        return Join("from", "t", rows), Join("semi", "o", opened, both(*meets) or TRUE)


def _sizes(total: Column, most: Column, least: Column) -> tuple[Expression, Expression]:
    """Of the largest row either way, and of the sum, whatever their signs."""
    of_sum, *ends = (Call("abs", (Cast(one, "DOUBLE"),), "DOUBLE") for one in (total, most, least))
    return Call("greatest", tuple(ends), "DOUBLE"), of_sum


def any_of(*conditions: Expression) -> Expression:
    """Whether one of the conditions holds."""
    return conditions[0] if len(conditions) == 1 else Call("or", conditions, "BOOLEAN")
