"""Attacks of the corpus: what must be refused is refused in every mode it is tried in."""

from typing import Any

import duckdb
import pytest

from sandbox.engine.guard import analyse
from sandbox.errors.guard import SqlRefused
from tests.sandbox.engine.guard.corpus import assert_is_told, description, lines, modes_of

ATTACKS = [
    (line, mode)
    for line in (*lines("attacks.jsonl"), *lines("own_attacks.jsonl"))
    for mode in modes_of(line)
]


@pytest.mark.parametrize(
    ("line", "mode"), ATTACKS, ids=[f"{line['id']}-{mode}" for line, mode in ATTACKS]
)
def test_an_attack_is_refused_or_told_to_be_harmless(
    line: dict[str, Any], mode: str, tables: duckdb.DuckDBPyConnection
) -> None:
    try:
        plan = analyse(line["sql"], description(mode))
    except SqlRefused as refusal:
        assert_is_told(refusal)
        return

    assert line["must"] == "safe"
    rows = tables.execute(plan.sql).fetchmany(1000)
    for row in rows:
        assert "123" not in row
