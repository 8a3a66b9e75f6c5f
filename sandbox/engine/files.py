"""An answer as a file: CSV, Parquet, an Arrow stream; the same rows, with types where the form has them.

Every text of a CSV that a spreadsheet would take for a formula is marked as text; the typed forms
hold it as it is.
"""

import csv
import datetime
import io
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any, BinaryIO, Final, Protocol

from kernel.files import CSV, PARQUET

if TYPE_CHECKING:
    import pyarrow as pa

_WHOLE: Final = re.compile(r"U?(TINY|SMALL|BIG)?INT(EGER)?\Z")
_DECIMAL: Final = re.compile(r"DECIMAL\((\d{1,2}), ?(\d{1,2})\)\Z")
_TEXT: Final = "VARCHAR"
#: What a spreadsheet would take for the beginning of a formula.
_FORMULA: Final = tuple("=+-@\t\r")


class Table(Protocol):
    """What is written: columns with ``name`` and DuckDB ``type``, and rows of JSON values."""

    @property
    def columns(self) -> Sequence[Mapping[str, Any]]:
        """The columns."""

    @property
    def rows(self) -> Sequence[Sequence[Any]]:
        """The rows, as wide as the columns."""


@dataclass(frozen=True, slots=True)
class File:
    """One form of an answer: its media type, the ending of its name, and how it is written."""

    media_type: str
    ending: str
    write_to: Callable[[Table, BinaryIO], None]

    def write(self, table: Table) -> bytes:
        """The whole file, for an answer that is small."""
        out = io.BytesIO()
        self.write_to(table, out)
        return out.getvalue()


def _csv(table: Table, out: BinaryIO) -> None:
    lines = io.TextIOWrapper(out, encoding="utf-8", newline="")
    writer = csv.writer(lines)
    writer.writerow([column["name"] for column in table.columns])
    is_text = [column["type"] == _TEXT for column in table.columns]
    for values in table.rows:
        writer.writerow(
            [_plain(value) if text else value for value, text in zip(values, is_text, strict=True)]
        )
    # The file is its owner's, and stays open.
    lines.detach()


def _plain(value: Any) -> Any:  # noqa: ANN401 - a JSON value
    is_formula = isinstance(value, str) and value.startswith(_FORMULA)
    return f"'{value}" if is_formula else value


def _parquet(table: Table, out: BinaryIO) -> None:
    import pyarrow.parquet  # noqa: PLC0415 - starts threads and takes a third of a second

    pyarrow.parquet.write_table(_arrow_table(table), out)


def _arrow(table: Table, out: BinaryIO) -> None:
    import pyarrow.ipc  # noqa: PLC0415 - as above

    whole = _arrow_table(table)
    with pyarrow.ipc.new_stream(out, whole.schema) as stream:
        stream.write_table(whole)


#: By media type; JSON is the reply's own form.
FILES: Final = {
    one.media_type: one
    for one in (
        File(CSV, "csv", _csv),
        File(PARQUET, "parquet", _parquet),
        File("application/vnd.apache.arrow.stream", "arrows", _arrow),
    )
}
#: What a larger answer may be stored as.
STORED: Final = (PARQUET, CSV)


def _arrow_table(table: Table) -> "pa.Table":
    import pyarrow as pa  # noqa: PLC0415 - as above

    columns = [
        _array(column["type"], [values[place] for values in table.rows])
        for place, column in enumerate(table.columns)
    ]
    return pa.Table.from_arrays(columns, names=_names(table))


def _names(table: Table) -> list[str]:
    """Names of the columns; a second one of a name gets a number, for readers that find by name."""
    found: list[str] = []
    for column in table.columns:
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
