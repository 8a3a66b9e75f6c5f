"""Commands of a provider beside the pages: publish a synthetic sample, see what a policy would do."""

import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import click

from kernel.console import give, say
from sandbox import rules, schemas
from sandbox.cli.bench import Bench
from sandbox.service.research import attacking, sampling, simulating


def add_commands(
    sandbox: click.Group, open_bench: Callable[[click.Context], AbstractContextManager[Bench]]
) -> None:
    """The commands of this module, in the group of the sandbox."""

    @sandbox.command("sample")
    @click.option("--dataset", required=True)
    @click.option("--rho", type=int, required=True, help="what it may cost, in nano-rho")
    @click.pass_context
    def sample(context: click.Context, dataset: str, rho: int) -> None:
        """Publish a synthetic sample as the holder of HEXI_TOKEN; a second call gives the stored one."""
        with open_bench(context) as bench:
            row = sampling.publish_sample(
                bench.db,
                actor=bench.holder(),
                now=bench.now,
                wanted=sampling.NewSample(dataset, rho),
                machine=bench.machine,
            )
        give(schemas.sample_reply(row))
        say(f"{len(row.rows)} rows; {row.facts['label']}")

    @sandbox.command("simulate")
    @click.option("--dataset", required=True)
    @click.option("--mode", type=click.Choice(["open", "aggregate", "dp"]), required=True)
    @click.option("--cell", default=rules.DEFAULT_CELL, help="smallest cell, in people")
    @click.option("--accuracy", default=0.0, help="by how much a count may be off at 95 %")
    @click.option("--rho", default=0, help="privacy budget of the licence, in nano-rho")
    @click.option(
        "--column", "columns", multiple=True, help="table.column; all where none is named"
    )
    @click.option(
        "--after-released", is_flag=True, help="compare with what has left under licences, too"
    )
    @click.pass_context
    def simulate(context: click.Context, /, columns: tuple[str, ...], **said: Any) -> None:  # noqa: ANN401 - options by their types
        """Show what the SQL of standard input, apart by empty lines, would get under a draft."""
        draft = simulating.PolicyDraft(
            dataset=said["dataset"],
            mode=said["mode"],
            min_cell_size=said["cell"],
            accuracy=said["accuracy"],
            privacy_rho=said["rho"],
            columns=columns,
            workload=simulating.texts_of(sys.stdin.read()),
            after_released=said["after_released"],
        )
        with open_bench(context) as bench:
            found, stand = simulating.simulate(
                bench.db, actor=bench.holder(), now=bench.now, draft=draft, machine=bench.machine
            )
            attacks = attacking.attack(stand, found.outcomes)
        give(schemas.simulation_reply(found, attacks))
