"""The supported SQL with an example each: what the page about it and ``docs/sql.md`` are made from.

Every example asks the schema of ``HANDBOOK``; the tests put each one to the guard in every mode and to the
engine, so that what is told here is what happens.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from kernel.errors import msgid
from sandbox.engine.guard.functions import AGGREGATES, SCALARS, WINDOWS, Function
from sandbox.engine.guard.noised.measures import VARIANCES
from sandbox.engine.guard.noised.quantiles import NAMES as QUANTILES

#: Hospital visits, five rows a person at most, and a public table of counties; without its mode.
HANDBOOK: dict[str, Any] = {
    "tables": {
        "visits": {
            "person_column": "person_id",
            "rows_per_person": 5,
            "columns": {
                "person_id": {"type": "VARCHAR", "class": "identifier"},
                "county": {"type": "VARCHAR", "class": "dimension", "values": ["620102", "620103"]},
                "sex": {"type": "VARCHAR", "class": "dimension", "values": ["F", "M"]},
                "ward": {"type": "VARCHAR", "class": "dimension"},
                "age": {"type": "INTEGER", "class": "measure", "bounds": [0, 100]},
                "cost": {"type": "DECIMAL(10,2)", "class": "measure", "bounds": [0, 50000]},
                "weight": {"type": "DOUBLE", "class": "measure", "bounds": [0, 200]},
                "admitted": {"type": "DATE", "class": "dimension"},
                "arrived": {"type": "TIMESTAMP", "class": "dimension"},
            },
        },
        "counties": {
            "columns": {
                "code": {"type": "VARCHAR", "class": "dimension", "unique": True},
                "name": {"type": "VARCHAR", "class": "dimension"},
                "residents": {"type": "INTEGER", "class": "measure"},
            }
        },
    },
    "joins": [["visits.county", "counties.code"]],
}

ALL, EXACT, OPEN = ("open", "aggregate", "dp"), ("open", "aggregate"), ("open",)


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that a query may hold: its names (the first is the plain one), an example, the modes that take it.

    ``title`` is a message id; of a function it is empty.
    """

    names: tuple[str, ...]
    sql: str
    modes: tuple[str, ...]
    title: str = ""


@dataclass(frozen=True, slots=True)
class Chapter:
    """Entries of one kind under a message id."""

    title: str
    entries: tuple[Entry, ...]


def _by(measure: str, rest: str = "", name: str = "answer") -> str:
    return f"SELECT county, {measure} AS {name} FROM visits{rest} GROUP BY county"


def _where(condition: str) -> str:
    return _by("COUNT(*)", f" WHERE {condition}", "visits")


_COUNTED = "SELECT {keys}, COUNT(*) AS visits FROM visits GROUP BY {by}"

