"""Versions of datasets end: their last day, their deletion, and the quality that is watched between them."""

import sqlalchemy as sa
from alembic import op

from kernel.database import UtcDateTime

revision = '0012'
down_revision = '0011'
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward."""
    with op.batch_alter_table('sandbox_snapshot', schema=None) as batch_op:
        batch_op.add_column(sa.Column('quality', sa.JSON(), nullable=True))
        batch_op.add_column(sa.Column('state', sa.String(), nullable=True))
        batch_op.add_column(sa.Column('expires_on', sa.Date(), nullable=True))
        batch_op.add_column(sa.Column('deletion', sa.JSON(), nullable=True))
        batch_op.add_column(sa.Column('deleted_at', UtcDateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column('receipt_id', sa.String(), nullable=True))
        batch_op.create_index(batch_op.f('ix_sandbox_snapshot_expires_on'), ['expires_on'], unique=False)
    op.execute("UPDATE sandbox_snapshot SET quality = '{}', deletion = '{}', state = 'ready', receipt_id = ''")
    with op.batch_alter_table('sandbox_snapshot', schema=None) as batch_op:
        batch_op.alter_column('quality', existing_type=sa.JSON(), nullable=False)
        batch_op.alter_column('deletion', existing_type=sa.JSON(), nullable=False)
        batch_op.alter_column('state', existing_type=sa.String(), nullable=False)
        batch_op.alter_column('receipt_id', existing_type=sa.String(), nullable=False)
