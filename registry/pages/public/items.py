"""The catalogue of data items, and where items contradict each other (domain 6)."""

import re

from flask import render_template, request

from kernel.web.context import entrance
from kernel.web.paging import CursorUnreadable, Window, cut, read_window
from kernel.workdays import local_day
from registry import queries, schemas
from registry.pages.door import blueprint, more_href, read_arguments

#: PostgreSQL takes no NUL in a text.
_KEY = re.compile(r"[^\x00]*")


@blueprint.get("/items")
def list_items() -> str:
    """Data items of entries in force whose name holds a text, by name."""
    here, window = entrance(), _item_window()
    name = read_arguments(schemas.ItemArguments())["name"]
    with here.db.read() as session:
        rows = queries.search_items(
            session, local_day(here.now), name=name, after=window.after, limit=window.limit
        )
    page = cut(rows, [queries.key_of_item(row) for row in rows], window)
    return render_template(
        "registry/items.html",
        page=page,
        name=name,
        is_first=not request.args.get("cursor"),
        next_href=more_href(page.next_key, "registry.list_items"),
    )


@blueprint.get("/items/conflicts")
def list_conflicts() -> str:
    """Items of one name with several sources or standards, side by side."""
    here, window = entrance(), _item_window()
    with here.db.read() as session:
        found = queries.conflicting_items(
            session, local_day(here.now), after=window.after, limit=window.limit
        )
    page = cut(found, [one.name_key for one in found], window)
    return render_template(
        "registry/conflicts.html",
        page=page,
        next_href=more_href(page.next_key, "registry.list_conflicts"),
    )


def _item_window() -> Window:
    window = read_window()
    if not _KEY.fullmatch(window.after):
        raise CursorUnreadable
    return window
