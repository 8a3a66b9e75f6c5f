"""The ``hexi`` command: one group over one home; exit codes as ``kernel.console`` says."""

import gettext
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import click

from kernel import workdays as calendar
from kernel.clock import system_clock
from kernel.config import Settings, home_exists, read_settings
from kernel.console import USAGE, exit_code, give, say, sentence
from kernel.database import Database
from kernel.errors import HexiError
from kernel.trust import log, publish
from kernel.trust.examine import examine_log
from licensing import cli as licensing_cli
from marketplace import cli as market_cli
from marketplace.operations import doctor
from marketplace.operations.demo import run_demo
from marketplace.operations.home import ROOT, Home, export_receipt, init_home, migrate, open_home
from marketplace.operations.supervisor import supervise
from registry import cli as registry_cli
from sandbox import cli as sandbox_cli
from sandbox.cli import Bench
from sandbox.engine.process import started_engine
from sandbox.service import Machine


class HomeGroup(click.Group):
    """Takes ``--home DIR`` before or after the verb."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Move ``--home`` to the front, where the group reads it."""
        moved: list[str] = []
        rest: list[str] = []
        words = iter(args)
        for word in words:
            if word == "--home":
                moved += [word, next(words, "")]
            elif word.startswith("--home="):
                moved.append(word)
            else:
                rest.append(word)
        return super().parse_args(ctx, moved + rest)


@click.group(cls=HomeGroup)
@click.option("--home", type=click.Path(path_type=Path), help="state of this installation")
@click.pass_context
def hexi(context: click.Context, home: Path | None) -> None:
    """河西 Hexi: public data registration and authorised operation."""
    context.obj = home


def settings_of(context: click.Context) -> Settings:
    """The settings of this call."""
    return read_settings(os.environ, home=context.find_root().obj)  # noqa: TID251 - settings are read here, once a call


def _open(context: click.Context) -> Home:
    return open_home(settings_of(context))


def _open_database(context: click.Context) -> Database:
    return _open(context).db


@contextmanager
def _open_bench(context: click.Context) -> Iterator[Bench]:
    home = _open(context)
    settings = home.settings
    with started_engine(
        settings.run_folder, confinement=settings.confinement, snapshots=home.snapshots
    ) as engine:

        def export(receipt_id: str) -> Path:
            _integrate(home)
            return export_receipt(home, receipt_id, settings.home / "receipts" / receipt_id)

        machine = Machine(engine, home.snapshots)
        yield Bench(home.db, home.seal, system_clock(), machine, export)


def _integrate(home: Home) -> None:
    keys = home.seal.keys
    log.integrate_now(home.db, keys, lock_folder=home.settings.run_folder, now=system_clock())
    publish.publish(home.db, home.log_folder, keys.log_key)


@hexi.command()
@click.option("--json", "as_json", is_flag=True, help="print the answer as one JSON document")
@click.pass_context
def demo(context: click.Context, as_json: bool) -> None:  # noqa: FBT001 - click gives flags by name
    """Walk the whole chain on real data in an empty home."""
    answer, is_new = run_demo(settings_of(context), say)
    say("done" if is_new else "this home has its demonstration already; nothing was changed")
    if as_json:
        give(answer)
        return
    for person in answer["accounts"]:
        click.echo(f"{person['name']:<20}{person['password']:<20}{person['organisation']}")


@hexi.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8000, show_default=True)
@click.option("--workers", default=2, show_default=True, help="web processes")
@click.pass_context
def serve(context: click.Context, host: str, port: int, workers: int) -> None:
    """Run everything for one machine; ready when /readyz answers 200."""
    settings = settings_of(context)
    if not home_exists(settings):
        init_home(settings, now=system_clock())
    open_home(settings).db.close()
    say(f"http://{host}:{port}/")
    context.exit(supervise(settings, host=host, port=port, workers=workers))


@hexi.command("init")
@click.pass_context
def init(context: click.Context) -> None:
    """Make an empty home."""
    init_home(settings_of(context), now=system_clock())
    say("the home is ready; add people with `hexi accounts create`")


@hexi.command("migrate")
@click.pass_context
def migrate_(context: click.Context) -> None:
    """Bring an older database to this program's revision; forward only."""
    db = Database(settings_of(context).database_url)
    db.check()
    migrate(db)
    say("the database is at this program's revision")


@hexi.group("workdays")
def workdays() -> None:
    """Count working days."""


@workdays.command("add")
@click.argument("day", type=click.DateTime(["%Y-%m-%d"]))
@click.argument("count", type=int)
@click.pass_context
def workdays_add(context: click.Context, day: datetime, count: int) -> None:
    """Print the date COUNT working days after DAY; DAY itself is not counted."""
    deadline = _calendar(context).add(day.date(), count)
    click.echo(deadline.day.isoformat())
    if deadline.provisional_years:
        years = ", ".join(str(year) for year in deadline.provisional_years)
        say(
            _translate()("Provisional: the holiday notice of %(years)s is not loaded.")
            % {"years": years}
        )


def _calendar(context: click.Context) -> calendar.Calendar:
    settings = settings_of(context)
    if not home_exists(settings):
        return calendar.shipped_calendar()
    with open_home(settings).db.read() as session:
        return calendar.read_calendar(session)


@hexi.group("receipts")
def receipts() -> None:
    """Hand out receipts."""


@receipts.command("export")
@click.argument("receipt_id")
@click.option("--out", type=click.Path(path_type=Path), required=True)
@click.pass_context
def receipts_export(context: click.Context, receipt_id: str, out: Path) -> None:
    """Write the hand-out files of a receipt into a folder."""
    home = _open(context)
    _integrate(home)
    click.echo(str(export_receipt(home, receipt_id, out)))


@hexi.group("log")
def log_() -> None:
    """The transparency log."""


@log_.command("verify")
@click.pass_context
def log_verify(context: click.Context) -> None:
    """Read the whole log again; any doubt is exit 70 with the index."""
    home = _open(context)
    with home.db.read() as session:
        found = examine_log(session, home.seal.keys, home.log_folder)
    give(
        {
            "entries": found.entries,
            "receipts": found.receipts,
            "checkpoints": found.checkpoints,
            "waiting": found.waiting,
        }
    )


@hexi.command("doctor")
@click.pass_context
def doctor_(context: click.Context) -> None:
    """Check every invariant that can be read from the stored state."""
    doctor.examine(_open(context), say)


hexi.add_command(market_cli.make_group(_open_database, system_clock))
hexi.add_command(registry_cli.make_group(_open_database))
hexi.add_command(licensing_cli.make_group(_open_database))


def _translate() -> Callable[[str], str]:
    wanted = os.environ.get("HEXI_LANGUAGE") or os.environ.get("LANG", "")  # noqa: TID251 - a terminal's language is in its environment
    locale = "en" if wanted.startswith("en") else "zh_Hans_CN"
    folder = ROOT / "marketplace" / "translations"
    catalogue = gettext.translation("messages", folder, languages=[locale], fallback=True)
    return catalogue.gettext


def _say_in_language(text: str) -> str:
    return _translate()(text)


hexi.add_command(sandbox_cli.make_group(_open_database, _open_bench, _say_in_language))


def main() -> None:
    """Run the command and exit with its code."""
    try:
        code = hexi(standalone_mode=False)
    except HexiError as error:
        say(sentence(error, _translate()))
        code = exit_code(error)
    except click.ClickException as error:
        error.show()
        code = USAGE
    except click.Abort:
        code = 130
    sys.exit(code if isinstance(code, int) else 0)


if __name__ == "__main__":
    main()
