"""Bringing data in: profile a file, find levels for it, store it as a version of a dataset."""

import json
import re
import tempfile
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from kernel.console import give, say
from sandbox import queries, service
from sandbox.cli.bench import Bench
from sandbox.deidentify.declaration import read_declaration
from sandbox.deidentify.lattice import Wanted
from sandbox.deidentify.lattice.ladders import declared_with, rules_at
from sandbox.deidentify.profile import Wish
from sandbox.deidentify.sources.source import Source
from sandbox.deidentify.treat import profile_table, search_levels

#: ``TABLE=LOCATION#PART``; table and part may be left out. An address of a database has no such beginning.
_SOURCE = re.compile(r"(?:(?P<table>\w+)=)?(?P<location>[^#]+)(?:#(?P<part>.+))?\Z")
_NO_NAME = re.compile(r"\W+")
_DECLARATION = click.option("--declaration", type=click.Path(path_type=Path), required=True)


def add_commands(
    sandbox: click.Group,
    open_bench: Callable[[click.Context], AbstractContextManager[Bench]],
    translate: Callable[[str], str],
) -> None:
    """The commands of this module, in the group of the sandbox."""

    @sandbox.command("profile")
    @click.argument("source")
    @click.option("--json", "with_profile", is_flag=True, help="print the whole profile too")
    @click.option(
        "--values", "with_values", is_flag=True, help="show single values, to their manager"
    )
    def profile(source: str, *, with_profile: bool, with_values: bool) -> None:
        """Measure [TABLE=]FILE[#PART] and print a declaration to be edited; needs no home."""
        _profile(source, translate, with_profile=with_profile, with_values=with_values)

    @sandbox.command("generalise")
    @click.argument("source")
    @_DECLARATION
    @click.option(
        "--k", type=click.IntRange(1), help="people in a class; else as the sharing model says"
    )
    @click.option("--l", "fewest", type=click.IntRange(1), default=1, help="values in a class")
    @click.option(
        "--t", "distance", type=click.FloatRange(0, 1), default=1.0, help="distance of a class"
    )
    @click.option(
        "--suppressed", type=click.FloatRange(0, 1), default=0.0, help="share of rows left out"
    )
    def generalise(
        source: str,
        declaration: Path,
        k: int | None,
        fewest: int,
        distance: float,
        suppressed: float,
    ) -> None:
        """Find the levels that lose least for [TABLE=]FILE[#PART]; print the declaration with them."""
        wanted = Wanted(k or 0, fewest, distance, suppressed)
        _generalise(source, declaration, wanted)

    @sandbox.command("ingest")
    @click.argument("sources", nargs=-1, required=True)
    @_DECLARATION
    @click.option("--dataset", required=True)
    @click.option("--title", required=True)
    @click.option("--product", required=True, help="code of the registered product")
    @click.option("--made-from", default="", help="dataset of the same people: one budget")
    @click.option("--series", default="", help="series whose epochs share nobody: own budgets")
    @click.option("--drop-known", is_flag=True, help="leave out who is in another epoch")
    @click.option("--outside", multiple=True, help="TABLE=FILE of an attacker, to be tried")
    @click.pass_context
    def ingest(  # noqa: PLR0913 - one parameter an option
        context: click.Context,
        *,
        sources: tuple[str, ...],
        declaration: Path,
        dataset: str,
        title: str,
        product: str,
        made_from: str,
        series: str,
        drop_known: bool,
        outside: tuple[str, ...],
    ) -> None:
        """Store [TABLE=]FILE[#PART]... as a version of a dataset, as the holder of HEXI_TOKEN."""
        with open_bench(context) as bench:
            wanted = service.NewSnapshot(
                dataset=dataset,
                title=title,
                product_code=product,
                declaration=read_document(declaration),
                sources=dict(map(read_source, sources)),
                folder=bench.machine.snapshots,
                made_from=made_from,
                series=series,
                drop_known=drop_known,
                outside=dict(map(read_source, outside)),
            )
            _ingest(bench, wanted)


def _profile(
    given: str, translate: Callable[[str], str], *, with_profile: bool, with_values: bool
) -> None:
    """Print a declaration to standard output, and what was measured for people; or both as one document."""
    table, source = read_source(given)
    with tempfile.TemporaryDirectory(prefix="hexi-profile-") as folder:
        found = profile_table(source, folder=Path(folder), wish=Wish(table, with_values))
    columns = found.profile["columns"]
    for one in columns:
        one["reason"] = translate(one["reason"])
    if with_profile:
        give({"profile": found.profile, "declaration": found.declaration})
    else:
        give(found.declaration)
    for one in columns:
        shown = {name: one[name] for name in ("least", "most", "frequent") if name in one}
        say(
            f"{one['name']}: {one['kind']}, {one['type']}, {one['nulls']} / {found.profile['rows']}, "
            f"{one['distinct']} → {one['suggested']['class']}, {one['suggested']['treatment']}. {one['reason']}"
            + (f" {json.dumps(shown, ensure_ascii=False)}" if shown else "")
        )
    say(json.dumps(found.profile["quality"], ensure_ascii=False))


def _generalise(given: str, declaration: Path, wanted: Wanted) -> None:
    """Print the declaration with the levels that lose least, and what they lose."""
    document = read_document(declaration)
    read = read_declaration(document)
    name, source = read_source(given)
    table = next((one for one in read.tables if one.name == name), None)
    if table is None:
        message = f"--declaration {declaration} declares no table {name}"
        raise click.UsageError(message)
    wanted = replace(wanted, k=wanted.k or read.protection.least)
    with tempfile.TemporaryDirectory(prefix="hexi-generalise-") as folder:
        found = search_levels(table, source, folder=Path(folder), wanted=wanted)
    rules = rules_at(table, found["levels"])
    has_suppressed = found["suppressed_rows"] > 0
    give(declared_with(document, name, rules, wanted=wanted, has_suppressed=has_suppressed))
    say(json.dumps(found, ensure_ascii=False))


def _ingest(bench: Bench, wanted: service.NewSnapshot) -> None:
    """Print the digest of the stored version, and what its report says."""
    actor = bench.holder()
    digest = service.ingest(bench.db, actor=actor, now=bench.now, wanted=wanted, seal=bench.seal)
    with bench.db.read() as session:
        stored = queries.newest_snapshot(session, wanted.dataset)
        version = queries.version_of(session, stored)
    give(
        {
            "dataset": stored.dataset,
            "version": stored.version,
            "digest": digest,
            "report_digest": stored.report_digest,
            "rows": stored.rows,
            "level": version.level,
            "signatures_needed": stored.signatures_needed,
        }
    )
    say(f"{stored.dataset} {stored.version}: {stored.rows} rows")


def read_source(text: str) -> tuple[str, Source]:
    """The table's name and the source in ``TABLE=LOCATION#PART``; a file names its table by its own name."""
    found = _SOURCE.match(text)
    if found is None:
        message = f"{text} is no [TABLE=]FILE[#PART]"
        raise click.UsageError(message)
    location, part = found["location"], found["part"] or ""
    own = part if "://" in location else Path(location).stem
    return found["table"] or _NO_NAME.sub("_", own) or "data", Source(location, part)


def read_document(path: Path) -> dict[str, Any]:
    """The JSON object of a declaration."""
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        message = f"--declaration {path} is no readable JSON file"
        raise click.UsageError(message) from error
    if not isinstance(document, dict):
        message = f"--declaration {path} holds no JSON object"
        raise click.UsageError(message)
    return document
