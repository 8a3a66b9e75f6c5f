# ruff: noqa: S608 - this workshop prints SQL of its own; names come from the checked declaration
"""How many rows of one person stay, and in which order they would be taken: what ``dp`` mode bounds by.

The order is that of a keyed hash (HMAC-SHA-256, RFC 2104) over the person and the row's place among its own
rows, so nobody can steer it, and one person's rows never change another's order. For each declared key set a row
has two small numbers: *rc*, its place among the rows of its person in the same group, and *ck*, the place of that
group among the person's groups. They are stored, so that every engine and every replay keeps the same rows.
"""

from typing import Any

import duckdb

from sandbox.deidentify.declaration import ColumnRule, TableRule
from sandbox.deidentify.people.marks import DIGEST

#: Values of a column of a public table that are listed as group keys, at most.
_MOST_VALUES = 1_000
_BLOCK_BYTES = 64


def bound_people(db: duckdb.DuckDBPyConnection, table: TableRule, key: bytes) -> int:
    """Cut the rows of ``treated`` beyond the declared number a person; rank the others. Returns the rows cut.

    Hidden columns are named with a blank, so that no column of a declaration is called like one.
    """
    bounding = table.bounding
    if not bounding.rows_per_person_kept and not bounding.key_sets:
        return 0
    names = ", ".join(
        (*(f'"{one.name}"' for one in table.columns if one.treatment != "drop"), DIGEST)
    )
    person, kept = f'"{table.person_column}"', bounding.rows_per_person_kept
    taken = keyed_hash(key, f"concat_ws(chr(10), {person}, place)")
    db.execute(
        f"CREATE TABLE placed AS SELECT *, {taken} AS taken FROM (SELECT *, row_number() OVER "
        f"(PARTITION BY {person} ORDER BY {names}) AS place FROM treated)"
    )
    # Cut first: ranks are among the rows that stay.
    rank = f"row_number() OVER (PARTITION BY {person} ORDER BY taken)"
    cut = f" QUALIFY {rank} <= {kept}" if kept else ""
    ranks = "".join(
        f", {one}" for number, columns in enumerate(bounding.key_sets, start=1)
        for one in _ranks(person, number, columns, key)
    )  # fmt: skip
    before = _count(db, "treated")
    db.execute(
        f"CREATE OR REPLACE TABLE treated AS SELECT {names}{ranks} "
        f"FROM (SELECT * FROM placed{cut}) ORDER BY ALL"
    )
    return before - _count(db, "treated")


def _ranks(person: str, number: int, columns: tuple[str, ...], key: bytes) -> tuple[str, str]:
    """A row's place in its group, and the group's place among those of its person."""
    keys = ", ".join(f'"{one}"' for one in columns)
    packed = ", ".join(f'k{place} := "{one}"' for place, one in enumerate(columns))
    group = keyed_hash(key, f"concat_ws(chr(10), {person}, to_json(struct_pack({packed})))")
    return (
        f'row_number() OVER (PARTITION BY {person}, {keys} ORDER BY taken)::INTEGER AS "rc {number}"',
        f'dense_rank() OVER (PARTITION BY {person} ORDER BY {group})::INTEGER AS "ck {number}"',
    )


def hidden_of(table: TableRule) -> dict[str, Any]:
    """What the manifest says of them; nothing where there are none."""
    bounding = table.bounding
    if not bounding.key_sets:
        return {}
    return {
        "groups_per_person": bounding.groups_per_person,
        "rows_per_group": bounding.rows_per_group,
        "key_sets": [
            {"columns": list(columns), "rc": f"rc {number}", "ck": f"ck {number}"}
            for number, columns in enumerate(bounding.key_sets, start=1)
        ],
    }


def public_facts(
    db: duckdb.DuckDBPyConnection, table: TableRule, rule: ColumnRule
) -> dict[str, Any]:
    """Of a column of a table about nobody: whether it is unique, and its values where they are not declared.

    The table was declared to be about nobody, so its values are public as they are.
    """
    if table.person_column:
        return {}
    name = f'"{rule.name}"'
    facts: dict[str, Any] = {}
    counts = db.execute(f"SELECT count(*), count({name}), count(DISTINCT {name}) FROM treated")
    rows, given, distinct = counts.fetchall()[0]
    if rows == given == distinct:
        facts["unique"] = True
    if rule.kind == "dimension" and not rule.values and not rule.edges and distinct <= _MOST_VALUES:
        found = db.execute(
            f"SELECT DISTINCT {name} FROM treated WHERE {name} IS NOT NULL ORDER BY 1"
        )
        values = [one for (one,) in found.fetchall()]
        if values and all(
            isinstance(one, str | int) and not isinstance(one, bool) for one in values
        ):
            facts["values"] = values
    return facts


def keyed_hash(key: bytes, text: str) -> str:
    """SQL of HMAC-SHA-256 under a key of one block at most, in hex."""
    padded = key.ljust(_BLOCK_BYTES, b"\0")
    inner, outer = (_blob(bytes(one ^ pad for one in padded)) for pad in (0x36, 0x5C))
    return f"sha256({outer} || unhex(sha256({inner} || encode({text}))))"


def _blob(value: bytes) -> str:
    return f"unhex('{value.hex()}')"


def _count(db: duckdb.DuckDBPyConnection, table: str) -> int:
    return int(db.execute(f"SELECT count(*) FROM {table}").fetchall()[0][0])
