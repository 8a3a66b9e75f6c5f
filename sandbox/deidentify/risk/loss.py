# ruff: noqa: S608 - this workshop prints SQL of its own; names come from the checked declaration
"""What treatment cost in precision: the normalised certainty penalty of each quasi-identifier.

Source: Xu et al. 2006, "Utility-based anonymization using local recoding" (NCP). A number's penalty is the
range that its treated value covers over the whole range; a text's is the share of other values that it
may have been. Dropped columns and suppressed records are lost whole. 0 is nothing lost, 1 is everything.
"""

import duckdb

from sandbox.deidentify.declaration import TableRule
from sandbox.deidentify.treatments import expression, joins

_NUMBERS = ("INT", "DOUBLE", "DECIMAL", "FLOAT")


def certainty_penalty(
    db: duckdb.DuckDBPyConnection, table: TableRule, types: dict[str, str], suppressed_share: float
) -> dict[str, float]:
    """The penalty of each quasi-identifier of the source, and their mean under ``all``."""
    penalties: dict[str, float] = {}
    for rule in table.columns:
        if not rule.is_quasi:
            continue
        if rule.treatment == "drop":
            penalties[rule.name] = 1.0
            continue
        treated = expression(rule, types[rule.name])
        covered = db.execute(
            _covered(any(one in types[rule.name] for one in _NUMBERS)).format(
                pairs=f'SELECT {treated} AS t, raw."{rule.name}" AS r FROM raw{joins(table, [rule])}'
            )
        ).fetchall()[0][0]
        kept = 1 - suppressed_share
        penalties[rule.name] = round(kept * float(covered or 0) + suppressed_share, 6)
    if penalties:
        penalties["all"] = round(sum(penalties.values()) / len(penalties), 6)
    return penalties


def _covered(is_number: bool) -> str:  # noqa: FBT001 - the one thing that it depends on
    """The mean penalty over rows, of pairs of treated value and raw one."""
    part = "(max(r) - min(r))" if is_number else "(count(DISTINCT r) - 1)"
    whole = "max(r) - min(r)" if is_number else "count(DISTINCT r) - 1"
    return (
        "WITH pairs AS ({pairs}), covers AS (SELECT count(*) AS n, "
        f"{part} AS part FROM pairs WHERE r IS NOT NULL GROUP BY t) "
        f"SELECT sum(n * part) / nullif(sum(n) * (SELECT {whole} FROM pairs), 0) FROM covers"
    )
