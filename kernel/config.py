"""Settings, read once at the start, and the home folder that holds one machine's state.

A value that is unsafe in production is refused with the name of the setting. The home carries
its own format number, so that a program of another age does not write into it.
"""

import hashlib
import json
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from kernel.errors import Conflict, Refused, Unavailable, msgid

#: Format of the home folder; raised when files in it change their meaning.
HOME_FORMAT = 1
#: Unix socket paths are limited to 108 bytes on Linux (unix(7)).
_SOCKET_PATH_BYTES = 100
_SECRET_BYTES = 32


class SettingUnsafe(Refused):
    """A production start with a value that only a demonstration may have."""

    code = "kernel-setting-unsafe"
    title = msgid("A setting is not safe for production")
    detail = msgid("Set %(setting)s to a safe value: %(need)s. Nothing was started.")


class SettingUnreadable(Refused):
    """A setting has a value that cannot be used at all."""

    code = "kernel-setting-unreadable"
    title = msgid("A setting cannot be read")
    detail = msgid("Correct %(setting)s: %(need)s.")


class HomeOfAnotherVersion(Conflict):
    """The home was written by a program whose format we do not speak."""

    code = "kernel-home-version"
    title = msgid("The home folder belongs to another version")
    detail = msgid(
        "This home has format %(found)s and this program reads format %(wanted)s. "
        "Use the program that made it, or restore a backup into an empty home. Nothing was changed."
    )


class HomeUnusable(Unavailable):
    """The home folder cannot be made or read."""

    code = "kernel-home-unusable"
    title = msgid("The home folder cannot be used")
    detail = msgid("Check that the home folder exists and that you may write to it.")


class HomeEmpty(Unavailable):
    """A command that needs a home was given a folder without one."""

    code = "kernel-home-empty"
    title = msgid("There is no home here yet")
    detail = msgid("Run `hexi demo` for a home with sample data, or `hexi init` for an empty one.")


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that the environment decides.

    ``database_url`` is an SQLAlchemy URL; ``log_origin`` is the schema-less name of the log,
    fixed for ever once the first checkpoint is out (C2SP tlog-checkpoint). ``institution`` is the
    name of the registration institution, as its seal and its certificates say it.
    """

    home: Path
    database_url: str
    environment: str
    secret_key: str
    public_url: str
    log_origin: str
    confinement: str
    payment_url: str
    institution: str
    #: Hosts to which messages of a negotiation may be sent; nothing leaves where it is empty.
    connector_hosts: tuple[str, ...] = ()

    @property
    def is_production(self) -> bool:
        """Real people rely on this installation."""
        return self.environment == "production"

    @property
    def run_folder(self) -> Path:
        """Folder for Unix sockets: in the home, or a short path of its own when that is too long."""
        wanted = self.home / "run"
        if len(str(wanted)) + len("/sandbox.sock") < _SOCKET_PATH_BYTES:
            return wanted
        name = hashlib.sha256(str(self.home).encode()).hexdigest()[:16]
        return Path(tempfile.gettempdir()) / f"hexi-{name}"


def read_settings(environ: Mapping[str, str], *, home: Path | None = None) -> Settings:
    """Read the settings from an environment; ``home`` wins over ``HEXI_HOME``.

    Raises:
        SettingUnreadable: a value is not one of the known words.
        SettingUnsafe: ``HEXI_ENVIRONMENT`` is production and a value is unsafe.
    """
    folder = (home or Path(environ.get("HEXI_HOME") or "var")).resolve()
    environment = environ.get("HEXI_ENVIRONMENT", "development")
    if environment not in {"development", "production"}:
        raise SettingUnreadable(setting="HEXI_ENVIRONMENT", need="development or production")
    public_url = environ.get("HEXI_PUBLIC_URL", "http://127.0.0.1:8000").rstrip("/")
    host = urlsplit(public_url).netloc
    if not host:
        raise SettingUnreadable(
            setting="HEXI_PUBLIC_URL", need="an address with http:// or https://"
        )
    settings = Settings(
        home=folder,
        database_url=environ.get("HEXI_DATABASE_URL") or f"sqlite:///{folder / 'hexi.db'}",
        environment=environment,
        secret_key=environ.get("HEXI_SECRET_KEY", ""),
        public_url=public_url,
        log_origin=environ.get("HEXI_LOG_ORIGIN", f"{host}/log"),
        confinement=environ.get("HEXI_CONFINEMENT", "required"),
        payment_url=environ.get("HEXI_PAYMENT_URL", ""),
        institution=environ.get("HEXI_INSTITUTION") or "甘肃省公共数据登记中心",
        connector_hosts=tuple(environ.get("HEXI_CONNECTOR_HOSTS", "").split()),
    )
    if settings.is_production:
        _check_production(settings)
    return settings


def _check_production(settings: Settings) -> None:
    if len(settings.secret_key) < _SECRET_BYTES:
        raise SettingUnsafe(setting="HEXI_SECRET_KEY", need="at least 32 random characters")
    if not settings.public_url.startswith("https://"):
        raise SettingUnsafe(setting="HEXI_PUBLIC_URL", need="an address that starts with https://")
    if settings.confinement != "required":
        raise SettingUnsafe(setting="HEXI_CONFINEMENT", need="required")
    if settings.payment_url and not settings.payment_url.startswith("https://"):
        raise SettingUnsafe(setting="HEXI_PAYMENT_URL", need="an address that starts with https://")


def home_exists(settings: Settings) -> bool:
    """Whether the home folder was made by this or an earlier program."""
    return (settings.home / "home.json").is_file()


def make_home(settings: Settings) -> None:
    """Make the folders of an empty home and write its format number.

    Raises:
        HomeUnusable: the folder cannot be written.
        HomeOfAnotherVersion: there is a home of another format already.
    """
    try:
        for name in ("keys", "snapshots", "log", "receipts", "trust"):
            (settings.home / name).mkdir(parents=True, exist_ok=True)
        (settings.home / "keys").chmod(0o700)
        if not home_exists(settings):
            card = {"product": "hexi", "format": HOME_FORMAT, "log_origin": settings.log_origin}
            (settings.home / "home.json").write_text(json.dumps(card), encoding="utf-8")
    except OSError as error:
        raise HomeUnusable from error
    check_home(settings)


def check_home(settings: Settings) -> None:
    """Let only a home of our own format pass.

    Raises:
        HomeEmpty: there is no home yet.
        HomeOfAnotherVersion: another format, or a log of another name.
    """
    if not home_exists(settings):
        raise HomeEmpty
    try:
        card = json.loads((settings.home / "home.json").read_text(encoding="utf-8"))
        found = card["format"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise HomeOfAnotherVersion(found="?", wanted=HOME_FORMAT) from error
    if found != HOME_FORMAT:
        raise HomeOfAnotherVersion(found=str(found), wanted=HOME_FORMAT)
