"""Alembic's environment: the tables of all packages, over the engine that the caller gives."""

from alembic import context
from sqlalchemy import Engine
from sqlmodel import SQLModel

# Importing a package's tables is what puts them into the metadata.
import kernel.accounts
import kernel.jobs
import kernel.limits
import kernel.trust.audit
import kernel.trust.idempotency
import kernel.trust.log
import kernel.trust.receipts
import kernel.workdays
import licensing.models
import marketplace.models
import registry.models
import sandbox.models


def is_ours(_object: object, name: str | None, *_: object) -> bool:
    """Leave the text index alone: neither engine's is in SQLAlchemy's language."""
    return not (name or "").removeprefix("ix_").startswith("registry_entry_text")


engine: Engine = context.config.attributes["engine"]

with engine.connect() as connection:
    is_sqlite = connection.dialect.name == "sqlite"
    driver = connection.connection.driver_connection
    if is_sqlite and driver is not None:
        # A table is copied to be altered; while it is, those that refer to it must not fall with it.
        driver.execute("PRAGMA foreign_keys = OFF")
    context.configure(
        connection=connection,
        target_metadata=SQLModel.metadata,
        # SQLite cannot alter most things in place; Alembic copies the table instead.
        render_as_batch=is_sqlite,
        compare_type=True,
        include_object=is_ours,
    )
    with context.begin_transaction():
        context.run_migrations()
    connection.commit()
    if is_sqlite and driver is not None:
        broken = driver.execute("PRAGMA foreign_key_check").fetchall()
        driver.execute("PRAGMA foreign_keys = ON")
        if broken:
            message = f"rows refer to nothing after the migration: {broken[:3]}"
            raise RuntimeError(message)
