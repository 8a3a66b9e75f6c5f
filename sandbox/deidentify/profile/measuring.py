# ruff: noqa: S608 - this workshop prints SQL of its own; names are quoted and hold no quotes
"""Columns of the view ``raw``, measured: types, gaps, distinct values, and the form that their values have.

Kinds: *id_number*, *credit_code*, *mobile* (``sandbox.deidentify.kinds``), *name* (by the column's title), *date*,
*truth*, *code*, *amount*, *number*, *category*, *free_text*, *empty*. A form counts where most distinct values have
it; where the title says the same, half of them will do, and the rest is what is invalid.
"""

import re
from dataclasses import dataclass, field, replace
from typing import Any

import duckdb

from sandbox.deidentify.kinds import FORMS, SHARE
from sandbox.deidentify.sources.opened import ROW

#: Share of values of a form that is enough where the column's title says so too.
_TITLED_SHARE = 0.5
#: So few different values are a category; so long texts are prose.
_FEW, _FEW_SHARE, _LONG = 200, 0.1, 20
#: Codes have one length, or few.
_CODE_LENGTHS = 3
#: Places of the ends and of what lies between them: least, 5 %, median, 95 %, most.
PLACES = (0.0, 0.05, 0.5, 0.95, 1.0)
_WHOLE = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT")
_BROKEN = ("DECIMAL", "DOUBLE", "FLOAT")
_PLAIN = r"[A-Za-z0-9_.:/-]+"
_FREQUENT = 5

#: Words of a title, in Chinese and English, as parts of it.
TITLES = {
    "name": re.compile(
        r"姓名|名字|联系人|法人代表|(?:^|_)(?:full_?|first_?|last_?|person_?)?name$", re.IGNORECASE
    ),
    "id_number": re.compile(r"身份证|证件号|公民身份|id_?(?:card|number)|identity", re.IGNORECASE),
    "credit_code": re.compile(r"信用代码|credit_?code|uscc", re.IGNORECASE),
    "mobile": re.compile(r"手机|电话|mobile|phone", re.IGNORECASE),
    "code": re.compile(r"代码|编码|编号|号码|code$|(?:^|_)(?:id|no|num)$", re.IGNORECASE),
    "age": re.compile(r"年龄|周岁|(?:^|_)age(?:_|$)", re.IGNORECASE),
    "amount": re.compile(
        r"金额|费用|价|收入|支出|元$|amount|cost|price|income|fee|(?:^|_)(?:usd|cny|rmb)$",
        re.IGNORECASE,
    ),
    "person": re.compile(
        r"人员|患者|参保|居民|用户|个人|学号|工号|person|patient|user|member|client|subject",
        re.IGNORECASE,
    ),
    "sensitive": re.compile(
        r"疾病|诊断|病种|健康|残疾|收入|信仰|民族|disease|diagnos|health|disab|income|religion",
        re.IGNORECASE,
    ),
}


@dataclass(frozen=True, slots=True)
class Facts:
    """One column: counts of rows, ``forms`` as shares of distinct values and ``valid`` as rows of each form.

    ``ends`` of a number are its values at ``PLACES``; they are for suggestions, and shown to nobody.
    """

    name: str
    type: str
    rows: int
    given: int
    distinct: int
    forms: dict[str, float] = field(default_factory=dict)
    valid: dict[str, int] = field(default_factory=dict)
    mean_length: float = 0.0
    plain_share: float = 0.0
    lengths: int = 0
    ends: tuple[float, ...] = ()

    def is_titled(self, word: str) -> bool:
        """Whether the title has one of the words for this."""
        return bool(TITLES[word].search(self.name))

    @property
    def is_whole(self) -> bool:
        """Whether it holds whole numbers."""
        return self.type in _WHOLE

    @property
    def is_moment(self) -> bool:
        """Whether it holds dates or moments, each of them valid."""
        return self.type.startswith(("DATE", "TIMESTAMP"))

    @property
    def is_number(self) -> bool:
        """Whether it holds numbers."""
        return self.is_whole or self.type.startswith(_BROKEN)


