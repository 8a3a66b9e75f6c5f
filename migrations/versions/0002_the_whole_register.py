"""The whole register: both registers, clocks, rules as rows, entries apart from applications."""

import unicodedata
from datetime import UTC, datetime

import sqlalchemy as sa
import sqlmodel
from alembic import op

import kernel.clock
import kernel.database
from kernel.ids import new_id


revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

#: What was known before the history of rules and calendars begins.
_ALWAYS = datetime(2004, 1, 1, tzinfo=UTC)
_TEXT = sqlmodel.sql.sqltypes.AutoString
_MOMENT = kernel.database.UtcDateTime
#: Rows that are only ever added.
_APPEND_ONLY = (
    "kernel_limit_value",
    "kernel_workday_notice",
    "kernel_workday_day",
    "registry_step",
    "registry_version",
    "registry_consent",
    "registry_clock_change",
    "registry_preserved_file",
)


def upgrade() -> None:
    """Forward."""
    _create_tables()
    _add_columns()
    _move_calendar()
    _move_entries()
    # A plain statement: Alembic would copy the table on SQLite, and others refer to it.
    op.execute("ALTER TABLE registry_application DROP COLUMN valid_until")
    _create_search()
    _forbid_changes()


def _create_tables() -> None:
    op.create_table(
        "kernel_limit_value",
        sa.Column("id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("key", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("scope", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("value", sa.Integer(), nullable=True),
        sa.Column("source", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("effective_from", sa.Date(), nullable=False),
        sa.Column("set_at", kernel.database.UtcDateTime(timezone=True), nullable=False),
        sa.Column("set_by", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("set_by_name", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_kernel_limit_value")),
    )
    op.create_index(
        "ix_kernel_limit_value_key", "kernel_limit_value", ["key", "effective_from"], unique=False
    )
    op.create_table(
        "kernel_workday_notice",
        sa.Column("id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("source", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("loaded_at", kernel.database.UtcDateTime(timezone=True), nullable=False),
        sa.Column("loaded_by", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_kernel_workday_notice")),
    )
    op.create_index(
        op.f("ix_kernel_workday_notice_year"), "kernel_workday_notice", ["year"], unique=False
    )
    op.create_table(
        "registry_certificate",
        sa.Column("id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("code", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("resource_code", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("status", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("organisation_name", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("name", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("name_key", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("fingerprint", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("form", sa.JSON(), nullable=False),
        sa.Column("evidence_at", kernel.database.UtcDateTime(timezone=True), nullable=False),
        sa.Column("certified_at", kernel.database.UtcDateTime(timezone=True), nullable=True),
        sa.Column("valid_until", sa.Date(), nullable=False),
        sa.Column("reason", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_registry_certificate")),
        sa.UniqueConstraint("code", name=op.f("uq_registry_certificate_code")),
    )
    op.create_index(
        op.f("ix_registry_certificate_fingerprint"),
        "registry_certificate",
        ["fingerprint"],
        unique=False,
    )
    op.create_index(
        op.f("ix_registry_certificate_name_key"), "registry_certificate", ["name_key"], unique=False
    )
    op.create_index(
        op.f("ix_registry_certificate_organisation_id"),
        "registry_certificate",
        ["organisation_id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_registry_certificate_resource_code"),
        "registry_certificate",
        ["resource_code"],
        unique=False,
    )
    op.create_index(
        "ix_registry_certificate_term",
        "registry_certificate",
        ["status", "valid_until"],
        unique=False,
    )
    op.create_table(
        "registry_preserved_file",
        sa.Column("id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("sha256", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("sm3", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("name", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("media_type", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("is_stored", sa.Boolean(), nullable=False),
        sa.Column("organisation_id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("preserved_at", kernel.database.UtcDateTime(timezone=True), nullable=False),
        sa.Column("preserved_by", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_registry_preserved_file")),
    )
    op.create_index(
        "ix_registry_preserved_file_of",
        "registry_preserved_file",
        ["organisation_id", "sha256"],
        unique=False,
    )
    op.create_table(
        "registry_property_code_number",
        sa.Column("agency", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("month", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("agency", "month", name=op.f("pk_registry_property_code_number")),
    )
    op.create_table(
        "registry_version",
        sa.Column("id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("register_name", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("subject", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("at", kernel.database.UtcDateTime(timezone=True), nullable=False),
        sa.Column("type", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("status", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("application_id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("actor_name", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("snapshot", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_registry_version")),
        sa.UniqueConstraint(
            "register_name",
            "subject",
            "number",
            name=op.f("uq_registry_version_register_name_subject_number"),
        ),
    )
    op.create_table(
        "kernel_workday_day",
        sa.Column("notice_id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("is_working", sa.Boolean(), nullable=False),
        sa.Column("name", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.ForeignKeyConstraint(
            ["notice_id"],
            ["kernel_workday_notice.id"],
            name=op.f("fk_kernel_workday_day_notice_id"),
        ),
        sa.PrimaryKeyConstraint("notice_id", "day", name=op.f("pk_kernel_workday_day")),
    )
    op.create_table(
        "registry_remark",
        sa.Column("id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("certificate_id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("kind", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("issuer", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("document_number", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("note", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("recorded_at", kernel.database.UtcDateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("lifted_at", kernel.database.UtcDateTime(timezone=True), nullable=True),
        sa.Column("lifted_by", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("lift_reason", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.ForeignKeyConstraint(
            ["certificate_id"],
            ["registry_certificate.id"],
            name=op.f("fk_registry_remark_certificate_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_registry_remark")),
    )
    op.create_index(
        op.f("ix_registry_remark_certificate_id"),
        "registry_remark",
        ["certificate_id"],
        unique=False,
    )
    op.create_table(
        "registry_right",
        sa.Column("id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("certificate_id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("holder_name", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("holder_code", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("right", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("limits", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("given_at", kernel.database.UtcDateTime(timezone=True), nullable=False),
        sa.Column("given_by_application", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("ended_at", kernel.database.UtcDateTime(timezone=True), nullable=True),
        sa.Column("ended_by_application", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.ForeignKeyConstraint(
            ["certificate_id"],
            ["registry_certificate.id"],
            name=op.f("fk_registry_right_certificate_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_registry_right")),
    )
    op.create_index(
        op.f("ix_registry_right_certificate_id"), "registry_right", ["certificate_id"], unique=False
    )
    op.create_index(
        "ix_registry_right_holder", "registry_right", ["holder_code", "right"], unique=False
    )
    op.create_table(
        "registry_clock",
        sa.Column("id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("application_id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("kind", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("limit_key", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("amount", sa.Integer(), nullable=False),
        sa.Column("extra", sa.Integer(), nullable=False),
        sa.Column("holder", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("state", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("spans", sa.JSON(), nullable=False),
        sa.Column("started_at", kernel.database.UtcDateTime(timezone=True), nullable=False),
        sa.Column("ended_at", kernel.database.UtcDateTime(timezone=True), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("is_provisional", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["application_id"],
            ["registry_application.id"],
            name=op.f("fk_registry_clock_application_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_registry_clock")),
    )
    op.create_index(
        op.f("ix_registry_clock_application_id"), "registry_clock", ["application_id"], unique=False
    )
    op.create_index("ix_registry_clock_due", "registry_clock", ["state", "due_on"], unique=False)
    op.create_table(
        "registry_consent",
        sa.Column("id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("application_id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("organisation_id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("organisation_name", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("credit_code", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("form_sha256", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("given_by", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("given_at", kernel.database.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["application_id"],
            ["registry_application.id"],
            name=op.f("fk_registry_consent_application_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_registry_consent")),
    )
    op.create_index(
        op.f("ix_registry_consent_application_id"),
        "registry_consent",
        ["application_id"],
        unique=False,
    )
    op.create_table(
        "registry_entry",
        sa.Column("serial", sa.Integer(), nullable=False),
        sa.Column("code", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("application_id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("kind", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("status", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("organisation_name", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("name", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("name_key", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("fingerprint", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("region", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("industry", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("form", sa.JSON(), nullable=False),
        sa.Column("coded_at", kernel.database.UtcDateTime(timezone=True), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=False),
        sa.Column("reason", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.ForeignKeyConstraint(
            ["application_id"],
            ["registry_application.id"],
            name=op.f("fk_registry_entry_application_id"),
        ),
        sa.PrimaryKeyConstraint("serial", name=op.f("pk_registry_entry")),
        sa.UniqueConstraint("application_id", name=op.f("uq_registry_entry_application_id")),
        sa.UniqueConstraint("code", name=op.f("uq_registry_entry_code")),
    )
    op.create_index(
        "ix_registry_entry_facets",
        "registry_entry",
        ["serial", "region", "industry", "kind", "status"],
        unique=False,
    )
    op.create_index(
        op.f("ix_registry_entry_fingerprint"), "registry_entry", ["fingerprint"], unique=False
    )
    op.create_index(
        op.f("ix_registry_entry_name_key"), "registry_entry", ["name_key"], unique=False
    )
    op.create_index(
        op.f("ix_registry_entry_organisation_id"),
        "registry_entry",
        ["organisation_id"],
        unique=False,
    )
    op.create_index(
        "ix_registry_entry_term", "registry_entry", ["status", "valid_until"], unique=False
    )
    op.create_table(
        "registry_clock_change",
        sa.Column("id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("clock_id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("at", kernel.database.UtcDateTime(timezone=True), nullable=False),
        sa.Column("cause", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("state", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("old_due_on", sa.Date(), nullable=True),
        sa.Column("new_due_on", sa.Date(), nullable=True),
        sa.Column("actor_name", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.ForeignKeyConstraint(
            ["clock_id"], ["registry_clock.id"], name=op.f("fk_registry_clock_change_clock_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_registry_clock_change")),
    )
    op.create_index(
        op.f("ix_registry_clock_change_clock_id"),
        "registry_clock_change",
        ["clock_id"],
        unique=False,
    )
    op.create_table(
        "registry_input",
        sa.Column("entry_code", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("input_code", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.ForeignKeyConstraint(
            ["entry_code"], ["registry_entry.code"], name=op.f("fk_registry_input_entry_code")
        ),
        sa.PrimaryKeyConstraint("entry_code", "input_code", name=op.f("pk_registry_input")),
    )
    op.create_index(
        op.f("ix_registry_input_input_code"), "registry_input", ["input_code"], unique=False
    )
    op.create_table(
        "registry_item",
        sa.Column("id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("entry_code", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("name", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("name_key", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("type", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("length", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("meaning", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("standard", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("source_department", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("sensitivity", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.ForeignKeyConstraint(
            ["entry_code"], ["registry_entry.code"], name=op.f("fk_registry_item_entry_code")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_registry_item")),
    )
    op.create_index(
        op.f("ix_registry_item_entry_code"), "registry_item", ["entry_code"], unique=False
    )
    op.create_index(op.f("ix_registry_item_name_key"), "registry_item", ["name_key"], unique=False)


def _add_columns() -> None:
    # With a default, because SQLite adds no column without one to a table that has rows.
    for name in ("agent_organisation_id", "entry_code", "name", "name_key", "fingerprint"):
        op.add_column(
            "registry_application", sa.Column(name, _TEXT(), nullable=False, server_default="")
        )
        if name != "name":
            op.create_index(f"ix_registry_application_{name}", "registry_application", [name])
    for name, value in (("register_name", "resources"), ("type", "initial")):
        op.add_column(
            "registry_application", sa.Column(name, _TEXT(), nullable=False, server_default=value)
        )
    for name in ("party", "checklist"):
        op.add_column(
            "registry_application", sa.Column(name, sa.JSON(), nullable=False, server_default="{}")
        )
    for name in ("extensions", "filed_late_workdays"):
        op.add_column(
            "registry_application",
            sa.Column(name, sa.Integer(), nullable=False, server_default="0"),
        )
    op.create_index(
        "ix_registry_application_notices", "registry_application", ["status", "notice_ends_on"]
    )
    op.add_column(
        "registry_objection",
        sa.Column("is_later", sa.Boolean(), nullable=False, server_default=sa.false()),
    )
    op.add_column("registry_objection", sa.Column("told_at", _MOMENT(timezone=True)))
    op.add_column(
        "registry_objection", sa.Column("answer", _TEXT(), nullable=False, server_default="")
    )
    op.add_column("registry_step", sa.Column("facts", sa.JSON()))


def _move_calendar() -> None:
    bind = op.get_bind()
    years = bind.execute(sa.text("SELECT year, source FROM kernel_workday_year")).all()
    notice = sa.table(
        "kernel_workday_notice",
        sa.column("id"),
        sa.column("year"),
        sa.column("source"),
        sa.column("loaded_at", _MOMENT(timezone=True)),
        sa.column("loaded_by"),
    )
    for year, source in years:
        made = new_id(_ALWAYS)
        bind.execute(
            notice.insert(),
            {"id": made, "year": year, "source": source, "loaded_at": _ALWAYS, "loaded_by": ""},
        )
        bind.execute(
            sa.text(
                "INSERT INTO kernel_workday_day (notice_id, day, is_working, name) "
                "SELECT :made, day, is_working, name FROM kernel_workday_exception "
                "WHERE CAST(day AS TEXT) LIKE :year"
            ),
            {"made": made, "year": f"{year}-%"},
        )
    op.drop_table("kernel_workday_exception")
    op.drop_table("kernel_workday_year")


_APPLICATION = sa.table(
    "registry_application",
    *(
        sa.column(name)
        for name in ("id", "kind", "status", "organisation_id", "organisation_name", "code")
    ),
    *(sa.column(name) for name in ("reason", "name", "name_key", "fingerprint")),
    sa.column("form", sa.JSON()),
    sa.column("coded_at", _MOMENT(timezone=True)),
    sa.column("submitted_at", _MOMENT(timezone=True)),
    sa.column("due_on", sa.Date()),
    sa.column("due_is_provisional", sa.Boolean()),
    sa.column("valid_until", sa.Date()),
)
_ENTRY = sa.table(
    "registry_entry",
    *(
        sa.column(name)
        for name in (
            *("code", "application_id", "kind", "status", "version", "organisation_id"),
            *("organisation_name", "name", "name_key", "fingerprint", "region", "industry"),
            "reason",
        )
    ),
    sa.column("form", sa.JSON()),
    sa.column("coded_at", _MOMENT(timezone=True)),
    sa.column("valid_until", sa.Date()),
)
_VERSION = sa.table(
    "registry_version",
    *(
        sa.column(name)
        for name in (
            *("id", "register_name", "subject", "number", "type", "status"),
            *("application_id", "actor_name"),
        )
    ),
    sa.column("at", _MOMENT(timezone=True)),
    sa.column("snapshot", sa.JSON()),
)
_CLOCK = sa.table(
    "registry_clock",
    *(
        sa.column(name)
        for name in (
            *("id", "application_id", "kind", "limit_key", "amount", "extra", "holder", "state"),
        )
    ),
    sa.column("spans", sa.JSON()),
    sa.column("started_at", _MOMENT(timezone=True)),
    sa.column("due_on", sa.Date()),
    sa.column("is_provisional", sa.Boolean()),
)
#: The clocks that ran so far: kind, limit, its number, and who holds the ball, by status.
_CLOCKS = {
    "submitted": ("acceptance", "acceptance", 3, "institution"),
    "accepted": ("review", "review", 20, "institution"),
    "formal_review": ("review", "review", 20, "institution"),
    "public_notice": ("notice", "notice", 10, "public"),
    "objection": ("objection", "objection", 10, "institution"),
    "coded": ("code", "code", 5, "institution"),
}
#: The move that started each of these clocks.
_STARTED_BY = {"formal_review": "accepted"}


def _move_entries() -> None:
    bind = op.get_bind()
    for row in bind.execute(sa.select(_APPLICATION)).mappings().all():
        name = str(row["form"].get("name", ""))
        keys = {
            "name": name,
            "name_key": _normalised(name),
            "fingerprint": str(row["form"].get("evidence_sha256", "")),
        }
        bind.execute(_APPLICATION.update().where(_APPLICATION.c.id == row["id"]).values(**keys))
        if row["code"]:
            _move_entry(bind, row, keys)
        if row["status"] in _CLOCKS and row["due_on"]:
            _move_clock(bind, row)


def _move_entry(bind, row, keys) -> None:
    form = row["form"]
    fields = {
        "code": row["code"],
        "application_id": row["id"],
        "kind": row["kind"],
        "status": row["status"],
        "version": 1,
        "organisation_id": row["organisation_id"],
        "organisation_name": row["organisation_name"],
        "name": keys["name"],
        "form": form,
        "coded_at": row["coded_at"],
        "valid_until": row["valid_until"],
        "reason": row["reason"],
    }
    more = {"name_key": keys["name_key"], "fingerprint": keys["fingerprint"]}
    more |= {"region": form.get("region", ""), "industry": form.get("industry", "")}
    bind.execute(_ENTRY.insert(), {**fields, **more})
    snapshot = {**fields, "coded_at": row["coded_at"].isoformat()}
    snapshot["valid_until"] = row["valid_until"].isoformat()
    bind.execute(
        _VERSION.insert(),
        {
            "id": new_id(row["coded_at"]),
            "register_name": "resources",
            "subject": row["code"],
            "number": 1,
            "at": row["coded_at"],
            "type": "initial",
            "status": row["status"],
            "application_id": row["id"],
            "actor_name": "",
            "snapshot": snapshot,
        },
    )
    for code in dict.fromkeys(form.get("inputs", ())):
        bind.execute(
            sa.text("INSERT INTO registry_input (entry_code, input_code) VALUES (:own, :code)"),
            {"own": row["code"], "code": code},
        )


def _move_clock(bind, row) -> None:
    kind, key, amount, holder = _CLOCKS[row["status"]]
    target = _STARTED_BY.get(row["status"], row["status"])
    statement = sa.select(sa.column("at", _MOMENT(timezone=True))).select_from(
        sa.table("registry_step", sa.column("application_id"), sa.column("target"))
    )
    statement = statement.where(
        sa.column("application_id") == row["id"], sa.column("target") == target
    ).order_by(sa.column("at").desc())
    began = bind.execute(statement.limit(1)).scalar_one()
    bind.execute(
        _CLOCK.insert(),
        {
            "id": new_id(began),
            "application_id": row["id"],
            "kind": kind,
            "limit_key": key,
            "amount": amount,
            "extra": 0,
            "holder": holder,
            "state": "running",
            "spans": [[began.astimezone(kernel.clock.CHINA).date().isoformat(), None]],
            "started_at": began,
            "due_on": row["due_on"],
            "is_provisional": row["due_is_provisional"],
        },
    )


def _normalised(text: str) -> str:
    plain = unicodedata.normalize("NFKC", text).casefold()
    return "".join(letter for letter in plain if letter.isalnum())


def _forbid_changes() -> None:
    if op.get_bind().dialect.name == "sqlite":
        for table in _APPEND_ONLY:
            for verb in ("UPDATE", "DELETE"):
                op.execute(
                    f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
                    f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
                )
        return
    for table in _APPEND_ONLY:
        op.execute(
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION hexi_append_only()"
        )


#: The words of the entries; ``registry.search`` fills it and can fill it again at any time.
_SEARCH = {
    "sqlite": (
        "CREATE VIRTUAL TABLE registry_entry_text USING fts5("
        "code, title, body, initials, filters, tokenize=\"ascii tokenchars '_'\", prefix='1')",
    ),
    "postgresql": (
        "CREATE TABLE registry_entry_text (serial bigint PRIMARY KEY, tokens tsvector NOT NULL)",
        "CREATE INDEX ix_registry_entry_text_tokens ON registry_entry_text "
        "USING gin (tokens) WITH (fastupdate = off)",
        "ALTER TABLE registry_entry_text ALTER COLUMN tokens SET STATISTICS 1000",
    ),
}


def _create_search() -> None:
    for statement in _SEARCH[op.get_bind().dialect.name]:
        op.execute(statement)
