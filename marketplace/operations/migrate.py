"""Migrations with Alembic; apart from ``home``, because a start does not need them."""

from pathlib import Path

from alembic import command
from alembic.config import Config

from kernel.database import Database

_REVISIONS = Path(__file__).resolve().parents[2] / "migrations"


def migrations(db: Database) -> Config:
    """Alembic's configuration for one database."""
    config = Config()
    config.set_main_option("script_location", str(_REVISIONS))
    config.attributes["engine"] = db.engine
    return config


def migrate(db: Database) -> None:
    """Bring the tables to this program's revision; forward only."""
    command.upgrade(migrations(db), "head")
