"""Command-line entrance of the sandbox: judge queries in bulk, run one, bring data in."""

import json
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Final

import click

from kernel.console import give, say
from kernel.database import Database
from kernel.errors import HexiError, said_facts
from kernel.files import CSV, PARQUET
from kernel.trust.receipts import ReceiptNotLogged
from sandbox import errors, queries, rules, service
from sandbox.cli import ingesting, researching
from sandbox.cli.bench import Bench
from sandbox.engine.guard import read_description
from sandbox.engine.process import ParserWorker
from sandbox.states import RunState

#: Files that an answer may be, by what they are called here.
_FILES: Final = {"parquet": PARQUET, "csv": CSV}


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
    @click.option(
        "--file",
        "file_type",
        type=click.Choice(list(_FILES)),
        help="ask for a file, which two people look at first",
    )
    @click.pass_context
    def query(context: click.Context, licence_id: str, purpose: str, file_type: str | None) -> None:
        """Run the SQL of standard input as the holder of HEXI_TOKEN; print result and receipt."""
        media_type = _FILES[file_type] if file_type else ""
        with open_bench(context) as bench:
            text = sys.stdin.read()
            _query(bench, service.RunQuery(licence_id, purpose, text, media_type=media_type))

    ingesting.add_commands(sandbox, open_bench, translate)
    researching.add_commands(sandbox, open_bench)
    return sandbox


def _check_lines(description: dict[str, Any], translate: Callable[[str], str]) -> None:
    # A wrong description is refused once, before any line is read.
    read_description(description)
    with ParserWorker() as parser:
        for line in sys.stdin:
            click.echo(json.dumps(_judge(parser, line, description, translate)))


def _query(bench: Bench, wanted: service.RunQuery) -> None:
    actor = bench.holder()
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
    if run.state is RunState.IN_REVIEW:
        give({"run_id": run.run_id, "mode": run.mode, "state": run.state.value})
        say(f"in review; it has left, or not, when GET /api/v1/sandbox/runs/{run.run_id} says so")
        return
    try:
        path: Path | None = bench.export(run.receipt_id)
    except ReceiptNotLogged:
        # The answer has been paid for and is not lost with it.
        path = None
    give(
        {
            "run_id": run.run_id,
            "mode": run.mode,
            "replay": run.is_replay,
            "columns": list(run.columns),
            "rows": list(run.rows),
            "receipt_id": run.receipt_id,
            "receipt": path and str(path),
        }
    )
    later = f"the log has no receipt yet: hexi receipts export {run.receipt_id} --out FOLDER"
    say(f"{run.row_count} rows; {path or later}")


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
            "detail": detail % said_facts(refusal.facts, translate) if refusal.facts else detail,
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
