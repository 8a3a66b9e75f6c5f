# ruff: noqa: S608 - this workshop prints SQL of its own; names come from the checked declaration
"""Completeness, accuracy and freshness of a treated table (GB/T 36344-2018, data quality evaluation indicators).

Measured where the data is, in the child, in one scan. They are for the provider and for regulators: a newest
date is one row's own.
"""

from typing import Any

import duckdb

from sandbox.deidentify.declaration import TableRule

_DATES = ("DATE", "TIMESTAMP")


def measure_quality(
    db: duckdb.DuckDBPyConnection, table: TableRule, columns: tuple[dict[str, Any], ...]
) -> dict[str, Any]:
    """Rows and people of ``treated``, and of each column its shares and its newest date.

    ``columns`` are the stored ones as the manifest describes them. ``missing`` is the share of rows without a
    value; ``outside`` the share of values that are not in the public list or range; ``mean`` is that of a
    measure, ``newest`` a date as ISO 8601. What a column cannot have is left out; shares of no rows are 0.
    """
    person = f'count(DISTINCT "{table.person_column}")' if table.person_column else "NULL"
    asked = [("rows", "count(*)"), ("people", person)]
    for place, column in enumerate(columns):
        asked += [(f"{place} {name}", sql) for name, sql in _measures(column).items()]
    found = db.execute(f"SELECT {', '.join(sql for _, sql in asked)} FROM treated").fetchall()[0]
    named = dict(zip((name for name, _ in asked), found, strict=True))
    return {
        "rows": int(named["rows"]),
        "people": None if named["people"] is None else int(named["people"]),
        "columns": {
            column["name"]: {
                name: named[f"{place} {name}"]
                for name in _measures(column)
                if named[f"{place} {name}"] is not None
            }
            for place, column in enumerate(columns)
        },
    }


def _measures(column: dict[str, Any]) -> dict[str, str]:
    name, kind = f'"{column["name"]}"', str(column["type"])
    asked = {"missing": f"coalesce(1 - count({name}) / nullif(count(*), 0), 0)::DOUBLE"}
    if (outside := _outside(name, column)) is not None:
        asked["outside"] = (
            f"coalesce(count({name}) FILTER (WHERE {outside}) / nullif(count({name}), 0), 0)::DOUBLE"
        )
    if column["class"] == "measure" and column.get("bounds"):
        asked["mean"] = f"avg({name})::DOUBLE"
    if kind.startswith(_DATES):
        asked["newest"] = f"max({name})::DATE::VARCHAR"
    return asked


def _outside(name: str, column: dict[str, Any]) -> str | None:
    if column.get("values"):
        listed = ", ".join(f"'{_quoted(one)}'" for one in column["values"])
        return f"{name}::VARCHAR NOT IN ({listed})"
    if column.get("bounds"):
        low, high = map(float, column["bounds"])
        return f"{name} NOT BETWEEN {low!r} AND {high!r}"
    return None


def _quoted(value: object) -> str:
    return str(value).replace("'", "''")
