"""What governing costs: against the plan's own SQL and the analyst's SQL in a bare DuckDB, by turns.

Governed means the whole engine part: socket, second check, a fork of the template, limits, walls,
the query, JSON, and back. Bare is a warm connection in this process with as many threads as a
child has (one): with the plan's SQL it shows what the walls cost, with the analyst's SQL what the
walls and the thresholds cost together. Times are wall milliseconds, medians over turns; CPU per
query is the child's own.
"""

import secrets
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb

from sandbox.deidentify.people.marks import WORDS, marked_rows, person_digest
from sandbox.engine.differencing import Family, Memory, judge, read_families
from sandbox.engine.differencing.families import Cell
from sandbox.engine.differencing.populations import Population
from sandbox.engine.guard import Description, analyse, read_description
from sandbox.engine.noise import add_noise, cost_of
from sandbox.engine.process import Answer, Engine, Extract, ExtractTable, Limits, started_engine
from sandbox.engine.released import plain_rows, released_sql

ROWS = 1_000_000
#: 200,000 people of 5 rows each in 51 counties: the worst case of decision 21.
ROWS_PER_PERSON = 5
COUNTIES = 51
TURNS = 15
#: As ingest stores them, with the marks from which cells are held against earlier ones.
MAKE = f"""CREATE TABLE treated AS SELECT i // {{each}} AS person_id,
'c' || hash(i // {{each}}) % {COUNTIES} AS county,
(hash(i, 1) % 100000 / 100)::DECIMAL(9,2) AS cost,
{person_digest("(i // {each})", b"bench")} FROM range({{rows}}) t(i);
COPY ({{marked}}) TO '{{path}}' (FORMAT parquet)"""
#: Tables that have left before, by the same keys: each new one is held against them all.
EARLIER = 100
DESCRIPTION: dict[str, Any] = {
    "mode": "aggregate",
    "tables": {
        "visits": {
            "person_column": "person_id",
            "rows_per_person": ROWS_PER_PERSON,
            "marks": list(WORDS),
            "columns": {
                "person_id": {"type": "BIGINT", "class": "identifier"},
                "county": {
                    "type": "VARCHAR",
                    "class": "dimension",
                    "complete": True,
                    "values": [f"c{number}" for number in range(COUNTIES)],
                },
                "cost": {
                    "type": "DECIMAL(9,2)",
                    "class": "measure",
                    "complete": True,
                    "bounds": [0, 1000],
                },
            },
        }
    },
}
#: In mode ``dp``: cells as they stand, people by keys that no declaration names, and a program over cells.
NOISED = {
    "count by county": "SELECT county, COUNT(*) AS n FROM visits GROUP BY county",
    "people by county, no key set declared": "SELECT county, COUNT(DISTINCT person_id) AS n FROM visits GROUP BY county",
    "means by county in order": "SELECT county, AVG(cost) AS mean FROM visits GROUP BY county ORDER BY mean DESC",
}
QUERIES = {
    "count by county": "SELECT county, COUNT(*) AS n FROM visits GROUP BY county",
    "count and sum by county": "SELECT county, COUNT(*) AS n, SUM(cost) AS total FROM visits GROUP BY county",
}


def measure(rows: int = ROWS, turns: int = TURNS) -> list[dict[str, Any]]:
    """One finding for each query and size: governed and bare side by side, and whether it is met."""
    findings = []
    with tempfile.TemporaryDirectory(prefix="hexi-bench-") as folder:
        snapshots = Path(folder)
        for count in sorted({20_000, rows}):
            for each in (ROWS_PER_PERSON, 1):
                path = snapshots / f"visits-{count}-{each}.parquet"
                with duckdb.connect(config={"threads": 1}) as connection:
                    marked = marked_rows(each, ["county", "cost"])
                    connection.execute(MAKE.format(rows=count, path=path, each=each, marked=marked))
        with started_engine(snapshots, confinement="available", snapshots=snapshots) as engine:
            for count in sorted({20_000, rows}):
                path = snapshots / f"visits-{count}-{ROWS_PER_PERSON}.parquet"
                alone = snapshots / f"visits-{count}-1.parquet"
                findings += [
                    _compare(engine, alone, f"{name}, {count:,} rows, one a person", sql, turns, 1)
                    for name, sql in QUERIES.items()
                ]
                findings += [
                    _compare(engine, path, f"{name}, {count:,} rows", sql, turns)
                    for name, sql in QUERIES.items()
                ]
                findings += [
                    _noised(engine, path, f"{name}, {count:,} rows", sql, turns)
                    for name, sql in NOISED.items()
                ]
    return findings


