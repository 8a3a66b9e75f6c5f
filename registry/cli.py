"""Command-line entrance of the register."""

from collections.abc import Callable

import click

from kernel.console import give
from kernel.database import Database
from registry import queries
from registry.queries import EntrySearch


def make_group(open_database: Callable[[click.Context], Database]) -> click.Group:
    """The ``hexi registry`` group over the home that the command line names."""

    @click.group("registry")
    def registry() -> None:
        """Look into the register."""

    @registry.command("search")
    @click.argument("text", default="")
    @click.pass_context
    def search(context: click.Context, text: str) -> None:
        """Print the entries whose name, summary, code or entity holds TEXT."""
        with open_database(context).read() as session:
            rows = queries.search_entries(session, EntrySearch(text=text, limit=200)).rows
        give(
            [
                {
                    "code": row.code,
                    "kind": row.kind,
                    "status": row.status.value,
                    "name": row.name,
                    "entity": row.organisation_name,
                    "valid_until": row.valid_until,
                }
                for row in rows
            ]
        )

    return registry
