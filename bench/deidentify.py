"""What de-identification costs: the report's k and l, treated rows a second, and the search of levels.

k and l over many rows are measured by what the report itself runs, against one bare GROUP BY of the same
columns by turns. Treatment is measured twice: what makes pseudonyms and bands, and the whole child with source, order,
report, marks and file. The engine has one thread, as in the child; seconds are CPU of this process, so they are per
core.
"""

import copy
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb

from marketplace.operations.demo.material import DATA, HEALTH_DECLARATION
from sandbox.deidentify import inside
from sandbox.deidentify.declaration import read_declaration
from sandbox.deidentify.lattice import Wanted
from sandbox.deidentify.risk.classes import View, closeness
from sandbox.deidentify.risk.classes import measure as measure_classes
from sandbox.deidentify.sources.source import Source
from sandbox.deidentify.treat import search_levels
from sandbox.deidentify.treatments import Secret, joins, prepare, select_list

ROWS = 10_000_000
TREATED_ROWS = 4_000_000
TURNS = 3
SEARCH_SECONDS = 10.0
ROWS_A_SECOND = 2_000_000
#: 500 counties, 7 bands of age, two sexes, 12 months: 84,000 classes of about 120 rows.
PEOPLE = """SELECT i // 5 AS person_id, 'c' || hash(i) % 500 AS county, hash(i, 1) % 7 AS band,
hash(i, 2) % 2 AS sex, hash(i, 3) % 12 AS month, 'd' || hash(i, 4) % 40 AS disease FROM range({rows}) t(i)"""
QUASI = ("county", "band", "sex", "month")
#: Five rows a person.
VISITS = """COPY (SELECT i // 5 AS person_id, (hash(i // 5, 1) % 95)::INTEGER AS age, 'c' || hash(i // 5, 2) % 50 AS county,
(hash(i // 5, 3) % 2)::INTEGER AS sex, (hash(i, 4) % 100000) / 100 AS cost FROM range({rows}) t(i))
TO '{path}' (FORMAT parquet)"""
VISITS_DECLARATION: dict[str, Any] = {
    "tables": {
        "visits": {
            "person_column": "person_id",
            "columns": {
                "person_id": {"class": "identifier", "treatment": "pseudonym"},
                "age": {"class": "dimension", "treatment": "band", "edges": [0, 18, 30, 45, 60]},
                "county": {"class": "dimension"},
                "sex": {"class": "dimension"},
                "cost": {"class": "measure"},
            },
        }
    }
}
SECRET = Secret(bytes(32), bytes(32))
#: The demonstration's people with seven quasi-identifiers and levels for them.
LEVELS: dict[str, dict[str, Any]] = {
    "age_years": {
        "class": "dimension",
        "treatment": "band",
        "edges": list(range(0, 70, 5)),
        "coarser": [[0, 10, 20, 30, 40, 50, 60], [0, 20, 40, 60], [0, 40]],
    },
    "education_years": {
        "class": "dimension",
        "treatment": "band",
        "edges": [0, 6, 9, 12, 16],
        "coarser": [[0, 9, 12], [0, 12]],
    },
    "family_size": {
        "class": "dimension",
        "treatment": "band",
        "edges": [0, 2, 4, 6],
        "coarser": [[0, 4]],
    },
    "family_income_usd": {"class": "measure", "treatment": "drop"},
    "plan_no": {"class": "dimension", "treatment": "drop", "quasi": False},
    "has_physical_limit": {"class": "dimension", "quasi": False},
}
#: k alone, and l and t with rows left out, where nothing may be concluded about other nodes.
WISHES = (Wanted(5, suppressed_share=0.02), Wanted(5, 2, 0.4, 0.05), Wanted(10, 3, 0.3))


def measure() -> list[dict[str, Any]]:
    """One finding for each target."""
    return [_classes(), *_treated(), *map(_search, WISHES)]


