"""Lists as tables or as JSON, for people who follow a link and set no ``Accept`` header.

The entries of a search are written while they are read. Every other list is asked of the same view
that answers programs, with the same filter and the same rights, so that the two cannot differ.
"""

import json
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from typing import Any

from flask import Response, current_app, make_response

from kernel.web import tables
from kernel.web.context import Entrance, entrance
from kernel.workdays import local_day
from registry import queries, schemas
from registry.pages.door import blueprint
from registry.pages.public.search import read_search, row_on
from registry.queries import EntrySearch

_COLUMNS = (
    *("code", "kind", "status", "version", "name", "summary", "industry", "region"),
    *("organisation_name", "coded_at", "valid_until"),
)
#: Name of the file, and the view that answers programs.
_LISTS = {
    "applications": "registry_rest.list_applications",
    "clocks": "registry_rest.list_due",
    "files": "registry_rest.list_files",
    "notices": "registry_rest.list_notices",
    "items": "registry_rest.list_items",
    "conflicts": "registry_rest.list_conflicts",
    "limits": "registry_rest.list_limits",
}


@blueprint.get(f"/<any({', '.join(_LISTS)}):listed>.<any(csv, json):file_type>")
def export_list(listed: str, file_type: str) -> Response:
    """Any list of the register as CSV or JSON, up to 10,000 rows of what the filter finds."""
    tables.begin_export()
    reply: Response = make_response(current_app.view_functions[_LISTS[listed]]())
    return tables.as_csv(reply, listed) if file_type == "csv" else tables.as_json(reply, listed)


@blueprint.get("/entries.csv")
def export_csv() -> Response:
    """The entries that a search finds, newest first, as CSV with a byte order mark."""
    items = _items(entrance(), read_search(), tables.MOST_ROWS)
    return tables.download(
        tables.lines_of(_COLUMNS, items), f"{tables.CSV}; charset=utf-8", "entries.csv"
    )


@blueprint.get("/entries.json")
def export_json() -> Response:
    """The same as one JSON object: ``items``, and ``is_cut`` where there are more than 10,000."""
    parts = _json_parts(entrance(), read_search())
    return tables.download(parts, "application/json", "entries.json")


def _items(here: Entrance, wanted: EntrySearch, most: int) -> Iterator[dict[str, Any]]:
    shape, day = schemas.EntryReply(), local_day(wanted.as_of or here.now)
    with here.db.read() as session:
        if wanted.as_of is None:
            found = queries.every_entry(session, wanted)
        else:
            found = iter(queries.search_entries(session, replace(wanted, limit=most)).rows)
        for row in islice(found, most):
            yield shape.dump(row_on(row, day))


def _json_parts(here: Entrance, wanted: EntrySearch) -> Iterator[str]:
    yield '{"items":['
    is_cut = False
    for number, item in enumerate(_items(here, wanted, tables.MOST_ROWS + 1)):
        is_cut = number == tables.MOST_ROWS
        if not is_cut:
            yield f"{',' if number else ''}\n{json.dumps(item, ensure_ascii=False)}"
    yield f'\n],"is_cut":{json.dumps(is_cut)}}}\n'
