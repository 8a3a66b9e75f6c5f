"""Saved queries, templates with parameters, and synthetic samples."""

import sqlalchemy as sa
import sqlmodel
from alembic import op

import kernel.database


revision = '0014'
down_revision = '0013'
branch_labels = None
depends_on = None

_TEXT = sqlmodel.sql.sqltypes.AutoString
_MOMENT = kernel.database.UtcDateTime


def upgrade() -> None:
    """Forward."""
    op.create_table('sandbox_saved_query',
    sa.Column('id', _TEXT(), nullable=False),
    sa.Column('licence_id', _TEXT(), nullable=False),
    sa.Column('organisation_id', _TEXT(), nullable=False),
    sa.Column('account_id', _TEXT(), nullable=False),
    sa.Column('title', _TEXT(), nullable=False),
    sa.Column('sql', _TEXT(), nullable=False),
    sa.Column('is_private', sa.Boolean(), nullable=False),
    sa.Column('revision', sa.Integer(), nullable=False),
    sa.Column('created_at', _MOMENT(timezone=True), nullable=False),
    sa.Column('changed_at', _MOMENT(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_sandbox_saved_query'))
    )
    with op.batch_alter_table('sandbox_saved_query', schema=None) as batch_op:
        batch_op.create_index('ix_sandbox_saved_query_list', ['licence_id', 'organisation_id'], unique=False)
    op.create_table('sandbox_template',
    sa.Column('id', _TEXT(), nullable=False),
    sa.Column('dataset', _TEXT(), nullable=False),
    sa.Column('provider_id', _TEXT(), nullable=False),
    sa.Column('mode', _TEXT(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('is_offered', sa.Boolean(), nullable=False),
    sa.Column('revision', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_sandbox_template'))
    )
    with op.batch_alter_table('sandbox_template', schema=None) as batch_op:
        batch_op.create_index('ix_sandbox_template_list', ['dataset', 'mode'], unique=False)
    op.create_table('sandbox_template_version',
    sa.Column('template_id', _TEXT(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('titles', sa.JSON(), nullable=False),
    sa.Column('descriptions', sa.JSON(), nullable=False),
    sa.Column('sql', _TEXT(), nullable=False),
    sa.Column('parameters', sa.JSON(), nullable=False),
    sa.Column('digest', _TEXT(), nullable=False),
    sa.Column('created_by', _TEXT(), nullable=False),
    sa.Column('created_at', _MOMENT(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['template_id'], ['sandbox_template.id'], name=op.f('fk_sandbox_template_version_template_id_sandbox_template')),
    sa.PrimaryKeyConstraint('template_id', 'version', name=op.f('pk_sandbox_template_version'))
    )
    op.create_table('sandbox_synthetic_sample',
    sa.Column('id', _TEXT(), nullable=False),
    sa.Column('snapshot_id', _TEXT(), nullable=False),
    sa.Column('lineage_id', _TEXT(), nullable=False),
    sa.Column('state', _TEXT(), nullable=False),
    sa.Column('rho', sa.BigInteger(), nullable=False),
    sa.Column('facts', sa.JSON(), nullable=False),
    sa.Column('columns', sa.JSON(), nullable=False),
    sa.Column('rows', sa.JSON(), nullable=False),
    sa.Column('created_by', _TEXT(), nullable=False),
    sa.Column('created_at', _MOMENT(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_sandbox_synthetic_sample')),
    sa.UniqueConstraint('snapshot_id', name=op.f('uq_sandbox_synthetic_sample_snapshot_id'))
    )
    with op.batch_alter_table('sandbox_synthetic_sample', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_sandbox_synthetic_sample_lineage_id'), ['lineage_id'], unique=False)
    with op.batch_alter_table('sandbox_run', schema=None) as batch_op:
        batch_op.add_column(sa.Column('template', sa.JSON(), nullable=True))
    op.execute("UPDATE sandbox_run SET template = '{}'")
    with op.batch_alter_table('sandbox_run', schema=None) as batch_op:
        batch_op.alter_column('template', existing_type=sa.JSON(), nullable=False)
