# ruff: noqa: S608 - this workshop prints SQL of its own; names come from the checked declaration
"""The child process: treats one table with DuckDB and writes its file, named after its SHA-256.

``python -m sandbox.deidentify.inside`` reads one JSON request on standard input and writes one JSON
answer; DuckDB and the raw data are in this process and in no other. Rows are ordered by their treated
values, so that the file's order tells nothing of the source's. What is half done stays in a room of its own
and goes with it.
"""

import errno
import json
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

import duckdb

from kernel.errors import HexiError
from sandbox import errors
from sandbox.deidentify.declaration import (
    ColumnRule,
    TableRule,
    TreatedTable,
    band_labels,
    check_columns,
    read_table,
)
from sandbox.deidentify.lattice import Wanted
from sandbox.deidentify.lattice.searching import search
from sandbox.deidentify.people import Series
from sandbox.deidentify.people.bounding import bound_people, hidden_of, public_facts
from sandbox.deidentify.people.epochs import keep_apart, remember
from sandbox.deidentify.people.marks import DIGEST, WORDS, marked_rows
from sandbox.deidentify.profile import Wish
from sandbox.deidentify.profile.report import profile
from sandbox.deidentify.protection import Protection
from sandbox.deidentify.quality.measures import measure_quality
from sandbox.deidentify.risk.report import assess
from sandbox.deidentify.sources.convert import converted
from sandbox.deidentify.sources.opened import open_view
from sandbox.deidentify.sources.source import Source
from sandbox.deidentify.sources.workroom import forget, put_away, workroom
from sandbox.deidentify.treatments import Secret, joins, prepare, select_list

#: What the system says where a disk, a quota or a limit of size is full.
_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


def treat_table(  # noqa: PLR0913 - what is treated, with which keys, and where it goes
    table: TableRule,
    source: Source,
    *,
    secret: Secret,
    folder: Path,
    protection: Protection,
    outside: Source | None = None,
    series: Series | None = None,
) -> TreatedTable:
    """De-identify one source into ``folder``; returns its description.

    Raises:
        SourceUnreadable, HeaderUnusable, RowsBroken: the source cannot be read.
        ColumnUnclassified, ColumnMissing: declaration and source differ.
        PeopleKnown, PeopleNotComparable, EpochMemoryLost: people may be in another epoch of the series.
        ValuesOutsideHierarchy, IdentifierFound, DeidentificationTooWeak: the treatment does not do.
        StoreFull: the disk takes no more.
    """
    with ExitStack() as stack:
        room = stack.enter_context(workroom(folder))
        raw = stack.enter_context(converted(source, table.name, folder=folder, room=room))
        db = stack.enter_context(connected(room))
        check_columns(table, open_view(db, raw, table.name))
        known = keep_apart(db, table, series, folder) if series else {}
        types = _types(db, "raw")
        prepare(db, table, secret)
        kept = [rule for rule in table.columns if rule.treatment != "drop"]
        person = table.person_column
        hidden = f', "pseudonym {person}".{DIGEST}' if person else ""
        db.execute(
            f"CREATE TABLE treated AS SELECT {select_list(kept, types)}{hidden} FROM raw{joins(table, kept)} ORDER BY ALL"
        )
        # Rows of one person are cut first: classes are judged as they will be stored.
        cut = bound_people(db, table, secret.key)
        if outside is not None:
            theirs = stack.enter_context(converted(outside, table.name, folder=folder, room=room))
            open_view(db, theirs, table.name, "outside")
            stack.callback(forget, folder, theirs.kept)
        report = assess(db, table, protection, types, has_outside=outside is not None)
        rows, most = _count(db, table)
        side = room / "treated.parquet"
        _write(db, side, table, kept, most)
        stored = _types(db, "treated")
        complete = _complete(db, kept, rows)
        columns = tuple(
            _describe(rule, stored[rule.name], complete[rule.name]) | public_facts(db, table, rule)
            for rule in kept
        )
        quality = measure_quality(db, table, columns)
        digest = put_away(side, folder, "parquet")
        memory = remember(db, table, folder, room) if series else ""
    report |= {"source": raw.facts(), **({"known": known} if known else {})}
    return TreatedTable(
        table.name,
        digest,
        rows,
        person,
        most,
        columns,
        WORDS if person else (),
        hidden_of(table),
        cut,
        report,
        raw.kept,
        quality,
        memory,
    )