def measure_column(db: duckdb.DuckDBPyConnection, name: str, kind: str, rows: int) -> Facts:
    """The facts of one column of ``raw``; forms are tried on each distinct value once."""
    column = f'"{name}"'
    shares = ", ".join(f"avg(({form})::INTEGER)" for form in FORMS.values())
    valid = ", ".join(f"coalesce(sum(n) FILTER ({form}), 0)::BIGINT" for form in FORMS.values())
    given, distinct, length, lengths, plain, *found = db.execute(
        f"""SELECT coalesce(sum(n), 0)::BIGINT, count(*), avg(length(v)), count(DISTINCT length(v)),
            avg(regexp_full_match(v, '{_PLAIN}')::INTEGER), {shares}, {valid}
        FROM (SELECT {column}::VARCHAR AS v, count(*) AS n FROM raw WHERE {column} IS NOT NULL GROUP BY 1)"""
    ).fetchall()[0]
    facts = Facts(
        name,
        kind,
        rows,
        given,
        distinct,
        dict(zip(FORMS, (share or 0.0 for share in found), strict=False)),
        dict(zip(FORMS, found[len(FORMS) :], strict=True)),
        length or 0.0,
        plain or 0.0,
        lengths,
    )
    if facts.is_moment:
        return replace(facts, valid={**facts.valid, "date": given})
    return replace(facts, ends=_ends(db, name)) if facts.is_number and given else facts


def _ends(db: duckdb.DuckDBPyConnection, name: str) -> tuple[float, ...]:
    (found,) = db.execute(
        f'SELECT quantile_disc("{name}"::DOUBLE, {list(PLACES)}) FROM raw WHERE isfinite("{name}"::DOUBLE)'
    ).fetchall()[0]
    return tuple(found or (0.0,) * len(PLACES))


def kind_of(facts: Facts) -> str:
    """The kind of a column; see the module."""
    if not facts.given:
        return "empty"
    for form in ("id_number", "mobile", "credit_code"):
        if facts.forms[form] >= (_TITLED_SHARE if facts.is_titled(form) else SHARE):
            return form
    if facts.type == "BOOLEAN":
        return "truth"
    if facts.is_moment or facts.forms["date"] >= SHARE:
        return "date"
    return _kind_of_number(facts) if facts.is_number else _kind_of_text(facts)


def _kind_of_number(facts: Facts) -> str:
    if facts.is_whole and facts.is_titled("code"):
        return "code"
    if facts.is_titled("age"):
        return "number"
    return "amount" if not facts.is_whole or facts.is_titled("amount") else "number"


def _kind_of_text(facts: Facts) -> str:
    if facts.is_titled("name"):
        return "name"
    is_few = facts.distinct <= _FEW and facts.distinct <= max(facts.given * _FEW_SHARE, 1)
    if is_few and facts.mean_length < _LONG:
        return "category"
    is_code = facts.is_titled("code") or facts.lengths <= _CODE_LENGTHS
    return "code" if is_code and facts.plain_share >= SHARE else "free_text"


def count_most(db: duckdb.DuckDBPyConnection, person: str) -> int:
    """The most rows that one person has."""
    found = db.execute(
        f'SELECT coalesce(max(n), 0) FROM (SELECT count(*) AS n FROM raw WHERE "{person}" IS NOT NULL GROUP BY "{person}")'
    ).fetchall()[0][0]
    return int(found)


def count_repeated(db: duckdb.DuckDBPyConnection) -> int:
    """Rows that are there before, in every column."""
    found = db.execute(
        f"SELECT count(*) FROM raw UNION ALL SELECT count(*) FROM (SELECT DISTINCT * EXCLUDE ({ROW}) FROM raw)"
    ).fetchall()
    return int(found[0][0] - found[1][0])


def newest_month(db: duckdb.DuckDBPyConnection, name: str) -> str | None:
    """The month of the newest date of a column, as ``2024-03``; a day would be one person's."""
    day = f"""coalesce(TRY_CAST("{name}"::VARCHAR AS TIMESTAMP),
        try_strptime("{name}"::VARCHAR, ['%Y/%m/%d', '%Y%m%d']))"""
    found: str | None = db.execute(
        f"SELECT strftime(max({day}), '%Y-%m') FROM raw WHERE isfinite({day})"
    ).fetchall()[0][0]
    return found


def values_of(db: duckdb.DuckDBPyConnection, name: str) -> dict[str, Any]:
    """The ends and the most frequent values of a column, as texts: for the manager of the data alone."""
    column = f'"{name}"'
    least, most = db.execute(
        f"SELECT min({column})::VARCHAR, max({column})::VARCHAR FROM raw"
    ).fetchall()[0]
    frequent = db.execute(
        f"SELECT {column}::VARCHAR, count(*) AS n FROM raw WHERE {column} IS NOT NULL GROUP BY 1 ORDER BY n DESC, 1 LIMIT {_FREQUENT}"
    ).fetchall()
    return {"least": least, "most": most, "frequent": [list(one) for one in frequent]}
