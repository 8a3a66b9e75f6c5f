"""What the guard knows about a value over rows of people: where it comes from, how fine it is.

A *raw* relation has one row about a person, or several; ``people`` are the columns that say whom
each row is about. A *trait* follows a value through subqueries, so that no renaming can turn a
measure into a dimension.
"""

import re
from dataclasses import dataclass, field, replace
from math import inf, prod
from typing import Any

from sandbox.engine.guard.description import Column as DescribedColumn
from sandbox.engine.guard.description import Description, Table
from sandbox.engine.guard.functions import is_number
from sandbox.engine.guard.nodes import Aggregate, Call, Cast, Column, Constant, Expression, Values
from sandbox.engine.guard.walk import parts, type_of, walk

BANDS = 100
_MOST_DEGREE = 2
#: A square of what two columns of 10^50 and such a factor come to is still a double.
_MOST_FACTOR = 1e25
#: The most digits of whole numbers.
_DIGITS = {"TINYINT": 3, "UTINYINT": 3, "SMALLINT": 5, "USMALLINT": 5, "INTEGER": 10, "UINTEGER": 10,
           "BIGINT": 19, "UBIGINT": 20, "HUGEINT": 39}  # fmt: skip
_DECIMAL = re.compile(r"DECIMAL\((\d+), ?(\d+)\)")
#: Arithmetic whose shape is that of its parts; functions of one column as it is; aggregates of a person's rows.
_EVEN = ("+", "-", "*", "negative")
_OF_COLUMN = ("/", "ln", "log", "log10", "log2", "sqrt", "cbrt", "abs", "date_diff", "date_sub", "date_part", "year",
              "month", "day", "quarter", "week", "isodow", "dayofweek", "dayofyear", "hour", "minute")  # fmt: skip
_OF_ROWS = ("count", "sum", "avg", "min", "max", "median")
_BAND_STEPS = ("floor", "round", "ceil", "trunc")


@dataclass(frozen=True, slots=True)
class Trait:
    """What a value is: ``kind`` is released, dimension, measure or identifier.

    ``values`` is the public list of a dimension taken as it is; ``sum_base`` what its sums are
    rounded to; ``origin`` the base column that it is, unchanged; ``is_complete``: no row lacks it. ``degree`` is that of the
    polynomial of columns that a number is; None where its shape is the analyst's. ``is_mixed``: it is a sum of
    several things, so that one may be made small beside another. ``factor`` is the product of the constants in it.
    """

    kind: str
    values: tuple[Any, ...] | None = None
    bounds: tuple[Any, Any] | None = None
    sum_base: float = 0
    origin: tuple[str, str] | None = None
    is_computed: bool = False
    is_complete: bool = False
    degree: int | None = None
    is_mixed: bool = False
    factor: float = 1


@dataclass(frozen=True, slots=True)
class Person:
    """A column that says whom a row is about; at most ``rows`` rows each, None where unproved.

    ``is_repeated``: a join may have multiplied the person's rows; ``is_fanned``: by something else than the
    person's own rows elsewhere, so that few people may become many rows. ``table`` is
    whose rows these are, ``marks`` the columns that mark them (none: they are not compared), ``counted``
    the column that says how many rows of the table stand behind one, where that is not one. ``most`` is
    the ``rows`` of the table, whatever was made of them.
    """

    name: str
    rows: int | None
    is_repeated: bool = False
    is_fanned: bool = False
    table: str = ""
    marks: tuple[str, ...] = ()
    counted: str = ""
    most: int | None = None

    def repeated(self, *, is_fanned: bool) -> "Person":
        """The same people after a join, which voids the proof."""
        return replace(self, rows=None, is_repeated=True, is_fanned=is_fanned)


@dataclass(frozen=True, slots=True)
class Within:
    """A condition that all rows meet: a base column, as table.column, is (or is not) one of some texts."""

    column: str
    texts: tuple[str, ...]
    is_excluded: bool = False


@dataclass(frozen=True, slots=True)
class Facts:
    """A relation in FROM: the traits of its columns and, where it is raw, its people.

    ``within`` are conditions that all its rows meet. No two rows agree in all columns of one of the
    ways in ``unique``; a way without columns says that there is one row at most.
    """

    traits: dict[str, Trait] = field(default_factory=dict)
    people: tuple[Person, ...] = ()
    is_public_table: bool = False
    within: tuple["Within", ...] = ()
    unique: tuple[tuple[str, ...], ...] = ()

    @property
    def is_raw(self) -> bool:
        """Its rows are about people."""
        return bool(self.people)


