"""Settings, homes, the database, migrations, accounts: the ground that everything stands on."""

import json
import os
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
import structlog
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text
from sqlalchemy.exc import StatementError
from sqlmodel import SQLModel

from kernel import accounts, config
from kernel.accounts import NewAccount
from kernel.clock import SettableClock
from kernel.config import SettingUnreadable, SettingUnsafe, read_settings
from kernel.console import keep_logs_plain
from kernel.database import Database, DatabaseUnavailable
from kernel.identity import GRANTS, VISITOR, Permission, Role
from kernel.trust.keys import KeysUnavailable
from marketplace.errors import DatabaseOfAnotherVersion
from marketplace.operations.home import (
    REVISION,
    Home,
    init_home,
    open_home,
)
from marketplace.operations.migrate import migrations
from tests.conftest import make_settings
from tests.make import Maker

SAFE = {
    "HEXI_ENVIRONMENT": "production",
    "HEXI_SECRET_KEY": "x" * 40,
    "HEXI_PUBLIC_URL": "https://data.example",
    "HEXI_CONFINEMENT": "required",
}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("HEXI_SECRET_KEY", "short"),
        ("HEXI_PUBLIC_URL", "http://data.example"),
        ("HEXI_CONFINEMENT", "available"),
        ("HEXI_PAYMENT_URL", "http://pay.example"),
    ],
)
def test_an_unsafe_production_value_is_refused_by_name(name: str, value: str) -> None:
    assert read_settings(SAFE).is_production
    with pytest.raises(SettingUnsafe) as refused:
        read_settings({**SAFE, name: value})
    assert refused.value.facts["setting"] == name
    assert value not in str(refused.value)


@pytest.mark.parametrize("name", ["HEXI_ENVIRONMENT", "HEXI_PUBLIC_URL"])
def test_an_unreadable_setting_is_refused_by_name(name: str) -> None:
    with pytest.raises(SettingUnreadable):
        read_settings({name: "nonsense"})


def test_a_home_of_another_version_is_refused_and_left_alone(home: Home) -> None:
    card = home.settings.home / "home.json"
    card.write_text(json.dumps({"product": "hexi", "format": 99}))
    before = sorted(path.name for path in home.settings.home.iterdir())
    with pytest.raises(config.HomeOfAnotherVersion):
        open_home(home.settings)
    with pytest.raises(config.HomeOfAnotherVersion):
        init_home(home.settings, now=datetime(2026, 1, 1, tzinfo=UTC))
    assert sorted(path.name for path in home.settings.home.iterdir()) == before
    card.write_text("{")
    with pytest.raises(config.HomeOfAnotherVersion):
        open_home(home.settings)


def test_a_folder_without_a_home_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(config.HomeEmpty):
        open_home(make_settings(tmp_path / "nothing"))


@pytest.mark.postgres
def test_tables_of_another_version_are_refused(any_home: Home) -> None:
    with any_home.db.transaction() as session:
        session.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(DatabaseOfAnotherVersion):
        open_home(any_home.settings)
    with any_home.db.transaction() as session:
        session.execute(text("DROP TABLE alembic_version"))
    with pytest.raises(DatabaseOfAnotherVersion):
        open_home(any_home.settings)


@pytest.mark.parametrize(
    "url",
    [
        "sqlite:////nowhere/at/all/hexi.db",
        "postgresql+psycopg://nobody@127.0.0.1:1/none",
        "nonsense",
        "oracle+nothing://x",
    ],
)
def test_a_database_that_cannot_be_opened_is_named(url: str) -> None:
    with pytest.raises(DatabaseUnavailable) as refused:
        Database(url).check()
    assert "nobody" not in str(refused.value)


def _is_ours(_object: object, name: str | None, *_: object) -> bool:
    # The text index: neither engine's is in SQLAlchemy's language.
    return not (name or "").removeprefix("ix_").startswith("registry_entry_text")


@pytest.mark.postgres
def test_the_revisions_give_exactly_the_tables_of_the_code(any_home: Home) -> None:
    with any_home.db.engine.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"compare_type": True, "include_object": _is_ours}
        )
        assert compare_metadata(context, SQLModel.metadata) == []
    script = ScriptDirectory.from_config(migrations(any_home.db))
    assert script.get_current_head() == REVISION


@pytest.mark.postgres
def test_a_transaction_commits_whole_or_not_at_all_and_a_read_never_writes(any_home: Home) -> None:
    def rows() -> int:
        with any_home.db.read() as session:
            return int(
                session.execute(text("SELECT count(*) FROM registry_code_number")).scalar_one()
            )

    before = rows()
    insert = text("INSERT INTO registry_code_number (year, last) VALUES (3000, 1)")
    with pytest.raises(ZeroDivisionError), any_home.db.transaction() as session:
        assert session.execute(insert).rowcount / 0  # type: ignore[attr-defined] # fails after its write
    with any_home.db.read() as session:
        session.execute(insert)
    assert rows() == before


