"""Has one table treated in a process of its own, so that no other process ever opens raw data."""

import json
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path

from kernel.errors import HexiError, Unavailable, msgid
from sandbox import errors
from sandbox.deidentify.declaration import TableRule, TreatedTable

#: The largest file that we expect takes minutes; an hour is a hanging disk.
TIMEOUT_SECONDS = 3600
#: Refusals that the child may answer with, by their codes.
_REFUSALS: dict[str, type[HexiError]] = {
    kind.code: kind
    for kind in (errors.ColumnMissing, errors.ColumnUnclassified, errors.SourceUnreadable)
}


class TreatmentFailed(Unavailable):
    """The child died or answered nothing."""

    code = "sandbox-treatment-failed"
    title = msgid("The data could not be treated")
    detail = msgid("Check the free disk and memory, then ingest again; nothing was stored.")


def treat_table(
    table: TableRule, source: Path, *, key: bytes, mark_key: bytes, folder: Path
) -> TreatedTable:
    """De-identify one Parquet file into ``folder``; returns its description.

    ``key`` makes pseudonyms, ``mark_key`` the marks of rows (``marks``).

    Raises:
        SourceUnreadable: not a Parquet file.
        ColumnUnclassified, ColumnMissing: declaration and file differ.
        TreatmentFailed: the child did not come to an end.
    """
    request = {
        "table": asdict(table),
        "source": str(source),
        "key": key.hex(),
        "mark_key": mark_key.hex(),
        "folder": str(folder),
    }
    try:
        done = subprocess.run(
            [sys.executable, "-m", "sandbox.deidentify.inside"],
            input=json.dumps(request).encode(),
            capture_output=True,
            check=True,
            timeout=TIMEOUT_SECONDS,
            cwd=Path(__file__).resolve().parents[2],
        )
        answer = json.loads(done.stdout)
    except (OSError, ValueError, subprocess.SubprocessError) as error:
        raise TreatmentFailed from error
    if "refused" in answer:
        raise _REFUSALS[answer["refused"]](**answer["facts"])
    treated = answer["treated"]
    texts = {name: tuple(treated[name]) for name in ("columns", "marks")}
    return TreatedTable(**{**treated, **texts})
