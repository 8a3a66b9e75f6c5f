# ruff: noqa: S608 - this workshop prints SQL of its own; names come from the checked declaration
"""The linkage attack (Sweeney 2002): who of an outside table is found again by the quasi-identifiers.

The attacker knows the treatments and treats his own table alike, but for keys: dates that were shifted
and means of groups do not help him. Journalist risk takes the outside table for the population (El
Emam 2013, ch. 16).
"""

from typing import Any

import duckdb

from sandbox.deidentify.declaration import ColumnRule, TableRule
from sandbox.deidentify.risk.classes import View
from sandbox.deidentify.treatments import expression, joins

_SECRET = {"date_shift", "microaggregate", "pseudonym"}


def attack(
    db: duckdb.DuckDBPyConnection, table: TableRule, view: View, types: dict[str, str]
) -> dict[str, Any]:
    """What the records of the view ``outside`` find in a relation: ``raw``, or the treated one."""
    is_raw = view.relation == "raw"
    known = {ours: theirs for theirs, ours in table.outside.items()}
    rules = [one for one in table.columns if one.name in known]
    if not is_raw:
        rules = [one for one in rules if one.treatment not in _SECRET]
    records = db.execute("SELECT count(*) FROM outside").fetchall()[0][0]
    if not rules:
        return {"columns": [], "records": records, "matched_one": 0, "matched_one_share": 0.0}
    keys = ", ".join(f'"{rule.name}"' for rule in rules)
    same = " AND ".join(f'g."{rule.name}" IS NOT DISTINCT FROM c."{rule.name}"' for rule in rules)
    guesses = _guesses(table, rules, known, types, is_raw=is_raw)
    only = f'min("{view.person}")::VARCHAR' if view.person else "NULL"
    matched, one, correct, hits, highest, average = db.execute(
        f"""WITH g AS ({guesses}),
        c AS (SELECT {keys}, {view.size} AS f, {only} AS person FROM {view.relation} GROUP BY {keys}),
        m AS (SELECT c.*, g.truth FROM g JOIN c ON {same}),
        population AS (SELECT any_value(f) AS f, count(*) AS whole FROM m GROUP BY {keys})
        SELECT (SELECT count(*) FROM m), (SELECT count(*) FROM m WHERE f = 1),
            (SELECT count(*) FROM m WHERE f = 1 AND person = truth), (SELECT sum(1 / f) FROM m),
            (SELECT max(1 / whole) FROM population),
            (SELECT greatest(count(*) / sum(whole), sum(f / whole) / sum(f)) FROM population)"""
    ).fetchall()[0]
    found = {
        "columns": [rule.name for rule in rules],
        "records": records,
        "matched": matched,
        "matched_one": one,
        "matched_one_share": _share(one, records),
        # Whoever guesses inside the class that fits is right so often, if all are in the data.
        "expected_share": _share(hits or 0, records),
        "journalist": {"highest": _share(highest or 0, 1), "average": _share(average or 0, 1)},
    }
    if table.truth and view.person:
        found |= {"correct": correct, "correct_share": _share(correct, records)}
    return found


def _guesses(
    table: TableRule,
    rules: list[ColumnRule],
    known: dict[str, str],
    types: dict[str, str],
    *,
    is_raw: bool,
) -> str:
    """The outside records with their quasi-identifiers as they stand in the relation, and whom they tell of."""
    named = [f'TRY_CAST("{known[one.name]}" AS {types[one.name]}) AS "{one.name}"' for one in rules]
    has_truth = bool(table.truth and table.person_column)
    truth = f'"{table.truth}"::VARCHAR' if has_truth else "NULL"
    as_raw = f"(SELECT {', '.join(named)}, {truth} AS truth FROM outside) AS raw"
    if is_raw:
        return f"SELECT * FROM {as_raw}"
    treated = ", ".join(f'{expression(one, types[one.name])} AS "{one.name}"' for one in rules)
    who, join = "NULL", ""
    if has_truth:
        name = f'"pseudonym {table.person_column}"'
        who, join = f"{name}.result", f" LEFT JOIN {name} ON {name}.value = raw.truth"
    return f"SELECT {treated}, {who} AS truth FROM {as_raw}{joins(table, rules)}{join}"


def _share(part: float, whole: float) -> float:
    return round(part / whole, 6) if whole else 0.0
