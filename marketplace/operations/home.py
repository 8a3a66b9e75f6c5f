"""Making and opening a home: folders, keys, tables, calendar, log."""

import time
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit

from sqlalchemy import inspect, text

from kernel import workdays
from kernel.clock import system_clock
from kernel.config import Settings, check_home, make_home
from kernel.database import Database
from kernel.trust import keys, log, publish, receipts, seals
from kernel.trust.receipts import Seal
from marketplace.errors import DatabaseOfAnotherVersion

ROOT = Path(__file__).resolve().parents[2]
#: The newest revision in ``migrations``; a test keeps the two together.
REVISION = "0017"
#: So long a command waits for the sequencer to log a receipt; it comes to them several times a second.
LOG_SECONDS = 10.0
_LOG_PAUSE = 0.1


@dataclass(frozen=True, slots=True)
class Home:
    """An opened home."""

    settings: Settings
    db: Database
    seal: Seal

    @property
    def snapshots(self) -> Path:
        """The content-addressed store of snapshot files."""
        return self.settings.home / "snapshots"

    @property
    def answers(self) -> Path:
        """The content-addressed store of answers that are files."""
        return self.settings.home / "answers"

    @property
    def log_folder(self) -> Path:
        """What the log publishes."""
        return self.settings.home / "log"


def init_home(settings: Settings, *, now: datetime) -> Home:
    """Make a home, or complete one that a crash left half made; a finished one stays as it is.

    Raises:
        HomeUnusable, HomeOfAnotherVersion, DatabaseUnavailable: as they say.
    """
    from marketplace.operations.migrate import migrate  # noqa: PLC0415 - Alembic is needed here only
    from registry import service as registry  # noqa: PLC0415 - likewise; a start must stay quick

    make_home(settings)
    keys.make_keys(settings.home / "keys")
    seals.make_seal(settings.home / "keys", settings.institution, now)
    db = Database(settings.database_url)
    db.check()
    migrate(db)
    with db.transaction() as session:
        workdays.seed_calendar(session, now=now)
        log.make_log(session)
    registry.fill_search(db)
    home = _home(settings, db)
    trust = settings.home / "trust"
    if not (trust / "policy.txt").exists():
        publish.write_trust(trust, home.seal.keys, base_url=f"{settings.public_url}/log", since=now)
    return home


def open_home(settings: Settings) -> Home:
    """Open a home that exists.

    Raises:
        HomeEmpty, HomeOfAnotherVersion, DatabaseUnavailable, DatabaseOfAnotherVersion,
        KeysUnavailable: as they say; nothing is changed.
    """
    check_home(settings)
    db = Database(settings.database_url)
    try:
        db.check()
        check_version(db)
        return _home(settings, db)
    except BaseException:
        db.close()
        raise


def _home(settings: Settings, db: Database) -> Home:
    opened = keys.open_keys(settings.home / "keys", log_origin=settings.log_origin)
    return Home(settings, db, Seal(opened, urlsplit(settings.public_url).netloc))


def check_version(db: Database) -> None:
    """Let only tables of this program's revision pass.

    Raises:
        DatabaseOfAnotherVersion: an older or newer revision, or none.
    """
    with db.engine.connect() as connection:
        has_tables = inspect(connection).has_table("alembic_version")
        statement = text("SELECT version_num FROM alembic_version")
        found = connection.execute(statement).scalar() if has_tables else None
    if found != REVISION:
        raise DatabaseOfAnotherVersion(found=str(found), wanted=REVISION)


def integrate(home: Home, *, now: datetime) -> None:
    """Bring waiting receipts into the log and publish it, where no sequencer does."""
    keys = home.seal.keys
    log.integrate_now(home.db, keys, lock_folder=home.settings.run_folder, now=now)
    publish.publish(home.db, home.log_folder, keys.log_key)


def export_receipt(
    home: Home, receipt_id: str, folder: Path, *, patience: float = LOG_SECONDS
) -> Path:
    """Write the hand-out files of a receipt into a folder; returns the bundle's path.

    Where a sequencer is at work it is waited for, at most ``patience`` seconds.

    Raises:
        NoSuchReceipt, ReceiptNotLogged: as they say.
    """
    end = time.monotonic() + patience
    while True:
        integrate(home, now=system_clock())
        try:
            with home.db.read() as session:
                files = receipts.hand_out(session, receipt_id, home.seal.keys.log_key).files
            break
        except receipts.ReceiptNotLogged:
            if time.monotonic() > end:
                raise
            time.sleep(_LOG_PAUSE)
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (folder / name).write_bytes(content)
    return folder / "receipt.sigstore.json"
