"""How long a text can get, and how long its patterns may be looked for.

Joining a text with itself through a chain of queries doubles it: each step is harmless for the
gate, thirty of them are more than any memory, and whether it comes to that may depend on a row.
So does the time of a pattern: a text that is long for one person alone, under a pattern with
hundreds of counted repetitions, makes the run outlive its slot for that person alone. So the
characters of a value, and the steps that the patterns of a program take with one row, are bounded
by what the query says.
"""

import re
from collections.abc import Iterator

from kernel.errors import msgid
from sandbox.engine.guard.nodes import (
    Aggregate,
    Block,
    Call,
    Column,
    Combination,
    Constant,
    Expression,
    Named,
    Program,
    Query,
    Subquery,
)
from sandbox.engine.guard.walk import expressions_of, parts, walk
from sandbox.errors.guard import SqlTooLarge

#: Characters of one text value; a column counts for 64.
MOST_CHARACTERS = 4_000
#: Instructions times characters over all patterns of a program: RE2 takes about 28 ns for one at its
#: worst, so one row takes about a millisecond more, which no slot is near enough to show.
MOST_STEPS = 40_000
_COLUMN = 64
_JOINS = ("||", "concat", "concat_ws")
_PATTERNS = ("regexp_matches", "regexp_full_match", "regexp_extract", "similar", "like", "ilike")
#: What one letter of a date's format becomes at most: "September", or a moment with its zone.
_FORMAT = 24
#: Instructions of a class of Unicode's, which is many ranges of bytes.
_CLASS = 50
_TOKEN = re.compile(
    r"\\Q(?P<quoted>.*?)(?:\\E|\Z)"
    r"|\\[pP](?:\{[^}]*\}|.)|(?P<escaped>\\.)"
    r"|(?P<set>\[\^?\]?(?:\\.|\[:\w+:\]|[^\]\\])*\])"
    r"|\{(?P<least>\d+)(?P<open>,(?P<most>\d*))?\}"
    r"|(?P<one>.)",
    re.DOTALL,
)


def check_growth(program: Program, mode: str) -> None:
    """Refuse a program in which one text gets too long, or is looked at for too long.

    In mode ``open`` the time of a row tells nothing that its reader may not see.

    Raises:
        SqlTooLarge: a value of more than 4,000 characters; patterns of more than 40,000 steps a row.
    """
    growth = _Growth(is_timed=mode != "open")
    for one in program.definitions:
        growth.define(one.name, one.query)
    growth.check(program.body)


def pattern_size(pattern: str) -> int:
    """At most how many instructions a regular expression becomes, its counted repetitions written out."""
    groups, last = [0], 0
    for token in _TOKEN.finditer(pattern):
        if token["least"] is not None:
            least, most = int(token["least"]), int(token["most"] or 0)
            times = max(least + (token["open"] is not None), most)
            groups[-1] += last * (times - 1) if times else 0
            last *= max(times, 1)
            continue
        if token["one"] == "(":
            groups.append(2)
            continue
        if token["one"] in ("?", "*", "+"):
            last, more = last + 1, 1
        elif token["one"] == ")" and len(groups) > 1:
            last = more = groups.pop()
        else:
            last = more = _weight(token)
        groups[-1] += more
    return sum(groups)


def _weight(token: re.Match[str]) -> int:
    if token["quoted"] is not None:
        return len(token["quoted"])
    if token["set"]:
        return _CLASS if "\\p" in token["set"].lower() else 1
    return 1 if token["one"] or token["escaped"] else _CLASS


class _Growth:
    """The characters of each output of what is defined, and the steps that one row of it takes."""

    def __init__(self, *, is_timed: bool) -> None:
        self._most_steps = MOST_STEPS if is_timed else None
        self._sizes: dict[str, list[int]] = {}
        self._steps: dict[str, int] = {}

    def define(self, name: str, query: Query) -> None:
        self._sizes[name], self._steps[name] = self.check(query)

    def check(
        self, query: Query, outer: dict[str, list[int]] | None = None
    ) -> tuple[list[int], int]:
        if isinstance(query, Combination):
            (left, before), (right, after) = (
                self.check(one, outer) for one in (query.left, query.right)
            )
            return [max(pair) for pair in zip(left, right, strict=True)], self._few(before + after)
        own = (outer or {}) | self._sources(query)
        steps = sum(self._steps[one] for one in self._named(query))
        for expression in expressions_of(query):
            _size(expression, own)
            for one in walk(expression):
                if isinstance(one, Subquery):
                    steps += self.check(one.query, own)[1]
                elif isinstance(one, Call):
                    steps += _steps(one, own)
        return [_size(one.value, own) for one in query.outputs], self._few(steps)

    def _sources(self, block: Block) -> dict[str, list[int]]:
        return {one.alias: self._sizes[one.relation.name] for one in block.sources
                if isinstance(one.relation, Named)}  # fmt: skip

    def _named(self, block: Block) -> Iterator[str]:
        return (one.relation.name for one in block.sources if isinstance(one.relation, Named))

    def _few(self, steps: int) -> int:
        if self._most_steps is not None and steps > self._most_steps:
            measure = msgid("the steps of all patterns with one row")
            raise SqlTooLarge(measure=measure, limit=self._most_steps)
        return steps


def _steps(value: Call, known: dict[str, list[int]]) -> int:
    if value.name not in _PATTERNS:
        return 0
    text, pattern = value.arguments[:2]
    written = pattern.text if isinstance(pattern, Constant) else ""
    size = len(written) if value.name.endswith("like") else pattern_size(written)
    return _size(text, known) * max(size, 1)


def _size(value: Expression, known: dict[str, list[int]]) -> int:
    if isinstance(value, Column):
        found = known.get(value.source)
        return found[int(value.name[1:]) - 1] if found else _COLUMN
    if isinstance(value, Constant):
        return len(value.text)
    inner = [_size(one, known) for one in parts(value)]
    size = max(inner, default=1)
    if isinstance(value, Call):
        size = _called(value, inner, size)
    elif isinstance(value, Aggregate) and value.name == "string_agg":
        # As long as there are rows: nothing may be joined to it, and nothing longer than a column in it.
        size = MOST_CHARACTERS if size <= _COLUMN else MOST_CHARACTERS + 1
    if size > MOST_CHARACTERS:
        raise SqlTooLarge(measure=msgid("the characters of one text"), limit=MOST_CHARACTERS)
    return size


def _called(value: Call, inner: list[int], size: int) -> int:
    if value.name in _JOINS:
        between = inner[0] * len(inner) if value.name == "concat_ws" else 0
        return sum(inner) + between
    if value.name == "strftime":
        return inner[1] * _FORMAT
    return size
