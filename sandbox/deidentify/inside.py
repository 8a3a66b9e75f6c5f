# ruff: noqa: S608 - this workshop prints SQL of its own; names come from the checked declaration
"""The child process: treats one table with DuckDB and writes its file, named after its SHA-256.

``python -m sandbox.deidentify.inside`` reads one JSON request on standard input and writes one JSON
answer; DuckDB and the raw data are in this process and in no other. Pseudonyms are HMAC-SHA-256 under a key that
differs for each dataset, cut to 16 hex digits; equal persons stay equal inside one dataset and
cannot be linked across two. Rows are ordered by pseudonym, so that the file's order tells nothing
of the source's.
"""

import hashlib
import hmac
import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

import duckdb

from kernel.errors import HexiError
from sandbox import errors
from sandbox.deidentify.bounding import bound_people, hidden_of, public_facts
from sandbox.deidentify.declaration import (
    ColumnRule,
    TableRule,
    TreatedTable,
    band_labels,
    check_columns,
    read_table,
)
from sandbox.deidentify.marks import marked_rows, names_of_words, person_digest

#: 64 bits: two of 100,000 persons collide with a probability below 1 in a billion.
_PSEUDONYM_DIGITS = 16
_CHUNK_BYTES = 1 << 20


def treat_table(
    table: TableRule, source: Path, *, key: bytes, mark_key: bytes, folder: Path
) -> TreatedTable:
    """De-identify one Parquet file into ``folder``; returns its description.

    ``key`` makes pseudonyms, ``mark_key`` the marks of rows (``marks``).

    Raises:
        SourceUnreadable: not a Parquet file.
        ColumnUnclassified, ColumnMissing: declaration and file differ.
    """
    with duckdb.connect() as db:
        # One thread and one order: the same input gives the same bytes and the same digest.
        db.execute("SET threads = 1")
        try:
            raw = db.read_parquet(str(source))
        except (duckdb.Error, OSError) as error:
            raise errors.SourceUnreadable(table=table.name) from error
        check_columns(table, list(raw.columns))
        raw.create_view("raw")
        _make_pseudonyms(db, table, key)
        kept = [rule for rule in table.columns if rule.treatment != "drop"]
        person = table.person_column
        hidden = f", {person_digest(_raw(person), mark_key)}" if person else ""
        db.execute(
            f"CREATE TABLE treated AS SELECT {_select(kept)}{hidden} FROM raw{_joins(kept)} ORDER BY ALL"
        )
        cut = bound_people(db, table, key)
        rows, most = _count(db, table)
        stored = f"({marked_rows(most)})" if person else "treated"
        side = folder / f".{table.name}.parquet"
        db.execute(f"COPY {stored} TO '{_quoted(side)}' (FORMAT parquet, COMPRESSION zstd)")
        types = dict(
            db.execute("SELECT column_name, column_type FROM (DESCRIBE treated)").fetchall()
        )
        complete = _complete(db, kept, rows)
        columns = tuple(
            _describe(rule, types[rule.name], complete[rule.name]) | public_facts(db, table, rule)
            for rule in kept
        )
    digest = _sha256(side)
    side.replace(folder / f"{digest}.parquet")
    marks = tuple(names_of_words(most)) if person else ()
    return TreatedTable(
        table.name, digest, rows, person, most, columns, marks, hidden_of(table), cut
    )


def _make_pseudonyms(db: duckdb.DuckDBPyConnection, table: TableRule, key: bytes) -> None:
    for rule in table.columns:
        if rule.treatment != "pseudonym":
            continue
        values = db.execute(f'SELECT DISTINCT "{rule.name}"::VARCHAR FROM raw').fetchall()
        pairs = [
            (value, _pseudonym(key, rule.name, value)) for (value,) in values if value is not None
        ]
        db.execute(f'CREATE TABLE "p_{rule.name}" (raw VARCHAR PRIMARY KEY, pseudonym VARCHAR)')
        # The driver takes no empty list; a table of nobody is one all the same.
        if pairs:
            db.executemany(f'INSERT INTO "p_{rule.name}" VALUES (?, ?)', pairs)


