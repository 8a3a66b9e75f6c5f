# ruff: noqa: S608 - this workshop prints SQL of its own; names come from the checked declaration
"""Treatments as SQL over the view ``raw``: one expression a kept column, and the tables that it joins.

Pseudonyms are HMAC (RFC 2104) with SHA-256, or with SM3 (GB/T 32905-2016), under a key that differs for each
dataset and rotation, cut to 16 hex digits; equal persons stay equal inside one dataset and cannot be
linked across two. Each distinct value is hashed once and joined.

Microaggregation is univariate with groups of fixed size along the sorted column (Domingo-Ferrer and
Mateo-Sanz 2002, "Practical data-oriented microaggregation for statistical disclosure control"): each
group holds at least *k* people, because it holds *k* times the most rows that one person has.
"""

from dataclasses import dataclass

import duckdb
import pyarrow as pa
from cryptography.hazmat.primitives import hashes, hmac

from sandbox import errors
from sandbox.deidentify.declaration import ColumnRule, TableRule, band_labels
from sandbox.deidentify.people.marks import person_digest
from sandbox.deidentify.sources.opened import ROW

#: 64 bits: two of 100,000 persons collide with a probability below 1 in a billion.
PSEUDONYM_DIGITS = 16
#: 60 bits of a second digest choose the shift of a person's dates.
_SHIFT_DIGITS = 15
_BLOCK_BYTES = 64
#: Means are cut here, so that they do not depend on the order of an addition.
_MEAN_PLACES = 6


@dataclass(frozen=True, slots=True)
class Secret:
    """The key of a dataset's pseudonyms with the algorithm that uses it, and the key of its lineage's marks."""

    key: bytes
    mark_key: bytes
    algorithm: str = "hmac-sha256"


def prepare(db: duckdb.DuckDBPyConnection, table: TableRule, secret: Secret) -> None:
    """Make the tables that the expressions of a table's treatments join.

    Raises:
        ValuesOutsideHierarchy: a value that the declared hierarchy does not name.
    """
    for rule in table.columns:
        if rule.treatment == "pseudonym":
            is_person = rule.name == table.person_column
            _make_pseudonyms(db, rule.name, secret, is_person=is_person)
        elif rule.treatment == "generalise":
            _make_parents(db, table.name, rule)
        elif rule.treatment == "microaggregate":
            _make_means(db, table, rule)
    if any(rule.treatment == "date_shift" for rule in table.columns):
        _make_shifts(db, table.person_column, secret)


def select_list(rules: list[ColumnRule], types: dict[str, str]) -> str:
    """The kept columns of ``SELECT … FROM raw``, treated; ``types`` are those of ``raw``."""
    return ", ".join(f'{expression(rule, types[rule.name])} AS "{rule.name}"' for rule in rules)


def joins(table: TableRule, rules: list[ColumnRule]) -> str:
    """The joins that the expressions of these rules need behind ``FROM raw``."""
    found = []
    for rule in rules:
        if rule.treatment == "pseudonym":
            found.append(_join(f"pseudonym {rule.name}", f'raw."{rule.name}"', by="key"))
        elif rule.treatment == "generalise":
            found.append(_join(f"generalise {rule.name}", f'raw."{rule.name}"::VARCHAR'))
        elif rule.treatment == "microaggregate":
            found.append(_join(f"{rule.treatment} {rule.name}", f"raw.{ROW}"))
    if any(rule.treatment == "date_shift" for rule in rules):
        found.append(_join("date_shift", f'raw."{table.person_column}"', by="key"))
    return "".join(found)


def expression(rule: ColumnRule, type_name: str) -> str:
    """One treated value over ``raw`` and what is joined to it."""
    column = f'raw."{rule.name}"'
    if rule.treatment in {"pseudonym", "generalise", "microaggregate"}:
        return f'"{rule.treatment} {rule.name}".result'
    if rule.treatment == "band":
        return _bands(column, rule.edges)
    if rule.treatment == "round":
        return f"CAST(round({column} / {rule.base}) * {rule.base} AS BIGINT)"
    if rule.treatment == "top_bottom_code":
        low, high = (f"{bound:f}".rstrip("0").rstrip(".") for bound in rule.bounds)
        return f"CASE WHEN {column} < {low} THEN {low} WHEN {column} > {high} THEN {high} ELSE {column} END"
    if rule.treatment == "date_shift":
        first, last = rule.days
        # Whole days: a date stays a date, a moment keeps its time of day.
        shifted = f"{column} + to_days(({first} + date_shift.result % {last - first + 1})::INTEGER)"
        return f"CAST({shifted} AS {type_name})"
    return column


def _join(made: str, value: str, *, by: str = "value") -> str:
    return f' LEFT JOIN "{made}" ON "{made}".{by} = {value}'


def _bands(column: str, edges: tuple[int, ...]) -> str:
    labels = band_labels(edges)
    # From the highest band down: the first edge that is not above the value decides.
    cases = " ".join(
        f"WHEN {column} >= {edge} THEN '{label}'"
        for edge, label in zip(reversed(edges), reversed(labels), strict=True)
    )
    return f"CASE {cases} ELSE NULL END"


