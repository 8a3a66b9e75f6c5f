"""Real daemons over a small extract of every type; those that a test harms are its own."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pytest

from sandbox.engine.process import Engine, Extract, ExtractTable

COLUMNS = ("id", "k", "amount", "price", "name", "born", "seen", "opened", "flag")
MAKE = """COPY (SELECT i AS id, i % 7 AS k, i * 0.25 AS amount, (i * 1.5)::DECIMAL(12,2) AS price,
'名' || i AS name, DATE '2000-01-01' + (i % 3000)::INT AS born,
TIMESTAMP '2026-01-01 10:00:00' + INTERVAL (i) SECOND AS seen, TIME '08:30:00' AS opened,
i % 2 = 0 AS flag, 'secret ' || i AS hidden FROM range(20000) t(i)) TO '{path}' (FORMAT parquet)"""


@dataclass(frozen=True)
class Stage:
    """A daemon for one test: the engine, its process, and the extract that it may read."""

    engine: Engine
    process: subprocess.Popen[bytes]
    extract: Extract
    snapshots: Path

    def below(self) -> dict[int, str]:
        """The daemon's descendants by number, with their command lines."""
        parents = {pid: _parent(pid) for pid in _numbers()}
        found = {self.process.pid}
        while more := {pid for pid, parent in parents.items() if parent in found} - found:
            found |= more
        return {pid: _command(pid) for pid in found - {self.process.pid}}

    def forked(self) -> list[int]:
        """The zygote, then what was forked from it, by age; the wall's own processes left out."""
        return sorted(
            pid for pid, line in self.below().items() if "zygote" in line and "bwrap" not in line
        )


def _numbers() -> list[int]:
    return [int(one.name) for one in Path("/proc").iterdir() if one.name.isdigit()]


def _parent(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    except OSError:
        return 0


def _command(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
    except OSError:
        return ""


@pytest.fixture(scope="session")
def snapshots(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("snapshots")
    with duckdb.connect(config={"threads": 1}) as connection:
        connection.execute(MAKE.format(path=folder / "visits.parquet"))
    return folder


@pytest.fixture(scope="session")
def extract(snapshots: Path) -> Extract:
    return Extract("one", (ExtractTable("visits", str(snapshots / "visits.parquet"), COLUMNS),))


@pytest.fixture
def bare(snapshots: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """The same table in a DuckDB of the test's own, with no wall around it."""
    with duckdb.connect(config={"threads": 1}) as connection:
        names = ", ".join(COLUMNS)
        connection.execute(
            f"CREATE TABLE visits AS SELECT {names} FROM '{snapshots / 'visits.parquet'}'"
        )
        yield connection


@contextmanager
def staged(folder: Path, snapshots: Path, extract: Extract, **environment: str) -> Iterator[Stage]:
    process = start_daemon(folder, snapshots, **environment)
    engine = Engine(folder / "sandbox.sock")
    try:
        wait_for(engine.is_alive)
        yield Stage(engine, process, extract, snapshots)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait()


def start_daemon(
    folder: Path, snapshots: Path, confinement: str = "required", **environment: str
) -> subprocess.Popen[bytes]:
    command = [
        *(sys.executable, "-m", "sandbox.engine.process", "--socket", str(folder / "sandbox.sock")),
        *("--confinement", confinement, "--snapshots", str(snapshots)),
    ]
    return subprocess.Popen(
        command, env={**os.environ, **environment}, stdin=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )  # fmt: skip


def wait_for(holds: Callable[[], bool]) -> None:
    """Wait until it holds; the test's own time limit ends a wait that is in vain."""
    while not holds():
        time.sleep(0.02)


@pytest.fixture(scope="session")
def shared(
    tmp_path_factory: pytest.TempPathFactory, snapshots: Path, extract: Extract
) -> Iterator[Stage]:
    """One daemon for all tests that leave it as it was."""
    with staged(tmp_path_factory.mktemp("run"), snapshots, extract) as stage:
        yield stage


@pytest.fixture
def stage(tmp_path: Path, snapshots: Path, extract: Extract) -> Iterator[Stage]:
    """A daemon of the test's own."""
    with staged(tmp_path, snapshots, extract) as own:
        yield own
