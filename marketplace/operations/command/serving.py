"""``hexi serve``: imports the supervisor and nothing that its children import themselves."""

import click

from kernel.config import check_home, home_exists
from kernel.console import say
from marketplace.operations.command import settings_of
from marketplace.operations.supervisor import supervise


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8000, show_default=True)
@click.option("--workers", default=2, show_default=True, help="web processes")
@click.pass_context
def serve(context: click.Context, host: str, port: int, workers: int) -> None:
    """Run everything for one machine; ready when /readyz answers 200."""
    settings = settings_of(context)
    if not home_exists(settings):
        # Only the first start of a new home needs tables, keys and a calendar.
        from kernel.clock import system_clock  # noqa: PLC0415 - as the line above says
        from marketplace.operations.home import init_home  # noqa: PLC0415 - as the line above says

        init_home(settings, now=system_clock()).db.close()
    check_home(settings)
    say(f"http://{host}:{port}/")
    context.exit(supervise(settings, host=host, port=port, workers=workers))


VERBS = {"serve": serve}
