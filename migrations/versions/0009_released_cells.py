"""The cells that have left in mode aggregate, and how many a run withheld because of them."""

import sqlalchemy as sa
import sqlmodel
from alembic import op


revision = '0009'
down_revision = '0008'
branch_labels = None
depends_on = None

_TEXT = sqlmodel.sql.sqltypes.AutoString


def upgrade() -> None:
    """Forward."""
    op.create_table('sandbox_released_cells',
    sa.Column('run_id', _TEXT(), nullable=False),
    sa.Column('lineage_id', _TEXT(), nullable=False),
    sa.Column('snapshot_id', _TEXT(), nullable=False),
    sa.Column('families', _TEXT(), nullable=False),
    sa.PrimaryKeyConstraint('run_id', name=op.f('pk_sandbox_released_cells'))
    )
    with op.batch_alter_table('sandbox_released_cells', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_sandbox_released_cells_lineage_id'), ['lineage_id'], unique=False)
    with op.batch_alter_table('sandbox_run', schema=None) as batch_op:
        batch_op.add_column(sa.Column('withheld', sa.JSON(), nullable=True))
    op.execute("UPDATE sandbox_run SET withheld = '{}'")
    with op.batch_alter_table('sandbox_run', schema=None) as batch_op:
        batch_op.alter_column('withheld', existing_type=sa.JSON(), nullable=False)
