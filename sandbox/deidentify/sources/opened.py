# ruff: noqa: S608 - this workshop prints SQL of its own; names are quoted and hold no quotes
"""A converted source as the view ``raw``, with types that every one of its rows agrees to.

A column of texts gets another type only where each value survives the way there and back: ``0012``
and ``1e3`` stay texts, and so does an identity number that ends with X. Types, in this order: whole
number, exact decimal (at most 18 digits), floating number, date and time of ISO 8601, truth value.
"""

import duckdb

from sandbox import errors
from sandbox.deidentify.sources.convert import Converted

#: Beside the source's own columns the view has each row's number.
ROW = "file_row_number"
_DECIMAL = r"-?(0|[1-9]\d*)(\.\d+)?"
_FLOAT = r"-?(0|[1-9]\d*)(\.\d+)?([eE][-+]?\d+)?"
_DIGITS = 18


def open_view(
    db: duckdb.DuckDBPyConnection, source: Converted, table: str, view: str = "raw"
) -> list[str]:
    """Make a view over a source; returns its columns' names.

    Raises:
        SourceUnreadable: not a Parquet file.
    """
    try:
        found = db.read_parquet(str(source.path), file_row_number=True)
    except (duckdb.Error, OSError) as error:
        raise errors.SourceUnreadable(table=table) from error
    names = [name for name in found.columns if name != ROW]
    if not source.is_text:
        found.create_view(view)
        return names
    texts = f"{view} texts"
    found.create_view(texts)
    casts = ", ".join(
        f'CAST("{name}" AS {_type_of(db, texts, name)}) AS "{name}"' for name in names
    )
    db.execute(f'CREATE VIEW {view} AS SELECT {casts}, {ROW} FROM "{texts}"')
    return names


def _type_of(db: duckdb.DuckDBPyConnection, texts: str, name: str) -> str:
    column = f'"{name}"'
    kinds = ("BIGINT", "DATE", "TIMESTAMP", "BOOLEAN")
    survive = [
        f"count(*) FILTER (TRY_CAST({column} AS {kind})::VARCHAR = {column})" for kind in kinds
    ]
    counted = db.execute(
        f"""SELECT count({column}), {", ".join(survive)},
            count(*) FILTER (regexp_full_match({column}, '{_DECIMAL}')),
            count(*) FILTER (regexp_full_match({column}, '{_FLOAT}')
                AND isfinite(TRY_CAST({column} AS DOUBLE))),
            coalesce(max(length(ltrim(split_part({column}, '.', 1), '-'))), 0),
            coalesce(max(length(split_part({column}, '.', 2))), 0) FROM "{texts}\""""
    ).fetchall()[0]
    total, whole, dates, moments, truths, decimals, floats, before, after = counted
    if not total:
        return "VARCHAR"
    fits = before + after <= _DIGITS
    ways = (
        (whole, "BIGINT"),
        (decimals if fits else 0, f"DECIMAL({_DIGITS}, {after})"),
        (floats, "DOUBLE"),
        (dates, "DATE"),
        (moments, "TIMESTAMP"),
        (truths, "BOOLEAN"),
    )
    return next((kind for count, kind in ways if count == total), "VARCHAR")
