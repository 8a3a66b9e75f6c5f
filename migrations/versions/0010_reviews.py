"""The airlock: answers in review, votes and comments."""

import sqlalchemy as sa
import sqlmodel
from alembic import op

import kernel.database


revision = '0010'
down_revision = '0009'
branch_labels = None
depends_on = None

_TEXT = sqlmodel.sql.sqltypes.AutoString
_MOMENT = kernel.database.UtcDateTime


def upgrade() -> None:
    """Forward."""
    op.create_table('sandbox_review',
    sa.Column('run_id', _TEXT(), nullable=False),
    sa.Column('provider_id', _TEXT(), nullable=False),
    sa.Column('state', _TEXT(), nullable=False),
    sa.Column('evidence', sa.JSON(), nullable=False),
    sa.Column('columns', sa.JSON(), nullable=False),
    sa.Column('rows', sa.JSON(), nullable=False),
    sa.Column('submitted_at', _MOMENT(timezone=True), nullable=False),
    sa.Column('decided_at', _MOMENT(timezone=True), nullable=True),
    sa.PrimaryKeyConstraint('run_id', name=op.f('pk_sandbox_review'))
    )
    with op.batch_alter_table('sandbox_review', schema=None) as batch_op:
        batch_op.create_index('ix_sandbox_review_queue', ['provider_id', 'state'], unique=False)
    op.create_table('sandbox_review_comment',
    sa.Column('id', _TEXT(), nullable=False),
    sa.Column('run_id', _TEXT(), nullable=False),
    sa.Column('account_id', _TEXT(), nullable=False),
    sa.Column('is_private', sa.Boolean(), nullable=False),
    sa.Column('text', _TEXT(), nullable=False),
    sa.Column('at', _MOMENT(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_sandbox_review_comment'))
    )
    with op.batch_alter_table('sandbox_review_comment', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_sandbox_review_comment_run_id'), ['run_id'], unique=False)
    op.create_table('sandbox_review_vote',
    sa.Column('run_id', _TEXT(), nullable=False),
    sa.Column('account_id', _TEXT(), nullable=False),
    sa.Column('releases', sa.Boolean(), nullable=False),
    sa.Column('reason', _TEXT(), nullable=False),
    sa.Column('at', _MOMENT(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('run_id', 'account_id', name=op.f('pk_sandbox_review_vote'))
    )