CONSTRUCTS = (
    Entry(("WHERE",), _where("age >= 65 AND sex = 'F'"), ALL, msgid("Rows that are wanted")),
    Entry(
        ("BETWEEN", "IN", "LIKE", "ILIKE", "IS NULL"),
        _where("age BETWEEN 18 AND 64 AND sex IN ('F', 'M') AND ward LIKE 'ICU%'"),
        ALL,
        msgid("Tests of a value"),
    ),
    Entry(
        ("CASE",),
        _by("AVG(CASE WHEN age < 18 THEN 1 ELSE 0 END)", name="children"),
        ALL,
        msgid("A value by conditions"),
    ),
    Entry(
        ("CAST", "TRY_CAST", "::"),
        _where("CAST(age AS DOUBLE) > 30.5"),
        ALL,
        msgid("A value as another type"),
    ),
    Entry(
        ("+", "-", "*", "/", "//", "%", "||"),
        _COUNTED.format(keys="age // 10 * 10 AS band", by="band"),
        EXACT,
        msgid("Arithmetic and joined texts, also as a key"),
    ),
    Entry(
        ("DATE", "INTERVAL"),
        _where("admitted >= DATE '2025-12-31' - INTERVAL 30 DAY"),
        ALL,
        msgid("Days and spans of time"),
    ),
    Entry(
        ("EXTRACT",),
        _COUNTED.format(keys="EXTRACT(year FROM admitted) AS year", by="year"),
        EXACT,
        msgid("A part of a date, also as a key"),
    ),
    Entry(
        ("GROUP BY", "GROUP BY ALL"),
        _COUNTED.format(keys="county, sex", by="ALL"),
        ALL,
        msgid("Cells by one or several keys"),
    ),
    Entry(
        ("COUNT(DISTINCT)",),
        _by("COUNT(DISTINCT person_id)", name="people"),
        ALL,
        msgid("People instead of rows"),
    ),
    Entry(
        ("FILTER",),
        _by("AVG(cost) FILTER (WHERE sex = 'F')", name="women"),
        ALL,
        msgid("A measure over a part of a cell"),
    ),
    Entry(
        ("WITHIN GROUP",),
        _by("PERCENTILE_CONT(0.5) WITHIN GROUP (ORDER BY cost)", name="middle"),
        ALL,
        msgid("A quantile as the standard writes it"),
    ),
    Entry(
        ("HAVING",),
        _by("COUNT(*)", name="visits") + " HAVING COUNT(*) > 100",
        ALL,
        msgid("Cells that are wanted, by what is released of them"),
    ),
    Entry(
        ("ORDER BY", "NULLS LAST", "LIMIT", "OFFSET"),
        _by("AVG(cost)", name="cost") + " ORDER BY cost DESC NULLS LAST LIMIT 3",
        ALL,
        msgid("Order of the cells, and the first of them"),
    ),
    Entry(
        ("GROUPING SETS", "ROLLUP", "CUBE", "GROUPING"),
        _COUNTED.format(keys="county, sex", by="GROUPING SETS ((county), (sex), ())"),
        EXACT,
        msgid("Totals of several depths in one table"),
    ),
    Entry(
        ("PIVOT",),
        "SELECT * FROM (SELECT county, sex FROM visits) PIVOT (COUNT(*) FOR sex IN ('F', 'M'))",
        ALL,
        msgid("Listed values as columns"),
    ),
    Entry(
        ("WITH",),
        "WITH adults AS (SELECT county, cost FROM visits WHERE age >= 18) "
        "SELECT county, AVG(cost) AS cost FROM adults GROUP BY county",
        ALL,
        msgid("A named query before the query"),
    ),
    Entry(
        ("FROM (SELECT ...)",),
        "SELECT county, MAX(visits) AS most FROM (" + _COUNTED.format(keys="county, sex", by="county, sex")
        + ") AS cells GROUP BY county",
        ALL,
        msgid("A query over the cells of another"),
    ),
    Entry(
        ("GROUP BY person",),
        "SELECT visits, COUNT(*) AS people FROM (SELECT person_id, COUNT(*) AS visits FROM visits "
        "GROUP BY person_id) AS each GROUP BY visits",
        EXACT,
        msgid("One row a person, counted again"),
    ),
    Entry(
        ("(SELECT ...)",),
        _by("AVG(cost)", name="cost") + " HAVING AVG(cost) > (SELECT AVG(cost) FROM visits)",
        ALL,
        msgid("One released value inside another query"),
    ),
    Entry(
        ("IN (SELECT ...)", "EXISTS"),
        _where("county IN (SELECT code FROM counties WHERE residents > 300000)"),
        EXACT,
        msgid("Rows by what another table holds"),
    ),
    Entry(
        ("JOIN ... ON", "USING", "LEFT JOIN"),
        "SELECT v.county, COUNT(*) AS visits FROM visits AS v JOIN counties AS c ON v.county = c.code "
        "WHERE c.residents > 300000 GROUP BY v.county",
        ALL,
        msgid("Tables along a key that the licence names"),
    ),
    Entry(
        ("JOIN of answers",),
        "WITH cells AS (" + _by("COUNT(*)", name="visits") + ") SELECT cells.county, "
        "cells.visits * 1000.0 / c.residents AS rate FROM cells JOIN counties AS c ON cells.county = c.code",
        EXACT,
        msgid("Released cells beside public figures"),
    ),
    Entry(
        ("VALUES", "UNNEST([...])"),
        "SELECT b.label, COUNT(*) AS visits FROM visits AS v JOIN (VALUES ('F', 'women'), ('M', 'men')) "
        "AS b(sex, label) ON v.sex = b.sex GROUP BY b.label",
        EXACT,
        msgid("A small table of your own"),
    ),
    Entry(
        ("OVER",),
        "SELECT county, COUNT(*) AS visits, COUNT(*) * 1.0 / SUM(COUNT(*)) OVER () AS share "
        "FROM visits GROUP BY county",
        ALL,
        msgid("Windows over cells: shares, ranks, running totals"),
    ),
    Entry(
        ("ROWS BETWEEN",),
        "SELECT county, COUNT(*) AS visits, AVG(COUNT(*)) OVER (ORDER BY county ROWS BETWEEN 1 PRECEDING "
        "AND CURRENT ROW) AS smooth FROM visits GROUP BY county",
        ALL,
        msgid("A moving window over cells"),
    ),
    Entry(
        ("QUALIFY",),
        _COUNTED.format(keys="county, sex", by="county, sex")
        + " QUALIFY ROW_NUMBER() OVER (PARTITION BY sex ORDER BY COUNT(*) DESC) = 1",
        ALL,
        msgid("Cells that are wanted, by a window"),
    ),
    Entry(
        ("UNION ALL",),
        "SELECT 'F' AS sex, COUNT(*) AS visits FROM visits WHERE sex = 'F' UNION ALL "
        "SELECT 'M' AS sex, COUNT(*) AS visits FROM visits WHERE sex = 'M'",
        ALL,
        msgid("Answers below one another"),
    ),
    Entry(
        ("UNION", "INTERSECT", "EXCEPT"),
        "SELECT code FROM counties EXCEPT SELECT county FROM visits WHERE sex = 'F' GROUP BY county",
        EXACT,
        msgid("Sets of keys"),
    ),
    Entry(
        ("SELECT DISTINCT",),
        "SELECT DISTINCT county, sex FROM visits",
        EXACT,
        msgid("Keys that occur"),
    ),
    Entry(
        ("SELECT of rows",),
        "SELECT county, age, cost FROM visits WHERE age >= 65 ORDER BY cost DESC LIMIT 20",
        OPEN,
        msgid("Rows themselves"),
    ),
)  # fmt: skip

