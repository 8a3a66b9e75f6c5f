"""Hand-written SQL given straight to the lower layers: what the guard would never let through."""

import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import duckdb
import pytest

from sandbox.engine.process import Extract, Limits, wire
from sandbox.engine.process.daemon.nursery import Nursery
from sandbox.engine.process.daemon.templates import Template
from sandbox.errors.engine import RunFailed
from tests.sandbox.engine.process.conftest import Stage

pytestmark = pytest.mark.timeout(120)

LIMITS = Limits(seconds=10).to_json()

#: Each does something in a DuckDB without walls.
FILES = {
    "text": "SELECT * FROM read_text('/etc/hostname')",
    "blob": "SELECT * FROM read_blob('/proc/self/environ')",
    "glob": "SELECT * FROM glob('/usr/*')",
    "csv": "SELECT * FROM read_csv('/etc/passwd', sep=':', header=false)",
    "snapshot": "SELECT * FROM read_parquet('{snapshot}')",
    "snapshot by name": "SELECT * FROM '{snapshot}'",
    "parquet metadata": "SELECT * FROM parquet_metadata('{snapshot}')",
    "copy": "COPY (SELECT 1) TO '{folder}/out.csv'",
    "attach": "ATTACH '{folder}/other.db' AS other",
    "export": "EXPORT DATABASE '{folder}/out'",
}
NEVER = {
    "http": "SELECT * FROM read_csv('https://example.org/a.csv')",
    "install": "INSTALL httpfs",
    "load": "LOAD httpfs",
    "unlock": "SET lock_configuration = false",
    "open": "SET enable_external_access = true",
    "threads": "SET threads = 8",
    "temp": "SET temp_directory = '/tmp'",
}
#: Harmless in a child, and still nothing that a licensee may ask: the second check's part.
DOUBTFUL = {
    "settings": "SELECT * FROM duckdb_settings()",
    "catalogue": "SELECT * FROM information_schema.tables",
    "system": "SELECT * FROM sqlite_master",
    "pragma": "PRAGMA database_list",
    "statistics": "SELECT stats(amount) FROM pragma_storage_info('visits')",
    "show": "FROM (SHOW TABLES)",
    "describe": "FROM (DESCRIBE visits)",
    "summarize": "SUMMARIZE visits",
    "range": "SELECT * FROM range(10)",
    "query": "SELECT * FROM query('SELECT 1')",
    "query_table": "SELECT * FROM query_table('visits')",
    "two": "SELECT 1; SELECT 2",
    "none": "",
    "explain": "EXPLAIN SELECT 1",
    "write": "INSERT INTO visits SELECT * FROM visits",
    "make": "CREATE TABLE a AS SELECT 1",
    "elsewhere": "SELECT * FROM system.main.duckdb_tables",
    "catalog": "SELECT * FROM extract_tables.main.visits",
    "other catalog": "SELECT * FROM memory.main.visits",
    "unknown": "SELECT * FROM persons",
    "broken": "SELECT FROM WHERE",
    "variable": "SET VARIABLE a = 1",
}


@pytest.fixture(scope="module")
def template(snapshots: Path, extract: Extract) -> Iterator[Template]:
    nursery = Nursery([snapshots], confinement="required")
    own = Template(nursery, extract.key, extract.to_json()["tables"])
    yield own
    own.close()
    nursery.close()


def ask_child(template: Template, sql: str) -> dict[str, Any]:
    """What a child says to SQL that nobody checked."""
    child = template.fork()
    try:
        child.talk.settimeout(30)
        wire.send(child.talk, {"sql": sql, "limits": LIMITS})
        assert wire.receive(child.talk) == {"state": "begun"}
        said: dict[str, Any] = wire.receive(child.talk)
        return said
    finally:
        child.close()


@pytest.mark.parametrize("name", FILES)
def test_a_child_reaches_no_file(
    template: Template, bare: duckdb.DuckDBPyConnection, snapshots: Path, tmp_path: Path, name: str
) -> None:
    sql = FILES[name].format(snapshot=snapshots / "visits.parquet", folder=tmp_path)
    bare.execute(sql).fetchall()
    left = sorted(tmp_path.rglob("*"))

    assert ask_child(template, sql) == {"state": "failed"}
    assert sorted(tmp_path.rglob("*")) == left


@pytest.mark.parametrize("name", NEVER)
def test_a_child_stays_locked(template: Template, name: str) -> None:
    assert ask_child(template, NEVER[name]) == {"state": "failed"}


def test_a_child_has_no_file_of_its_own_to_read(template: Template) -> None:
    said = ask_child(template, "SELECT path FROM duckdb_databases() WHERE path IS NOT NULL")

    assert said["rows"] == []


@pytest.mark.parametrize("name", [*FILES, *NEVER, *DOUBTFUL])
def test_the_second_check_stops_what_is_no_select_over_the_extract(
    shared: Stage, tmp_path: Path, name: str
) -> None:
    sql = {**FILES, **NEVER, **DOUBTFUL}[name]
    sql = sql.format(snapshot=shared.extract.tables[0].path, folder=tmp_path)

    with pytest.raises(RunFailed) as failure:
        shared.engine.run(run_id=uuid4().hex, sql=sql, extract=shared.extract, limits=Limits())

    assert failure.value.data_read is False


def test_a_text_that_hangs_the_check_is_stopped_before_data_is_read(shared: Stage) -> None:
    sql = "SELECT format('{:>2000000000}', 'a') || format('{:>2000000000}', 'b')"
    with pytest.raises(RunFailed) as failure:
        shared.engine.run(run_id="h", sql=sql, extract=shared.extract, limits=Limits(seconds=1))

    assert failure.value.facts == {}
    answer = shared.engine.run(run_id="i", sql="SELECT 1", extract=shared.extract, limits=Limits())
    assert answer.rows == ((1,),)


def test_a_request_that_is_no_message_harms_nobody(stage: Stage, tmp_path: Path) -> None:
    for noise in (
        b"",
        b"\xff\xff\xff\xff",
        b"\0\0\0\2{]",
        b"\0\0\0\x04null",
        b'\0\0\0\x0f{"verb":"none"}',
    ):
        with socket.socket(socket.AF_UNIX) as talk:
            talk.connect(str(tmp_path / "sandbox.sock"))
            talk.sendall(noise)
            talk.shutdown(socket.SHUT_WR)
            assert talk.recv(100) == b""

    assert stage.engine.is_alive()
