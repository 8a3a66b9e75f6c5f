"""What the released cells tell the trusted side of who is in them: how many rows, and a sketch.

The sketch of a cell is the XOR of its rows' marks (``sandbox.deidentify.people.marks``): cells that few people tell
apart have sketches that few buckets tell apart, whatever was asked to get them. Rows that a join repeats
count once. These columns leave the engine beside the answer, for ``sandbox.engine.differencing`` alone.
"""

import hashlib
from dataclasses import dataclass, replace
from functools import reduce
from typing import Any

from sandbox.engine.guard.emit import BRIEF
from sandbox.engine.guard.nodes import (
    NULL,
    Aggregate,
    Block,
    Call,
    Cast,
    Column,
    Combination,
    Constant,
    Expression,
    Join,
    Named,
    Output,
    Query,
    conjuncts,
    number,
)
from sandbox.engine.guard.release.slots import Slots
from sandbox.engine.guard.release.traits import Facts, Person, Within, trait_of
from sandbox.engine.guard.walk import type_of


@dataclass(frozen=True, slots=True)
class Marked:
    """One person column of a block: how its rows are counted and marked over the rows ``t``."""

    person: Person
    column: Column
    words: tuple[Column, ...]
    counted: Column | None


@dataclass(frozen=True, slots=True)
class Told:
    """One block's cells for the trusted side: ``query`` has a row a cell, ``meta`` says what it is."""

    query: Named
    columns: list[Expression]
    meta: dict[str, Any]


def mark_person(rows: Slots, alias: str, person: Person, column: Column) -> Marked | None:
    """Take the marks of a person column into the rows; None where its table has none."""
    if not person.marks:
        return None
    words = tuple(rows.put(Column(alias, name, "BIGINT")) for name in person.marks)
    counted = rows.put(Column(alias, person.counted, "BIGINT")) if person.counted else None
    return Marked(person, column, words, counted)


def sketch(cells: Slots, one: Marked, condition: Column | None) -> list[Column]:
    """Rows of a cell, or of a subset of it, and the words of their sketch, over the cells ``u``."""
    if one.person.is_repeated:
        return [cells.put(part) for part in _of_different_rows(one.words, condition)]
    if one.counted is not None:
        rows = Aggregate("sum", (one.counted,), "HUGEINT", condition=condition)
    else:
        rows = Aggregate("count", (one.column,), "BIGINT", condition=condition)
    xors = [Aggregate("bit_xor", (word,), "BIGINT", condition=condition) for word in one.words]
    return [cells.put(part) for part in (rows, *xors)]


def _of_different_rows(words: tuple[Column, ...], condition: Column | None) -> list[Expression]:
    """How many different rows there are, and the words of their sketch; a word alone is that of many rows."""
    tagged = [
        Call("tagged", (word, *(one for one in words if one != word)), "HUGEINT") for word in words
    ]
    xors = [Aggregate("bit_xor", (one,), "HUGEINT", is_distinct=True, condition=condition)
            for one in tagged]  # fmt: skip
    rows = Aggregate("count", (tagged[0],), "BIGINT", is_distinct=True, condition=condition)
    return [rows, *(Call("untagged", (one,), "BIGINT") for one in xors)]


def carry(alias: str, person: Person, outputs: list[Output], *, is_grouped: bool) -> Person:
    """Take a person column on into a block whose rows are still about people, with its marks.

    Where the block has one row for each person, it stands for all of that person's rows.
    """
    outputs.append(Output("", Column(alias, person.name, "ID ANY")))
    named = replace(person, name=f"c{len(outputs)}")
    if not person.marks:
        return named
    marks = tuple(Column(alias, name, "BIGINT") for name in person.marks)
    found: list[Expression] = [*marks]
    if is_grouped and person.is_repeated:
        rows, *found = _of_different_rows(marks, None)
        found.append(rows)
    elif is_grouped:
        counted = Column(alias, person.counted or person.name, "BIGINT")
        found = [Aggregate("bit_xor", (one,), "BIGINT") for one in marks]
        found.append(
            Cast(Aggregate("sum" if person.counted else "count", (counted,), "BIGINT"), "BIGINT")
        )
    elif person.counted:
        found.append(Column(alias, person.counted, "BIGINT"))
    first = len(outputs) + 1
    outputs += [Output("", one) for one in found]
    names = tuple(f"c{first + place}" for place in range(len(found)))
    words = len(person.marks)
    return replace(named, marks=names[:words], counted="".join(names[words:]))


