"""Random expressions over every function and operator of the guard, mostly of literals and NULLs.

What fails on one value alone, or on none but only once a row comes, is found by these: an error that comes with a row
tells that there is one.
"""

import random
from collections.abc import Callable, Sequence

from sandbox.engine.guard.functions import SCALARS

_LEAVES = ("NULL", "NULL", "age", "sex", "county", "income", "diagnosis", "visit_date", "1", "0", "-1", "2.5", "1e3",
           "9223372036854775807", "'a'", "'F'", "'12'", "''", "TRUE", "DATE '2020-01-01'", "INTERVAL 1 DAY", "x", "y", "z", "(SELECT 9223372036854775807)", "(SELECT 12.5)", "(SELECT NULL)",
           "(SELECT AVG(income) FROM persons)", "(SELECT COUNT(*) FROM persons)")  # fmt: skip
_OPERATORS = ("+", "-", "*", "/", "//", "%", "||", "=", "<>", "<", ">=", "IS DISTINCT FROM",
              "IS NOT DISTINCT FROM", "AND", "OR")  # fmt: skip
_TYPES = ("INTEGER", "BIGINT", "DOUBLE", "DECIMAL(9,2)", "VARCHAR", "BOOLEAN", "DATE", "TIMESTAMP")
_LITERALS = ("1", "2", "0", "'month'", "'day'", "'a'", "','", "'%Y'")
_SOURCES = (
    "(SELECT *, NULL AS x, -age AS y, sex || 'q' AS z FROM persons) persons",
    (
        "(SELECT age, sex, county, income, diagnosis, visit_date, 1 AS x, 'a' AS y, NULL AS z FROM persons UNION ALL "
        "SELECT age, sex, county, income, diagnosis, visit_date, NULL, NULL, NULL FROM persons) persons"
    ),
)
_FORMS = (
    "SELECT {one} AS o FROM {source}",
    "SELECT COUNT(*) AS n FROM {source} WHERE {one}",
    (
        "SELECT county, AVG(CASE WHEN {one} THEN income END) AS n, COUNT(*) FILTER (WHERE {one}) AS q FROM {source} "
        "GROUP BY county"
    ),
)


class Expressions:
    """Statements around one random expression."""

    def __init__(self, chance: random.Random) -> None:
        self.chance = chance
        self.pick: Callable[[Sequence[str]], str] = chance.choice

    def statement(self) -> str:
        one = self.expression(self.chance.randint(1, 3))
        return self.pick(_FORMS).format(one=one, source=self.pick(_SOURCES))

    def expression(self, depth: int) -> str:
        if depth == 0 or self.chance.random() < 0.2:
            return self.pick(_LEAVES)
        one, two, three = (self.expression(depth - 1) for _ in range(3))
        if self.chance.random() < 0.35:
            return self.call(depth)
        return self.pick((
            f"({one} {self.pick(_OPERATORS)} {two})", f"({one} {self.pick(_OPERATORS)} {two})", f"(-{one})", f"(NOT {one})",
            f"({one} {self.pick(('IN', 'NOT IN'))} ({two}, {three}))", f"({one} BETWEEN {two} AND {three})",
            f"CASE WHEN {one} THEN {two} ELSE {three} END", f"CAST({one} AS {self.pick(_TYPES)})",
            f"({one} IS {self.pick(('NULL', 'NOT NULL', 'TRUE'))})",
        ))  # fmt: skip

    def call(self, depth: int) -> str:
        name = self.pick(tuple(SCALARS))
        function = SCALARS[name]
        count = self.chance.randint(function.least, min(function.most, function.least + 2))
        arguments = (
            self.pick(_LITERALS) if place in function.constants else self.expression(depth - 1)
            for place in range(count)
        )
        return f"{name}({', '.join(arguments)})"