def _make_pseudonyms(
    db: duckdb.DuckDBPyConnection, column: str, secret: Secret, *, is_person: bool
) -> None:
    result = f"substr(digest, 1, {PSEUDONYM_DIGITS})"
    # A person is hashed for the marks here too, once and not with every row.
    mark = f", {person_digest('value', secret.mark_key)}" if is_person else ""
    _make_digests(
        db, f"pseudonym {column}", column, f"{column}\n", secret, result + " AS result" + mark
    )


def _make_shifts(db: duckdb.DuckDBPyConnection, person: str, secret: Secret) -> None:
    result = f"('0x' || substr(digest, 1, {_SHIFT_DIGITS}))::BIGINT AS result"
    _make_digests(db, "date_shift", person, "date shift\n", secret, result)


def _make_digests(
    db: duckdb.DuckDBPyConnection, name: str, column: str, prefix: str, secret: Secret, results: str
) -> None:
    """A table of values and what is made of their ``digest``, a keyed hash in hex.

    ``key`` is the value in its own type, by which rows find it: texts are slower to compare.
    """
    values = (
        f'SELECT key, key::VARCHAR AS value FROM (SELECT DISTINCT "{column}" AS key FROM raw '
        f'WHERE "{column}" IS NOT NULL)'
    )
    digests = f"SELECT key, value, {_sha256(prefix, secret.key)} AS digest FROM ({values})"
    if secret.algorithm == "hmac-sm3":
        # The engine has no SM3.
        found = db.sql(values).to_arrow_table()["value"].to_pylist()
        db.register("sm3", _sm3_digests(found, prefix, secret.key))
        digests = f"SELECT key, value, digest FROM ({values}) JOIN sm3 USING (value)"
    db.execute(f'CREATE TABLE "{name}" AS SELECT key, value, {results} FROM ({digests})')


def _sha256(prefix: str, key: bytes) -> str:
    """HMAC-SHA-256 (RFC 2104) of the prefix and ``value`` in the engine's own functions, for keys of up to 64 bytes."""
    padded = key.ljust(_BLOCK_BYTES, b"\0")
    inner, outer = (_blob(bytes(one ^ pad for one in padded)) for pad in (0x36, 0x5C))
    message = f"{_blob(prefix.encode())} || encode(value)"
    return f"sha256({outer} || unhex(sha256({inner} || {message})))"


def _blob(content: bytes) -> str:
    return f"unhex('{content.hex()}')"


def _sm3_digests(values: list[str], prefix: str, key: bytes) -> pa.Table:
    keyed = hmac.HMAC(key, hashes.SM3())
    keyed.update(prefix.encode())
    digests = []
    for value in values:
        one = keyed.copy()
        one.update(value.encode())
        digests.append(one.finalize().hex())
    return pa.table(
        {"value": pa.array(values, pa.string()), "digest": pa.array(digests, pa.string())}
    )


def _make_parents(db: duckdb.DuckDBPyConnection, table: str, rule: ColumnRule) -> None:
    parents = {value: value for value in rule.hierarchy[0]}
    for step in rule.hierarchy[: rule.level]:
        parents = {value: step[parent] for value, parent in parents.items()}
    name = f"generalise {rule.name}"
    made = pa.table({"value": pa.array(parents), "result": pa.array(parents.values())})
    db.register("parents", made)
    db.execute(f'CREATE TABLE "{name}" AS SELECT value, result FROM parents')
    db.unregister("parents")
    rows = db.execute(
        f'SELECT count(*) FROM raw WHERE "{rule.name}" IS NOT NULL AND "{rule.name}"::VARCHAR NOT IN (SELECT value FROM "{name}")'
    ).fetchall()[0][0]
    if rows:
        raise errors.ValuesOutsideHierarchy(table=table, column=rule.name, rows=rows)


def _make_means(db: duckdb.DuckDBPyConnection, table: TableRule, rule: ColumnRule) -> None:
    most = 1
    if table.person_column:
        most = db.execute(
            f'SELECT coalesce(max(n), 1) FROM (SELECT count(*) AS n FROM raw GROUP BY "{table.person_column}")'
        ).fetchall()[0][0]
    size = rule.group * most
    # The last group takes the rest; too few values for one group are left out.
    db.execute(
        f"""CREATE TABLE "microaggregate {rule.name}" AS
        WITH sorted AS (SELECT {ROW} AS value, "{rule.name}" AS v, count(*) OVER () AS n,
                row_number() OVER (ORDER BY "{rule.name}", {ROW}) - 1 AS place
            FROM raw WHERE "{rule.name}" IS NOT NULL),
        grouped AS (SELECT *, least(place // {size}, n // {size} - 1) AS part FROM sorted WHERE n >= {size})
        SELECT value, round(avg(v) OVER (PARTITION BY part), {_MEAN_PLACES}) AS result FROM grouped"""
    )