def brief(key: Expression, kind: str) -> Expression:
    """A key as the trusted side is told it: how long one cell's key is must not decide whether an answer is too large."""
    return Call("brief", (key,), kind) if kind == "VARCHAR" else key


def beside(answer: Query, named: Named, told: list[Told]) -> Query:
    """An answer that is kept under a name, and under it the cells that it is made of, for the trusted side."""
    shown = [Output(one.name, Column("a", f"c{i + 1}", type_of(one.value)))
             for i, one in enumerate(answer.outputs)]  # fmt: skip
    hidden = [Output(f"_cell{i}", NULL) for i in range(_width(told) + 1)]
    top: Query = Block((*shown, *hidden), (Join("from", "a", named),))
    return reduce(_over, told_rows(told, len(answer.outputs)), top)


def alone(answer: Query, told: list[Told]) -> Query:
    """The cells under an answer as ``beside`` has them, without it."""
    return reduce(_over, told_rows(told, len(answer.outputs)))


def _over(above: Query, below: Query) -> Query:
    return Combination(
        "union", keeps_duplicates=True, left=above, right=below, outputs=above.outputs
    )


def _width(told: list[Told]) -> int:
    return max(len(one.columns) for one in told)


def told_rows(told: list[Told], outputs: int) -> list[Query]:
    """The cells as rows beside an answer of so many columns: its columns are NULL in them.

    First the place of the block, then its columns as texts, filled up to the most of them.
    """
    found: list[Query] = []
    width = _width(told)
    for place, one in enumerate(told):
        before, after = [NULL] * outputs, [NULL] * (width - len(one.columns))
        place_of = Cast(number(place), "VARCHAR")
        values: list[Expression] = [
            *before,
            place_of,
            *(Cast(c, "VARCHAR") for c in one.columns),
            *after,
        ]
        named = tuple(Output(f"_{i}", value) for i, value in enumerate(values))
        found.append(Block(named, (Join("from", "j", one.query),)))
    return found


def names_of(keys: list[Expression], known: dict[str, Facts]) -> list[str]:
    """The base columns that keys are, as table.column; empty for a computed key."""
    origins = [trait_of(key, known).origin for key in keys]
    return [".".join(origin) if origin else "" for origin in origins]


def withins(block: Block, known: dict[str, Facts]) -> tuple[Within, ...]:
    """The conditions on base columns that all rows of a block meet, with those of its sources."""
    found = [one for facts in known.values() for one in facts.within]
    found += [one for c in conjuncts(block.where) if (one := _within(c, known)) is not None]
    return tuple(dict.fromkeys(found))


def _within(one: Expression, known: dict[str, Facts]) -> Within | None:
    is_excluded = False
    if isinstance(one, Call) and one.name == "not":
        one, is_excluded = one.arguments[0], True
    if not isinstance(one, Call) or one.name not in ("=", "<>", "in"):
        return None
    column, *others = one.arguments
    if isinstance(column, Constant):
        column, others = others[0], [column]
    origin = trait_of(column, known).origin if isinstance(column, Column) else None
    texts = [_brief_text(other.text) for other in others if isinstance(other, Constant)]
    if origin is None or len(texts) != len(others):
        return None
    return Within(".".join(origin), tuple(sorted(texts)), is_excluded != (one.name == "<>"))


def _brief_text(text: str) -> str:
    # As the engine says it of a cell's key; nobody's secret hangs on it.
    if len(text) <= BRIEF:
        return text
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
