"""What the trusted side is told of a query in mode ``dp``: where noise goes, and what is made of it."""

from dataclasses import asdict, dataclass, field
from math import inf, isqrt, nextafter, sqrt
from typing import Any

from kernel.errors import msgid
from sandbox.errors.guard import ConstructNotAllowed


@dataclass(frozen=True, slots=True)
class Measured:
    """One column of exact integers: ``sensitivity`` is its L2 change by one person, in 10^-scale."""

    kind: str
    sensitivity: float
    scale: int = 0


@dataclass(frozen=True, slots=True)
class Cells:
    """The columns of one block's cells: the SQL types of its keys, then what is measured.

    ``count`` is the number of combinations of public keys: cells at most.
    """

    keys: tuple[str, ...]
    measured: tuple[Measured, ...]
    count: int


@dataclass(frozen=True, slots=True)
class Error:
    """How far a column of the answer may be off: by the noise of one measured column of one block's cells.

    ``kind`` is *value* (the column is that number), *mean* (its sum is) or *rank* (the quantile's
    rank is, in rows, by ``factor`` times the noise).
    """

    kind: str
    cells: int
    measured: int
    factor: float = 1


@dataclass(frozen=True, slots=True)
class Kept:
    """Which rows count where not all do: ``rows`` of a person in each of ``groups`` of its groups."""

    groups: int
    rows: int


@dataclass(slots=True)
class Noising:
    """What the trusted side makes of the engine's rows: noise first, then the analyst's columns.

    With one block of cells a row holds its keys and numbers; with several a row begins with the
    block's number, and the columns of all blocks follow, NULL where they are another's. ``rows_per_person``
    is what a person has at most, ``moved`` what it moves a count by: the measure of precision. ``kept`` says for
    each block which rows count, None where all do. ``plain`` names for each column of the
    answer the cell's column that it is; None where the program of ``named`` queries and ``body`` makes it
    from the cells, which it knows as ``n1`` to ``nN`` with columns ``c1`` to ``cN``.
    """

    rows_per_person: int
    moved: float
    kept: list[Kept | None] = field(default_factory=list)
    cells: list[Cells] = field(default_factory=list)
    errors: list[Error | None] = field(default_factory=list)
    plain: list[int] | None = None
    named: list[str] = field(default_factory=list)
    body: str = ""

    def to_json(self) -> dict[str, Any]:
        """As JSON values."""
        return asdict(self)


def root_above(square: int) -> float:
    """The root of a whole number, never below it: a bound that is too small by one bit is none."""
    root = isqrt(square)
    return root if root * root == square else nextafter(sqrt(square), inf)


def product_above(left: float, right: float) -> float:
    """A product of bounds, never below it."""
    product = left * right
    is_exact = isinstance(left, int) and isinstance(right, int)
    return product if is_exact else nextafter(product, inf)


def other(what: str) -> ConstructNotAllowed:
    """The refusal of what has no bound, or no form here."""
    return ConstructNotAllowed(
        construct=what,
        rewrite=msgid("ask for COUNT, SUM, AVG or a quantile by dimensions with public values"),
    )
