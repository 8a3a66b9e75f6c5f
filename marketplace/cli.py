"""Command-line entrance of the storefront: people, organisations, roles, tokens."""

import secrets
from collections.abc import Callable
from datetime import datetime

import click

from kernel import accounts
from kernel.accounts import NewAccount
from kernel.console import give
from kernel.database import Database
from kernel.identity import SYSTEM, Role
from kernel.trust import audit

_PASSWORD_BYTES = 12


def make_group(
    open_database: Callable[[click.Context], Database], clock: Callable[[], datetime]
) -> click.Group:
    """The ``hexi accounts`` group over the home that the command line names."""

    @click.group("accounts")
    def group() -> None:
        """People, organisations, roles and tokens."""

    @group.command("list")
    @click.pass_context
    def list_(context: click.Context) -> None:
        """Print every account."""
        with open_database(context).read() as session:
            rows = accounts.list_accounts(session)
        give(
            [
                {
                    "name": row.name,
                    "display_name": row.display_name,
                    "organisation": row.organisation_name,
                    "roles": list(row.roles),
                }
                for row in rows
            ]
        )

    @group.command("create")
    @click.argument("name")
    @click.option("--organisation", required=True, help="made when it does not exist")
    @click.option("--display-name", default="")
    @click.option(
        "--role", "roles", multiple=True, type=click.Choice([role.value for role in Role])
    )
    @click.pass_context
    def create(
        context: click.Context,
        name: str,
        organisation: str,
        display_name: str,
        roles: tuple[str, ...],
    ) -> None:
        """Add a person; the password is printed once."""
        now, password = clock(), secrets.token_urlsafe(_PASSWORD_BYTES)
        with open_database(context).transaction() as session:
            wanted = NewAccount(
                name,
                display_name or name,
                accounts.organisation_named(session, now=now, name=organisation),
                password,
                frozenset(Role(role) for role in roles),
            )
            account_id = accounts.create_account(session, now=now, wanted=wanted)
            audit.record(
                session,
                actor=SYSTEM,
                now=now,
                action="kernel.account.create",
                subject=("kernel_account", account_id),
                facts={"name": name, "roles": list(roles)},
            )
        give({"name": name, "password": password, "roles": list(roles)})

    @group.command("token")
    @click.argument("name")
    @click.option("--label", default="command line")
    @click.option("--days", default=accounts.TOKEN_DAYS, show_default=True)
    @click.pass_context
    def token(context: click.Context, name: str, label: str, days: int) -> None:
        """Make an API token for an account; it is printed once."""
        now = clock()
        with open_database(context).transaction() as session:
            person = accounts.find_account(session, name)
            secret = accounts.issue_token(
                session, now=now, account_id=person.id, name=label, days=days
            )
            audit.record(
                session,
                actor=SYSTEM,
                now=now,
                action="kernel.token.issue",
                subject=("kernel_account", person.id),
                facts={"label": label, "days": days},
            )
        give({"name": name, "token": secret})

    return group
