# ruff: noqa: S608 - this workshop prints SQL of its own; names come from the checked declaration
"""How far people can be singled out: classes of equal quasi-identifiers, measured in SQL.

*k* is the smallest class (Samarati and Sweeney 1998); *l* the fewest distinct values of a sensitive column
in a class, and e to the smallest entropy (Machanavajjhala et al. 2007); *t* the largest distance of a class's
values from all values (Li et al. 2007): earth mover's over ranks for numbers, equal distance for
texts. Risks of prosecutor, journalist and marketer: El Emam 2013, "Guide to the De-Identification of
Personal Health Information", ch. 16. Levels: GB/T 42460-2023.

Loss: discernibility, the sum of the squares of the classes' rows (Bayardo and Agrawal 2005), and the average
class over the smallest allowed one (LeFevre et al. 2006).

A class is as large as the number of its people, or of its rows where no column names the person. A
missing value is a value like others.
"""

from dataclasses import dataclass
from typing import Any

import duckdb

from sandbox.deidentify.kinds import DIRECT, SHARE

#: Sizes at which the distribution of classes is told; the last is open.
_SIZES = (1, 2, 3, 5, 10, 20, 100)
#: Larger tables of class and value are not laid out; t is then not told.
_MOST_PAIRS = 50_000_000


@dataclass(frozen=True, slots=True)
class View:
    """What is measured: a relation of the engine, its quasi-identifiers and sensitive columns, and its person column."""

    relation: str
    quasi: tuple[str, ...]
    sensitive: tuple[str, ...]
    person: str = ""

    @property
    def keys(self) -> str:
        """The quasi-identifiers as a list of SQL."""
        return ", ".join(f'"{name}"' for name in self.quasi)

    @property
    def size(self) -> str:
        """The size of a class in SQL."""
        return f'count(DISTINCT "{self.person}")' if self.person else "count(*)"


def measure(db: duckdb.DuckDBPyConnection, view: View, least: int) -> dict[str, Any]:
    """Class sizes, k, l, t and the three risks of a relation; ``least`` is the smallest class allowed."""
    # Rows are counted from the pairs that l wants anyway; people of a class have to be counted by themselves.
    is_one_scan = bool(view.sensitive) and not view.person
    if is_one_scan:
        _lay_out(db, view, view.sensitive[0])
    counted = (
        "SELECT sum(n)::BIGINT AS f, f AS n FROM pairs GROUP BY class"
        if is_one_scan
        else f"SELECT {view.size} AS f, count(*) AS n FROM {view.relation} GROUP BY {view.keys}"
    )
    sizes = db.execute(
        f"SELECT f, count(*), sum(n * n)::BIGINT FROM ({counted}) GROUP BY f ORDER BY f"
    ).fetchall()
    classes = sum(count for _, count, _ in sizes)
    members = sum(f * count for f, count, _ in sizes)
    if not members:
        return {"classes": 0, "members": 0, "k": 0, "small_classes": 0, "small_members": 0}
    small = [(f, count) for f, count, _ in sizes if f < least]
    small_members = sum(f * count for f, count in small)
    k, average = sizes[0][0], classes / members
    sensitive = {}
    for place, name in enumerate(view.sensitive):
        if place or not is_one_scan:
            _lay_out(db, view, name)
        sensitive[name] = _diversity(db)
    return {
        "classes": classes,
        "members": members,
        "k": k,
        "sizes": _distribution([(f, count) for f, count, _ in sizes]),
        "small_classes": sum(count for _, count in small),
        "small_members": small_members,
        "unique_share": _share(sum(count for f, count in small if f == 1), members),
        "prosecutor": {
            "highest": _share(1, k),
            "average": round(average, 6),
            "share_above_threshold": _share(small_members, members),
        },
        "marketer": round(average, 6),
        "discernibility": sum(square for _, _, square in sizes),
        "average_class": _share(members, classes * least),
        "sensitive": sensitive,
    }


def _share(part: float, whole: float) -> float:
    return round(part / whole, 6) if whole else 0.0


def _distribution(sizes: list[tuple[int, int]]) -> list[dict[str, int]]:
    ends = (*(size - 1 for size in _SIZES[1:]), None)
    return [
        {
            "from": low,
            **({"to": high} if high else {}),
            "classes": sum(count for f, count in sizes if f >= low and (not high or f <= high)),
        }
        for low, high in zip(_SIZES, ends, strict=True)
    ]


def _lay_out(db: duckdb.DuckDBPyConnection, view: View, name: str) -> None:
    """The table ``pairs``: rows ``n`` of each class with each value ``s`` of a sensitive column; classes are numbers."""
    # To number the classes and join them costs less than to sort all pairs for a rank.
    same = " AND ".join(f'p."{one}" IS NOT DISTINCT FROM c."{one}"' for one in view.quasi)
    db.execute(
        f"""CREATE OR REPLACE TEMP TABLE pairs AS WITH p AS MATERIALIZED
            (SELECT {view.keys}, "{name}" AS s, count(*) AS n FROM {view.relation} GROUP BY ALL),
            c AS (SELECT {view.keys}, row_number() OVER () AS class FROM (SELECT DISTINCT {view.keys} FROM p))
        SELECT class, s, n FROM p JOIN c ON {same}"""
    )


