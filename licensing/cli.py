"""Command-line entrance of licensing."""

from collections.abc import Callable

import click

from kernel.console import give
from kernel.database import Database
from licensing import queries


def make_group(open_database: Callable[[click.Context], Database]) -> click.Group:
    """The ``hexi licences`` group over the home that the command line names."""

    @click.group("licences")
    def licences() -> None:
        """Look at licences and their quotas."""

    @licences.command("list")
    @click.pass_context
    def list_(context: click.Context) -> None:
        """Print every licence with its quota."""
        with open_database(context).read() as session:
            rows = queries.list_licences(session)
        give(
            [
                {
                    "licence_id": row.licence_id,
                    "number": row.number,
                    "status": row.status.value,
                    "licensee": row.licensee_name,
                    "product_code": row.product_code,
                    "policy_digest": row.policy_digest,
                    "runs_granted": row.runs_granted,
                    "runs_reserved": row.runs_reserved,
                    "runs_taken": row.runs_taken,
                    "expires_at": row.expires_at.isoformat(),
                }
                for row in rows
            ]
        )

    return licences
