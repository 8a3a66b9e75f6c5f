"""The privacy ledger: lineages with their budget, caps and entries, and what a run's noise was."""

import sqlalchemy as sa
import sqlmodel
from alembic import op

import kernel.database


revision = '0008'
down_revision = '0007'
branch_labels = None
depends_on = None

_TEXT = sqlmodel.sql.sqltypes.AutoString
_MOMENT = kernel.database.UtcDateTime
#: Epsilon 4 at a delta of 10^-6, in nano-rho.
_BUDGET = 311_100_000


def upgrade() -> None:
    """Forward."""
    op.create_table('sandbox_privacy_cap',
    sa.Column('lineage_id', _TEXT(), nullable=False),
    sa.Column('scope', _TEXT(), nullable=False),
    sa.Column('scope_id', _TEXT(), nullable=False),
    sa.Column('granted', sa.BigInteger(), nullable=False),
    sa.Column('reserved', sa.BigInteger(), nullable=False),
    sa.Column('spent', sa.BigInteger(), nullable=False),
    sa.CheckConstraint('reserved >= 0 AND spent >= 0 AND reserved + spent <= granted', name=op.f('ck_sandbox_privacy_cap_cap')),
    sa.PrimaryKeyConstraint('lineage_id', 'scope', 'scope_id', name=op.f('pk_sandbox_privacy_cap'))
    )
    op.create_table('sandbox_privacy_entry',
    sa.Column('run_id', _TEXT(), nullable=False),
    sa.Column('lineage_id', _TEXT(), nullable=False),
    sa.Column('licence_id', _TEXT(), nullable=False),
    sa.Column('organisations', sa.JSON(), nullable=False),
    sa.Column('rho', sa.BigInteger(), nullable=False),
    sa.Column('state', _TEXT(), nullable=False),
    sa.Column('at', _MOMENT(timezone=True), nullable=False),
    sa.CheckConstraint('rho > 0', name=op.f('ck_sandbox_privacy_entry_cost')),
    sa.PrimaryKeyConstraint('run_id', name=op.f('pk_sandbox_privacy_entry'))
    )
    with op.batch_alter_table('sandbox_privacy_entry', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_sandbox_privacy_entry_licence_id'), ['licence_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_sandbox_privacy_entry_lineage_id'), ['lineage_id'], unique=False)

    _extend("sandbox_dataset", {"lineage_id": (_TEXT(), "id"), "privacy_rho": (sa.BigInteger(), str(_BUDGET))})
    _extend("sandbox_run", {"accuracy": (sa.Float(), "0"), "privacy": (sa.JSON(), "'{}'")})


def _extend(table: str, columns: dict[str, tuple[sa.types.TypeEngine, str]]) -> None:
    """New columns that older rows have a value for."""
    with op.batch_alter_table(table, schema=None) as batch_op:
        for name, (kind, _) in columns.items():
            batch_op.add_column(sa.Column(name, kind, nullable=True))
    for name, (_, value) in columns.items():
        op.execute(f"UPDATE {table} SET {name} = {value}")
    with op.batch_alter_table(table, schema=None) as batch_op:
        for name, (kind, _) in columns.items():
            batch_op.alter_column(name, existing_type=kind, nullable=False)
