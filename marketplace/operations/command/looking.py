"""The command groups of the packages, over the home that the command line names."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from kernel.clock import system_clock
from kernel.database import Database
from licensing import cli as licensing_cli
from marketplace import cli as market_cli
from marketplace.operations.command import settings_of, translate
from marketplace.operations.home import export_receipt, integrate, open_home
from registry import cli as registry_cli
from sandbox import cli as sandbox_cli
from sandbox.cli import Bench
from sandbox.engine.process import started_engine
from sandbox.service import Machine


def _open_database(context: click.Context) -> Database:
    return open_home(settings_of(context)).db


@contextmanager
def _open_bench(context: click.Context) -> Iterator[Bench]:
    home = open_home(settings_of(context))
    settings = home.settings
    with started_engine(
        settings.run_folder, confinement=settings.confinement, snapshots=home.snapshots
    ) as engine:

        def export(receipt_id: str) -> Path:
            integrate(home, now=system_clock())
            return export_receipt(home, receipt_id, settings.home / "receipts" / receipt_id)

        machine = Machine(engine, home.snapshots)
        yield Bench(home.db, home.seal, system_clock(), machine, export)


VERBS: dict[str, click.Command] = {
    "accounts": market_cli.make_group(_open_database, system_clock),
    "registry": registry_cli.make_group(_open_database),
    "licences": licensing_cli.make_group(_open_database),
    "sandbox": sandbox_cli.make_group(_open_database, _open_bench, translate),
}