#: A condition for each scalar function.
_CONDITIONS = {
    "abs": "abs(age - 40) <= 5",
    "sign": "sign(age - 40) = 1",
    "greatest": "greatest(age, 18) = 18",
    "least": "least(age, 65) = 65",
    "round": "round(weight, 0) = 70",
    **{name: f"{name}(cost) = 100" for name in ("floor", "ceil", "trunc")},
    **{name: f"{name}(cost) > 3" for name in ("log", "ln", "log10", "log2")},
    **{name: f"{name}(weight) > 1" for name in ("sqrt", "cbrt", "radians", "degrees")},
    **{name: f"{name}(weight) > 0" for name in ("sin", "cos", "tan", "atan")},
    "exp": "exp(weight / 100) > 2",
    "power": "power(weight, 2) > 4900",
    "isfinite": "isfinite(weight)",
    "isnan": "NOT isnan(weight)",
    "isinf": "NOT isinf(weight)",
    **{name: f"{name}(ward) = 'ICU'" for name in ("upper", "trim", "ltrim", "rtrim")},
    "lower": "lower(ward) = 'icu'",
    "reverse": "reverse(ward) = 'UCI'",
    "length": "length(ward) = 3",
    "substr": "substr(county, 1, 4) = '6201'",
    "left": "left(county, 4) = '6201'",
    "right": "right(county, 2) = '02'",
    "replace": "replace(ward, '-', '') = 'ICU1'",
    "concat": "concat(sex, ward) = 'FICU'",
    "concat_ws": "concat_ws('-', sex, ward) = 'F-ICU'",
    "starts_with": "starts_with(county, '6201')",
    "suffix": "suffix(county, '02')",
    "contains": "contains(ward, 'ICU')",
    "strpos": "strpos(ward, 'I') = 1",
    "split_part": "split_part(ward, '-', 1) = 'ICU'",
    "regexp_matches": "regexp_matches(ward, '^ICU')",
    "regexp_full_match": "regexp_full_match(ward, 'ICU-[0-9]+')",
    "regexp_extract": "regexp_extract(ward, '([A-Z]+)', 1) = 'ICU'",
    "coalesce": "coalesce(ward, 'none') = 'none'",
    "nullif": "nullif(ward, '') IS NULL",
    "if": "if(age < 18, 'child', 'adult') = 'child'",
    "dayname": "dayname(admitted) = 'Monday'",
    "monthname": "monthname(admitted) = 'March'",
    "last_day": "last_day(admitted) = DATE '2025-02-28'",
    "date_part": "date_part('year', admitted) = 2025",
    "date_trunc": "date_trunc('month', admitted) = DATE '2025-03-01'",
    "date_diff": "date_diff('day', admitted, DATE '2025-12-31') < 30",
    "date_sub": "date_sub('month', admitted, DATE '2025-12-31') < 3",
    "make_date": "admitted >= make_date(2025, 1, 1)",
    "strftime": "strftime(admitted, '%Y-%m') = '2025-03'",
    "try_strptime": "try_strptime(ward, '%Y') IS NULL",
    **{name: f"{name}(arrived) < 12" for name in ("hour", "minute", "second")},
    "year": "year(admitted) = 2025",
    "isoyear": "isoyear(admitted) = 2025",
    "yearweek": "yearweek(admitted) = 202510",
    "century": "century(admitted) = 21",
    "decade": "decade(admitted) = 202",
    **{name: f"{name}(admitted) = 3" for name in ("quarter", "month", "week", "day")},
    **{name: f"{name}(admitted) = 3" for name in ("isodow", "dayofweek", "dayofyear")},
}

