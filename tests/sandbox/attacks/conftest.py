"""A data set to attack, the way to its noised numbers, and the rates of success at the end of the run."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import duckdb
import pytest

from sandbox.engine.guard import Description, Plan, analyse, read_description
from sandbox.engine.noise import add_noise, blocks_of, cost_of
from sandbox.engine.process import Answer, Engine, Extract, ExtractTable, Limits

#: Known to an attacker of each person: its code. Unknown: whether it has the secret.
COLUMNS: dict[str, Any] = {
    "id": {"type": "VARCHAR", "class": "identifier"},
    "code": {"type": "INTEGER", "class": "dimension"},
    "secret": {"type": "INTEGER", "class": "dimension"},
    "amount": {"type": "DECIMAL(9,2)", "class": "measure", "bounds": [0, 100]},
    "weight": {"type": "DOUBLE", "class": "measure", "bounds": [0, 100]},
}
Row = tuple[str, int, int, str, float]


def describe(rows_per_person: int = 1) -> Description:
    table = {"person_column": "id", "rows_per_person": rows_per_person, "columns": COLUMNS}
    return read_description({"mode": "dp", "tables": {"people": table}, "joins": []})


@dataclass(frozen=True)
class Target:
    """A snapshot that queries are asked of; the numbers before noise are for the test's own use."""

    engine: Engine
    folder: Path

    def file(self, rows: Sequence[Row]) -> Path:
        """A snapshot with these rows."""
        path = self.folder / f"{uuid4().hex}.parquet"
        with duckdb.connect() as connection:
            connection.execute(
                "CREATE TABLE people (id varchar, code int, secret int, amount decimal(9,2), weight double)"
            )
            if rows:
                connection.executemany("INSERT INTO people VALUES (?, ?, ?, ?, ?)", rows)
            connection.execute(f"COPY people TO '{path}' (FORMAT parquet)")
        return path

    def answer(self, path: Path, plan: Plan) -> Answer:
        """What the engine answers the trusted side."""
        extract = Extract(path.stem, (ExtractTable("people", str(path), tuple(COLUMNS)),))
        return self.engine.run(
            run_id=uuid4().hex, sql=plan.sql, extract=extract, limits=Limits(seconds=30)
        )

    def exact(self, path: Path, sql: str, rows_per_person: int = 1) -> tuple[Plan, list[Any]]:
        """The plan of a query without keys, and its one row before noise."""
        plan = analyse(sql, describe(rows_per_person))
        (row,) = self.answer(path, plan).rows
        return plan, list(row)


def units(plan: Plan, exact: list[Any]) -> list[int]:
    """The numbers of a row as the whole units that noise is added to."""
    assert plan.noise is not None
    ((row,),) = blocks_of([exact], plan.noise["cells"])
    return row


def noised(plan: Plan, exact: list[Any], accuracy: float, draws: int) -> list[list[int]]:
    """So many draws of what a licensee would see."""
    assert plan.noise is not None
    (rows,) = add_noise([exact] * draws, plan.noise, cost_of(plan.noise, accuracy))
    return rows


@pytest.fixture
def target(engine: Engine, snapshots: Path) -> Target:
    return Target(engine, snapshots)
