"""The report on one table's risk, and the judgement on it: what is too weak is refused, never stored."""

from typing import Any

import duckdb

from sandbox import errors
from sandbox.deidentify.declaration import Protection, TableRule
from sandbox.deidentify.risk.classes import (
    View,
    count_small,
    find_identifiers,
    measure,
    suppress_small,
)
from sandbox.deidentify.risk.linkage import attack
from sandbox.deidentify.risk.loss import certainty_penalty


def assess(
    db: duckdb.DuckDBPyConnection,
    table: TableRule,
    protection: Protection,
    types: dict[str, str],
    *,
    has_outside: bool,
) -> dict[str, Any]:
    """Judge the table ``treated`` against the view ``raw``; suppresses records where that was declared.

    The level is that of GB/T 42460-2023: 4 without people or quasi-identifiers, 3 where no class is too small.

    Raises:
        IdentifierFound: a kept column names persons (level 1).
        DeidentificationTooWeak: classes are too small (level 2).
    """
    kept = [one.name for one in table.columns if one.treatment == "keep"]
    if found := find_identifiers(db, "treated", kept):
        raise errors.IdentifierFound(table=table.name, columns=", ".join(found))
    if not table.holds_people:
        return {"level": 4, "unit": "none"}
    quasi = tuple(one.name for one in table.columns if one.is_quasi)
    before = View("raw", quasi, table.sensitive, table.person_column)
    after = View("treated", table.quasi, table.sensitive, table.person_column)
    report: dict[str, Any] = {
        "level": 3 if after.quasi else 4,
        "unit": "people" if table.person_column else "rows",
        "sharing": protection.sharing,
        "least": protection.least,
        "quasi": list(quasi),
        "sensitive": list(table.sensitive),
    }
    if before.quasi:
        report["before"] = measure(db, before, protection.least)
    suppressed_share = 0.0
    if after.quasi:
        rows = db.execute("SELECT count(*) FROM treated").fetchall()[0][0]
        report["suppressed"] = _settle_small(db, table, after, protection.least)
        suppressed_share = report["suppressed"]["rows"] / max(rows, 1)
        report["after"] = measure(db, after, protection.least)
    report["certainty_penalty"] = certainty_penalty(db, table, types, suppressed_share)
    if has_outside:
        report["linkage"] = {
            "before": attack(db, table, before, types),
            "after": attack(db, table, after, types),
        }
    return report


def _settle_small(
    db: duckdb.DuckDBPyConnection, table: TableRule, view: View, least: int
) -> dict[str, int]:
    if table.suppress_small_classes:
        return suppress_small(db, view, least)
    if people := count_small(db, view, least):
        raise errors.DeidentificationTooWeak(table=table.name, people=people, least=least)
    return {"rows": 0, "members": 0}
