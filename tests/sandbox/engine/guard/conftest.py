"""A DuckDB with the corpus's tables, filled as ``make_tables.py`` does."""

import re
from collections.abc import Iterator

import duckdb
import pytest

from tests.sandbox.engine.guard.corpus import VECTORS

PERSONS = 200_000


@pytest.fixture(scope="session")
def tables() -> Iterator[duckdb.DuckDBPyConnection]:
    """The tables of the corpus, with a table that no licence names beside them."""
    script = (VECTORS / "make_tables.py").read_text(encoding="utf-8")
    statements = re.findall(r'execute\(f"""(.*?)"""\)', script, re.DOTALL)
    connection = duckdb.connect(config={"threads": 1})
    connection.execute("select setseed(0.42)")
    for one in statements:
        made = one.replace("{persons // 20}", str(PERSONS // 20))
        connection.execute(made.replace("{persons}", str(PERSONS)))
    connection.execute("create table secret_link as select 1 as person_id, '123' as ssn")
    yield connection
    connection.close()
