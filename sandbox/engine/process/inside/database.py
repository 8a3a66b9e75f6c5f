"""One DuckDB in one thread: opened, filled with the licensed columns, closed to the world, locked.

Settings: decision 10. ``threads`` and ``async_threads`` keep the process at one thread, so
that it may be forked after the extract is loaded (decision 10).
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb

_SETTINGS: dict[str, str | bool | int | float | list[str]] = {
    "threads": 1,
    "async_threads": 0,
    "python_enable_replacements": False,
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
    "allow_community_extensions": False,
    "allow_unsigned_extensions": False,
    "allow_persistent_secrets": False,
    "allow_extension_repositories": "forbidden",
    "temp_directory": "",
    "max_expression_depth": 250,
}
#: Where the extract's tables are: in memory and compressed. Texts that repeat are then grouped by their place in
#: a dictionary, four times as fast as by their letters, and the extract takes less memory.
CATALOG = "extract_tables"
#: Bytes that the engine may use for a query beside the extract, before it refuses by itself.
_QUERY_BYTES = 700_000_000
_CANARY = "SELECT * FROM read_text('/etc/hostname')"
#: One value of each type that an answer may hold: converting the first of a type imports modules,
#: which a shut child can no longer do.
_EACH_TYPE = """SELECT 1::TINYINT, 1::UBIGINT, 1::HUGEINT, 1.5::DOUBLE, 1.50::DECIMAL(9,2), 'a',
true, DATE '2026-01-01', TIME '10:00:00', TIMESTAMP '2026-01-01 10:00:00', INTERVAL 1 DAY,
'a'::BLOB, [1, 2], {'a': 1}, MAP {'a': 1}, '00000000-0000-0000-0000-000000000000'::UUID,
'infinity'::TIMESTAMP, 'infinity'::DATE"""
#: The shape of most queries, so that what it touches is in memory before the fork.
_USUAL = """SELECT a % 7 AS k, count(*), sum(a), avg(a), count(DISTINCT a) FROM range(1000) t(a)
GROUP BY k HAVING count(*) > 5 ORDER BY k"""
#: The least query that touches most of what such queries touch; a spare child runs it while it waits
#: (5 ms and 1,480 page faults; the one above takes 8 ms and 2,300).
WARMING = """SELECT a::VARCHAR AS k, count(*), sum(a::DECIMAL(9,2)) FROM range(100) t(a) WHERE a > 5
GROUP BY k"""


class OpeningFailed(Exception):
    """The extract cannot be loaded, or the database does not close as it must."""


def open_extract(
    tables: Sequence[Mapping[str, Any]], *, is_empty: bool
) -> duckdb.DuckDBPyConnection:
    """Load the licensed columns (or only their types) and shut the database in.

    Raises:
        OpeningFailed: a file or column is missing, or a lock does not hold.
    """
    try:
        connection = duckdb.connect(":memory:", config=_SETTINGS)
        use_catalog(connection)
        for table in tables:
            connection.execute(_load(table, is_empty=is_empty))
        connection.execute(f"CHECKPOINT {CATALOG}")
        _lock(connection)
        for query in (_EACH_TYPE, _USUAL, WARMING):
            connection.execute(query).fetchall()
    except duckdb.Error as failure:
        raise OpeningFailed from failure
    check_alone()
    return connection


def use_catalog(connection: duckdb.DuckDBPyConnection) -> None:
    """Make the catalogue of the extract's tables, and the one in which tables are made and found from now on."""
    connection.execute(f"ATTACH ':memory:' AS {CATALOG} (COMPRESS)")
    connection.execute(f"USE {CATALOG}")


def quote(name: str) -> str:
    """A name as DuckDB reads it exactly."""
    return '"' + name.replace('"', '""') + '"'


def _load(table: Mapping[str, Any], *, is_empty: bool) -> str:
    columns = ", ".join(quote(name) for name in table["columns"])
    path = str(table["path"]).replace("'", "''")
    limit = " LIMIT 0" if is_empty else ""
    return f"CREATE TABLE {quote(table['name'])} AS SELECT {columns} FROM read_parquet('{path}'){limit}"  # noqa: S608 - names are quoted, the path is ours


def _lock(connection: duckdb.DuckDBPyConnection) -> None:
    used = connection.execute("SELECT sum(memory_usage_bytes) FROM duckdb_memory()").fetchone()
    bytes_used = int(used[0] or 0) if used else 0
    connection.execute(f"SET memory_limit = '{bytes_used + _QUERY_BYTES}B'")
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")
    _check_locked(connection)


def _check_locked(connection: duckdb.DuckDBPyConnection) -> None:
    names = ("enable_external_access", "lock_configuration", "allowed_directories", "allowed_paths")
    found = dict(
        connection.execute(
            "SELECT name, value FROM duckdb_settings() WHERE list_contains(?, name)", [list(names)]
        ).fetchall()
    )
    if found != dict(zip(names, ("false", "true", "[]", "[]"), strict=True)):
        raise OpeningFailed
    try:
        connection.execute(_CANARY).fetchall()
    except duckdb.Error:
        return
    raise OpeningFailed


def check_alone() -> None:
    """Make sure that this process has one thread, as a process that is forked must.

    The folder of its threads has two links of its own and one for each of them (proc(5)).

    Raises:
        OpeningFailed: a library started another.
    """
    if Path("/proc/self/task").stat().st_nlink != 2 + 1:
        raise OpeningFailed
