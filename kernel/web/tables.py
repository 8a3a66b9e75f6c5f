"""Any list of the interface as a table: the same rows by the same filter, for people and office programs.

A list answers ``{"items": […]}``; whoever asks for ``text/csv`` gets those items as CSV, up to 10,000
of them, and pages offer the same as a link. There is one place for it, so that no list can forget
to be exported or show a table more than it shows to the reader otherwise.
"""

import csv
import io
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from flask import Flask, Response, g, request, stream_with_context

#: A table for a person is no longer; who wants all pages reads them as JSON.
MOST_ROWS: Final = 10_000
CSV: Final = "text/csv"
_JSON: Final = "application/json"
#: What a spreadsheet would take for the beginning of a formula.
_FORMULA: Final = re.compile(r"[=+\-@\t\r]")
# Excel takes UTF-8 for the local encoding where no mark begins the file.
_MARK: Final = "\ufeff"


def install(app: Flask) -> None:
    """Answer lists of the API as CSV where that is what the request accepts."""

    @app.after_request
    def as_asked(response: Response) -> Response:
        if not request.path.startswith("/api/") or request.method != "GET":
            return response
        if response.status_code != 200 or response.mimetype != _JSON:  # noqa: PLR2004 - a list that was found
            return response
        if not is_csv_wanted():
            return response
        return as_csv(response, request.path.rsplit("/", 1)[-1])


def is_csv_wanted() -> bool:
    """The request takes CSV rather than JSON (RFC 9110 section 12.5.1)."""
    return request.accept_mimetypes.best_match([_JSON, CSV]) == CSV


def is_export() -> bool:
    """The whole list is wanted as a table, and not one page of it."""
    return bool(g.get("is_export")) or (request.path.startswith("/api/") and is_csv_wanted())


def begin_export() -> None:
    """Say that this request, though a page's link, wants the whole list."""
    g.is_export = True


def as_csv(response: Response, name: str) -> Response:
    """The items of a list as CSV under a file name; another document stays as it is."""
    document = response.get_json(silent=True)
    items = document.get("items") if isinstance(document, dict) else None
    if not isinstance(items, list):
        return response
    columns = list(dict.fromkeys(key for item in items for key in item))
    table = download(lines_of(columns, items), f"{CSV}; charset=utf-8", f"{name}.csv")
    table.vary.add("Accept")
    return table


def as_json(response: Response, name: str) -> Response:
    """The same list as a file of JSON."""
    response.headers["Content-Disposition"] = f'attachment; filename="{name}.json"'
    return response


def lines_of(columns: Iterable[str], items: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """The lines of a table, written while the items are read."""
    names = tuple(columns)
    yield _MARK + _line(names)
    for item in items:
        yield _line(_cell(item.get(name)) for name in names)


def _line(cells: Iterable[str]) -> str:
    text = io.StringIO()
    csv.writer(text).writerow(tuple(cells))
    return text.getvalue()


def _cell(value: object) -> str:
    """A value so that no spreadsheet computes it; a list or an object is JSON in its cell."""
    if isinstance(value, dict | list):
        value = json.dumps(value, ensure_ascii=False)
    return as_text(value)


def as_text(value: object) -> str:
    """A value so that no spreadsheet takes it for a formula; numbers stay as they are."""
    text = "" if value is None else str(value)
    is_number = isinstance(value, int | float)
    return f"'{text}" if _FORMULA.match(text) and not is_number else text


def download(parts: Iterable[str], media_type: str, name: str) -> Response:
    """A file to keep, written while it is read."""
    reply = Response(stream_with_context(iter(parts)), content_type=media_type)
    reply.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return reply
