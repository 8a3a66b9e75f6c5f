"""Small tables for the tests of this workshop, treated in this process."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from sandbox.deidentify import inside
from sandbox.deidentify.declaration import TreatedTable, read_declaration
from sandbox.deidentify.people import Series
from sandbox.deidentify.sources.source import Source
from sandbox.deidentify.treatments import Secret

KEY = bytes(range(32))
PERSON = {"class": "identifier", "treatment": "pseudonym"}
OPEN = {"class": "measure"}


def write(path: Path, **columns: Sequence[Any]) -> Source:
    """A Parquet file of these columns."""
    pq.write_table(pa.table({name: list(values) for name, values in columns.items()}), path)
    return Source(str(path))


def treat(
    source: Source,
    folder: Path,
    columns: dict[str, Any],
    *,
    attacker: Source | None = None,
    key: bytes = KEY,
    declared: dict[str, Any] | None = None,
    series: Series | None = None,
    **table: Any,
) -> TreatedTable:
    """One table treated as declared."""
    body = {"columns": columns, **table}
    declaration = read_declaration({"tables": {"t": body}, **(declared or {})})
    return inside.treat_table(
        declaration.tables[0],
        source,
        secret=Secret(key, b"marks", declaration.protection.algorithm),
        folder=folder,
        protection=declaration.protection,
        outside=attacker,
        series=series,
    )


def stored(made: TreatedTable, folder: Path, sql: str = "") -> list[Any]:
    """Rows of the stored file, without its hidden columns."""
    names = ", ".join(f'"{one["name"]}"' for one in made.columns)
    sql = sql or f"SELECT {names} FROM t"
    with duckdb.connect() as db:
        db.read_parquet(str(folder / f"{made.sha256}.parquet")).create_view("t")
        return db.execute(sql).fetchall()
