"""How long a text can get, and how long its patterns may be looked for.

Joining a text with itself through a chain of queries doubles it: each step is harmless for the
gate, thirty of them are more than any memory, and whether it comes to that may depend on a row.
So does the time of a pattern: a text that is long for one person alone, under a pattern with
hundreds of counted repetitions, makes the run outlive its slot for that person alone. So the
characters of a value, and the steps that the patterns of a program take with one row, are bounded
by what the query says.
"""

import re
from dataclasses import dataclass

from kernel.errors import msgid
from sandbox.engine.guard.nodes import (
    Aggregate,
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
from sandbox.engine.guard.walk import expressions_of, parts
from sandbox.errors.guard import SqlTooLarge

#: Characters of one text value; a column counts for 64.
MOST_CHARACTERS = 4_000
#: Instructions times characters over all patterns of a program: RE2 takes about 28 ns for one at its
#: worst, so one row takes at most three milliseconds more, which no slot is near enough to show.
MOST_STEPS = 100_000
#: Calls, columns and constants of one value, the steps before it written out.
MOST_PARTS = 10_000
_COLUMN = 64
_JOINS = ("||", "concat", "concat_ws")
#: Where a text is looked for in another one the engine compares so many pairs of characters in a step's time.
_SEARCHES = ("strpos", "contains", "replace", "split_part", "starts_with", "suffix")
_AT_ONCE = 2_500
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
        SqlTooLarge: a value of more than 4,000 characters, or of more than 10,000 parts; patterns of more than 100,000
            steps a row.
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


@dataclass(frozen=True, slots=True)
class _Cost:
    """What one value takes: its characters, the steps of its patterns with one row, and its parts.

    A column of a step before costs what is behind it: filters are pushed down through such steps, and what they
    compare is then written, and worked out, as often as it is named.
    """

    size: int
    steps: int = 0
    parts: int = 1


class _Growth:
    """What each output of a definition costs, and the steps of all else in it."""

    def __init__(self, *, is_timed: bool) -> None:
        self._is_timed = is_timed
        self._outputs: dict[str, list[_Cost]] = {}
        self._steps: dict[str, int] = {}

    def define(self, name: str, query: Query) -> None:
        self._outputs[name], self._steps[name] = self.check(query)

    def check(
        self, query: Query, outer: dict[str, list[_Cost]] | None = None
    ) -> tuple[list[_Cost], int]:
        """The costs of the outputs, and the steps of what is not one of them."""
        if isinstance(query, Combination):
            (left, before), (right, after) = (
                self.check(one, outer) for one in (query.left, query.right)
            )
            sides = zip(left, right, strict=True)
            both = [
                _Cost(max(a.size, b.size), a.steps + b.steps, a.parts + b.parts) for a, b in sides
            ]
            return self._checked(both, before + after)
        known = (outer or {}) | {
            one.alias: self._outputs[one.relation.name]
            for one in query.sources
            if isinstance(one.relation, Named)
        }
        steps = sum(
            self._steps[one.relation.name]
            for one in query.sources
            if isinstance(one.relation, Named)
        )
        outputs = [self._cost(one.value, known) for one in query.outputs]
        for expression in list(expressions_of(query))[len(outputs) :]:
            found = self._cost(expression, known)
            self._checked([found], 0)
            steps += found.steps
        return self._checked(outputs, steps)

    def _checked(self, outputs: list[_Cost], steps: int) -> tuple[list[_Cost], int]:
        all_steps = steps + sum(one.steps for one in outputs)
        if self._is_timed and all_steps > MOST_STEPS:
            measure = msgid("the steps of all patterns with one row")
            raise SqlTooLarge(measure=measure, limit=MOST_STEPS)
        if self._is_timed and any(one.parts > MOST_PARTS for one in outputs):
            measure = msgid("the parts of one value, with those of the steps before it")
            raise SqlTooLarge(measure=measure, limit=MOST_PARTS)
        return outputs, steps

    def _cost(self, value: Expression, known: dict[str, list[_Cost]]) -> _Cost:
        if isinstance(value, Column):
            found = known.get(value.source)
            return found[int(value.name[1:]) - 1] if found else _Cost(_COLUMN)
        if isinstance(value, Constant):
            return _Cost(len(value.text))
        inner = [self._cost(one, known) for one in parts(value)]
        size = _size(value, [one.size for one in inner])
        steps = sum(one.steps for one in inner)
        if isinstance(value, Call):
            steps += _steps(value, inner)
        elif isinstance(value, Subquery):
            outputs, more = self.check(value.query, known)
            steps += more + sum(one.steps for one in outputs)
        return _Cost(size, steps, 1 + sum(one.parts for one in inner))


def _steps(value: Call, inner: list[_Cost]) -> int:
    if value.name in _SEARCHES:
        return inner[0].size * inner[1].size // _AT_ONCE
    if value.name not in _PATTERNS:
        return 0
    pattern = value.arguments[1]
    written = pattern.text if isinstance(pattern, Constant) else ""
    size = len(written) if value.name.endswith("like") else pattern_size(written)
    return inner[0].size * max(size, 1)


def _size(value: Expression, inner: list[int]) -> int:
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
