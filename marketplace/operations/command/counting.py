"""``hexi workdays``: needs no home."""

from datetime import datetime

import click

from kernel import workdays as calendar
from kernel.config import home_exists
from kernel.console import say
from kernel.errors import msgid
from marketplace.operations.command import settings_of, translate

_PROVISIONAL = msgid("Provisional: the holiday notice of %(years)s is not loaded.")


@click.group("workdays")
def workdays() -> None:
    """Count working days."""


@workdays.command("add", context_settings={"ignore_unknown_options": True})
@click.argument("day", type=click.DateTime(["%Y-%m-%d"]))
@click.argument("count", type=int)
@click.pass_context
def add(context: click.Context, day: datetime, count: int) -> None:
    """Print the date COUNT working days after DAY; DAY itself is not counted."""
    deadline = _calendar(context).add(day.date(), count)
    click.echo(deadline.day.isoformat())
    if deadline.provisional_years:
        years = ", ".join(str(year) for year in deadline.provisional_years)
        say(translate(_PROVISIONAL) % {"years": years})


def _calendar(context: click.Context) -> calendar.Calendar:
    settings = settings_of(context)
    if not home_exists(settings):
        return calendar.shipped_calendar()
    from marketplace.operations.home import open_home  # noqa: PLC0415 - without a home none of it is needed

    with open_home(settings).db.read() as session:
        return calendar.read_calendar(session)


VERBS = {"workdays": workdays}