_PAIRS = ("cost", "age")
#: What an aggregate takes, where it is not one measure.
_ARGUMENTS: dict[str, str] = {
    "count": "*",
    **dict.fromkeys(("count_if", "bool_or", "bool_and"), "age < 18"),
    **dict.fromkeys(("quantile_cont", "quantile_disc", "approx_quantile"), "cost, 0.9"),
    **dict.fromkeys(("arg_max", "arg_min"), "ward, cost"),
    "string_agg": "ward, ','",
}
#: What a window function takes, where it is not nothing.
_CELLS = {
    "ntile": "3",
    "nth_value": "COUNT(*), 2",
    **dict.fromkeys(("lag", "lead", "first_value", "last_value"), "COUNT(*)"),
}
_NOISED = ("count", "count_if", "sum", "avg", *VARIANCES, *QUANTILES)


def chapters() -> tuple[Chapter, ...]:
    """The whole handbook, in the order in which it is read."""
    return (
        Chapter(msgid("Parts of a query"), CONSTRUCTS),
        Chapter(msgid("Measures of a cell"), tuple(_functions(AGGREGATES, _aggregate))),
        Chapter(msgid("Functions of a value"), tuple(_functions(SCALARS, _scalar))),
        Chapter(msgid("Functions over cells"), tuple(_functions(WINDOWS, _window))),
    )


def _functions(
    table: dict[str, Function], entry: Callable[[Function, tuple[str, ...]], Entry]
) -> Iterator[Entry]:
    for one in sorted(dict.fromkeys(table.values()), key=lambda one: one.name):
        others = (name for name, same in table.items() if same is one and name != one.name)
        yield entry(one, (one.name, *others))


def _scalar(one: Function, names: tuple[str, ...]) -> Entry:
    return Entry(names, _where(_CONDITIONS[one.name]), ALL)


def _aggregate(one: Function, names: tuple[str, ...]) -> Entry:
    plain = ", ".join(_PAIRS[: one.least])
    sql = _by(f"{one.name}({_ARGUMENTS.get(one.name, plain)})")
    modes = ALL if one.name in _NOISED else EXACT if one.for_people else OPEN
    return Entry(names, sql, modes)


def _window(one: Function, names: tuple[str, ...]) -> Entry:
    call = f"{one.name}({_CELLS.get(one.name, '')})"
    sql = f"SELECT county, COUNT(*) AS visits, {call} OVER (ORDER BY COUNT(*)) AS place FROM visits GROUP BY county"
    return Entry(names, sql, ALL)
