"""The catalogue's data items, and those that name several sources or standards."""

import re
from typing import Any

from flask import Response, jsonify

from kernel.web.context import entrance
from kernel.web.paging import CursorUnreadable, Window, cut, link, read_window
from kernel.workdays import local_day
from registry import queries, schemas
from registry.rest.door import blueprint

#: PostgreSQL takes no NUL in a text.
_KEY = re.compile(r"[^\x00]*")


@blueprint.get("/items")
@blueprint.arguments(schemas.ItemArguments, location="query")
def list_items(values: dict[str, Any]) -> Response:
    """Data items of entries in force, by name."""
    here, window = entrance(), _window()
    with here.db.read() as session:
        rows = queries.search_items(
            session,
            local_day(here.now),
            name=values["name"],
            after=window.after,
            limit=window.limit,
        )
    page = cut(rows, [queries.key_of_item(row) for row in rows], window)
    return link(jsonify(items=schemas.ItemReply(many=True).dump(page.rows)), page)


@blueprint.get("/items/conflicts")
def list_conflicts() -> Response:
    """Names with several source departments or standards: one item, one source, one standard."""
    here, window = entrance(), _window()
    with here.db.read() as session:
        found = queries.conflicting_items(
            session, local_day(here.now), after=window.after, limit=window.limit
        )
    page = cut(found, [one.name_key for one in found], window)
    return link(jsonify(items=schemas.ConflictReply(many=True).dump(page.rows)), page)


def _window() -> Window:
    window = read_window()
    if not _KEY.fullmatch(window.after):
        raise CursorUnreadable
    return window
