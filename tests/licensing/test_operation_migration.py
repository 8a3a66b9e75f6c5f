"""Agreements of an older home keep working: signed ones stay in force, waiting ones wait for the operator."""

from datetime import UTC, date, datetime

import pytest
from alembic import command
from sqlalchemy import text

from kernel.database import Database
from licensing import queries
from licensing.states import AgreementStatus
from marketplace.operations.migrate import migrations

_MOMENT = datetime(2026, 3, 2, 1, tzinfo=UTC)
_ROWS = (("old-1", "in_force", "韩"), ("old-2", "awaiting_signature", ""), ("old-3", "ended", "韩"))


@pytest.mark.postgres
def test_old_agreements_keep_their_standing(database_url: str) -> None:
    db = Database(database_url)
    config = migrations(db)
    command.upgrade(config, "0003")
    with db.engine.begin() as connection:
        for organisation in ("body", "operator"):
            connection.execute(
                text("INSERT INTO kernel_organisation VALUES (:id, :id, '', :at)"),
                {"id": organisation, "at": _MOMENT},
            )
        for identifier, status, signer in _ROWS:
            connection.execute(
                text(
                    "INSERT INTO licensing_agreement (id, number, status, revision, body_id, "
                    "body_name, operator_id, operator_name, scope, topics, starts_on, ends_on, "
                    "concluded_by, concluded_at, signed_by, signed_at) VALUES (:id, :id, :status, "
                    "1, 'body', '实施机构', 'operator', '运营机构', '[\"L1\"]', '{}', "
                    "'2026-03-02', '2029-03-01', '何', :at, :signer, NULL)"
                ),
                {"id": identifier, "status": status, "signer": signer, "at": _MOMENT},
            )
    command.upgrade(config, "head")
    with db.read() as session:
        today = date(2026, 4, 1)
        found = {row.agreement_id: row for row in queries.list_agreements(session, today)}
        assert queries.count_operators(session, today) == 1
    db.close()
    assert found["old-1"].status is AgreementStatus.IN_FORCE
    waiting = found["old-2"]
    assert waiting.status is AgreementStatus.AWAITING_SIGNATURE
    assert (waiting.signed_at, waiting.countersigned_at) == (None, _MOMENT)
    assert (waiting.affiliates, waiting.hands, waiting.decision) == ((), {}, None)
    assert found["old-3"].end_reason == "expired"
