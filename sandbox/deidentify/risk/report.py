"""The report on one table's risk, and the judgement on it: what is too weak is refused, never stored."""

from typing import Any

import duckdb

from sandbox import errors
from sandbox.deidentify.declaration import ColumnRule, TableRule
from sandbox.deidentify.protection import Protection
from sandbox.deidentify.risk.classes import (
    View,
    count_small,
    find_identifiers,
    measure,
    suppress_small,
)
from sandbox.deidentify.risk.linkage import attack
from sandbox.deidentify.risk.loss import certainty_penalty
from sandbox.deidentify.risk.overall import overall_risk


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
        ProtectionMissed: l, t or the overall risk is not what the declaration demands.
    """
    kept = [one.name for one in table.columns if one.treatment == "keep"]
    if found := find_identifiers(db, "treated", kept):
        raise errors.IdentifierFound(table=table.name, columns=", ".join(found))
    columns = [_declared(one) for one in table.columns]
    if not table.holds_people:
        return {"level": 4, "unit": "none", "columns": columns}
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
        "columns": columns,
    }
    if before.quasi:
        report["before"] = measure(db, before, protection.least)
    suppressed_share = 0.0
    if after.quasi:
        rows = db.execute("SELECT count(*) FROM treated").fetchall()[0][0]
        report["suppressed"] = _settle_small(db, table, after, protection.least)
        suppressed_share = report["suppressed"]["rows"] / max(rows, 1)
        report["after"] = measure(db, after, protection.least)
        if report["after"]["members"]:
            report["overall"] = overall_risk(report["after"], protection)
            _check_demands(table, protection, report)
    report["certainty_penalty"] = certainty_penalty(db, table, types, suppressed_share)
    if has_outside:
        report["linkage"] = {
            "before": attack(db, table, before, types),
            "after": attack(db, table, after, types),
        }
    return report


def _check_demands(table: TableRule, protection: Protection, report: dict[str, Any]) -> None:
    """Let no class be too uniform, and no overall risk too high, for what the declaration demands."""
    missed = []
    for name, found in report["after"]["sensitive"].items():
        if found["l_distinct"] < protection.l:
            missed.append(f"l {found['l_distinct']} ({name})")
        # What could not be measured was not shown to be small enough.
        if protection.t < 1 and (found["t"] is None or found["t"] > protection.t):
            missed.append(f"t {'-' if found['t'] is None else round(found['t'], 3)} ({name})")
    if report["overall"]["risk"] > protection.overall_risk:
        missed.append(f"R {report['overall']['risk']}")
    if missed:
        raise errors.ProtectionMissed(table=table.name, missed=", ".join(missed))


#: What a treatment was done with, as far as one number or list says it.
_HOW = {
    "band": "edges",
    "round": "base",
    "generalise": "level",
    "top_bottom_code": "bounds",
    "date_shift": "days",
    "microaggregate": "group",
}


def _declared(rule: ColumnRule) -> dict[str, Any]:
    """One column's class and treatment; a dropped column is named too."""
    told: dict[str, Any] = {"name": rule.name, "class": rule.kind, "treatment": rule.treatment}
    if rule.treatment in _HOW:
        how = getattr(rule, _HOW[rule.treatment])
        told["how"] = list(how) if isinstance(how, tuple) else [how]
    return told


def _settle_small(
    db: duckdb.DuckDBPyConnection, table: TableRule, view: View, least: int
) -> dict[str, int]:
    if table.suppress_small_classes:
        return suppress_small(db, view, least)
    if people := count_small(db, view, least):
        raise errors.DeidentificationTooWeak(table=table.name, people=people, least=least)
    return {"rows": 0, "members": 0}