def _pseudonym(key: bytes, column: str, value: str) -> str:
    message = f"{column}\n{value}".encode()
    return hmac.new(key, message, hashlib.sha256).hexdigest()[:_PSEUDONYM_DIGITS]


def _select(rules: list[ColumnRule]) -> str:
    return ", ".join(f'{_expression(rule)} AS "{rule.name}"' for rule in rules)


def _joins(rules: list[ColumnRule]) -> str:
    return "".join(
        f' LEFT JOIN "p_{rule.name}" ON "p_{rule.name}".raw = raw."{rule.name}"::VARCHAR'
        for rule in rules
        if rule.treatment == "pseudonym"
    )


def _raw(column: str) -> str:
    return f'raw."{column}"'


def _expression(rule: ColumnRule) -> str:
    column = _raw(rule.name)
    if rule.treatment == "pseudonym":
        return f'"p_{rule.name}".pseudonym'
    if rule.treatment == "band":
        return _bands(column, rule.edges)
    if rule.treatment == "round":
        return f"CAST(round({column} / {rule.base}) * {rule.base} AS BIGINT)"
    return column


def _bands(column: str, edges: tuple[int, ...]) -> str:
    labels = band_labels(edges)
    # From the highest band down: the first edge that is not above the value decides.
    cases = " ".join(
        f"WHEN {column} >= {edge} THEN '{label}'"
        for edge, label in zip(reversed(edges), reversed(labels), strict=True)
    )
    return f"CASE {cases} ELSE NULL END"


def _count(db: duckdb.DuckDBPyConnection, table: TableRule) -> tuple[int, int]:
    total = db.execute("SELECT count(*) FROM treated").fetchall()[0][0]
    if not table.person_column:
        return int(total), 0
    most = db.execute(
        f'SELECT coalesce(max(n), 0) FROM (SELECT count(*) AS n FROM treated GROUP BY "{table.person_column}")'
    ).fetchall()[0][0]
    return int(total), int(most)


def _complete(db: duckdb.DuckDBPyConnection, kept: list[ColumnRule], rows: int) -> dict[str, bool]:
    """Of each column whether every row has a value."""
    counts = ", ".join(f'count("{rule.name}")' for rule in kept)
    found = db.execute(f"SELECT {counts} FROM treated").fetchall()[0] if kept else ()
    return {rule.name: count == rows for rule, count in zip(kept, found, strict=True)}


def _describe(rule: ColumnRule, type_name: str, is_complete: bool) -> dict[str, Any]:  # noqa: FBT001 - a fact of the column
    texts = band_labels(rule.edges) if rule.treatment == "band" else rule.values
    values = [int(text) for text in texts] if "INT" in type_name else list(texts)
    description: dict[str, Any] = {"name": rule.name, "type": type_name, "class": rule.kind}
    if values:
        description["values"] = values
    if rule.bounds:
        description["bounds"] = list(rule.bounds)
    if rule.sum_base:
        description["sum_base"] = rule.sum_base
    if is_complete:
        description["complete"] = True
    return description


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK_BYTES):
            digest.update(chunk)
    return digest.hexdigest()


def main() -> None:
    """Answer the one request of standard input."""
    asked = json.load(sys.stdin)
    try:
        treated = treat_table(
            read_table(asked["table"]),
            Path(asked["source"]),
            key=bytes.fromhex(asked["key"]),
            mark_key=bytes.fromhex(asked["mark_key"]),
            folder=Path(asked["folder"]),
        )
    except HexiError as refusal:
        answer = {"refused": refusal.code, "facts": refusal.facts}
    else:
        answer = {"treated": asdict(treated)}
    json.dump(answer, sys.stdout)


if __name__ == "__main__":
    main()
