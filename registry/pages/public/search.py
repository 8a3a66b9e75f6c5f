"""The search in register A for everybody: words, filters with counts, and a past moment."""

import re
from dataclasses import replace
from datetime import date

from flask import render_template
from flask_babel import format_decimal

from kernel.web.context import entrance
from kernel.web.paging import CursorUnreadable, read_window
from kernel.workdays import local_day
from registry import queries, schemas
from registry.pages.door import blueprint, more_href, read_arguments
from registry.pages.public.facets import (
    arguments_of,
    chips_of,
    choices_of,
    facets_of,
    href_with,
    minute_of,
)
from registry.queries import EntryRow, EntrySearch
from registry.schemas import KINDS
from registry.states import EntryStatus

#: A place among the ranked answers or a serial; of a past moment the last code (no NUL in PostgreSQL).
_CURSOR = re.compile(r"[ns][0-9]{1,12}|")
_PAST_CURSOR = re.compile(r"[^\x00]*")


@blueprint.get("/entries")
def search_entries() -> str:
    """Search the register, as it stands with filters and counts, or as it stood at a moment."""
    here, window = entrance(), read_window()
    wanted = read_search()
    pattern = _CURSOR if wanted.as_of is None else _PAST_CURSOR
    if not pattern.fullmatch(window.after):
        raise CursorUnreadable
    search = replace(wanted, after=window.after, limit=window.limit)
    with here.db.read() as session:
        found = queries.search_entries(session, search)
    day = local_day(wanted.as_of or here.now)
    return render_template(
        "registry/entries.html",
        rows=[row_on(row, day) for row in found.rows],
        found=found,
        count_text=str(format_decimal(found.count)),
        wanted=wanted,
        given=arguments_of(wanted),
        facets=facets_of(found, wanted),
        chips=chips_of(wanted),
        as_of_text=minute_of(wanted),
        now_href=href_with(wanted, as_of=""),
        next_href=more_href(found.next_key, "registry.search_entries"),
        choices={name: choices_of(name) for name in ("region", "industry")} if wanted.as_of else {},
        kinds=KINDS[:-1],
        statuses=list(EntryStatus),
    )


def read_search() -> EntrySearch:
    """The search that the address asks for.

    Raises:
        ShapeWrong: with one message per argument.
    """
    wanted: EntrySearch = read_arguments(schemas.SearchArguments())
    return wanted


def row_on(row: EntryRow, day: date) -> EntryRow:
    """The entry with its status on a day: a term ends by itself, also before the clerk's note."""
    return replace(row, status=row.status_on(day))
