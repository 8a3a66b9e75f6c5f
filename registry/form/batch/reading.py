"""The rows of a batch file, one after the other: Excel workbooks and CSV.

A workbook is read as a stream and only its first sheet; formulas give the value that Excel stored
beside them, and are not computed. What a file unpacks to is bounded before it is unpacked: the
archive's own sizes are binding, because reading stops there.
"""

import codecs
import csv
import io
import zipfile
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from itertools import chain
from pathlib import PurePath
from typing import BinaryIO

from registry.form.groups import all_fields
from registry.form.refusals import (
    BatchColumnTwice,
    BatchColumnUnknown,
    BatchHasMacros,
    BatchTooLarge,
    BatchTooLong,
    BatchUnreadable,
)

_MEGABYTE = 1 << 20
#: Of the unpacked workbook or of the CSV file; 10,000 full rows take less than half.
MOST_MEGABYTES = 100
_MOST_PARTS = 1000
_MOST_COLUMNS = 300
#: The most rows that Excel itself can number.
_LAST_ROW = 1_048_576
_MACRO_SUFFIXES = frozenset({".xlsm", ".xltm", ".xlam", ".xlsb"})
_ENCODINGS = ("utf-8-sig", "gb18030")
#: What openpyxl and its parsers raise on a damaged workbook: SyntaxError is the XML parser's root,
#: NotImplementedError is zipfile's for a compression that it does not know.
_DAMAGED = (
    *(zipfile.BadZipFile, zipfile.LargeZipFile, KeyError, ValueError, TypeError),
    *(IndexError, AttributeError, OSError, EOFError, SyntaxError, NotImplementedError),
)
_Record = tuple[object, ...]


@dataclass(frozen=True, slots=True)
class Row:
    """One row with the texts of its cells by field; blanks around a text are gone.

    ``number`` is the row as the spreadsheet numbers it, ``letters`` the column of each field.
    ``has_surplus`` says that cells stand where the first row names no field.
    """

    number: int
    cells: Mapping[str, str]
    letters: Mapping[str, str]
    has_surplus: bool = False


def read_rows(stream: BinaryIO, file_name: str, most_rows: int = 10_000) -> Iterator[Row]:
    """The rows of a batch, blank ones left out; the first row is read at once.

    Raises:
        BatchUnreadable: no workbook and no CSV, or damaged (also while rows are read).
        BatchHasMacros: a workbook with programs.
        BatchTooLarge: more than ``MOST_MEGABYTES`` unpacked.
        BatchColumnUnknown, BatchColumnTwice: in the first row.
        BatchTooLong: at row ``most_rows`` + 1, while rows are read.
    """
    suffix = PurePath(file_name).suffix.lower()
    if suffix in _MACRO_SUFFIXES:
        raise BatchHasMacros
    if suffix == ".xlsx":
        _check_archive(stream)
        records = _sheet_records(stream)
    elif suffix == ".csv":
        records = _text_records(stream, _encoding_of(stream))
    else:
        raise BatchUnreadable
    header = _header(next(records, ()))
    return _rows(header, records, most_rows)


def letter_of(number: int) -> str:
    """The letters of a column, counted from 0 as ``A``."""
    text = ""
    number += 1
    while number:
        number, rest = divmod(number - 1, 26)
        text = chr(ord("A") + rest) + text
    return text


def _header(record: _Record) -> tuple[str, ...]:
    names = [_text_of(value) for value in record]
    while names and not names[-1]:
        names.pop()
    if not names or len(names) > _MOST_COLUMNS:
        raise BatchUnreadable
    known = {field.name for register in ("resources", "property") for field in all_fields(register)}
    if unknown := [name or letter_of(at) for at, name in enumerate(names) if name not in known]:
        raise BatchColumnUnknown(columns=", ".join(name[:40] for name in unknown[:20]))
    if twice := [name for name, count in Counter(names).items() if count > 1]:
        raise BatchColumnTwice(columns=", ".join(twice))
    return tuple(names)


