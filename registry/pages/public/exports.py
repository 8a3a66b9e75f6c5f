"""The answers of a search as a table or as JSON, written while they are read.

The form of a value is that of ``/api/v1/registry/entries``; here is the same for people, who follow
a link and set no ``Accept`` header.
"""

import csv
import io
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from typing import Any

from flask import Response

from kernel.web.context import Entrance, entrance
from kernel.workdays import local_day
from registry import queries, schemas
from registry.pages.door import blueprint
from registry.pages.public.search import read_search, row_on
from registry.queries import EntrySearch

#: More is for programs, which page through the interface.
MOST_ROWS = 10_000
_COLUMNS = (
    *("code", "kind", "status", "version", "name", "summary", "industry", "region"),
    *("organisation_name", "coded_at", "valid_until"),
)
#: What a spreadsheet would take for the beginning of a formula.
_FORMULA = re.compile(r"[=+\-@\t\r]")
# Excel takes UTF-8 for the local encoding where no mark begins the file.
_MARK = "\ufeff"


@blueprint.get("/entries.csv")
def export_csv() -> Response:
    """The entries that a search finds, newest first, as CSV with a byte order mark."""
    lines = _csv_lines(entrance(), read_search())
    return _download(lines, "text/csv; charset=utf-8", "entries.csv")


@blueprint.get("/entries.json")
def export_json() -> Response:
    """The same as one JSON object: ``items``, and ``is_cut`` where there are more than 10,000."""
    return _download(_json_parts(entrance(), read_search()), "application/json", "entries.json")


def _download(parts: Iterator[str], media_type: str, name: str) -> Response:
    reply = Response(parts, content_type=media_type)
    reply.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return reply


def _items(here: Entrance, wanted: EntrySearch, most: int) -> Iterator[dict[str, Any]]:
    shape, day = schemas.EntryReply(), local_day(wanted.as_of or here.now)
    with here.db.read() as session:
        if wanted.as_of is None:
            found = queries.every_entry(session, wanted)
        else:
            found = iter(queries.search_entries(session, replace(wanted, limit=most)).rows)
        for row in islice(found, most):
            yield shape.dump(row_on(row, day))


def _csv_lines(here: Entrance, wanted: EntrySearch) -> Iterator[str]:
    yield _MARK + _line(_COLUMNS)
    for item in _items(here, wanted, MOST_ROWS):
        yield _line(_safe_cell(str(item[name])) for name in _COLUMNS)


def _line(cells: Iterator[str] | tuple[str, ...]) -> str:
    text = io.StringIO()
    csv.writer(text).writerow(cells)
    return text.getvalue()


def _safe_cell(text: str) -> str:
    """The text so that no spreadsheet computes it."""
    return f"'{text}" if _FORMULA.match(text) else text


def _json_parts(here: Entrance, wanted: EntrySearch) -> Iterator[str]:
    yield '{"items":['
    is_cut = False
    for number, item in enumerate(_items(here, wanted, MOST_ROWS + 1)):
        is_cut = number == MOST_ROWS
        if not is_cut:
            yield f"{',' if number else ''}\n{json.dumps(item, ensure_ascii=False)}"
    yield f'\n],"is_cut":{json.dumps(is_cut)}}}\n'
