"""The profile of one source and a declaration to begin with.

Quality is measured by GB/T 36344-2018: *completeness* (cells that have a value), *uniqueness* (the share of
different values in the best key, and rows that are there twice), *validity* (values that keep the form of their
column) and *freshness* (the newest month of any date). It tells no single value unless that is asked for.
"""

from typing import Any

import duckdb

from sandbox.deidentify.kinds import FORMS
from sandbox.deidentify.profile import Wish
from sandbox.deidentify.profile.measuring import (
    Facts,
    count_most,
    count_repeated,
    kind_of,
    measure_column,
    newest_month,
    values_of,
)
from sandbox.deidentify.profile.suggesting import likely_person, suggest

_PLACES = 6


def profile(
    db: duckdb.DuckDBPyConnection, types: dict[str, str], wish: Wish
) -> tuple[dict[str, Any], dict[str, Any]]:
    """The profile of the view ``raw``, and a declaration to be edited; ``types`` are those of its columns."""
    rows = int(db.execute("SELECT count(*) FROM raw").fetchall()[0][0])
    measured = [measure_column(db, name, kind, rows) for name, kind in types.items()]
    kinds = {one.name: kind_of(one) for one in measured}
    person = likely_person((one, kinds[one.name]) for one in measured)
    has_people = bool(person) or "name" in kinds.values()
    columns, declared = [], {}
    for one in measured:
        rule, why = suggest(one, kinds[one.name], person=person, has_people=has_people)
        declared[one.name] = rule
        shown = values_of(db, one.name) if wish.with_values else {}
        columns.append({**_told(one, kinds[one.name]), "suggested": rule, "reason": why, **shown})
    found = {
        "table": wish.table,
        "rows": rows,
        "person_column": person,
        "rows_per_person": count_most(db, person) if person else 0,
        "quality": _quality(db, measured, kinds, rows),
        "columns": columns,
    }
    return found, _declaration(wish.table, person, declared)


def _told(facts: Facts, kind: str) -> dict[str, Any]:
    told: dict[str, Any] = {
        "name": facts.name,
        "type": facts.type,
        "nulls": facts.rows - facts.given,
        "distinct": facts.distinct,
        "kind": kind,
    }
    if kind in FORMS:
        told["valid_share"] = _share(facts.valid[kind], facts.given)
    return told


def _quality(
    db: duckdb.DuckDBPyConnection, measured: list[Facts], kinds: dict[str, str], rows: int
) -> dict[str, Any]:
    # An amount that nobody shares is no key.
    keys = [one for one in measured if kinds[one.name] != "amount"] or measured
    key = max(keys, key=lambda one: one.distinct)
    formed = [one for one in measured if kinds[one.name] in FORMS]
    months = [newest_month(db, one.name) for one in formed if kinds[one.name] == "date"]
    return {
        "completeness": _share(sum(one.given for one in measured), rows * len(measured)),
        "uniqueness": {"column": key.name, "share": _share(key.distinct, rows)},
        "repeated_rows": count_repeated(db),
        "validity": _share(
            sum(one.valid[kinds[one.name]] for one in formed), sum(one.given for one in formed)
        ),
        "newest": max((one for one in months if one), default=None),
    }


def _share(part: int, whole: int) -> float | None:
    """A share; None where there is nothing to be a share of."""
    return round(part / whole, _PLACES) if whole else None


def _declaration(table: str, person: str, declared: dict[str, Any]) -> dict[str, Any]:
    body = {"person_column": person, "suppress_small_classes": False} if person else {}
    return {"count_base": 5, "joins": [], "tables": {table: {**body, "columns": declared}}}
