"""Where raw data comes from: a file of a known shape, or a table of a database.

What a source is follows from its name; nothing is sniffed. Formats: Parquet, CSV (RFC 4180), TSV,
JSON lines, Excel (ISO/IEC 29500) and a database table by an address of SQLAlchemy.
"""

from dataclasses import dataclass
from pathlib import Path

FORMATS = {
    ".parquet": "parquet",
    ".csv": "csv",
    ".tsv": "tsv",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".xlsx": "xlsx",
}
#: Databases that are read; others would need drivers that we do not have.
_DATABASES = ("sqlite", "postgresql")


@dataclass(frozen=True, slots=True)
class Source:
    """One source: ``location`` is a file's path or a database's address.

    ``part`` is the sheet of a workbook (empty: the first) or the database's table. ``encoding`` is
    that of a text file (utf-8 or gb18030); empty lets it be found.
    """

    location: str
    part: str = ""
    encoding: str = ""

    @property
    def path(self) -> Path:
        """The file."""
        return Path(self.location)

    @property
    def format(self) -> str:
        """The source's format, or an empty text for one that we do not read."""
        scheme, colon, _ = self.location.partition("://")
        if colon:
            return "database" if scheme.partition("+")[0] in _DATABASES else ""
        return FORMATS.get(self.path.suffix.lower(), "")


def source_of(given: Path | Source) -> Source:
    """A source as callers may give it: a path is a source with nothing more to say."""
    return given if isinstance(given, Source) else Source(str(given))
