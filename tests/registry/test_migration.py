"""A home of the first revision, with entries and open applications, becomes one of this revision."""

import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from sqlalchemy import text

from kernel.database import Database
from kernel.workdays import read_calendar
from marketplace.operations.migrate import migrations
from registry import queries, service
from registry.queries import EntrySearch
from registry.states import EntryStatus, Register, Status

_MOMENT = datetime(2026, 3, 2, 1, tzinfo=UTC)


def _fill(db: Database) -> None:
    form: dict[str, Any] = {
        "name": "老登记的就诊记录",
        "summary": "旧版登记",
        "evidence_sha256": "ab" * 32,
    }
    form |= {"region": "620000", "industry": "Q", "inputs": ["L620000-2025-1-000001"]}
    row = {
        "supplements": 0,
        "reason": "",
        "notice_starts_on": None,
        "due_is_provisional": False,
        **dict.fromkeys(("reviewed_inside_by", "accepted_by", "reviewed_by", "coded_by"), ""),
        "kind": "product",
        "revision": 1,
        "organisation_id": "o",
        "organisation_name": "单位",
        "form": json.dumps(form),
        "drafted_by": "a",
        "created_at": _MOMENT,
        "submitted_at": _MOMENT,
        "notice_ends_on": date(2026, 2, 27),
    }
    coded: dict[str, Any] = {
        "id": "one",
        "status": "effective",
        "code": "L1",
        "coded_at": _MOMENT,
        "due_on": None,
    }
    coded["valid_until"] = date(2029, 3, 2)
    waiting: dict[str, Any] = {
        "id": "two",
        "status": "formal_review",
        "code": None,
        "coded_at": None,
    }
    waiting |= {"due_on": date(2026, 3, 30), "valid_until": None}
    with db.engine.begin() as connection:
        connection.execute(
            text("INSERT INTO kernel_organisation VALUES ('o', '单位', '', :at)"), {"at": _MOMENT}
        )
        for more in (coded, waiting):
            values = {**row, **more}
            names = ", ".join(values)
            marks = ", ".join(f":{name}" for name in values)
            connection.execute(
                text(f"INSERT INTO registry_application ({names}) VALUES ({marks})"), values
            )
        connection.execute(
            text(
                "INSERT INTO registry_step (id, application_id, at, verb, source, target, actor_id, "
                "actor_name, reason) VALUES ('s', 'two', :at, 'accept', 'submitted', 'accepted', "
                "'x', '王受理', '')"
            ),
            {"at": _MOMENT},
        )
        connection.execute(text("INSERT INTO kernel_workday_year VALUES (2026, '通知')"))
        connection.execute(
            text("INSERT INTO kernel_workday_exception VALUES (:day, :working, '清明')"),
            {"day": date(2026, 4, 6), "working": False},
        )


@pytest.mark.postgres
def test_nothing_is_lost_and_everything_goes_on(database_url: str, tmp_path: Path) -> None:
    db = Database(database_url)
    config = migrations(db)
    command.upgrade(config, "0001")
    _fill(db)
    command.upgrade(config, "head")
    assert service.fill_search(db) == 1
    with db.read() as session:
        entry = queries.find_entry(session, "L1")
        assert (entry.status, entry.valid_until) == (EntryStatus.EFFECTIVE, date(2029, 3, 2))
        assert entry == queries.find_entry(session, "L1", as_of=_MOMENT)
        assert [v.number for v in queries.versions(session, Register.RESOURCES, "L1")] == [1]
        found = queries.search_entries(session, EntrySearch(text="就诊", industry="Q"))
        assert [row.code for row in found.rows] == ["L1"]
        assert [row.code for row in queries.made_from(session, "L620000-2025-1-000001")] == ["L1"]
        (clock,) = queries.clocks_of(session, "two")
        calendar = read_calendar(session)
        assert calendar.loaded_years == {2026}
        assert not calendar.is_working(date(2026, 4, 6))
        # Accepted on 2 March: the stored day is what the clock itself counts.
        assert clock.clock.due(calendar) == (date(2026, 3, 30), False)
        row = queries.find_application(session, "two")
        assert (row.status, row.register, row.name) == (
            Status.FORMAL_REVIEW,
            Register.RESOURCES,
            "老登记的就诊记录",
        )
    db.close()
