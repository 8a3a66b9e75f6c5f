"""Series of datasets whose epochs share nobody, and what each version remembers of its people."""

import sqlalchemy as sa
import sqlmodel
from alembic import op


revision = '0016'
down_revision = '0015'
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward."""
    _extend("sandbox_dataset", "series", sqlmodel.sql.sqltypes.AutoString(), "''")
    _extend("sandbox_snapshot", "people", sa.JSON(), "'{}'")


def _extend(table: str, name: str, kind: sa.types.TypeEngine, value: str) -> None:
    """A new column that older rows have a value for."""
    with op.batch_alter_table(table, schema=None) as batch_op:
        batch_op.add_column(sa.Column(name, kind, nullable=True))
    op.execute(f"UPDATE {table} SET {name} = {value}")
    with op.batch_alter_table(table, schema=None) as batch_op:
        batch_op.alter_column(name, existing_type=kind, nullable=False)
