"""Runs of an older home keep what they cost, and were asked by their licensee's own people."""

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
