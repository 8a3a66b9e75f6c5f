"""CSV and TSV (RFC 4180) in one pass: whole blocks at once, and line by line where a block is not clean.

The encoding is UTF-8 (with or without byte order mark) or GB 18030. It is decided at the first block
that is not plain ASCII, by which of the two leaves fewer lines unreadable, UTF-8 where both are alike;
the answer names it. An empty field is a missing value, quoted or not.
"""

import _csv
import csv
from collections.abc import Iterator
from itertools import islice, takewhile
from typing import BinaryIO

from sandbox.deidentify.sources.rows import Broken, Rows

_BLOCK_BYTES = 4 << 20
#: No line of a table is longer; a file without line ends would fill the memory.
_MOST_BYTES = 64 << 20
_MARK = b"\xef\xbb\xbf"
ENCODINGS = ("utf-8", "gb18030")
#: A record with so many lines is one whose quote was never closed.
_MOST_LINES = 100

Lines = list["str | None"]


class DelimitedReader:
    """Reads one delimited file from its first byte to its last."""

    def __init__(self, file: BinaryIO, *, delimiter: str, encoding: str = "") -> None:
        """Read the header.

        Raises:
            ValueError: there is none, or no line ever ends.
        """
        self.broken = Broken()
        self.encoding = encoding
        self._file = file
        self._delimiter = delimiter
        # Lines before the next one that is parsed.
        self._passed = 0
        self._blocks = self._read_blocks()
        self._waiting: Lines = next(self._blocks, [])
        self.names = self._read_header()

    def batches(self) -> Iterator[Rows]:
        """The rows of each block as texts."""
        yield self._parse(last=False)
        for lines in self._blocks:
            self._waiting += lines
            yield self._parse(last=False)
        yield self._parse(last=True)
        self.encoding = self.encoding or "ascii"

    def _read_header(self) -> list[str]:
        if not self._waiting or self._waiting[0] is None:
            message = "no header"
            raise ValueError(message)
        try:
            names: list[str] = next(self._reader(self._waiting[:1]))
        except csv.Error as error:
            raise ValueError(str(error)) from error
        self._passed, self._waiting = 1, self._waiting[1:]
        return names

    def _read_blocks(self) -> Iterator[Lines]:
        """Whole lines, decoded; None stands for a line that is no text."""
        rest = b""
        is_first = True
        while block := self._file.read(_BLOCK_BYTES):
            if is_first and block.startswith(_MARK):
                block, self.encoding = block[len(_MARK) :], "utf-8"
            is_first = False
            # In both encodings the byte of a line's end is never part of another character.
            whole, end, tail = block.rpartition(b"\n")
            if not end:
                rest += block
                if len(rest) > _MOST_BYTES:
                    message = "a line without an end"
                    raise ValueError(message)
                continue
            yield self._decode(rest + whole)
            rest = tail
        if rest:
            yield self._decode(rest)

    def _decode(self, block: bytes) -> Lines:
        if not self.encoding:
            if block.isascii():
                return list(block.decode("ascii").split("\n"))
            self.encoding = min(ENCODINGS, key=lambda one: _decode_lines(block, one).count(None))
        return _decode_lines(block, self.encoding)

    def _parse(self, *, last: bool) -> Rows:
        """The rows of the waiting lines; a record that is still open goes on waiting."""
        lines, self._waiting = self._waiting, []
        rows = self._parse_clean(lines)
        if rows is None:
            rows = self._parse_slowly(lines, last=last)
        self._passed += len(lines) - len(self._waiting)
        return rows

    def _parse_clean(self, lines: Lines) -> list[list[str]] | None:
        """One row a line, or nothing where any line is not just that."""
        texts = [line for line in lines if line is not None]
        if len(texts) < len(lines) or "\0" in "".join(texts):
            return None
        try:
            rows = list(csv.reader(texts, delimiter=self._delimiter, strict=True))
        except csv.Error:
            return None
        width = len(self.names)
        is_clean = len(rows) == len(lines) and all(len(row) == width for row in rows)
        return rows if is_clean else None

    def _parse_slowly(self, lines: Lines, *, last: bool) -> list[list[str]]:
        rows, place = [], 0
        while place < len(lines):
            if reason := _unreadable(lines[place]):
                self.broken.add(self._passed + place + 1, reason)
                place += 1
                continue
            if lines[place] in ("", "\r"):
                place += 1
                continue
            row, used = self._read_record(lines, place)
            if row is None and not last and len(lines) - place < _MOST_LINES:
                self._waiting = lines[place:]
                break
            if row is None or len(row) != len(self.names):
                # A record of several lines that does not fit began with a quote that nobody closed.
                is_short = row is not None and used == 1
                self.broken.add(self._passed + place + 1, "columns" if is_short else "quote")
                place += 1
                continue
            rows.append(row)
            place += used
        return rows

    def _read_record(self, lines: Lines, place: int) -> tuple[list[str] | None, int]:
        """The record that begins at a line and the lines that it takes, or None for one that never ends."""
        texts = takewhile(
            lambda line: not _unreadable(line), islice(lines, place, place + _MOST_LINES)
        )
        reader = self._reader(list(texts))
        try:
            return next(reader), reader.line_num
        except (csv.Error, StopIteration):
            return None, 1

    def _reader(self, lines: Lines) -> "_csv.Reader":
        texts = (f"{line}\n" for line in lines if line is not None)
        return csv.reader(texts, delimiter=self._delimiter, strict=True)


def _unreadable(line: str | None) -> str:
    if line is None:
        return "encoding"
    return "nul" if "\0" in line else ""


def _decode_lines(block: bytes, encoding: str) -> Lines:
    try:
        return list(block.decode(encoding).split("\n"))
    except UnicodeDecodeError:
        return [_decode_line(line, encoding) for line in block.split(b"\n")]


def _decode_line(line: bytes, encoding: str) -> str | None:
    try:
        return line.decode(encoding)
    except UnicodeDecodeError:
        return None
