"""Delegations of licences, alarms on damaged contracts, and which organisation asked a query."""

import sqlalchemy as sa
import sqlmodel
from alembic import op

import kernel.database


revision = '0007'
down_revision = '0006'
branch_labels = None
depends_on = None

_TEXT = sqlmodel.sql.sqltypes.AutoString
_MOMENT = kernel.database.UtcDateTime


def upgrade() -> None:
    """Forward."""
    op.create_table('licensing_delegation',
    sa.Column('id', _TEXT(), nullable=False),
    sa.Column('licence_id', _TEXT(), nullable=False),
    sa.Column('parent_id', _TEXT(), nullable=True),
    sa.Column('depth', sa.Integer(), nullable=False),
    sa.Column('further_steps', sa.Integer(), nullable=False),
    sa.Column('delegator_id', _TEXT(), nullable=False),
    sa.Column('delegator_name', _TEXT(), nullable=False),
    sa.Column('delegate_id', _TEXT(), nullable=False),
    sa.Column('delegate_name', _TEXT(), nullable=False),
    sa.Column('ends_on', sa.Date(), nullable=False),
    sa.Column('reason', _TEXT(), nullable=False),
    sa.Column('given_by', _TEXT(), nullable=False),
    sa.Column('given_at', _MOMENT(timezone=True), nullable=False),
    sa.Column('revoked_by', _TEXT(), nullable=False),
    sa.Column('revoked_at', _MOMENT(timezone=True), nullable=True),
    sa.CheckConstraint('delegator_id <> delegate_id', name=op.f('ck_licensing_delegation_another')),
    sa.CheckConstraint('depth >= 1 AND further_steps >= 0', name=op.f('ck_licensing_delegation_steps')),
    sa.ForeignKeyConstraint(['delegate_id'], ['kernel_organisation.id'], name=op.f('fk_licensing_delegation_delegate_id')),
    sa.ForeignKeyConstraint(['delegator_id'], ['kernel_organisation.id'], name=op.f('fk_licensing_delegation_delegator_id')),
    sa.ForeignKeyConstraint(['licence_id'], ['licensing_licence.id'], name=op.f('fk_licensing_delegation_licence_id')),
    sa.ForeignKeyConstraint(['parent_id'], ['licensing_delegation.id'], name=op.f('fk_licensing_delegation_parent_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_licensing_delegation'))
    )
    with op.batch_alter_table('licensing_delegation', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_licensing_delegation_delegate_id'), ['delegate_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_licensing_delegation_licence_id'), ['licence_id'], unique=False)

    with op.batch_alter_table('licensing_licence', schema=None) as batch_op:
        batch_op.add_column(sa.Column('alarmed_at', _MOMENT(timezone=True), nullable=True))
        batch_op.create_index(batch_op.f('ix_licensing_licence_alarmed_at'), ['alarmed_at'], unique=False)

    with op.batch_alter_table('sandbox_run', schema=None) as batch_op:
        batch_op.add_column(sa.Column('organisation_id', _TEXT(), nullable=True))
    # Until now only the licensee's own people could ask.
    op.execute("UPDATE sandbox_run SET organisation_id = licensee_id")
    with op.batch_alter_table('sandbox_run', schema=None) as batch_op:
        batch_op.alter_column('organisation_id', existing_type=_TEXT(), nullable=False)
        batch_op.create_index(batch_op.f('ix_sandbox_run_organisation_id'), ['organisation_id'], unique=False)
