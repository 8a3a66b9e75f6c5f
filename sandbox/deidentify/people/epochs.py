# ruff: noqa: S608 - this workshop prints SQL of its own; names come from the checked declaration
"""Proves that nobody of a table is in another epoch of its series, and remembers who is in it.

Budgets compose in parallel over data sets that share no person (McSherry 2009, theorem 4; for zCDP Bun and
Steinke 2016). Only then an epoch may have a budget of its own, so disjointness is proved and never believed.

A person is remembered as the first 64 bits of HMAC-SHA-256 (RFC 2104) under the key of the series. Of *m* new
people and *n* remembered ones, all different, a pair is found equal with a probability of at most *mn* / 2^64:
below 10^-7 for a million each, and about 1 in 1,800 for a hundred million each. Such a pair refuses too
much, never too little. Spelling is looser than that of pseudonyms, for the same reason: blanks around, the case
of letters, zeros in front, and a fraction of zeros (``12.0``) tell nobody apart.
"""

from pathlib import Path

import duckdb

from sandbox import errors
from sandbox.deidentify.declaration import TableRule
from sandbox.deidentify.people import MEMORY, Series
from sandbox.deidentify.people.bounding import keyed_hash
from sandbox.deidentify.sources.workroom import digest_of, put_away

_DIGEST_DIGITS = 16
#: A whole number may have become such a one on its way, and then lost digits.
_INEXACT = ("FLOAT", "DOUBLE")


def keep_apart(
    db: duckdb.DuckDBPyConnection, table: TableRule, series: Series, folder: Path
) -> dict[str, int]:
    """Hold the people of the view ``raw`` against the other epochs; returns the people and rows left out.

    ``raw`` has no row of theirs afterwards; the table ``persons`` holds who stays.

    Raises:
        PeopleNotComparable: rows are about people, and not each names its person exactly.
        EpochMemoryLost: the memory of another epoch is missing or changed.
        PeopleKnown: somebody is in another epoch, and is not to be left out.
    """
    if not table.person_column:
        if table.holds_people:
            raise errors.PeopleNotComparable(table=table.name)
        return {}
    person = f'"{table.person_column}"'
    _check_named(db, table.name, person)
    digest = f"('0x' || substr({keyed_hash(bytes.fromhex(series.key), _spelled(person))}, 1, {_DIGEST_DIGITS}))"
    db.execute(
        f"CREATE TABLE persons AS SELECT {person} AS key, {digest}::UBIGINT AS digest "
        f"FROM (SELECT DISTINCT {person} FROM raw)"
    )
    _find_known(db, [_whole(folder, one) for one in series.others])
    people = _count(db, "SELECT count(DISTINCT digest) FROM known")
    if not people:
        return {"people": 0, "rows": 0}
    if not series.drop_known:
        raise errors.PeopleKnown(table=table.name, people=people)
    rows = _count(db, f"SELECT count(*) FROM raw WHERE {person} IN (SELECT key FROM known)")
    db.execute('ALTER VIEW raw RENAME TO "raw of all"')
    db.execute(
        f'CREATE VIEW raw AS SELECT * FROM "raw of all" WHERE {person} NOT IN (SELECT key FROM known)'
    )
    db.execute("DELETE FROM persons WHERE key IN (SELECT key FROM known)")
    return {"people": people, "rows": rows}


def remember(db: duckdb.DuckDBPyConnection, table: TableRule, folder: Path, room: Path) -> str:
    """Store the sorted digests of ``persons``, for the owner's eyes only; returns the file's SHA-256.

    Empty where the table is about nobody.
    """
    if not table.person_column:
        return ""
    side = room / MEMORY
    digests = db.sql("SELECT DISTINCT digest FROM persons ORDER BY digest")
    digests.write_parquet(str(side), compression="zstd")
    side.chmod(0o600)
    return put_away(side, folder, MEMORY)


def _check_named(db: duckdb.DuckDBPyConnection, table: str, person: str) -> None:
    """Rows that name nobody may be about anybody."""
    kind = db.execute(f"SELECT any_value(typeof({person})) FROM raw").fetchall()[0][0]
    if kind in _INEXACT or _count(db, f"SELECT count(*) FROM raw WHERE {person} IS NULL"):
        raise errors.PeopleNotComparable(table=table)


def _spelled(person: str) -> str:
    text = rf"upper(regexp_replace({person}::VARCHAR, '^\s+|\s+$', '', 'g'))"
    return rf"regexp_replace({text}, '(?s)^0*(.*?)(\.0+)?$', '\1')"


def _find_known(db: duckdb.DuckDBPyConnection, others: list[Path]) -> None:
    if not others:
        db.execute("CREATE TABLE known AS SELECT * FROM persons WHERE FALSE")
        return
    db.read_parquet([str(one) for one in others]).create_view("remembered")
    db.execute(
        "CREATE TABLE known AS SELECT * FROM persons WHERE digest IN (SELECT digest FROM remembered)"
    )


def _whole(folder: Path, sha256: str) -> Path:
    path = folder / f"{sha256}.{MEMORY}"
    if not path.is_file() or digest_of(path) != sha256:
        raise errors.EpochMemoryLost
    return path


def _count(db: duckdb.DuckDBPyConnection, statement: str) -> int:
    return int(db.execute(statement).fetchall()[0][0])
