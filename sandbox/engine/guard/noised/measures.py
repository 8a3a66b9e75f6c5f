"""Aggregates as exact sums of integers with a known sensitivity, and what noised sums make of them."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from math import ceil

from kernel.errors import msgid
from sandbox.engine.guard.functions import is_number
from sandbox.engine.guard.nodes import (
    NULL,
    Aggregate,
    Call,
    Cast,
    Column,
    Constant,
    Expression,
    call,
    number,
)
from sandbox.engine.guard.noised.people import People
from sandbox.engine.guard.noised.plan import Measured, other, product_above, root_above
from sandbox.engine.guard.reading.blocks import is_identifier
from sandbox.engine.guard.release.traits import trait_of
from sandbox.engine.guard.walk import columns_of, type_of
from sandbox.errors.guard import BoundUnknown

#: Digits behind the point that a sum over floating numbers keeps.
_FLOAT_SCALE = 2
_FLOATS = ("FLOAT", "DOUBLE")
_LARGEST = 10**18
#: Half the steps of a range that a variance is computed in: its squares then fit for any number of rows.
_STEPS = 10_000
VARIANCES = ("var_samp", "var_pop", "stddev_samp", "stddev_pop")

#: Keeps an exact column and gives its noised one.
Keep = Callable[[Expression, Measured], Column]


@dataclass(frozen=True, slots=True)
class Bounded:
    """A measure within its declared bounds, which are in units of 10^-scale; NULL for NULL.

    ``value`` is it in its own type or in fixed point, ``units`` as a whole number of units.
    """

    value: Expression
    units: Expression
    lowest: int
    highest: int
    scale: int


def counted(one: Aggregate, people: People) -> tuple[Expression, Measured] | None:
    """COUNT in its forms with what one person moves it by; None for another aggregate."""
    if one.name in ("count", "count_if") and not one.is_distinct:
        return one, Measured("count", people.moved)
    if one.name == "count" and len(one.arguments) == 1 and _is_person(one.arguments[0], people):
        return _each_once(one, people), Measured("people", root_above(people.groups))
    return None


def _is_person(value: Expression, people: People) -> bool:
    if not isinstance(value, Column) or not is_identifier(value):
        return False
    return (value.source, value.name) in people.columns


def _each_once(one: Aggregate, people: People) -> Aggregate:
    """COUNT(DISTINCT person): where every row may count, it is that of the first of each person and group."""
    if people.first is None or people.is_filtered or one.condition is not None:
        return one
    return Aggregate("count", one.arguments, "BIGINT", condition=people.first)


def bounded(value: Expression, people: People) -> Bounded:
    """The value clamped to its declared bounds, in fixed point.

    Raises:
        BoundUnknown: it is neither a column with bounds nor a CASE of such and of literals, or the bounds
            are turned round or too far apart.
    """
    low, high = (_bounds(value, people) if is_number(type_of(value)) else None) or (1, 0)
    if low > high:
        names = ", ".join(sorted({one.name for one in columns_of(value)}))
        raise BoundUnknown(bound=msgid("least and greatest value"), of=names or "-")
    scale = _scale_of(value)
    lowest, highest = round(low * 10**scale), round(high * 10**scale)
    if product_above(max(abs(lowest), abs(highest)), people.moved) >= _LARGEST:
        raise BoundUnknown(bound=msgid("least and greatest value"), of=str(high))
    least, most = (Constant("number", fixed(one, scale)) for one in (lowest, highest))
    # A bound is no FLOAT, and the next one may lie beyond it.
    clamped = Cast(value, "DOUBLE") if type_of(value) == "FLOAT" else value
    raised = Call("greatest", (clamped, least), type_of(clamped))
    within: Expression = Call("least", (raised, most), type_of(clamped))
    if not type_of(value).startswith("DECIMAL(") or _scale_of_type(type_of(value)) != scale:
        # Of floats, and of what is wider than 64 bits, the engine's sum depends on the order of rows.
        within = Cast(within, f"DECIMAL(18,{scale})" if scale else "BIGINT")
    # Of a missing value GREATEST would make the bound.
    inside = Call("case", (call("isnull", value), NULL, within), type_of(within))
    units = (
        Cast(Call("*", (inside, number(10**scale)), "ANY"), "BIGINT")
        if scale
        else Cast(inside, "BIGINT")
    )
    return Bounded(inside, units, lowest, highest, scale)


def _bounds(value: Expression, people: People) -> tuple[float, float] | None:
    """The public range of a column, a literal, or a CASE whose every branch has one; None of anything else."""
    if isinstance(value, Constant) and value.kind == "number":
        return float(value.text), float(value.text)
    if isinstance(value, Column):
        low, high = trait_of(value, people.known).bounds or (None, None)
        if isinstance(low, int | float) and isinstance(high, int | float):
            return low, high
        return None
    if not isinstance(value, Call) or value.name != "case":
        return None
    branches = [one for one in (*value.arguments[1::2], value.arguments[-1]) if one != NULL]
    found = [_bounds(one, people) for one in branches]
    known = [one for one in found if one is not None]
    # A branch whose own bounds are turned round leaves none: least and greatest would hide it.
    if not known or len(known) < len(found) or any(low > high for low, high in known):
        return None
    return min(low for low, _ in known), max(high for _, high in known)


def fixed(units: int, scale: int) -> str:
    """A number of units of 10^-scale as SQL writes it."""
    return f"{Decimal(units).scaleb(-scale):f}"


def total(one: Aggregate, people: People, keep: Keep) -> Column:
    """SUM: moved by the larger bound times the rows of a person."""
    found = bounded(one.arguments[0], people)
    largest = product_above(max(abs(found.lowest), abs(found.highest)), people.moved)
    return keep(_sum(found.value, one), Measured("sum", max(largest, 1), found.scale))


def mean(one: Aggregate, people: People, keep: Keep) -> tuple[Expression, Column]:
    """AVG: the noised sum over the noised count, and that sum; NULL where the count is below one."""
    sums, counts = total(one, people, keep), _count(one, people, keep)
    return _given(counts, 1, ratio(sums, counts)), sums


def variance(one: Aggregate, people: People, keep: Keep) -> Expression:
    """The variance family, from the number of values, the sum of their steps and of the squares.

    Steps count from the middle of the bounds: a person then moves the sum by half of what it would
    otherwise, and the squares by a quarter.
    """
    found = bounded(one.arguments[0], people)
    middle = (found.lowest + found.highest) // 2
    reach = max(found.highest - middle, 1)
    width = ceil(reach / _STEPS)
    most = ceil(reach / width)
    apart = Call("-", (found.units, number(middle)), "BIGINT")
    steps: Expression = Cast(Call("round", (ratio(apart, number(width)),), "DOUBLE"), "BIGINT")
    squares = Call("*", (steps, steps), "BIGINT")
    sums = keep(_sum(steps, one), Measured("sum", product_above(most, people.moved)))
    squared = keep(
        _sum(squares, one), Measured("sum of squares", product_above(most**2, people.moved))
    )
    counts = _count(one, people, keep)
    spread = Call("-", (ratio(squared, counts), Call("power", (ratio(sums, counts), number(2)),
                                                     "DOUBLE")), "DOUBLE")  # fmt: skip
    # Noise can make a sum of squares smaller than any data could.
    spread = Call("greatest", (spread, Cast(number(0), "DOUBLE")), "DOUBLE")
    is_sample = one.name.endswith("_samp")
    if is_sample:
        fewer = Call("-", (Cast(counts, "DOUBLE"), number(1)), "DOUBLE")
        spread = Call("*", (spread, ratio(counts, fewer)), "DOUBLE")
    unit = Cast(number((width / 10**found.scale) ** 2), "DOUBLE")
    spread = Call("*", (spread, unit), "DOUBLE")
    if one.name.startswith("stddev"):
        spread = Call("sqrt", (spread,), "DOUBLE")
    return _given(counts, 2 if is_sample else 1, spread)


def _count(one: Aggregate, people: People, keep: Keep) -> Column:
    counts = Aggregate("count", one.arguments, "BIGINT", condition=one.condition)
    return keep(counts, Measured("count", people.moved))


def _sum(units: Expression, one: Aggregate) -> Aggregate:
    return Aggregate("sum", (units,), "HUGEINT", condition=one.condition)


def _given(counts: Column, least: int, value: Expression) -> Expression:
    return Call("case", (call(">=", counts, number(least)), value, NULL), "DOUBLE")


def ratio(above: Expression, below: Expression) -> Expression:
    """One number over another, in floating point."""
    return Call("/", (Cast(above, "DOUBLE"), Cast(below, "DOUBLE")), "DOUBLE")


def check_plain(one: Aggregate) -> None:
    """Refuse an aggregate with DISTINCT or an order of its own, where neither has a bound.

    Raises:
        ConstructNotAllowed: it has one.
    """
    if one.is_distinct or one.order:
        raise other(f"{one.name.upper()}(DISTINCT or ORDER BY)")


def _scale_of(value: Expression) -> int:
    """Digits behind the point of a sum's unit: the most of those of its columns' types and of its literals."""
    if isinstance(value, Constant):
        exponent = Decimal(value.text).as_tuple().exponent if value.kind == "number" else 0
        return max(0, -exponent) if isinstance(exponent, int) else 0
    if isinstance(value, Call) and value.name == "case":
        return max(_scale_of(one) for one in (*value.arguments[1::2], value.arguments[-1]))
    return _scale_of_type(type_of(value))


def _scale_of_type(kind: str) -> int:
    if kind.startswith("DECIMAL("):
        return int(kind.rstrip(")").rpartition(",")[2])
    return _FLOAT_SCALE if kind in _FLOATS else 0