@contextmanager
def connected(room: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """The engine for one piece of work, spilling into its room.

    Raises:
        StoreFull: the disk takes no more.
    """
    try:
        with duckdb.connect() as db:
            # One thread and one order: the same input gives the same bytes and the same digest.
            db.execute("SET threads = 1")
            db.execute(f"SET temp_directory = '{_quoted(room / 'spilled')}'")
            yield db
    except duckdb.IOException as error:
        raise errors.StoreFull from error


def _types(db: duckdb.DuckDBPyConnection, relation: str) -> dict[str, str]:
    found = db.execute(f"SELECT column_name, column_type FROM (DESCRIBE {relation})").fetchall()
    return dict(found)


def _count(db: duckdb.DuckDBPyConnection, table: TableRule) -> tuple[int, int]:
    total = db.execute("SELECT count(*) FROM treated").fetchall()[0][0]
    if not table.person_column:
        return int(total), 0
    most = db.execute(
        f'SELECT coalesce(max(n), 0) FROM (SELECT count(*) AS n FROM treated GROUP BY "{table.person_column}")'
    ).fetchall()[0][0]
    return int(total), int(most)


def _write(
    db: duckdb.DuckDBPyConnection, side: Path, table: TableRule, kept: list[ColumnRule], most: int
) -> None:
    person = table.person_column
    said = [rule.name for rule in kept if rule.name != person]
    written = f"({marked_rows(most, said)})" if person else "treated"
    db.execute(f"COPY {written} TO '{_quoted(side)}' (FORMAT parquet, COMPRESSION zstd)")


def _complete(db: duckdb.DuckDBPyConnection, kept: list[ColumnRule], rows: int) -> dict[str, bool]:
    """Of each column whether every row has a value."""
    counts = ", ".join(f'count("{rule.name}")' for rule in kept)
    found = db.execute(f"SELECT {counts} FROM treated").fetchall()[0] if kept else ()
    return {rule.name: count == rows for rule, count in zip(kept, found, strict=True)}


def _describe(rule: ColumnRule, type_name: str, is_complete: bool) -> dict[str, Any]:  # noqa: FBT001 - a fact of the column
    texts = band_labels(rule.edges) if rule.treatment == "band" else rule.values
    values = [int(text) for text in texts] if "INT" in type_name else list(texts)
    description: dict[str, Any] = {"name": rule.name, "type": type_name, "class": rule.kind}
    if values:
        description["values"] = values
    if rule.bounds:
        description["bounds"] = list(rule.bounds)
    if rule.sum_base:
        description["sum_base"] = rule.sum_base
    if is_complete:
        description["complete"] = True
    return description


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")


def _treat(asked: dict[str, Any], folder: Path) -> dict[str, Any]:
    outside, series = asked["outside"], asked["series"]
    treated = treat_table(
        read_table(asked["table"]),
        Source(**asked["source"]),
        secret=Secret(
            bytes.fromhex(asked["key"]),
            bytes.fromhex(asked["mark_key"]),
            asked["protection"]["algorithm"],
        ),
        folder=folder,
        protection=Protection(**asked["protection"]),
        outside=Source(**outside) if outside else None,
        series=Series(**series) if series else None,
    )
    return asdict(treated)


def _profile(asked: dict[str, Any], folder: Path) -> dict[str, Any]:
    wish, source = Wish(**asked["wish"]), Source(**asked["source"])
    with (
        workroom(folder) as room,
        converted(source, wish.table, folder=folder, room=room) as raw,
        connected(room) as db,
    ):
        names = open_view(db, raw, wish.table)
        types = _types(db, "raw")
        found, declaration = profile(db, {name: types[name] for name in names}, wish)
    forget(folder, raw.kept)
    return {"profile": {**found, "source": raw.facts()}, "declaration": declaration}


def _search(asked: dict[str, Any], folder: Path) -> dict[str, Any]:
    table, source = read_table(asked["table"]), Source(**asked["source"])
    with (
        workroom(folder) as room,
        converted(source, table.name, folder=folder, room=room) as raw,
        connected(room) as db,
    ):
        check_columns(table, open_view(db, raw, table.name))
        found = search(db, table, _types(db, "raw"), Wanted(**asked["wanted"]))
    forget(folder, raw.kept)
    return found


#: What may be asked of the child.
_TASKS = {"treat": _treat, "profile": _profile, "search": _search}


def main() -> None:
    """Answer the one request of standard input."""
    asked = json.load(sys.stdin)
    answer: dict[str, Any]
    try:
        answer = {"done": _TASKS[asked["task"]](asked, Path(asked["folder"]))}
    except HexiError as refusal:
        answer = {"refused": refusal.code, "facts": refusal.facts}
    except OSError as error:
        if error.errno not in _FULL:
            raise
        answer = {"refused": errors.StoreFull.code, "facts": {}}
    json.dump(answer, sys.stdout)


if __name__ == "__main__":
    main()
