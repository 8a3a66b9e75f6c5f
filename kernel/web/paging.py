"""Cursor pages: ``?limit=&cursor=`` in, a ``Link`` header out (RFC 8288).

A cursor is the last row's sort key in base64; rows are read with one row more than asked for, so
that a next page is announced only when there is one.
"""

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar
from urllib.parse import urlencode

from flask import Response, request

from kernel.errors import Malformed, msgid
from kernel.web import tables

DEFAULT_LIMIT = 20
LARGEST_LIMIT = 200
Row = TypeVar("Row")


class CursorUnreadable(Malformed):
    """The cursor was not made by us, or the limit is no number in range."""

    code = "kernel-cursor-unreadable"
    title = msgid("This page of the list cannot be found")
    detail = msgid("Start again without a cursor; limit is a number from 1 to 200.")


@dataclass(frozen=True, slots=True)
class Window:
    """How many rows, and after which key."""

    limit: int
    after: str


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    """The rows of one page and the key of the last one when there are more."""

    rows: Sequence[Row]
    next_key: str


def read_window() -> Window:
    """The window that the request asks for.

    Raises:
        CursorUnreadable: a cursor or limit that we did not give.
    """
    try:
        whole = tables.MOST_ROWS if tables.is_export() else DEFAULT_LIMIT
        limit = int(request.args.get("limit", whole))
        after = base64.urlsafe_b64decode(request.args.get("cursor", "").encode()).decode()
    except ValueError as error:
        raise CursorUnreadable from error
    # No key of ours holds a NUL, and PostgreSQL takes none in a text.
    if not 1 <= limit <= max(LARGEST_LIMIT, whole) or "\x00" in after:
        raise CursorUnreadable
    return Window(limit, after)


def cut(rows: Sequence[Row], keys: Sequence[str], window: Window) -> Page[Row]:
    """Cut a list that was read with one row more than the window's limit."""
    if len(rows) <= window.limit:
        return Page(rows, "")
    return Page(rows[: window.limit], keys[window.limit - 1])


def link(response: Response, page: Page[Row]) -> Response:
    """Announce the next page in a Link header."""
    if page.next_key:
        cursor = base64.urlsafe_b64encode(page.next_key.encode()).decode()
        arguments = {**request.args.to_dict(), "cursor": cursor}
        # A header holds no Chinese: the words of a search are escaped as in an address.
        response.headers["Link"] = f'<{request.path}?{urlencode(arguments)}>; rel="next"'
    return response
