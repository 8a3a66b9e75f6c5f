"""JSON lines: one object of plain values (RFC 8259) a line, in UTF-8, all with the names of the first."""

import json
from collections.abc import Iterator
from typing import Any, BinaryIO

from sandbox.deidentify.sources.rows import BATCH_ROWS, Broken, Rows, as_text

_MARK = b"\xef\xbb\xbf"


class JsonLinesReader:
    """Reads one file of JSON lines; the first line says which columns there are."""

    encoding = "utf-8"

    def __init__(self, file: BinaryIO) -> None:
        """Read the first line.

        Raises:
            ValueError: it is no object.
        """
        self.broken = Broken()
        self._file = file
        first = file.readline().removeprefix(_MARK)
        found = json.loads(first)
        if not isinstance(found, dict):
            message = "no object"
            raise ValueError(message)  # noqa: TRY004 - the same refusal as for a text that is no JSON
        self.names = list(found)
        self._first = first

    def batches(self) -> Iterator[Rows]:
        """The rows as texts."""
        rows: list[list[str | None]] = []
        for number, line in enumerate(self._lines(), start=1):
            if line.isspace():
                continue
            row = self._read(line)
            if isinstance(row, str):
                self.broken.add(number, row)
                continue
            rows.append(row)
            if len(rows) == BATCH_ROWS:
                yield rows
                rows = []
        yield rows

    def _lines(self) -> Iterator[bytes]:
        yield self._first
        yield from self._file

    def _read(self, line: bytes) -> list[str | None] | str:
        """The row, or the reason why there is none."""
        try:
            found: Any = json.loads(line)
        except UnicodeDecodeError:
            return "encoding"
        except ValueError:
            return "json"
        if not isinstance(found, dict):
            return "json"
        if found.keys() != set(self.names):
            return "columns"
        try:
            row = [as_text(found[name]) for name in self.names]
        except TypeError:
            return "value"
        return "nul" if any("\0" in text for text in row if text) else row
