"""Answers that are files: what was asked for, how long it is, and what the review holds."""

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = '0015'
down_revision = '0014'
branch_labels = None
depends_on = None

_TEXT = sqlmodel.sql.sqltypes.AutoString


def upgrade() -> None:
    """Forward."""
    with op.batch_alter_table('sandbox_run', schema=None) as batch_op:
        batch_op.add_column(sa.Column('media_type', _TEXT(), nullable=True))
        batch_op.add_column(sa.Column('size_bytes', sa.BigInteger(), nullable=True))
    with op.batch_alter_table('sandbox_review', schema=None) as batch_op:
        batch_op.add_column(sa.Column('file', sa.JSON(), nullable=True))
    op.execute("UPDATE sandbox_run SET media_type = '', size_bytes = 0")
    op.execute("UPDATE sandbox_review SET file = '{}'")
    with op.batch_alter_table('sandbox_run', schema=None) as batch_op:
        batch_op.alter_column('media_type', existing_type=_TEXT(), nullable=False)
        batch_op.alter_column('size_bytes', existing_type=sa.BigInteger(), nullable=False)
    with op.batch_alter_table('sandbox_review', schema=None) as batch_op:
        batch_op.alter_column('file', existing_type=sa.JSON(), nullable=False)
