"""Has raw data worked on in a process of its own, so that no other process ever opens it."""

import json
import subprocess
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from kernel.errors import Unavailable, msgid, revive
from sandbox.deidentify.declaration import TableRule, TreatedTable
from sandbox.deidentify.lattice import Wanted
from sandbox.deidentify.people import Series
from sandbox.deidentify.profile import Wish
from sandbox.deidentify.protection import Protection
from sandbox.deidentify.sources.source import Source

#: The largest file that we expect takes minutes; an hour is a hanging disk.
TIMEOUT_SECONDS = 3600


class TreatmentFailed(Unavailable):
    """The child died or answered nothing."""

    code = "sandbox-treatment-failed"
    title = msgid("The data could not be treated")
    detail = msgid("Check the free disk and memory, then ingest again; nothing was stored.")


def treat_table(  # noqa: PLR0913 - what is treated, with which keys, and where it goes
    table: TableRule,
    source: Source,
    *,
    key: bytes,
    mark_key: bytes,
    folder: Path,
    protection: Protection,
    outside: Source | None = None,
    series: Series | None = None,
) -> TreatedTable:
    """De-identify one source into ``folder``; returns its description and the report on its risk.

    ``outside`` is a table of the attacker's, for the test of re-identification.

    ``key`` makes pseudonyms, ``mark_key`` the marks of rows (``people.marks``). Of a table in a ``series`` it is
    proved that its people are in no other epoch (``people.epochs``).

    Raises:
        SourceUnreadable, HeaderUnusable, RowsBroken: the source cannot be read.
        ColumnUnclassified, ColumnMissing: declaration and source differ.
        PeopleKnown, PeopleNotComparable, EpochMemoryLost: people may be in another epoch of the series.
        ValuesOutsideHierarchy, IdentifierFound, DeidentificationTooWeak: the treatment does not do.
        StoreFull: the disk takes no more.
        TreatmentFailed: the child did not come to an end.
    """
    treated = _ask(
        {
            "task": "treat",
            "table": asdict(table),
            "source": asdict(source),
            "key": key.hex(),
            "mark_key": mark_key.hex(),
            "folder": str(folder),
            "protection": asdict(protection),
            "outside": asdict(outside) if outside else None,
            "series": asdict(series) if series else None,
        }
    )
    texts = {name: tuple(treated[name]) for name in ("columns", "marks")}
    return TreatedTable(**{**treated, **texts})


@dataclass(frozen=True, slots=True)
class Profiled:
    """What a source is like (``profile.report``), and a declaration of it that a person edits."""

    profile: dict[str, Any]
    declaration: dict[str, Any]


def profile_table(source: Source, *, folder: Path, wish: Wish) -> Profiled:
    """Measure one source; ``folder`` holds what is half done, and nothing of it afterwards.

    Raises:
        SourceUnreadable, HeaderUnusable, RowsBroken: the source cannot be read.
        StoreFull: the disk takes no more.
        TreatmentFailed: the child did not come to an end.
    """
    asked = {"task": "profile", "source": asdict(source), "wish": asdict(wish)}
    return Profiled(**_ask({**asked, "folder": str(folder)}))


def search_levels(
    table: TableRule, source: Source, *, folder: Path, wanted: Wanted
) -> dict[str, Any]:
    """The best levels of a table's quasi-identifiers for one source (``lattice.searching``).

    Raises:
        SourceUnreadable, HeaderUnusable, RowsBroken: the source cannot be read.
        ColumnUnclassified, ColumnMissing: declaration and source differ.
        DeclarationMalformed, ValuesOutsideHierarchy, LatticeTooLarge: the levels cannot be searched.
        LevelsMissing: none of them protect enough.
        StoreFull: the disk takes no more.
        TreatmentFailed: the child did not come to an end.
    """
    asked = {"task": "search", "table": asdict(table), "source": asdict(source)}
    return _ask({**asked, "wanted": asdict(wanted), "folder": str(folder)})


def _ask(request: dict[str, Any]) -> dict[str, Any]:
    """The child's answer to one request; the request goes by a pipe, so that no list of processes shows it."""
    try:
        done = subprocess.run(
            [sys.executable, "-m", "sandbox.deidentify.inside"],
            input=json.dumps(request).encode(),
            capture_output=True,
            check=True,
            timeout=TIMEOUT_SECONDS,
            cwd=Path(__file__).resolve().parents[2],
        )
        answer: dict[str, Any] = json.loads(done.stdout)
    except (OSError, ValueError, subprocess.SubprocessError) as error:
        raise TreatmentFailed from error
    if "refused" in answer:
        raise revive(answer["refused"], answer["facts"])
    result: dict[str, Any] = answer["done"]
    return result