def _rows(header: tuple[str, ...], records: Iterator[_Record], most_rows: int) -> Iterator[Row]:
    letters = {name: letter_of(at) for at, name in enumerate(header)}
    count = 0
    for number, record in enumerate(records, start=2):
        if number > _LAST_ROW:
            raise BatchTooLong(most_rows=most_rows)
        texts = [_text_of(value) for value in record]
        if not any(texts) or (number == 2 and texts[0].startswith("#")):  # noqa: PLR2004 - the template's row of labels
            continue
        count += 1
        if count > most_rows:
            raise BatchTooLong(most_rows=most_rows)
        padded = chain(texts, [""] * (len(header) - len(texts)))
        cells = dict(zip(header, padded, strict=False))
        yield Row(number, cells, letters, any(texts[len(header) :]))


def _text_of(value: object) -> str:
    """The text that a person sees in the cell, numbers without a needless decimal point."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime) and value.time() == time.min:
        return value.date().isoformat()
    if isinstance(value, date):
        return value.isoformat()
    return str(value).strip()


def _check_archive(stream: BinaryIO) -> None:
    try:
        with zipfile.ZipFile(stream) as archive:
            parts = archive.infolist()
            if len(parts) > _MOST_PARTS or sum(one.file_size for one in parts) > _limit_bytes():
                raise BatchTooLarge(most_megabytes=MOST_MEGABYTES)
            if any("vbaproject" in one.filename.lower() for one in parts):
                raise BatchHasMacros
            # A workbook never declares entities; a document type is there to make them grow.
            if any(b"<!DOCTYPE" in _beginning(archive, one) for one in parts):
                raise BatchUnreadable
    except _DAMAGED as damage:
        raise BatchUnreadable from damage
    stream.seek(0)


def _beginning(archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> bytes:
    with archive.open(part) as content:
        return content.read(2048)


def _limit_bytes() -> int:
    return MOST_MEGABYTES * _MEGABYTE


def _sheet_records(stream: BinaryIO) -> Iterator[_Record]:
    from openpyxl import load_workbook  # noqa: PLC0415 - takes a third of a second; only batches need it

    try:
        book = load_workbook(stream, read_only=True, data_only=True, keep_links=False)
        try:
            sheet = book.worksheets[0]
            # The size that a file says of itself may be wrong.
            sheet.reset_dimensions()
            head = next(sheet.iter_rows(values_only=True, max_row=1, max_col=_MOST_COLUMNS), ())
            yield head
            # One more column than there are names, so that a surplus is seen; each costs time.
            width = sum(value is not None for value in head) + 1
            yield from sheet.iter_rows(values_only=True, min_row=2, max_col=width)
        finally:
            book.close()
    except _DAMAGED as damage:
        raise BatchUnreadable from damage


def _encoding_of(stream: BinaryIO) -> str:
    """The first encoding in which the whole file makes sense; the file is read in pieces."""
    for encoding in _ENCODINGS:
        stream.seek(0)
        if _is_readable_as(stream, encoding):
            stream.seek(0)
            return encoding
    raise BatchUnreadable


def _is_readable_as(stream: BinaryIO, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    size = 0
    try:
        while block := stream.read(_MEGABYTE):
            size += len(block)
            if size > _limit_bytes():
                raise BatchTooLarge(most_megabytes=MOST_MEGABYTES)
            # Text has no NUL; a file with one is something else under the name of CSV.
            if "\0" in decoder.decode(block):
                return False
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _text_records(stream: BinaryIO, encoding: str) -> Iterator[_Record]:
    text = io.TextIOWrapper(stream, encoding=encoding, newline="")
    try:
        for record in csv.reader(text):
            yield tuple(record)
    except csv.Error as damage:
        raise BatchUnreadable from damage
    finally:
        # The stream belongs to the caller, who may still want it, or may have closed it by now.
        if not stream.closed:
            text.detach()
