"""What an older home keeps: runs what they cost and who asked, snapshots that nobody has to sign."""

from datetime import UTC, datetime

import pytest
from alembic import command
from sqlalchemy import text

from kernel.database import Database
from marketplace.operations.migrate import migrations
from sandbox import queries

_MOMENT = datetime(2026, 3, 2, 1, tzinfo=UTC)


@pytest.mark.postgres
def test_old_runs_name_their_licensee_as_who_asked(database_url: str) -> None:
    db = Database(database_url)
    config = migrations(db)
    command.upgrade(config, "0006")
    with db.engine.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO sandbox_run (id, licence_id, licensee_id, account_id, product_code, "
                "dataset, snapshot_id, mode, purpose, sql, state, is_replay, plan_digest, "
                "refusal_code, refusal_facts, columns, rows, row_count, result_digest, started_at, "
                "deadline_at, receipt_id) VALUES ('run-1', 'licence-1', 'company', 'person', 'code', "
                "'visits', 'snapshot', 'open', 'academic-research', 'SELECT 1', 'finished', FALSE, "
                "'', '', '{}', '[]', '[]', 0, '', :at, :at, 'receipt-1')"
            ),
            {"at": _MOMENT},
        )
        connection.execute(
            text(
                "INSERT INTO sandbox_meter_event (id, run_id, licence_id, licensee_id, state, meter, "
                "quantity, price_cents, at) VALUES ('event-1', 'run-1', 'licence-1', 'company', "
                "'settled', 'run', 1, 80, :at)"
            ),
            {"at": _MOMENT},
        )
    command.upgrade(config, "head")
    with db.read() as session:
        run = queries.find_run(session, "run-1")
        assert (run.licensee_id, run.organisation_id) == ("company", "company")
        assert [one.price_cents for one in run.meter] == [80]
    db.close()


@pytest.mark.postgres
def test_old_snapshots_are_open_to_queries_and_have_no_report_to_sign(database_url: str) -> None:
    db = Database(database_url)
    config = migrations(db)
    command.upgrade(config, "0010")
    with db.engine.begin() as connection:
        for statement in (
            "INSERT INTO kernel_organisation (id, name, credit_code, created_at) VALUES ('o', '运营', '', :at)",
            (
                "INSERT INTO sandbox_dataset (id, name, title, product_code, provider_id, created_at, lineage_id, "
                "privacy_rho) VALUES ('d', 'visits', '就诊', 'code', 'o', :at, 'l', 1)"
            ),
            (
                "INSERT INTO sandbox_snapshot (id, dataset_id, version, digest, manifest, created_by, created_at) "
                "VALUES ('s', 'd', 1, 'x', '{}', 'person', :at)"
            ),
        ):
            connection.execute(text(statement), {"at": _MOMENT})
    command.upgrade(config, "head")
    with db.read() as session:
        snapshot = queries.ready_snapshot(session, "visits")
        version = queries.version_of(session, snapshot)
    assert (snapshot.snapshot_id, snapshot.report_digest, snapshot.risk) == ("s", "", {})
    assert (version.is_ready, version.level, version.awaits("person")) == (True, None, False)
    # An old dataset is in no series, since nobody of it is remembered.
    assert snapshot.series == ""
    db.close()
