"""Command-line entrance of the sandbox: judge queries in bulk, run one query."""

import json
import os
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from kernel import accounts
from kernel.console import give, say
from kernel.database import Database
from kernel.errors import HexiError
from kernel.identity import Actor, SignInNeeded
from kernel.trust.receipts import Seal
from sandbox import errors, queries, rules, schemas, service
from sandbox.engine.guard import read_description
from sandbox.engine.process import ParserWorker
from sandbox.service import Machine
from sandbox.service.research import attacking, sampling, simulating


@dataclass(frozen=True, slots=True)
class Bench:
    """What the composition root opens for a command that runs queries."""

    db: Database
    seal: Seal
    now: datetime
    machine: Machine
    export: Callable[[str], Path]


def make_group(
    open_database: Callable[[click.Context], Database],
    open_bench: Callable[[click.Context], AbstractContextManager[Bench]],
    translate: Callable[[str], str],
) -> click.Group:
    """The ``hexi sandbox`` group over the home that the command line names."""

    @click.group("sandbox")
    def sandbox() -> None:
        """Judge and run governed queries."""

    @sandbox.command("check")
    @click.option("--dataset", default="", help="name of a dataset in this home")
    @click.option("--schema", type=click.Path(path_type=Path), help="JSON file; needs no home")
    @click.option("--mode", type=click.Choice(["open", "aggregate", "dp"]))
    @click.pass_context
    def check(context: click.Context, dataset: str, schema: Path | None, mode: str | None) -> None:
        """Answer each JSON line {"id","sql"} of standard input with a verdict; nothing is run."""
        if bool(dataset) == bool(schema):
            message = "give either --dataset or --schema"
            raise click.UsageError(message)
        if schema is not None:
            description = _read_schema(schema, mode)
        else:
            description = _describe(open_database(context), dataset, mode)
        _check_lines(description, translate)

    @sandbox.command("query")
    @click.option("--licence", "licence_id", required=True)
    @click.option("--purpose", required=True)
    @click.pass_context
    def query(context: click.Context, licence_id: str, purpose: str) -> None:
        """Run the SQL of standard input as the holder of HEXI_TOKEN; print result and receipt."""
        with open_bench(context) as bench:
            _query(bench, service.RunQuery(licence_id, purpose, sys.stdin.read()))

    @sandbox.command("sample")
    @click.option("--dataset", required=True)
    @click.option("--rho", type=int, required=True, help="what it may cost, in nano-rho")
    @click.pass_context
    def sample(context: click.Context, dataset: str, rho: int) -> None:
        """Publish a synthetic sample as the holder of HEXI_TOKEN; a second call gives the stored one."""
        with open_bench(context) as bench:
            row = sampling.publish_sample(
                bench.db,
                actor=_actor(bench),
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
        )
        with open_bench(context) as bench:
            found, stand = simulating.simulate(
                bench.db, actor=_actor(bench), now=bench.now, draft=draft, machine=bench.machine
            )
            attacks = attacking.attack(stand, found.outcomes)
        give(schemas.simulation_reply(found, attacks))

    return sandbox


def _check_lines(description: dict[str, Any], translate: Callable[[str], str]) -> None:
    # A wrong description is refused once, before any line is read.
    read_description(description)
    with ParserWorker() as parser:
        for line in sys.stdin:
            click.echo(json.dumps(_judge(parser, line, description, translate)))


def _actor(bench: Bench) -> Actor:
    token = os.environ.get("HEXI_TOKEN", "")  # noqa: TID251 - the promised way to hand the token over
    with bench.db.read() as session:
        _, actor = accounts.find_token(session, now=bench.now, secret=token)
    if actor.is_visitor:
        raise SignInNeeded
    return actor


def _query(bench: Bench, wanted: service.RunQuery) -> None:
    actor = _actor(bench)
    run_id = service.run_query(
        bench.db,
        actor=actor,
        now=bench.now,
        wanted=wanted,
        seal=bench.seal,
        machine=bench.machine,
    )
    with bench.db.read() as session:
        run = queries.find_run(session, run_id)
    path = bench.export(run.receipt_id)
    give(
        {
            "run_id": run.run_id,
            "mode": run.mode,
            "replay": run.is_replay,
            "columns": list(run.columns),
            "rows": list(run.rows),
            "receipt_id": run.receipt_id,
            "receipt": str(path),
        }
    )
    say(f"{run.row_count} rows; {path}")


def _read_schema(path: Path, mode: str | None) -> dict[str, Any]:
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        message = f"--schema {path} is no readable JSON file"
        raise click.UsageError(message) from error
    if not isinstance(document, dict):
        message = f"--schema {path} holds no JSON object"
        raise click.UsageError(message)
    document["mode"] = mode or document.get("mode", "aggregate")
    return document


def _describe(db: Database, dataset: str, mode: str | None) -> dict[str, Any]:
    with db.read() as session:
        manifest = queries.newest_snapshot(session, dataset).manifest
    has_people = any(table["person_column"] for table in manifest["tables"].values())
    chosen = mode or ("aggregate" if has_people else "open")
    return rules.describe(manifest, rules.sight_of_all(manifest, chosen))


def _judge(
    parser: ParserWorker, line: str, description: dict[str, Any], translate: Callable[[str], str]
) -> dict[str, Any]:
    identifier: Any = None
    try:
        asked = _read_line(line)
        identifier = asked["id"]
        parser.analyse(asked["sql"], description)
    except HexiError as refusal:
        detail = translate(refusal.detail)
        return {
            "id": identifier,
            "verdict": "refuse",
            "code": refusal.code,
            "detail": detail % refusal.facts if refusal.facts else detail,
        }
    return {"id": identifier, "verdict": "accept", "code": None, "detail": ""}


def _read_line(line: str) -> dict[str, Any]:
    try:
        asked = json.loads(line)
    except ValueError as error:
        raise errors.LineUnreadable from error
    if not isinstance(asked, dict) or not isinstance(asked.get("sql"), str):
        raise errors.LineUnreadable
    return {"id": asked.get("id"), "sql": asked["sql"]}
