"""A source made into one Parquet file of texts, read once."""

import hashlib
import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq

from kernel.errors import HexiError
from sandbox import errors
from sandbox.deidentify.sources.database import DatabaseReader
from sandbox.deidentify.sources.delimited import ENCODINGS, DelimitedReader
from sandbox.deidentify.sources.excel import ExcelReader
from sandbox.deidentify.sources.jsonlines import JsonLinesReader
from sandbox.deidentify.sources.rows import Reader, write_rows
from sandbox.deidentify.sources.source import Source
from sandbox.deidentify.sources.workroom import forget

_CHUNK_BYTES = 1 << 20
_PREFIX = ".source-"
_DELIMITERS = {"csv": ",", "tsv": "\t"}
#: Names are quoted by us in SQL, and stand in messages.
_BANNED = frozenset('"\0\r\n')


@dataclass(frozen=True, slots=True)
class Converted:
    """The file that a source became; of anything but Parquet its columns are texts.

    ``kept`` is its name in the store's folder, or empty where it stays only as long as the work.
    """

    path: Path
    format: str
    encoding: str
    sha256: str
    rows: int
    kept: str = ""

    @property
    def is_text(self) -> bool:
        """Whether the types of the columns are still to be found."""
        return self.format != "parquet"

    def facts(self) -> dict[str, Any]:
        """What a report says of the source; nothing of its place."""
        return {
            "format": self.format,
            "encoding": self.encoding,
            "sha256": self.sha256,
            "rows": self.rows,
        }


@contextmanager
def converted(source: Source, table: str, *, folder: Path, room: Path) -> Iterator[Converted]:
    """A source as one Parquet file; Parquet itself stays where it is.

    The file is kept in ``folder`` under the SHA-256 of its source and of what was asked of it, until the
    ingest is over (``forget``): one that was killed and begins again reads its source once to know it, and
    does not convert it again. A refusal ends the ingest too. A database has no such digest and is read anew.

    Raises:
        SourceUnreadable: no such source, or not of its format.
        HeaderUnusable: a column without a name of its own.
        RowsBroken: rows that cannot be read.
    """
    made = _parquet(source, table) if source.format == "parquet" else None
    made = made or _known(source, table, folder) or _convert(source, table, folder, room)
    try:
        yield made
    except HexiError:
        forget(folder, made.kept)
        raise


def _parquet(source: Source, table: str) -> Converted:
    try:
        rows = pq.read_metadata(source.path).num_rows
        return Converted(source.path, "parquet", "", _sha256(source.path), rows)
    except (OSError, pa.ArrowException) as error:
        raise errors.SourceUnreadable(table=table) from error


def _known(source: Source, table: str, folder: Path) -> Converted | None:
    """The file that an earlier, killed ingest made of the same source."""
    if source.format in {"", "database"} or not any(folder.glob(f"{_PREFIX}*")):
        return None
    try:
        sha256 = _sha256(source.path)
    except OSError as error:
        raise errors.SourceUnreadable(table=table) from error
    path = folder / _name(source, sha256)
    if not path.exists():
        return None
    found = pq.read_metadata(path)
    encoding = (found.metadata or {}).get(b"encoding", b"").decode()
    return Converted(path, source.format, encoding, sha256, found.num_rows, path.name)


def _convert(source: Source, table: str, folder: Path, room: Path) -> Converted:
    part = room / "converted.parquet"
    try:
        with _reading(source) as (reader, digest):
            _check_names(reader.names, table)
            rows = write_rows(reader, part)
            reader.broken.check(table)
            sha256 = digest()
    except (ValueError, FileNotFoundError, PermissionError, IsADirectoryError) as error:
        raise errors.SourceUnreadable(table=table) from error
    if source.format == "database":
        return Converted(part, source.format, "", _sha256(part), rows)
    kept = part.replace(folder / _name(source, sha256))
    return Converted(kept, source.format, reader.encoding, sha256, rows, kept.name)


@contextmanager
def _reading(source: Source) -> Iterator[tuple[Reader, "_Digest"]]:
    if source.encoding not in {"", *ENCODINGS}:
        message = "unknown encoding"
        raise ValueError(message)
    if source.format == "database":
        yield DatabaseReader(source.location, source.part), _Digest(None)
        return
    with source.path.open("rb", buffering=0) as file:
        digest = _Digest(file)
        yield _reader(source, io.BufferedReader(digest, _CHUNK_BYTES)), digest


def _reader(source: Source, file: BinaryIO) -> Reader:
    if source.format in _DELIMITERS:
        delimiter = _DELIMITERS[source.format]
        return DelimitedReader(file, delimiter=delimiter, encoding=source.encoding)
    if source.format == "jsonl":
        return JsonLinesReader(file)
    if source.format == "xlsx":
        # A workbook is read from its end; its bytes are few.
        while file.read(_CHUNK_BYTES):
            pass
        return ExcelReader(source.path, source.part)
    message = "unknown format"
    raise ValueError(message)


class _Digest(io.RawIOBase):
    """A file that computes the SHA-256 of what is read from it."""

    def __init__(self, file: io.FileIO | None) -> None:
        self._file = file
        self._hash = hashlib.sha256()

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:  # noqa: ANN401 - as the standard library has it
        assert self._file is not None
        count = self._file.readinto(buffer) or 0
        self._hash.update(memoryview(buffer)[:count])
        return count

    def __call__(self) -> str:
        return self._hash.hexdigest()


def _check_names(names: list[str], table: str) -> None:
    unusable = [name for name in names if not name.strip() or _BANNED & set(name)]
    doubled = {name for name in names if names.count(name) > 1}
    if not names or unusable or doubled:
        raise errors.HeaderUnusable(table=table, columns=", ".join(sorted({*unusable, *doubled})))


def _name(source: Source, sha256: str) -> str:
    asked = f"{sha256}\n{source.format}\n{source.part}\n{source.encoding}"
    return f"{_PREFIX}{hashlib.sha256(asked.encode()).hexdigest()}.parquet"


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
