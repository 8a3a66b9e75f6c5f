"""``hexi demo, init, migrate, receipts, log, doctor``: what keeps an installation and its evidence."""

from pathlib import Path

import click

from kernel.clock import system_clock
from kernel.console import give, say
from kernel.database import Database
from kernel.trust.examine import examine_log
from kernel.trust.seals import make_seal
from marketplace.operations import doctor
from marketplace.operations.command import settings_of
from marketplace.operations.demo import run_demo
from marketplace.operations.home import export_receipt, init_home, open_home
from marketplace.operations.migrate import migrate
from registry import service as registry


@click.command("demo")
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


@click.command("init")
@click.pass_context
def init(context: click.Context) -> None:
    """Make an empty home."""
    init_home(settings_of(context), now=system_clock())
    say("the home is ready; add people with `hexi accounts create`")


@click.command("migrate")
@click.pass_context
def migrate_(context: click.Context) -> None:
    """Bring an older database to this program's revision; forward only."""
    settings = settings_of(context)
    db = Database(settings.database_url)
    db.check()
    migrate(db)
    registry.fill_search(db)
    make_seal(settings.home / "keys", settings.institution, system_clock())
    say("the database is at this program's revision")


@click.group("receipts")
def receipts() -> None:
    """Hand out receipts."""


@receipts.command("export")
@click.argument("receipt_id")
@click.option("--out", type=click.Path(path_type=Path), required=True)
@click.pass_context
def receipts_export(context: click.Context, receipt_id: str, out: Path) -> None:
    """Write the hand-out files of a receipt into a folder."""
    home = open_home(settings_of(context))
    click.echo(str(export_receipt(home, receipt_id, out)))


@click.group("log")
def log() -> None:
    """The transparency log."""


@log.command("verify")
@click.pass_context
def log_verify(context: click.Context) -> None:
    """Read the whole log again; any doubt is exit 70 with the index."""
    home = open_home(settings_of(context))
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


@click.command("doctor")
@click.pass_context
def doctor_(context: click.Context) -> None:
    """Check every invariant that can be read from the stored state."""
    doctor.examine(open_home(settings_of(context)), say)


VERBS: dict[str, click.Command] = {
    "demo": demo,
    "init": init,
    "migrate": migrate_,
    "receipts": receipts,
    "log": log,
    "doctor": doctor_,
}
