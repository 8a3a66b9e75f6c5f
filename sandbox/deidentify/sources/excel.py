"""A sheet of a workbook (.xlsx), read row by row; its first row holds the columns' names."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import openpyxl
from openpyxl.utils.exceptions import InvalidFileException

from sandbox.deidentify.sources.rows import BATCH_ROWS, Broken, Rows, as_text


class ExcelReader:
    """Reads one sheet: the named one, or the first. Formulas count as the values last stored."""

    encoding = ""

    def __init__(self, path: Path, sheet: str) -> None:
        """Open the workbook and read the header.

        Raises:
            ValueError: no workbook, no such sheet, or no header.
        """
        self.broken = Broken()
        try:
            book = openpyxl.load_workbook(path, read_only=True, data_only=True)
            found = book[sheet] if sheet else book.worksheets[0]
        except (BadZipFile, InvalidFileException, KeyError, IndexError) as error:
            raise ValueError(str(error)) from error
        self._rows: Iterator[tuple[Any, ...]] = found.iter_rows(values_only=True)
        header = _trimmed(next(self._rows, ()))
        self.names = [str(name) for name in header]

    def batches(self) -> Iterator[Rows]:
        """The rows as texts; wholly empty ones are left out."""
        rows: list[list[str | None]] = []
        width = len(self.names)
        for number, cells in enumerate(self._rows, start=2):
            values = _trimmed(cells)
            if not values:
                continue
            if len(values) > width:
                self.broken.add(number, "columns")
                continue
            try:
                texts = [as_text(value) for value in values]
            except TypeError:
                self.broken.add(number, "value")
                continue
            rows.append([*texts, *[None] * (width - len(texts))])
            if len(rows) == BATCH_ROWS:
                yield rows
                rows = []
        yield rows


def _trimmed(cells: tuple[Any, ...]) -> list[Any]:
    """The cells without the empty ones at the end, which a sheet may have in any number."""
    values = list(cells)
    while values and values[-1] is None:
        values.pop()
    return values