RELEASED = Trait("released")


def default_base(description: Description) -> float:
    """What a sum is rounded to where the column does not say; nothing at count base 1."""
    return description.count_base if description.count_base > 1 else 0


def table_facts(table: Table, description: Description) -> Facts:
    """A base table; without a person column it is public."""
    traits = {one.name: _column_trait(one, table, description) for one in table.columns}
    if table.person_column is None:
        unique = tuple((one.name,) for one in table.columns if one.is_unique)
        return Facts(dict.fromkeys(traits, RELEASED), is_public_table=True, unique=unique)
    most = table.rows_per_person
    person = Person(table.person_column, most, table=table.name, marks=table.marks, most=most)
    return Facts(traits, (person,))


def _column_trait(one: DescribedColumn, table: Table, description: Description) -> Trait:
    base = one.sum_base if one.sum_base is not None else default_base(description)
    origin = (table.name, one.name)
    return Trait(
        one.kind, one.values, one.bounds, base, origin, is_complete=one.is_complete, degree=1
    )


def values_facts(values: Values) -> Facts:
    """Rows of literals."""
    columns = tuple(f"c{i + 1}" for i in range(len(values.rows[0])))
    rows = [tuple(_compared(one) for one in row) for row in values.rows]
    # Literals of several kinds are converted before they are compared.
    even = [i for i in range(len(columns)) if len({row[i][0] for row in rows}) == 1]
    unique = [(columns[i],) for i in even if len({row[i] for row in rows}) == len(rows)]
    ways: list[tuple[str, ...]] = [*unique]
    if len(even) == len(columns) and len(set(rows)) == len(rows):
        ways.append(columns)
    if len(rows) == 1:
        ways.append(())
    return Facts(dict.fromkeys(columns, RELEASED), unique=tuple(ways))


def _compared(one: Expression) -> tuple[str, float | str]:
    """A literal as equality sees it: 1, 01 and 1.0 are one number, and doubles merge what decimals tell apart."""
    assert isinstance(one, Constant)  # the reader takes nothing else in VALUES
    return (one.kind, float(one.text)) if one.kind == "number" else (one.kind, one.text.lower())


def trait_of(value: Expression, known: dict[str, Facts]) -> Trait:
    """The trait of an expression over the known sources.

    A measure in bands is a dimension: labels of a CASE, a condition, or steps of a declared range
    that are wide enough.
    """
    if isinstance(value, Column):
        facts = known.get(value.source)
        return facts.traits.get(value.name, RELEASED) if facts else RELEASED
    degree = degree_of(value, known)
    if isinstance(value, Aggregate) and value.name in ("count", "count_if"):
        return Trait("dimension", is_computed=True, degree=degree, is_mixed=is_mixed(value, known))
    inside = [trait_of(one, known) for one in parts(value)]
    kinds = {one.kind for one in inside}
    kind = next((k for k in ("identifier", "measure", "dimension") if k in kinds), "released")
    if kind == "measure" and is_banded(value, known):
        kind = "dimension"
    base = max((one.sum_base for one in inside), default=0)
    mixed, factor = is_mixed(value, known), factor_of(value, known)
    return Trait(
        kind, sum_base=base, is_computed=True, degree=degree, is_mixed=mixed, factor=factor
    )


def degree_of(value: Expression, known: dict[str, Facts]) -> int | None:
    """The degree of a number that is plain arithmetic of columns; None where it is anything else.

    A value of free shape may be one thing for nearly everybody and another for a few, and then its sum counts
    those: greatest(age, 90), length(regexp_extract(...)), exp(...). A parabola cannot. Nor has a number this shape
    that constants bring near the ends of what a double holds: it would end there for the largest one.
    """
    if isinstance(value, Constant):
        return 0
    if isinstance(value, Column):
        return trait_of(value, known).degree
    inner = [degree_of(one, known) for one in parts(value)]
    degrees = [one for one in inner if one is not None]
    if len(degrees) < len(inner) or not _is_even(value):
        return None
    if isinstance(value, Call) and value.name in ("*", "/"):
        total = sum(degrees)
        is_near = 1 / _MOST_FACTOR <= factor_of(value, known) <= _MOST_FACTOR
        return total if total <= _MOST_DEGREE and is_near else None
    # A person's rows are counted in units of one.
    least = 1 if isinstance(value, Aggregate) else 0
    return max((least, *degrees))


