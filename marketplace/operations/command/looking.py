"""The command groups of the packages, over the home that the command line names."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from kernel.clock import system_clock
from kernel.database import Database
from licensing import cli as licensing_cli
from marketplace import cli as market_cli
from marketplace.operations.command import language_tag, settings_of, translate
from marketplace.operations.home import export_receipt, open_home
from registry import cli as registry_cli
from registry.cli import Desk
from registry.service import Reader
from sandbox import cli as sandbox_cli
from sandbox.cli.bench import Bench
from sandbox.engine.process import started_engine
from sandbox.service import Machine


def _open_database(context: click.Context) -> Database:
    return open_home(settings_of(context)).db


def _open_desk(context: click.Context) -> Desk:
    home = open_home(settings_of(context))
    return Desk(home.db, home.seal, system_clock(), Reader(translate, language_tag()))


@contextmanager
def _open_bench(context: click.Context) -> Iterator[Bench]:
    home = open_home(settings_of(context))
    settings = home.settings
    with started_engine(
        settings.run_folder, confinement=settings.confinement, snapshots=home.snapshots
    ) as engine:

        def export(receipt_id: str) -> Path:
            return export_receipt(home, receipt_id, settings.home / "receipts" / receipt_id)

        machine = Machine(engine, home.snapshots, home.answers)
        yield Bench(home.db, home.seal, system_clock(), machine, export)


VERBS: dict[str, click.Command] = {
    "accounts": market_cli.make_group(_open_database, system_clock),
    "registry": registry_cli.make_group(_open_desk),
    "licences": licensing_cli.make_group(_open_database),
    "sandbox": sandbox_cli.make_group(_open_database, _open_bench, translate),
}
