"""The SQL corpus and small tables to run it on; the vectors are in ``tests/vectors/sql``."""

import json
from functools import cache
from pathlib import Path
from typing import Any

import duckdb

from sandbox.engine.guard import Description, Plan, analyse, read_description
from sandbox.errors.guard import SqlRefused

VECTORS = Path(__file__).parents[3] / "vectors" / "sql"
MODES = ("open", "aggregate", "dp")


def lines(name: str) -> list[dict[str, Any]]:
    """The JSON lines of one file of the corpus."""
    text = (VECTORS / name).read_text(encoding="utf-8")
    return [json.loads(line) for line in text.split("\n") if line.strip()]


@cache
def description(mode: str, *, count_base: int = 5, rows_per_person: int | None = None,
                k: int = 10) -> Description:  # fmt: skip
    """The corpus's tables under a mode."""
    document = json.loads((VECTORS / "schema.json").read_text(encoding="utf-8"))
    document |= {"mode": mode, "count_base": count_base, "k": k}
    if rows_per_person is not None:
        for table in document["tables"].values():
            table["rows_per_person"] = rows_per_person
    return read_description(document)


def run(connection: duckdb.DuckDBPyConnection, plan: Plan) -> list[tuple[Any, ...]]:
    """The rows that a plan answers, its flag column left out."""
    rows = connection.execute(plan.sql).fetchall()
    return [row[: len(plan.columns)] for row in rows]


def ask(
    connection: duckdb.DuckDBPyConnection, sql: str, under: Description
) -> list[tuple[Any, ...]]:
    """Judge a text and run it."""
    return run(connection, analyse(sql, under))


def modes_of(line: dict[str, Any]) -> tuple[str, ...]:
    """The modes that a line of the corpus is about."""
    return MODES if line["policy"] == "any" else (line["policy"],)


def assert_is_told(refusal: SqlRefused) -> None:
    """A refusal has a code of ours and a sentence whose places are all filled."""
    assert refusal.code.startswith("sandbox-")
    assert refusal.detail % refusal.facts
