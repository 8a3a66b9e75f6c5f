"""Negotiations, messages, versions of offers, and quotas as rows of their own."""

import sqlalchemy as sa
import sqlmodel
from alembic import op

import kernel.database


revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_TEXT = sqlmodel.sql.sqltypes.AutoString
_MOMENT = kernel.database.UtcDateTime
#: The first day of all time: a quota that counts over the whole term.
_WHOLE_TERM = "1970-01-01"


def upgrade() -> None:
    """Forward."""
    _create_tables()
    _add_columns()
    _move_quotas()
    _begin_negotiations()
    _forbid_changes()


def _create_tables() -> None:
    op.create_table('licensing_message',
    sa.Column('id', _TEXT(), nullable=False),
    sa.Column('application_id', _TEXT(), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('at', _MOMENT(timezone=True), nullable=False),
    sa.Column('side', _TEXT(), nullable=False),
    sa.Column('kind', _TEXT(), nullable=False),
    sa.Column('text', _TEXT(), nullable=False),
    sa.Column('document', sa.JSON(), nullable=True),
    sa.Column('digest', _TEXT(), nullable=False),
    sa.Column('actor_id', _TEXT(), nullable=False),
    sa.Column('actor_name', _TEXT(), nullable=False),
    sa.ForeignKeyConstraint(['application_id'], ['licensing_application.id'], name=op.f('fk_licensing_message_application_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_licensing_message')),
    sa.UniqueConstraint('application_id', 'number', name=op.f('uq_licensing_message_application_id_number'))
    )
    op.create_index(op.f('ix_licensing_message_application_id'), 'licensing_message', ['application_id'])

    op.create_table('licensing_negotiation',
    sa.Column('id', _TEXT(), nullable=False),
    sa.Column('application_id', _TEXT(), nullable=False),
    sa.Column('state', _TEXT(), nullable=False),
    sa.Column('channel', _TEXT(), nullable=False),
    sa.Column('consumer_pid', _TEXT(), nullable=False),
    sa.Column('callback_address', _TEXT(), nullable=False),
    sa.Column('offer', sa.JSON(), nullable=False),
    sa.Column('offer_digest', _TEXT(), nullable=False),
    sa.Column('changed_at', _MOMENT(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['application_id'], ['licensing_application.id'], name=op.f('fk_licensing_negotiation_application_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_licensing_negotiation')),
    sa.UniqueConstraint('application_id', name=op.f('uq_licensing_negotiation_application_id'))
    )
    op.create_index(op.f('ix_licensing_negotiation_consumer_pid'), 'licensing_negotiation', ['consumer_pid'])

    op.create_table('licensing_quota',
    sa.Column('licence_id', _TEXT(), nullable=False),
    sa.Column('unit', _TEXT(), nullable=False),
    sa.Column('period_start', sa.Date(), nullable=False),
    sa.Column('granted', sa.Integer(), nullable=False),
    sa.Column('reserved', sa.Integer(), nullable=False),
    sa.Column('taken', sa.Integer(), nullable=False),
    sa.CheckConstraint('reserved >= 0 AND taken >= 0 AND reserved + taken <= granted', name=op.f('ck_licensing_quota_quota')),
    sa.ForeignKeyConstraint(['licence_id'], ['licensing_licence.id'], name=op.f('fk_licensing_quota_licence_id')),
    sa.PrimaryKeyConstraint('licence_id', 'unit', 'period_start', name=op.f('pk_licensing_quota'))
    )
    op.create_table('licensing_reservation',
    sa.Column('holder', _TEXT(), nullable=False),
    sa.Column('licence_id', _TEXT(), nullable=False),
    sa.Column('unit', _TEXT(), nullable=False),
    sa.Column('period_start', sa.Date(), nullable=False),
    sa.Column('amount', sa.Integer(), nullable=False),
    sa.Column('used', sa.Integer(), nullable=False),
    sa.Column('state', _TEXT(), nullable=False),
    sa.Column('reserved_at', _MOMENT(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['licence_id'], ['licensing_licence.id'], name=op.f('fk_licensing_reservation_licence_id')),
    sa.PrimaryKeyConstraint('holder', 'licence_id', 'unit', name=op.f('pk_licensing_reservation'))
    )


def _add_columns() -> None:
    for table, columns in _NEW.items():
        for column in columns:
            op.add_column(table, column)
    op.execute("UPDATE licensing_offer SET series_id = id")
    op.create_index(
        "uq_licensing_offer_version", "licensing_offer", ["series_id", "version"], unique=True
    )
    # Whoever decided the application is whom the other signature of the provider must not be of.
    op.execute(
        "UPDATE licensing_licence SET decided_by = (SELECT a.decided_by "
        "FROM licensing_application a WHERE a.id = licensing_licence.application_id)"
    )


def _text(name: str, default: str = "") -> sa.Column[str]:
    return sa.Column(name, _TEXT(), nullable=False, server_default=default)


def _list(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.JSON(), nullable=False, server_default="[]")


_NEW: dict[str, tuple[sa.Column[object] | sa.Column[str] | sa.Column[int], ...]] = {
    "licensing_application": (
        _list("researchers"),
        _list("papers"),
        _text("region"),
        _text("industry"),
        _list("credentials"),
        _list("trace"),
        _text("reopens_licence_id"),
        _text("turn"),
        sa.Column("due_on", sa.Date(), nullable=True),
    ),
    "licensing_licence": (
        _text("decided_by"),
        _text("representative"),
        _text("replaces_id"),
        _text("ended_as"),
        _text("turn"),
        sa.Column("due_on", sa.Date(), nullable=True),
    ),
    "licensing_offer": (
        _text("series_id"),
        sa.Column("version", sa.Integer(), nullable=False, server_default="1"),
        _text("approval", "reviewed"),
    ),
}


def _move_quotas() -> None:
    op.execute(
        "INSERT INTO licensing_quota (licence_id, unit, period_start, granted, reserved, taken) "
        f"SELECT id, 'runs', '{_WHOLE_TERM}', runs_granted, runs_reserved, runs_taken "
        "FROM licensing_licence"
    )
    op.execute(
        "INSERT INTO licensing_reservation (holder, licence_id, unit, period_start, amount, used, "
        f"state, reserved_at) SELECT id, licence_id, 'runs', '{_WHOLE_TERM}', 1, 0, 'reserved', "
        "started_at FROM sandbox_run WHERE state = 'started'"
    )
    with op.batch_alter_table("licensing_licence") as batch_op:
        batch_op.drop_constraint(op.f("ck_licensing_licence_runs"), type_="check")
        batch_op.drop_column("runs_granted")
        batch_op.drop_column("runs_reserved")
        batch_op.drop_column("runs_taken")


#: Where the protocol would have stood, had it been there.
_STATE_OF = (
    ("a.status = 'submitted'", "REQUESTED", "provider"),
    ("a.status = 'changes_requested'", "REQUESTED", "applicant"),
    ("a.status IN ('refused', 'withdrawn')", "TERMINATED", ""),
    ("l.status IN ('in_force', 'suspended')", "FINALIZED", ""),
    ("l.status = 'ended'", "TERMINATED", ""),
    ("l.status = 'awaiting_signatures'", "AGREED", "applicant"),
)


def _begin_negotiations() -> None:
    for condition, state, turn in _STATE_OF:
        source = (
            "FROM licensing_application a JOIN licensing_offer o ON o.id = a.offer_id "
            f"LEFT JOIN licensing_licence l ON l.application_id = a.id WHERE {condition}"
        )
        op.execute(
            "INSERT INTO licensing_negotiation (id, application_id, state, channel, consumer_pid, "
            "callback_address, offer, offer_digest, changed_at) SELECT 'urn:uuid:' || a.id, a.id, "
            f"'{state}', 'hand', '', '', o.policy, o.policy_digest, "
            f"COALESCE(a.decided_at, a.submitted_at, a.created_at) {source} ON CONFLICT DO NOTHING"
        )
        op.execute(
            f"UPDATE licensing_application SET turn = '{turn}' WHERE id IN (SELECT a.id {source}) "
            "AND status IN ('submitted', 'changes_requested')"
        )
    op.execute(
        "UPDATE licensing_licence SET turn = CASE WHEN EXISTS (SELECT 1 FROM licensing_signature s "
        "WHERE s.licence_id = licensing_licence.id AND s.side = 'applicant') THEN 'provider' "
        "ELSE 'applicant' END WHERE status = 'awaiting_signatures'"
    )


def _forbid_changes() -> None:
    if op.get_bind().dialect.name == "sqlite":
        for verb in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER licensing_message_no_{verb.lower()} BEFORE {verb} "
                "ON licensing_message "
                "BEGIN SELECT RAISE(ABORT, 'licensing_message is append-only'); END"
            )
        return
    op.execute(
        "CREATE TRIGGER licensing_message_append_only BEFORE UPDATE OR DELETE "
        "ON licensing_message FOR EACH ROW EXECUTE FUNCTION hexi_append_only()"
    )