def test_sqlite_keeps_what_was_acknowledged(home: Home) -> None:
    with home.db.read() as session:
        assert session.execute(text("PRAGMA journal_mode")).scalar() == "wal"
        # 2 is FULL (sqlite.org/pragma.html#pragma_synchronous).
        assert session.execute(text("PRAGMA synchronous")).scalar() == 2
        assert session.execute(text("PRAGMA foreign_keys")).scalar() == 1


@pytest.mark.postgres
def test_moments_keep_their_zone_and_naive_ones_are_refused(any_home: Home) -> None:
    lanzhou = datetime(2026, 3, 2, 9, 30, tzinfo=timezone(timedelta(hours=8)))
    with any_home.db.transaction() as session:
        session.add(accounts.Organisation(id="o", name="省", created_at=lanzhou))
    with any_home.db.read() as session:
        found = session.get(accounts.Organisation, "o")
        assert found is not None
        assert found.created_at == lanzhou
        assert found.created_at.utcoffset() == timedelta(0)
    with pytest.raises(StatementError), any_home.db.transaction() as session:
        session.add(accounts.Organisation(id="p", name="市", created_at=datetime(2026, 3, 2)))  # noqa: DTZ001 - the point


def test_every_permission_is_granted_to_somebody_and_every_role_stands_in_the_table() -> None:
    assert set(GRANTS) == set(Role)
    assert frozenset().union(*GRANTS.values()) == set(Permission)
    assert not GRANTS[Role.ACCEPTOR] & {Permission.REGISTRY_APPLICATION_REVIEW}


@pytest.mark.postgres
def test_passwords_sessions_and_tokens(make_any: Maker, clock: SettableClock) -> None:
    person = make_any.people["researcher"]
    db = make_any.home.db
    with db.transaction() as session:
        secret = accounts.sign_in(session, now=clock(), name="researcher", password=person.password)
    with db.read() as session:
        assert accounts.actor_by_cookie(session, now=clock(), secret=secret) == person.actor
        assert accounts.actor_by_cookie(session, now=clock(), secret="wrong") == VISITOR
        later = clock() + timedelta(hours=13)
        assert accounts.actor_by_cookie(session, now=later, secret=secret) == VISITOR
        token, actor = accounts.find_token(session, now=clock(), secret=person.token)
        assert token is not None
        assert actor == person.actor
        assert accounts.find_token(
            session, now=clock() + timedelta(days=366), secret=person.token
        ) == (None, VISITOR)
        stored = session.execute(text("SELECT secret_hash FROM kernel_api_token")).scalars().all()
        hashes = session.execute(text("SELECT password_hash FROM kernel_account")).scalars().all()
    assert person.token not in stored
    assert all(value.startswith("$argon2id$") for value in hashes)
    with db.transaction() as session:
        accounts.note_token_use(session, now=clock(), token_id=token.id)
        accounts.sign_out(session, now=clock(), secret=secret)
    with db.read() as session:
        assert accounts.actor_by_cookie(session, now=clock(), secret=secret) == VISITOR
        found, _ = accounts.find_token(session, now=clock(), secret=person.token)
        assert found is not None
        assert found.last_used_at == clock()


@pytest.mark.parametrize(("name", "password"), [("researcher", "wrong"), ("nobody", "x")])
def test_a_wrong_password_and_a_wrong_name_get_the_same_answer(
    make: Maker, clock: SettableClock, name: str, password: str
) -> None:
    assert make.people
    with make.home.db.transaction() as session, pytest.raises(accounts.SignInRefused):
        accounts.sign_in(session, now=clock(), name=name, password=password)


def test_accounts_are_checked_when_they_are_made(make: Maker, clock: SettableClock) -> None:
    organisation = make.actor("admin").organisation_id

    def create(name: str, organisation_id: str, password: str) -> None:
        with make.home.db.transaction() as session:
            wanted = NewAccount(name, name, organisation_id, password, frozenset())
            accounts.create_account(session, now=clock(), wanted=wanted)

    with pytest.raises(accounts.NameTaken):
        create("admin", organisation, "long enough password")
    with pytest.raises(accounts.PasswordTooShort):
        create("new", organisation, "short")
    with pytest.raises(accounts.NoSuchAccount):
        create("new", "nowhere", "long enough password")


def test_keys_are_private_files_and_a_missing_one_is_named(home: Home) -> None:
    folder = home.settings.home / "keys"
    # The certificate of the seal is meant for others; everything else is secret.
    for path in set(folder.iterdir()) - {folder / "registration-seal.pem"}:
        assert os.stat(path).st_mode & 0o777 == 0o600  # noqa: PTH116 - the mode is the point
    (folder / "log-signer.key").unlink()
    with pytest.raises(KeysUnavailable):
        open_home(home.settings)
    assert "PRIVATE" not in repr(home.seal)


def test_a_logged_fault_tells_no_variables(capsys: pytest.CaptureFixture[str]) -> None:
    keep_logs_plain()

    def fail(secret: str) -> None:
        raise ZeroDivisionError(len(secret))

    try:
        fail("geheimes-wort")
    except ZeroDivisionError:
        structlog.get_logger("test").exception("unexpected")
    told = capsys.readouterr().out
    assert "ZeroDivisionError" in told
    assert told.count("geheimes-wort") == told.count('fail("geheimes-wort")')
