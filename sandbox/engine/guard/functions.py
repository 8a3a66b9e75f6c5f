"""The functions that a query may use, by canonical name; every other one is refused.

*Total* functions answer every value; a *risky* one can fail on some and is printed inside TRY,
so that a failure cannot tell anything about a row (decision 20). Functions that read the
session, the clock, the catalogue or chance, that grow a value by a number of the analyst's, that
take a lambda or that make rows are left out on purpose. Names and signatures: DuckDB 2.0.0.
"""

from dataclasses import dataclass

from kernel.errors import msgid


@dataclass(frozen=True, slots=True)
class Function:
    """One allowed function.

    ``type`` is the result's type, or ``#0`` for that of the first argument and ``#widest`` for
    the common type of all. ``constants`` are the positions that must be literals. An aggregate
    is ``for_people`` where mode ``aggregate`` allows it over rows.
    """

    name: str
    least: int
    most: int
    type: str
    constants: tuple[int, ...] = ()
    is_risky: bool = False
    for_people: bool = False
    hint: str = ""


def _table(*functions: Function, **synonyms: str) -> dict[str, Function]:
    found = {one.name: one for one in functions}
    return found | {other: found[name] for other, name in synonyms.items()}


def _same(names: str, least: int, most: int, kind: str, **more: object) -> tuple[Function, ...]:
    return tuple(Function(one, least, most, kind, **more) for one in names.split())  # type: ignore[arg-type]  # the keywords are those of Function


SCALARS = _table(
    *_same("sqrt cbrt ln log10 log2 exp radians degrees", 1, 1, "DOUBLE"),
    *_same("sin cos tan atan", 1, 1, "DOUBLE"),
    Function("log", 1, 1, "DOUBLE"),
    Function("power", 2, 2, "DOUBLE"),
    Function("abs", 1, 1, "#0", is_risky=True),
    Function("sign", 1, 1, "TINYINT"),
    *_same("floor ceil trunc", 1, 1, "#0", is_risky=True),
    Function("round", 1, 2, "#0", constants=(1,), is_risky=True),
    *_same("greatest least", 1, 20, "#widest"),
    *_same("isfinite isnan isinf", 1, 1, "BOOLEAN"),
    *_same("upper lower trim ltrim rtrim reverse", 1, 1, "VARCHAR"),
    Function("length", 1, 1, "BIGINT"),
    Function("substr", 2, 3, "VARCHAR", constants=(1, 2), is_risky=True),
    *_same("left right", 2, 2, "VARCHAR", constants=(1,), is_risky=True),
    Function("replace", 3, 3, "VARCHAR", constants=(1, 2)),
    Function("concat", 1, 20, "VARCHAR"),
    Function("concat_ws", 2, 20, "VARCHAR", constants=(0,)),
    *_same("starts_with suffix contains", 2, 2, "BOOLEAN"),
    Function("strpos", 2, 2, "BIGINT"),
    Function("split_part", 3, 3, "VARCHAR", constants=(1, 2), is_risky=True),
    Function("regexp_matches", 2, 2, "BOOLEAN", constants=(1,)),
    Function("regexp_full_match", 2, 2, "BOOLEAN", constants=(1,)),
    Function("regexp_extract", 2, 3, "VARCHAR", constants=(1, 2), is_risky=True),
    Function("coalesce", 1, 20, "#widest"),
    Function("nullif", 2, 2, "#0"),
    Function("if", 3, 3, "#widest"),
    *_same("year month day quarter week isodow dayofweek dayofyear", 1, 1, "BIGINT"),
    *_same("isoyear yearweek hour minute second century decade", 1, 1, "BIGINT"),
    *_same("dayname monthname", 1, 1, "VARCHAR"),
    Function("last_day", 1, 1, "DATE", is_risky=True),
    Function("date_part", 2, 2, "BIGINT", constants=(0,)),
    Function("date_trunc", 2, 2, "TIMESTAMP", constants=(0,), is_risky=True),
    Function("date_diff", 3, 3, "BIGINT", constants=(0,), is_risky=True),
    Function("date_sub", 3, 3, "BIGINT", constants=(0,), is_risky=True),
    Function("make_date", 3, 3, "DATE", is_risky=True),
    Function("strftime", 2, 2, "VARCHAR", constants=(1,), is_risky=True),
    Function("try_strptime", 2, 2, "TIMESTAMP", constants=(1,)),
    pow="power", ceiling="ceil", ucase="upper", lcase="lower", len="length",
    char_length="length", character_length="length", substring="substr", prefix="starts_with",
    ends_with="suffix", instr="strpos", ifnull="coalesce", weekofyear="week", weekday="dayofweek",
    dow="dayofweek", dayofmonth="day", doy="dayofyear", datepart="date_part",
    datetrunc="date_trunc", datediff="date_diff", datesub="date_sub",
)  # fmt: skip

