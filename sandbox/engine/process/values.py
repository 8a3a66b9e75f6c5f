"""What goes into a run and what comes out of it, as frozen values that survive JSON."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class ExtractTable:
    """One table of an extract: the licensed columns of one Parquet file of a snapshot.

    ``sha256`` is what the file's bytes must be, in hex; empty where nobody promised anything.
    """

    name: str
    path: str
    columns: tuple[str, ...]
    sha256: str = ""


@dataclass(frozen=True, slots=True)
class Extract:
    """What one licence may see of one snapshot; ``key`` names the policy and the snapshot."""

    key: str
    tables: tuple[ExtractTable, ...]

    def to_json(self) -> dict[str, Any]:
        """The extract as JSON values, its paths absolute: the daemon has another folder."""
        tables = [
            {
                "name": t.name,
                "path": str(Path(t.path).absolute()),
                "columns": list(t.columns),
                "sha256": t.sha256,
            }
            for t in self.tables
        ]
        return {"key": self.key, "tables": tables}


@dataclass(frozen=True, slots=True)
class Limits:
    """What one run may take.

    ``seconds`` is wall time from the moment that a child has the query; ``memory_bytes`` is
    address space beyond that of the loaded extract; ``output_bytes`` counts the answer as JSON.
    """

    seconds: float = 10
    rows: int = 10_000
    output_bytes: int = 8_000_000
    memory_bytes: int = 1_000_000_000

    def to_json(self) -> dict[str, Any]:
        """The limits as JSON values."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Answer:
    """The rows of one run, JSON values only.

    Decimals, dates and times are text, as are whole numbers beyond 2**53 - 1, which JSON readers
    cannot hold exactly (RFC 8259 section 6). ``columns`` are pairs of name and DuckDB type.
    """

    columns: tuple[tuple[str, str], ...]
    rows: tuple[tuple[Any, ...], ...]
    cpu_milliseconds: int

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> "Answer":
        """The answer that a child wrote."""
        return cls(
            columns=tuple((str(name), str(kind)) for name, kind in document["columns"]),
            rows=tuple(tuple(row) for row in document["rows"]),
            cpu_milliseconds=int(document["cpu_milliseconds"]),
        )
