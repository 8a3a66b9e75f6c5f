"""Migrations with Alembic; apart from ``home``, because a start does not need them."""

from alembic import command
from alembic.config import Config

from kernel.database import Database
from marketplace.operations.home import ROOT


def migrations(db: Database) -> Config:
    """Alembic's configuration for one database."""
    config = Config()
    config.set_main_option("script_location", str(ROOT / "migrations"))
    config.attributes["engine"] = db.engine
    return config


def migrate(db: Database) -> None:
    """Bring the tables to this program's revision; forward only."""
    command.upgrade(migrations(db), "head")