_EXTREME = msgid("extremes of rows tell single values; ask for a quantile from 0.05 to 0.95")
_VALUES = msgid("it tells single values; count them with GROUP BY instead")

AGGREGATES = _table(
    Function("count", 0, 1, "BIGINT", for_people=True),
    Function("count_if", 1, 1, "HUGEINT", for_people=True),
    Function("sum", 1, 1, "#sum", for_people=True),
    Function("avg", 1, 1, "DOUBLE", for_people=True),
    *_same("stddev_samp stddev_pop var_samp var_pop", 1, 1, "DOUBLE", for_people=True),
    *_same("corr covar_samp covar_pop", 2, 2, "DOUBLE", for_people=True),
    *_same("regr_slope regr_intercept regr_r2", 2, 2, "DOUBLE", for_people=True),
    *_same("regr_avgx regr_avgy", 2, 2, "DOUBLE", for_people=True),
    Function("regr_count", 2, 2, "BIGINT", for_people=True),
    Function("median", 1, 1, "#middle", for_people=True),
    *_same("quantile_cont", 2, 2, "#middle", constants=(1,), for_people=True),
    *_same("quantile_disc", 2, 2, "#0", constants=(1,), for_people=True),
    Function("approx_quantile", 2, 2, "#0", constants=(1,), for_people=True),
    *_same("min max", 1, 1, "#0", hint=_EXTREME),
    *_same("any_value first last mode", 1, 1, "#0", hint=_VALUES),
    *_same("arg_max arg_min", 2, 2, "#0", hint=_EXTREME),
    *_same("bool_or bool_and", 1, 1, "BOOLEAN", hint=msgid("use AVG(CASE WHEN ... THEN 1 ELSE 0 END)")),
    Function("string_agg", 1, 2, "VARCHAR", constants=(1,), hint=_VALUES),
    mean="avg", stddev="stddev_samp", variance="var_samp", countif="count_if",
    quantile="quantile_disc", percentile_cont="quantile_cont", percentile_disc="quantile_disc",
    max_by="arg_max", argmax="arg_max", min_by="arg_min", argmin="arg_min",
    group_concat="string_agg", listagg="string_agg", arbitrary="first",
)  # fmt: skip

WINDOWS = _table(
    *_same("row_number rank dense_rank", 0, 0, "BIGINT"),
    *_same("percent_rank cume_dist", 0, 0, "DOUBLE"),
    Function("ntile", 1, 1, "BIGINT", constants=(0,)),
    *_same("lag lead", 1, 3, "#0", constants=(1, 2)),
    *_same("first_value last_value", 1, 1, "#0"),
    Function("nth_value", 2, 2, "#0", constants=(1,)),
)

# Arguments that must be numbers: the engine would convert a text, or refuse the query later.
NUMBERS: dict[str, tuple[int, ...]] = {
    **dict.fromkeys(("sum", "avg", "stddev_samp", "stddev_pop", "var_samp", "var_pop", "ntile"), (0,)),
    **dict.fromkeys(("corr", "covar_samp", "covar_pop", "regr_slope", "regr_intercept", "regr_r2",
                     "regr_avgx", "regr_avgy", "regr_count"), (0, 1)),
    **dict.fromkeys(("sqrt", "cbrt", "ln", "log10", "log2", "exp", "radians", "degrees", "abs", "ceil",
                     "floor", "trunc", "sign", "isfinite", "isnan", "isinf", "sin", "cos", "tan", "atan"), (0,)),
    **dict.fromkeys(("left", "right"), (1,)), "substr": (1, 2), "split_part": (2,), "regexp_extract": (2,),
    "make_date": (0, 1, 2),
    **dict.fromkeys(("round", "power", "log"), (0, 1)),
    **dict.fromkeys(("quantile_cont", "quantile_disc", "approx_quantile", "lag", "lead",
                     "nth_value"), (1,)),
}  # fmt: skip

