"""Signatures under risk reports; reports of older snapshots have no digest, and nobody has to sign them."""

import sqlalchemy as sa
import sqlmodel
from alembic import op

import kernel.database


revision = '0013'
down_revision = '0012'
branch_labels = None
depends_on = None

_TEXT = sqlmodel.sql.sqltypes.AutoString


def upgrade() -> None:
    """Forward."""
    op.create_table('sandbox_report_signature',
    sa.Column('snapshot_id', _TEXT(), nullable=False),
    sa.Column('account_id', _TEXT(), nullable=False),
    sa.Column('report_digest', _TEXT(), nullable=False),
    sa.Column('at', kernel.database.UtcDateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('snapshot_id', 'account_id', name=op.f('pk_sandbox_report_signature'))
    )
    with op.batch_alter_table('sandbox_snapshot', schema=None) as batch_op:
        batch_op.add_column(sa.Column('report_digest', _TEXT(), nullable=True))
        batch_op.add_column(sa.Column('signatures_needed', sa.Integer(), nullable=True))
    op.execute("UPDATE sandbox_snapshot SET report_digest = '', signatures_needed = 0")
    with op.batch_alter_table('sandbox_snapshot', schema=None) as batch_op:
        batch_op.alter_column('report_digest', existing_type=_TEXT(), nullable=False)
        batch_op.alter_column('signatures_needed', existing_type=sa.Integer(), nullable=False)