def _diversity(db: duckdb.DuckDBPyConnection) -> dict[str, Any]:
    """L and t of the table ``pairs``."""
    distinct, entropy = db.execute(
        """SELECT min(values), min(entropy) FROM (SELECT class, count(*) AS values,
            ln(sum(n)) - sum(n * ln(n)) / sum(n) AS entropy FROM pairs GROUP BY class)"""
    ).fetchall()[0]
    return {
        "l_distinct": distinct,
        "l_entropy": round(2.718281828459045**entropy, 9),
        "t": closeness(db),
    }


def closeness(db: duckdb.DuckDBPyConnection) -> float | None:
    """T of the table ``pairs`` of class, value ``s`` and rows ``n``; None where too many pairs had to be laid out."""
    classes, values = db.execute(
        "SELECT count(DISTINCT class), count(DISTINCT s) FROM pairs"
    ).fetchall()[0]
    if classes * values > _MOST_PAIRS:
        return None
    kind = db.execute(
        "SELECT column_type FROM (DESCRIBE pairs) WHERE column_name = 's'"
    ).fetchall()[0][0]
    is_ordered = any(kind.startswith(one) for one in _ORDERED)
    # Over ranks the distance is what has to be moved past each value; else what has to be moved at all.
    moved = "abs(sum(r) OVER (PARTITION BY class ORDER BY s))" if is_ordered else "abs(r)"
    scale = max(values - 1, 1) if is_ordered else 2
    distance: float = db.execute(
        f"""WITH everything AS (SELECT s, sum(n) / (SELECT sum(n) FROM pairs) AS p FROM pairs GROUP BY s),
            sizes AS (SELECT class, sum(n) AS total FROM pairs GROUP BY class),
            differences AS (SELECT sizes.class, everything.s, coalesce(pairs.n, 0) / sizes.total - everything.p AS r
                FROM sizes CROSS JOIN everything LEFT JOIN pairs
                ON pairs.class = sizes.class AND pairs.s IS NOT DISTINCT FROM everything.s),
            moves AS (SELECT class, {moved} AS move FROM differences)
            SELECT coalesce(max(distance), 0) FROM (SELECT class, sum(move) / {scale} AS distance
                FROM moves GROUP BY class)"""
    ).fetchall()[0][0]
    return round(distance, 9)


_ORDERED = (
    *("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UTINYINT", "USMALLINT", "UINTEGER"),
    *("UBIGINT", "FLOAT", "DOUBLE", "DECIMAL", "DATE", "TIMESTAMP"),
)


def suppress_small(db: duckdb.DuckDBPyConnection, view: View, least: int) -> dict[str, int]:
    """Delete all rows of classes under ``least``; returns how many rows, and people or rows, that were.

    One pass is enough: a class is deleted whole, and no other one loses a row.
    """
    rows, members = db.execute(
        f"SELECT count(*), {view.size} FROM {_small_rows(view, least)}"
    ).fetchall()[0]
    db.execute(
        f"DELETE FROM {view.relation} WHERE rowid IN (SELECT rowid FROM {_small_rows(view, least)})"
    )
    return {"rows": rows, "members": members}


def count_small(db: duckdb.DuckDBPyConnection, view: View, least: int) -> int:
    """How many people (or rows) stand in classes under ``least``, each counted once."""
    return int(db.execute(f"SELECT {view.size} FROM {_small_rows(view, least)}").fetchall()[0][0])


def _small_rows(view: View, least: int) -> str:
    same = " AND ".join(
        f'whole."{name}" IS NOT DISTINCT FROM small."{name}"' for name in view.quasi
    )
    return (
        f"(SELECT whole.*, whole.rowid FROM {view.relation} AS whole SEMI JOIN (SELECT {view.keys} FROM {view.relation} "
        f"GROUP BY {view.keys} HAVING {view.size} < {least}) AS small ON {same})"
    )


def find_identifiers(db: duckdb.DuckDBPyConnection, relation: str, names: list[str]) -> list[str]:
    """Columns whose values are mostly identity or mobile numbers: level 1 of GB/T 42460."""
    found = []
    for name in names:
        shares = ", ".join(f"avg(({kind})::INTEGER)" for kind in DIRECT.values())
        row = db.execute(
            f'SELECT {shares} FROM (SELECT DISTINCT "{name}"::VARCHAR AS v FROM {relation} WHERE "{name}" IS NOT NULL)'
        ).fetchall()[0]
        if any(share is not None and share >= SHARE for share in row):
            found.append(name)
    return found