# Arguments that must be dates or moments: a text would be converted, and parts of an interval are not all known.
DATES: dict[str, tuple[int, ...]] = {
    **dict.fromkeys(("year", "month", "day", "quarter", "week", "isodow", "dayofweek", "dayofyear",
                     "isoyear", "yearweek", "hour", "minute", "second", "century", "decade", "dayname",
                     "monthname", "last_day", "strftime"), (0,)),
    **dict.fromkeys(("date_part", "date_trunc"), (1,)),
    **dict.fromkeys(("date_diff", "date_sub"), (1, 2)),
}  # fmt: skip

# Arguments that must be texts: the engine converts nothing to a text by itself here, and would refuse the query.
TEXTS: dict[str, tuple[int, ...]] = {
    **dict.fromkeys(("upper", "lower", "trim", "ltrim", "rtrim", "reverse", "length", "substr", "left",
                     "right", "replace", "split_part", "regexp_matches", "regexp_full_match",
                     "regexp_extract", "try_strptime"), (0,)),
    **dict.fromkeys(("starts_with", "suffix", "contains", "strpos"), (0, 1)),
}  # fmt: skip

# Words that EXTRACT, date_part, date_trunc and date_diff may name.
DATE_WORDS = frozenset({
    "year", "month", "day", "quarter", "week", "isodow", "dow", "doy",
    "isoyear", "yearweek", "hour", "minute", "second", "decade", "century", "millennium",
})  # fmt: skip

# Functions that make a number of a bare NULL; all others of the type of their argument leave it a bare NULL.
# A number beside a text would have the engine convert the text, and fail at the first that is none.
_NUMBERS_OF_NOTHING = frozenset({"abs", "floor", "ceil", "trunc", "round", "approx_quantile",
                                 "median", "quantile_cont", "sum"})  # fmt: skip

INTEGERS = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UTINYINT", "USMALLINT",
            "UINTEGER", "UBIGINT")  # fmt: skip
_WIDTH = ("BOOLEAN", *INTEGERS[5:], *INTEGERS[:5], "DECIMAL", "FLOAT", "DOUBLE", "DATE",
          "TIMESTAMP", "VARCHAR")  # fmt: skip


def is_number(kind: str) -> bool:
    """A type that arithmetic takes."""
    return kind in INTEGERS or kind in ("FLOAT", "DOUBLE") or kind.startswith("DECIMAL")


def widest_type(kinds: list[str]) -> str:
    """The type that holds values of all these; NULL's own is given way."""
    known = [one for one in kinds if one != "NULL"]
    if not known:
        return "NULL"
    return max(known, key=lambda one: _rank(one.partition("(")[0]))


def _rank(kind: str) -> int:
    return _WIDTH.index(kind) if kind in _WIDTH else len(_WIDTH)


def result_type(function: Function, kinds: list[str]) -> str:
    """The type of a call's answer, from those of its arguments."""
    first = kinds[0] if kinds else "NULL"
    if first == "NULL" and function.name in _NUMBERS_OF_NOTHING:
        first = "DOUBLE"
    rules = {
        "#0": first,
        "#widest": widest_type(kinds),
        "#sum": "HUGEINT" if first in INTEGERS else _decimal_sum(first),
        "#middle": first if not is_number(first) or first.startswith("DECIMAL") else "DOUBLE",
    }
    return rules.get(function.type, function.type)


def _decimal_sum(kind: str) -> str:
    _, _, scale = kind.partition(",")
    # Of arithmetic with a literal the digits are not known.
    return f"DECIMAL(38,{scale}" if kind.startswith("DECIMAL(") else "DOUBLE"


def arithmetic_type(operator: str, left: str, right: str) -> str:
    """The type of an arithmetic operation."""
    if left == "INTERVAL" and operator in ("*", "/"):
        return "INTERVAL"
    if operator in ("/", "^"):
        return "DOUBLE"
    if {"DATE", "TIMESTAMP"} & {left, right}:
        return _date_arithmetic(operator, left, right)
    # Of two bare NULLs the engine makes a number.
    return "BIGINT" if left == right == "NULL" else widest_type([left, right])


def _date_arithmetic(operator: str, left: str, right: str) -> str:
    if operator == "-" and left == right:
        return "BIGINT" if left == "DATE" else "INTERVAL"
    return "TIMESTAMP" if "INTERVAL" in (left, right) else widest_type([left, right])
