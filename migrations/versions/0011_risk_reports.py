"""The report on the people of each snapshot; older snapshots have none."""

import sqlalchemy as sa
from alembic import op


revision = '0011'
down_revision = '0010'
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward."""
    with op.batch_alter_table('sandbox_snapshot', schema=None) as batch_op:
        batch_op.add_column(sa.Column('risk', sa.JSON(), nullable=True))
    op.execute("UPDATE sandbox_snapshot SET risk = '{}'")
    with op.batch_alter_table('sandbox_snapshot', schema=None) as batch_op:
        batch_op.alter_column('risk', existing_type=sa.JSON(), nullable=False)
