"""One open application an entry: the database backs what the lock on the entry says first."""

import sqlalchemy as sa
from alembic import op


revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_IS_OPEN = sa.text(
    "entry_code <> '' AND status NOT IN ('certified', 'completed', 'effective', 'handed_over', "
    "'lapsed', 'not_accepted', 'refused', 'rejected', 'terminated', 'withdrawn')"
)


def upgrade() -> None:
    """Forward."""
    op.create_index(
        "uq_registry_application_open_on_entry",
        "registry_application",
        ["entry_code"],
        unique=True,
        sqlite_where=_IS_OPEN,
        postgresql_where=_IS_OPEN,
    )