def _noised(engine: Engine, path: Path, name: str, sql: str, turns: int) -> dict[str, Any]:
    """A query in mode ``dp``, noise included and its response slot not, against itself in a bare DuckDB.

    People are measured against a bare count of rows, as what bounds them should not cost much more than that.
    """
    is_of_people = "DISTINCT" in sql
    bare = QUERIES["count by county"] if is_of_people else sql
    plan = analyse(sql, read_description({**DESCRIPTION, "mode": "dp"}))
    assert plan.noise is not None
    noise, cost = plan.noise, cost_of(plan.noise, 50.0)
    columns = plan.tables["visits"]
    extract = Extract(f"dp {path.name}", (ExtractTable("visits", str(path), columns),))

    def run(sql: str, extract: Extract) -> Answer:
        run_id = f"bench {time.monotonic_ns()}"
        return engine.run(run_id=run_id, sql=sql, extract=extract, limits=Limits(seconds=60))

    def run_governed() -> object:
        blocks = add_noise(run(plan.sql, extract).rows, noise, cost)
        if noise["plain"] is not None:
            return len(plain_rows(blocks, noise))
        return len(run(released_sql(blocks, noise), Extract("released", ())).rows)

    with duckdb.connect(config={"threads": 1}) as connection:
        connection.execute(f"CREATE TABLE visits AS SELECT {', '.join(columns)} FROM '{path}'")
        times = _by_turns(
            {
                "governed": run_governed,
                "asked": lambda: len(connection.execute(bare).fetchall()),
            },
            turns,
        )
    governed, asked = times["governed"], times["asked"]
    # A program over cells runs in a second child.
    most = 15 * asked if is_of_people else 2 * asked + (15 if noise["plain"] is not None else 45)
    return {
        "name": f"dp against bare: {name}",
        "governed_ms": governed,
        "asked_ms": asked,
        "governed_over_asked": round(governed / asked, 2),
        "target": f"governed <= {most:.0f} ms: 2 x asked + 15 ms, over cells + 45 ms, of people 15 x a bare count",
        "is_met": governed <= most,
        "turns": turns,
    }


def _earlier() -> Memory:
    """What a hundred other questions by county have left: cells of other people."""
    memory = Memory()
    for place in range(EARLIER):
        cells = tuple(
            Cell(
                (f"c{number}",),
                is_released=True,
                whole=Population(place + number + 100, secrets.randbits(189)),
            )
            for number in range(COUNTIES)
        )
        where = (("visits.year", frozenset([str(place)]), False),)
        memory.keep(
            Family("visits", ("visits.county",), where, 10, "earlier", ROWS_PER_PERSON, cells)
        )
    return memory


def _described(each: int) -> Description:
    table = {**DESCRIPTION["tables"]["visits"], "rows_per_person": each}
    return read_description({**DESCRIPTION, "tables": {"visits": table}})


def _compare(
    engine: Engine, path: Path, name: str, sql: str, turns: int, each: int = ROWS_PER_PERSON
) -> dict[str, Any]:
    plan = analyse(sql, _described(each))
    columns = plan.tables["visits"]
    stored = (*columns, *WORDS)
    times_bare = 3 if each > 1 else 1.15
    extract = Extract(path.name, (ExtractTable("visits", str(path), stored),))
    cpu: list[int] = []
    memory, width = _earlier(), len(plan.columns) + 1

    def run_governed() -> object:
        run_id = f"bench {time.monotonic_ns()}"
        answer = engine.run(run_id=run_id, sql=plan.sql, extract=extract, limits=Limits(seconds=60))
        cpu.append(answer.cpu_milliseconds)
        told = [row[width:] for row in answer.rows if row[width] is not None]
        verdict = judge(read_families(plan.cells or [], told, "new"), memory)
        return len(verdict.families)

    with duckdb.connect(config={"threads": 1}) as connection:
        chosen = ", ".join(stored)
        connection.execute(f"CREATE TABLE visits AS SELECT {chosen} FROM '{path}'")
        times = _by_turns(
            {
                "governed": run_governed,
                "plan": lambda: len(connection.execute(plan.sql).fetchall()),
                "asked": lambda: len(connection.execute(sql).fetchall()),
            },
            turns,
        )
    governed, plan_bare, asked = (times[key] for key in ("governed", "plan", "asked"))
    return {
        "name": f"governed against bare: {name}",
        "governed_ms": governed,
        "plan_ms": plan_bare,
        "asked_ms": asked,
        "governed_over_plan": round(governed / plan_bare, 2),
        "governed_over_asked": round(governed / asked, 2),
        "governed_cpu_ms": statistics.median(cpu),
        "asked_cpu_ms": times["asked cpu"],
        "target": f"governed <= {times_bare} x asked + 15 ms (set for 1,000,000 rows)",
        "is_met": governed <= times_bare * asked + 15,
        "turns": turns,
        "confinement": engine.confinement(),
    }


def _by_turns(ways: dict[str, Callable[[], object]], turns: int) -> dict[str, float]:
    """The median milliseconds of each way; each turn runs all of them, after one that warms up.

    Under ``<way> cpu`` stands the CPU of this process, which is all of it for what runs here.
    """
    seen: dict[str, list[float]] = {f"{name}{kind}": [] for name in ways for kind in ("", " cpu")}
    for turn in range(turns + 1):
        for name, way in ways.items():
            begun, spent = time.perf_counter(), time.process_time()
            way()
            if turn:
                seen[name].append((time.perf_counter() - begun) * 1000)
                seen[f"{name} cpu"].append((time.process_time() - spent) * 1000)
    return {name: round(statistics.median(times), 2) for name, times in seen.items()}


if __name__ == "__main__":
    for finding in measure():
        print(finding)
