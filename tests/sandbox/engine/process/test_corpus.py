"""The corpus end to end: honest plans pass the second check, attacks given raw reach no file."""

import json
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import duckdb
import pytest

from sandbox.engine.guard import analyse
from sandbox.engine.process import Extract, ExtractTable, Limits
from sandbox.engine.process.inside.encode import encode_value
from sandbox.errors.engine import RunFailed
from sandbox.errors.guard import SqlRefused
from tests.sandbox.engine.guard.corpus import VECTORS, description, lines
from tests.sandbox.engine.process.conftest import Stage, staged

pytestmark = pytest.mark.timeout(300)

PERSONS = 20_000
_REACHES_OUT = re.compile(
    r"read_|glob\(|copy |attach|/etc|https?:|duckdb_|pragma|show |describe|information_schema|sqlite_",
    re.IGNORECASE,
)
HONEST = [*lines("honest.jsonl"), *lines("own_honest.jsonl")]


@pytest.fixture(scope="module")
def bare_corpus() -> Iterator[duckdb.DuckDBPyConnection]:
    script = (VECTORS / "make_tables.py").read_text(encoding="utf-8")
    with duckdb.connect(config={"threads": 1}) as connection:
        connection.execute("SELECT setseed(0.42)")
        for one in re.findall(r'execute\(f"""(.*?)"""\)', script, re.DOTALL):
            made = one.replace("{persons // 20}", str(PERSONS // 20))
            connection.execute(made.replace("{persons}", str(PERSONS)))
        yield connection


@pytest.fixture(scope="module")
def corpus(
    tmp_path_factory: pytest.TempPathFactory, bare_corpus: duckdb.DuckDBPyConnection
) -> Iterator[Stage]:
    folder = tmp_path_factory.mktemp("corpus")
    document = json.loads((VECTORS / "schema.json").read_text(encoding="utf-8"))
    tables = []
    for name, table in document["tables"].items():
        path = folder / f"{name}.parquet"
        bare_corpus.execute(f"COPY {name} TO '{path}' (FORMAT parquet)")
        tables.append(ExtractTable(name, str(path), tuple(table["columns"])))
    extract = Extract("corpus", tuple(tables))
    with staged(tmp_path_factory.mktemp("corpus-run"), folder, extract) as stage:
        yield stage


def bag(rows: Any) -> Counter[str]:
    return Counter(json.dumps([encode_value(value) for value in row]) for row in rows)


@pytest.mark.parametrize("one", HONEST, ids=lambda one: one["id"])
def test_an_honest_plan_runs_and_gives_what_duckdb_gives(
    one: dict[str, Any], corpus: Stage, bare_corpus: duckdb.DuckDBPyConnection
) -> None:
    try:
        plan = analyse(one["sql"], description(one["policy"], count_base=1))
    except SqlRefused:
        return

    limits = Limits(seconds=30, rows=100_000)
    answer = corpus.engine.run(
        run_id=uuid4().hex, sql=plan.sql, extract=corpus.extract, limits=limits
    )

    wanted = bare_corpus.execute(plan.sql).fetchall()
    assert len(answer.columns) == len(plan.columns) + bool(plan.flag)
    if "approx_quantile" in plan.sql or "LIMIT" in plan.sql:
        assert len(answer.rows) == len(wanted)
    else:
        assert bag(answer.rows) == bag(wanted)


def test_raw_attacks_leave_the_service_and_the_files_as_they_were(corpus: Stage) -> None:
    left = sorted(corpus.snapshots.rglob("*"))
    passed = []
    for one in lines("attacks.jsonl"):
        limits = Limits(seconds=0.3)
        try:
            corpus.engine.run(
                run_id=uuid4().hex, sql=one["sql"], extract=corpus.extract, limits=limits
            )
        except RunFailed:
            continue
        passed.append(one["sql"])

    # What is left is for the guard: inference and withheld columns, which no engine can see.
    assert not [sql for sql in passed if _REACHES_OUT.search(sql)]
    assert sorted(corpus.snapshots.rglob("*")) == left
    assert corpus.engine.is_alive()
