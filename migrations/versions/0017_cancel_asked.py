"""Runs remember that somebody asked to cancel them: they end as cancelled, however far they came."""

import sqlalchemy as sa
from alembic import op
import kernel.database


revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward."""
    with op.batch_alter_table("sandbox_run", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("cancel_asked_at", kernel.database.UtcDateTime(timezone=True), nullable=True)
        )