def _classes() -> dict[str, Any]:
    view, keys = View("people", QUASI, ("disease",)), ", ".join(QUASI)
    with duckdb.connect(config={"threads": 1}) as db:
        db.execute(f"CREATE TABLE people AS {PEOPLE.format(rows=ROWS)}")
        report, distance, bare = _by_turns(
            lambda: measure_classes(db, view, 3),
            # The report leaves its last pairs of class and value; t is computed from them.
            lambda: closeness(db),
            lambda: db.execute(f"SELECT {keys}, count(*) FROM people GROUP BY {keys}").fetchall(),
        )
    both = round(report - distance, 3)
    return {
        "name": f"k and l of {ROWS:,} rows against one GROUP BY",
        "k_and_l_seconds": both,
        "with_t_seconds": report,
        "group_by_seconds": bare,
        "ratio": round(both / bare, 2),
        "ratio_with_t": round(report / bare, 2),
        "target": "k and l <= 3 x one GROUP BY of the quasi-identifiers",
        "is_met": both <= 3 * bare,
        "turns": TURNS,
    }


def _treated() -> list[dict[str, Any]]:
    with tempfile.TemporaryDirectory(prefix="hexi-bench-") as name:
        folder = Path(name)
        path = folder / "visits.parquet"
        with duckdb.connect(config={"threads": 1}) as db:
            db.execute(VISITS.format(rows=TREATED_ROWS, path=path))
        part, whole = _by_turns(lambda: _select(path), lambda: _treat(path, folder))
    rows = f"{TREATED_ROWS:,} rows of {TREATED_ROWS // 5:,} people"
    return [
        {
            "name": f"pseudonyms and bands, {rows}",
            "seconds": part,
            "rows_a_second": round(TREATED_ROWS / part),
            "target_rows_a_second": ROWS_A_SECOND,
            "is_met": TREATED_ROWS / part >= ROWS_A_SECOND,
            "turns": TURNS,
        },
        {
            "name": f"the whole treatment, {rows}",
            "seconds": whole,
            "rows_a_second": round(TREATED_ROWS / whole),
            "turns": TURNS,
        },
    ]


def _select(path: Path) -> None:
    table = read_declaration(VISITS_DECLARATION).tables[0]
    rules = list(table.columns)
    with duckdb.connect(config={"threads": 1}) as db:
        db.read_parquet(str(path)).create_view("raw")
        types = dict(db.execute("SELECT column_name, column_type FROM (DESCRIBE raw)").fetchall())
        prepare(db, table, SECRET)
        db.execute(
            f"CREATE TABLE treated AS SELECT {select_list(rules, types)} FROM raw{joins(table, rules)}"
        )


def _treat(path: Path, folder: Path) -> None:
    declaration = read_declaration(VISITS_DECLARATION)
    inside.treat_table(
        declaration.tables[0],
        Source(str(path)),
        secret=SECRET,
        folder=folder,
        protection=declaration.protection,
    )


def _search(wanted: Wanted) -> dict[str, Any]:
    """The search in its child, as the command runs it; wall seconds."""
    document = copy.deepcopy(HEALTH_DECLARATION)
    document["tables"]["visits"]["columns"] |= LEVELS
    table = read_declaration(document).tables[0]
    source = Source(str(DATA / "health_insurance_visits.parquet"))
    seconds = []
    with tempfile.TemporaryDirectory(prefix="hexi-bench-") as folder:
        for _ in range(TURNS):
            begun = time.perf_counter()
            found = search_levels(table, source, folder=Path(folder), wanted=wanted)
            seconds.append(time.perf_counter() - begun)
    median = statistics.median(seconds)
    return {
        "name": f"levels of {len(found['levels'])} quasi-identifiers: k={wanted.k} l={wanted.l} t={wanted.t}",
        "wall_seconds": round(median, 3),
        "nodes": found["nodes"],
        "looked_at": found["looked_at"],
        "certainty_penalty": found["certainty_penalty"],
        "target_seconds": SEARCH_SECONDS,
        "is_met": median <= SEARCH_SECONDS,
        "turns": TURNS,
    }


def _by_turns(*ways: Callable[[], object]) -> list[float]:
    """The median CPU seconds of each way; each turn runs all of them, after one that warms up."""
    seen: list[list[float]] = [[] for _ in ways]
    for turn in range(TURNS + 1):
        for place, way in enumerate(ways):
            begun = time.process_time()
            way()
            if turn:
                seen[place].append(time.process_time() - begun)
    return [round(statistics.median(one), 3) for one in seen]


if __name__ == "__main__":
    for finding in measure():
        print(finding)