def factor_of(value: Expression, known: dict[str, Facts]) -> float:
    """By what the constants in a number multiply it; of several things the largest."""
    if isinstance(value, Column):
        return trait_of(value, known).factor
    if isinstance(value, Constant):
        return abs(float(value.text)) or 1 if value.kind == "number" else 1
    inner = [factor_of(one, known) for one in results_of(value)]
    if isinstance(value, Call) and value.name == "*":
        return prod(inner)
    if isinstance(value, Call) and value.name == "/":
        return inner[0] / inner[1] if inner[1] else inf
    return max(inner, default=1)


def results_of(value: Expression) -> tuple[Expression, ...]:
    """The parts that a value is made of, without conditions and what is only compared with."""
    if isinstance(value, Call) and value.name == "case":
        return (*value.arguments[1::2], value.arguments[-1])
    return parts(value)[:1] if isinstance(value, Call) and value.name == "nullif" else parts(value)


def is_mixed(value: Expression, known: dict[str, Facts]) -> bool:
    """Whether a number is, or holds, a sum of several things."""
    if isinstance(value, Column):
        return trait_of(value, known).is_mixed
    if isinstance(value, Call) and value.name in ("+", "-"):
        return True
    return any(is_mixed(one, known) for one in results_of(value))


def _is_even(value: Expression) -> bool:
    """Whether the shape of a value is that of its parts."""
    if isinstance(value, Cast):
        return _keeps(type_of(value.value), value.type)
    if isinstance(value, Aggregate):
        return value.condition is None and value.name in _OF_ROWS
    if not isinstance(value, Call):
        return False
    by_constant = value.name == "/" and isinstance(value.arguments[1], Constant)
    return value.name in _EVEN or by_constant or (value.name in _OF_COLUMN and _is_bare(value))


def _keeps(kind: str, to: str) -> bool:
    """Whether a cast changes no number of a type and fits each: else CAST(x * c AS BIGINT) is a step that c moves."""
    if to == "DOUBLE":
        return is_number(kind)
    given, wanted = _places(kind), _places(to)
    return (
        given is not None
        and wanted is not None
        and all(a <= b for a, b in zip(given, wanted, strict=True))
    )


def _places(kind: str) -> tuple[int, int] | None:
    """Digits before the point and behind it; None where a type has no such bounds."""
    if found := _DECIMAL.fullmatch(kind):
        width, scale = map(int, found.groups())
        return width - scale, scale
    return (_DIGITS[kind], 0) if kind in _DIGITS else None


def _is_bare(value: Call) -> bool:
    return all(isinstance(one, Column | Constant) for one in value.arguments)


def is_banded(value: Expression, known: dict[str, Facts]) -> bool:
    """Whether the value tells only a band of the measures in it."""
    if type_of(value) == "BOOLEAN":
        return True
    if isinstance(value, Call) and value.name == "case":
        results = (*value.arguments[1::2], value.arguments[-1])
        return all(trait_of(one, known).kind != "measure" for one in results)
    width = _band_width(value)
    if width is None:
        return False
    measures = [known[c.source].traits[c.name] for c in walk(value)
                if isinstance(c, Column) and c.source in known]  # fmt: skip
    return len(measures) == 1 and _is_wide(measures[0], width)


def _is_wide(trait: Trait, width: float) -> bool:
    low, high = trait.bounds or (None, None)
    if not isinstance(low, int | float) or not isinstance(high, int | float):
        return False
    return (high - low) <= BANDS * width


def _band_width(value: Expression) -> float | None:
    if isinstance(value, Cast):
        return _band_width(value.value)
    if not isinstance(value, Call):
        return None
    first = value.arguments[0] if value.arguments else None
    by = _number(value.arguments[1]) if len(value.arguments) > 1 else None
    if value.name == "//" and by and isinstance(first, Column):
        return by
    if value.name in _BAND_STEPS and len(value.arguments) == 1 and isinstance(first, Call):
        step = _number(first.arguments[1]) if len(first.arguments) > 1 else None
        is_step = first.name == "/" and isinstance(first.arguments[0], Column)
        return step if is_step and step else None
    if value.name in ("*", "+", "-") and by is not None and first is not None:
        return _band_width(first)
    return None


def _number(value: Expression) -> float | None:
    if isinstance(value, Constant) and value.kind == "number" and not value.text.startswith("-"):
        return float(value.text)
    return None
