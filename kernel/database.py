"""The database: SQLite for one machine, PostgreSQL for more, behind one small class.

``transaction()`` commits when its block ends and rolls back when an exception crosses it;
``read()`` never writes. SQLite runs in WAL with ``synchronous=FULL``: with NORMAL a power loss
may take back a commit whose receipt is already in somebody's hands. A writing transaction takes
SQLite's write lock at its start, because an upgrade in the middle fails at once under load.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    Connection,
    DateTime,
    Engine,
    Table,
    TypeDecorator,
    create_engine,
    event,
    text,
)
from sqlalchemy.engine import Dialect
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError
from sqlmodel import Session, SQLModel

from kernel.errors import Unavailable, msgid

#: How long a connection waits for SQLite's single writer before it gives up.
BUSY_TIMEOUT_MILLISECONDS = 30_000

SQLModel.metadata.naming_convention = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class DatabaseUnavailable(Unavailable):
    """The database cannot be opened."""

    code = "kernel-database-unavailable"
    title = msgid("The database cannot be opened")
    detail = msgid(
        "Check HEXI_DATABASE_URL, that the server runs, and that the file may be written. "
        "Nothing was changed."
    )


def table_of(model: type[SQLModel]) -> Table:
    """The table under a model, for statements that need no objects: they cost a third of their like on models."""
    table: Table = model.__table__  # type: ignore[attr-defined] # SQLModel makes it and does not say so
    return table


class UtcDateTime(TypeDecorator[datetime]):
    """An aware moment, stored in UTC; a naive one is refused when it is written."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Turn to UTC; SQLite keeps no zone, so it is taken off there."""
        if value is None:
            return None
        if value.tzinfo is None:
            message = "a naive datetime must not reach the database"
            raise ValueError(message)
        utc = value.astimezone(UTC)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def process_result_value(
        self,
        value: datetime | None,
        dialect: Dialect,  # noqa: ARG002 - the signature is SQLAlchemy's
    ) -> datetime | None:
        """Give the zone back."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Database:
    """One database and the two ways to use it."""

    def __init__(self, url: str) -> None:
        """Prepare the engine; no connection is opened yet, so the object survives a fork.

        Raises:
            DatabaseUnavailable: the URL names no database that we know.
        """
        try:
            self.engine = _make_engine(url)
        except (ArgumentError, NoSuchModuleError, ImportError) as error:
            raise DatabaseUnavailable from error
        self._writer = self.engine.execution_options(hexi_writes=True)

    @property
    def is_sqlite(self) -> bool:
        """The embedded engine, with a single writer."""
        return self.engine.dialect.name == "sqlite"

    def check(self) -> None:
        """Open and close a connection.

        Raises:
            DatabaseUnavailable: it cannot be opened.
        """
        try:
            with self.engine.connect() as connection:
                connection.execute(text("SELECT 1"))
        except DBAPIError as error:
            raise DatabaseUnavailable from error

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """A writing transaction: commits at the end of the block, or not at all."""
        with self._session(self._writer) as session:
            yield session
            session.commit()

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A consistent view; whatever is changed in it is rolled back."""
        with self._session(self.engine) as session:
            yield session

    @contextmanager
    def _session(self, engine: Engine) -> Iterator[Session]:
        with Session(engine, expire_on_commit=False, autoflush=True) as session:
            try:
                yield session
            except BaseException:
                session.rollback()
                raise

    def close(self) -> None:
        """Close every pooled connection."""
        self.engine.dispose()


def _make_engine(url: str) -> Engine:
    if url.startswith("sqlite"):
        engine = create_engine(
            url, connect_args={"check_same_thread": False}, pool_size=16, max_overflow=64
        )
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine
    # A connection that a restarted server closed is noticed before it is used.
    return create_engine(url, pool_pre_ping=True, pool_size=16, max_overflow=64)


def _prepare_sqlite(connection: Any, record: Any) -> None:  # noqa: ANN401, ARG001 - the DBAPI has no types; the event has two arguments
    # The driver's own BEGIN is too late and of the wrong kind: _begin_sqlite says it instead.
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MILLISECONDS}")
    cursor.execute("PRAGMA journal_mode = WAL")
    cursor.execute("PRAGMA synchronous = FULL")
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get("hexi_writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
