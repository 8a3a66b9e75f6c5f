"""The engine's own opinion on a text, asked of empty tables: one SELECT over the extract, or doubt."""

from collections.abc import Iterator

import duckdb
import pytest

from sandbox.engine.process.inside.checker import Doubtful, check_sql
from sandbox.engine.process.inside.database import use_catalog


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as opened:
        opened.execute("CREATE TABLE elsewhere (n INTEGER)")
        use_catalog(opened)
        opened.execute("CREATE TABLE visits (person_id BIGINT, cost DECIMAL(9, 2))")
        opened.execute("CREATE TABLE staff (name VARCHAR)")
        yield opened


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT 1",
        'SELECT count(*) FROM "visits" AS s1',
        "WITH r1 AS MATERIALIZED (SELECT cost FROM visits) SELECT cost FROM r1 UNION ALL SELECT 2.5",
        f"SELECT {10**50} AS wide FROM visits",
    ],
)
def test_one_select_over_the_extract_is_sound(
    connection: duckdb.DuckDBPyConnection, sql: str
) -> None:
    check_sql(connection, sql, {"visits"})


@pytest.mark.parametrize(
    "sql",
    [
        "",
        "SELECT 1; SELECT 2",
        "INSERT INTO visits VALUES (1, 2)",
        "SELECT 1; DROP TABLE visits",
        "SET threads = 4",
        "EXPLAIN SELECT 1",
        "SHOW TABLES",
        "SELECT * FROM staff",
        "SELECT * FROM memory.main.elsewhere",
        "SELECT * FROM extract_tables.main.visits",
        "SELECT * FROM range(3)",
        "SELECT * FROM read_text('/etc/hostname')",
        "SELECT * FROM information_schema.tables",
        "SELECT (SELECT max(name) FROM staff) FROM visits",
        "WITH x AS (INSERT INTO visits VALUES (1, 2) RETURNING *) SELECT * FROM x",
        "WITH x AS (UPDATE visits SET cost = 1 RETURNING *) SELECT * FROM x",
        "WITH x AS (DELETE FROM visits RETURNING *) SELECT * FROM x",
        "SELECT * FROM (WITH x AS (DELETE FROM visits RETURNING *) SELECT * FROM x)",
        "WITH RECURSIVE x AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM x) SELECT n FROM x",
    ],
)
def test_anything_else_is_doubtful(connection: duckdb.DuckDBPyConnection, sql: str) -> None:
    with pytest.raises((Doubtful, duckdb.Error)):
        check_sql(connection, sql, {"visits"})
