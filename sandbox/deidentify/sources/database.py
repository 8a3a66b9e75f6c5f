"""One table of a database, read through SQLAlchemy in batches.

The address may hold a password: no message of the driver is passed on, and nothing here prints it.
"""

from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import Connection, CursorResult, create_engine, literal_column, select, table
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import NullPool

from sandbox.deidentify.sources.rows import BATCH_ROWS, Broken, Rows, as_text


class DatabaseReader:
    """Reads one table; a name with a point is a schema and its table."""

    encoding = ""

    def __init__(self, address: str, name: str) -> None:
        """Connect and begin to read.

        Raises:
            ValueError: the database cannot be reached, or has no such table; without a word of its own.
        """
        self.broken = Broken()
        try:
            self._connection = _connect(address)
            schema, _, plain = name.rpartition(".")
            chosen = table(plain, schema=schema or None)
            self._result: CursorResult[tuple[object, ...]] = self._connection.execute(
                select(literal_column("*")).select_from(chosen)
            )
            self.names = list(self._result.keys())
        except (SQLAlchemyError, ImportError, OSError):
            message = "no such database or table"
            # The driver's message may quote the address.
            raise ValueError(message) from None

    def batches(self) -> Iterator[Rows]:
        """The rows as texts.

        Raises:
            ValueError: the connection broke.
        """
        number = 0
        try:
            for part in self._result.partitions(BATCH_ROWS):
                rows = []
                for row in part:
                    number += 1
                    try:
                        rows.append([as_text(value) for value in row])
                    except TypeError:
                        self.broken.add(number, "value")
                yield rows
        except SQLAlchemyError:
            message = "the database stopped answering"
            raise ValueError(message) from None
        finally:
            self._connection.close()


def _connect(address: str) -> Connection:
    url = make_url(address)
    if url.drivername == "postgresql":
        url = url.set(drivername="postgresql+psycopg")
    if url.get_backend_name() == "sqlite" and not Path(url.database or "").is_file():
        # The driver would make an empty database.
        raise FileNotFoundError
    engine = create_engine(url, poolclass=NullPool, hide_parameters=True)
    return engine.connect().execution_options(stream_results=True)
