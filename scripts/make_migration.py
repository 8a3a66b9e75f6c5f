"""``make migration NAME=what_changes``: a new revision from the difference of tables and code."""

import sys
import tempfile
from pathlib import Path

from alembic import command
from alembic.script import ScriptDirectory

from kernel.database import Database
from marketplace.operations.migrate import migrations


def main(name: str) -> None:
    """Write the next revision, numbered after the last."""
    with tempfile.TemporaryDirectory() as folder:
        db = Database(f"sqlite:///{Path(folder) / 'empty.db'}")
        config = migrations(db)
        command.upgrade(config, "head")
        newest = ScriptDirectory.from_config(config).get_current_head() or "0000"
        number = f"{int(newest) + 1:04d}"
        command.revision(config, message=name.replace("_", " "), autogenerate=True, rev_id=number)
        db.close()


if __name__ == "__main__":
    main(sys.argv[1])
