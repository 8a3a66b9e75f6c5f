"""An answer as a file: CSV, Parquet, an Arrow stream; the same rows, with types where the form has them.

Every text of a CSV that a spreadsheet would take for a formula is marked as text; the typed forms
hold it as it is.
"""

import csv
import datetime
import io
import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from kernel.web.tables import as_text
from sandbox.queries import RunRow

if TYPE_CHECKING:
    import pyarrow as pa

_WHOLE: Final = re.compile(r"U?(TINY|SMALL|BIG)?INT(EGER)?\Z")
_DECIMAL: Final = re.compile(r"DECIMAL\((\d{1,2}), ?(\d{1,2})\)\Z")
_TEXT: Final = "VARCHAR"


@dataclass(frozen=True, slots=True)
class File:
    """One form of an answer: its media type, the ending of its name, and how it is written."""

    media_type: str
    ending: str
    write: Callable[[RunRow], bytes]


def _csv(row: RunRow) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow([column["name"] for column in row.columns])
    is_text = [column["type"] == _TEXT for column in row.columns]
    for values in row.rows:
        writer.writerow(
            [as_text(value) if text else value for value, text in zip(values, is_text, strict=True)]
        )
    return out.getvalue().encode()


def _parquet(row: RunRow) -> bytes:
    import pyarrow.parquet  # noqa: PLC0415 - starts threads and takes a third of a second

    out = io.BytesIO()
    pyarrow.parquet.write_table(_table(row), out)
    return out.getvalue()


def _arrow(row: RunRow) -> bytes:
    import pyarrow.ipc  # noqa: PLC0415 - as above

    table, out = _table(row), io.BytesIO()
    with pyarrow.ipc.new_stream(out, table.schema) as stream:
        stream.write_table(table)
    return out.getvalue()


#: By media type; JSON is the reply's own form.
FILES: Final = {
    one.media_type: one
    for one in (
        File("text/csv", "csv", _csv),
        File("application/vnd.apache.parquet", "parquet", _parquet),
        File("application/vnd.apache.arrow.stream", "arrows", _arrow),
    )
}


def _table(row: RunRow) -> "pa.Table":
    import pyarrow as pa  # noqa: PLC0415 - as above

    columns = [
        _array(column["type"], [values[place] for values in row.rows])
        for place, column in enumerate(row.columns)
    ]
    return pa.Table.from_arrays(columns, names=_names(row))


def _names(row: RunRow) -> list[str]:
    """Names of the columns; a second one of a name gets a number, for readers that find by name."""
    found: list[str] = []
    for column in row.columns:
        name, number = column["name"], 1
        while name in found:
            number += 1
            name = f"{column['name']}_{number}"
        found.append(name)
    return found


def _array(kind: str, values: list[Any]) -> "pa.Array":
    """A column in its declared type; as text where a value does not have that type."""
    import pyarrow as pa  # noqa: PLC0415 - as above

    wanted, read = _typed(kind)
    try:
        return pa.array([None if one is None else read(one) for one in values], type=wanted)
    except (ValueError, TypeError, ArithmeticError):
        # The guard declares types from the text of a query; the engine may have computed another.
        return pa.array([None if one is None else str(one) for one in values], type=pa.string())


def _typed(kind: str) -> tuple["pa.DataType", Callable[[Any], Any]]:
    import pyarrow as pa  # noqa: PLC0415 - as above

    name = kind.upper()
    if _WHOLE.match(name):
        return (pa.uint64() if name == "UBIGINT" else pa.int64()), _whole
    if (found := _DECIMAL.match(name)) is not None:
        return pa.decimal128(int(found[1]), int(found[2])), lambda one: Decimal(str(one))
    known: dict[str, tuple[pa.DataType, Callable[[Any], Any]]] = {
        "HUGEINT": (pa.decimal128(38, 0), lambda one: Decimal(str(one))),
        "FLOAT": (pa.float64(), float),
        "DOUBLE": (pa.float64(), float),
        "BOOLEAN": (pa.bool_(), _flag),
        "DATE": (pa.date32(), datetime.date.fromisoformat),
        "TIME": (pa.time64("us"), datetime.time.fromisoformat),
        "TIMESTAMP": (pa.timestamp("us"), datetime.datetime.fromisoformat),
    }
    return known.get(name, (pa.string(), str))


def _whole(value: Any) -> int:  # noqa: ANN401 - a JSON value
    if isinstance(value, float) and not value.is_integer():
        raise ValueError(value)
    return int(value)


def _flag(value: Any) -> bool:  # noqa: ANN401 - a JSON value
    if not isinstance(value, bool):
        raise TypeError(value)
    return value
