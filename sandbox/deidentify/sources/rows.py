"""What all readers share: batches of texts, the list of broken rows, and the file that they become."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Protocol

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from sandbox import errors

#: Rows that readers of single rows gather before they are written.
BATCH_ROWS = 50_000
#: So many broken rows are told one by one; the rest is counted.
_TOLD = 20

#: Rows as texts; None and an empty text are missing values.
Rows = Sequence[Sequence["str | None"]]


@dataclass
class Broken:
    """Rows that cannot be read: their line numbers (from 1, the header counts) and why.

    Reasons: *columns* (another number of them than the header), *quote* (a quote that is not
    closed or stands inside a field), *nul* (a NUL character), *encoding* (bytes that are no text),
    *json* (no JSON object), *value* (no plain value).
    """

    count: int = 0
    told: list[dict[str, int | str]] = field(default_factory=list)

    def add(self, line: int, reason: str) -> None:
        """Note one row."""
        self.count += 1
        if len(self.told) < _TOLD:
            self.told.append({"line": line, "reason": reason})

    def check(self, table: str) -> None:
        """Refuse the source if any row was broken.

        Raises:
            RowsBroken: with the first lines, and how many they are altogether.
        """
        if self.count:
            lines = ", ".join(f"{one['line']} ({one['reason']})" for one in self.told)
            raise errors.RowsBroken(table=table, count=self.count, lines=lines, rows=self.told)


class Reader(Protocol):
    """Reads a source once: its columns' names, then rows in batches."""

    names: list[str]
    encoding: str
    broken: Broken

    def batches(self) -> Iterator[Rows]:
        """The rows that can be read, as texts."""


def write_rows(reader: Reader, path: Path) -> int:
    """Write all batches to a Parquet file whose columns are texts; returns their number."""
    schema = pa.schema([(name, pa.string()) for name in reader.names])
    count = 0
    with pq.ParquetWriter(path, schema, compression="snappy") as writer:
        for rows in reader.batches():
            if not rows:
                continue
            columns = [_column(texts) for texts in zip(*rows, strict=True)]
            writer.write_table(pa.table(columns, schema=schema))
            count += len(rows)
        writer.add_key_value_metadata({"encoding": reader.encoding})
    return count


def _column(texts: tuple[str | None, ...]) -> pa.Array:
    column = pa.array(texts, pa.string())
    return pc.if_else(pc.equal(column, ""), None, column)


def as_text(value: object) -> str | None:
    """A typed value as the text that converts back to it; None and an empty text are missing.

    Raises:
        TypeError: it is no plain value.
    """
    if value is None or value == "":
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        # Workbooks know no whole numbers; nothing is lost.
        return str(int(value))
    if isinstance(value, datetime):
        plain = value.isoformat(" ")
        return plain.removesuffix(" 00:00:00")
    if isinstance(value, str | int | float | Decimal | date):
        return str(value)
    raise TypeError
