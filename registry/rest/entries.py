"""Entries of register A: search, versions, end, corrections by others, and their data items."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from itertools import islice
from typing import Any

from flask import Response, jsonify

from kernel.web import tables
from kernel.web.context import entrance
from kernel.web.paging import CursorUnreadable, Page, Window, cut, link, read_window
from kernel.web.preconditions import check_if_match, optional_key, set_etag
from kernel.workdays import local_day
from registry import queries, schemas, service
from registry.queries import EntryRow, EntrySearch
from registry.rest.door import blueprint
from registry.service import CorrectionRequest, Ending
from registry.states import EntryVerb, Register

_CSV_COLUMNS = (
    *("code", "kind", "status", "version", "name", "summary", "industry", "region"),
    *("organisation_name", "coded_at", "valid_until"),
)
#: PostgreSQL takes no NUL in a text.
_ITEM_KEY = re.compile(r"[^\x00]*")
_CURSOR = re.compile(r"[ns][0-9]{1,12}|")


@blueprint.get("/entries")
@blueprint.arguments(schemas.SearchArguments, location="query")
def list_entries(wanted: EntrySearch) -> Response:
    """The register as it stands or stood, as JSON with facets or, by ``Accept``, as CSV."""
    if tables.is_csv_wanted():
        return _as_csv(wanted)
    window = read_window()
    if wanted.as_of is None and not _CURSOR.fullmatch(window.after):
        raise CursorUnreadable
    search = replace(wanted, after=window.after, limit=window.limit)
    with entrance().db.read() as session:
        found = queries.search_entries(session, search)
    rows = [as_on(row, wanted.as_of) for row in found.rows]
    reply = jsonify(
        items=schemas.EntryReply(many=True).dump(rows),
        facets=found.facets,
        count=found.count,
        is_capped=found.is_capped,
    )
    reply.vary.add("Accept")
    return link(reply, Page(rows, found.next_key))


def as_on(row: EntryRow, as_of: datetime | None) -> EntryRow:
    """The entry with the status of that day or of today: a term ends by itself."""
    day = local_day(as_of or entrance().now)
    return replace(row, status=row.status_on(day))


def _as_csv(wanted: EntrySearch) -> Response:
    items = _entries(wanted)
    reply = tables.download(
        tables.lines_of(_CSV_COLUMNS, items), f"{tables.CSV}; charset=utf-8", "entries.csv"
    )
    reply.vary.add("Accept")
    return reply


def _entries(wanted: EntrySearch) -> Iterator[dict[str, Any]]:
    """What a search finds, read while it is written."""
    shape, here = schemas.EntryReply(), entrance()
    with here.db.read() as session:
        if wanted.as_of is None:
            found: Iterator[EntryRow] = queries.every_entry(session, wanted)
        else:
            past = queries.search_entries(session, replace(wanted, limit=tables.MOST_ROWS))
            found = iter(past.rows)
        for row in islice(found, tables.MOST_ROWS):
            yield shape.dump(as_on(row, wanted.as_of))


@blueprint.get("/entries/<code>")
@blueprint.arguments(schemas.AsOfArguments, location="query")
def show_entry(values: dict[str, Any], code: str) -> Response:
    """One entry by its code, as it stands or stood."""
    with entrance().db.read() as session:
        row = queries.find_entry(session, code, as_of=values["as_of"])
    return entry_reply(as_on(row, values["as_of"]))


def entry_reply(row: EntryRow) -> Response:
    """An entry with its ETag."""
    return set_etag(jsonify(schemas.EntryReply().dump(row)), row.code, row.version)


@blueprint.get("/entries/<code>/versions")
def list_entry_versions(code: str) -> Response:
    """How the entry changed: type and date of each version, and no content."""
    with entrance().db.read() as session:
        row = queries.find_entry(session, code)
        found = queries.versions(session, Register.RESOURCES, row.code)
    return jsonify(items=schemas.VersionReply(many=True).dump(found))


@blueprint.post("/entries/<code>/<any('revoke','cancel'):verb>")
@blueprint.arguments(schemas.EndingBody)
def end_entry(values: dict[str, Any], code: str, verb: str) -> Response:
    """Revoke an entry (S1 Art. 20) or cancel it ex officio (Art. 9(4)); needs If-Match."""
    here = entrance()
    with here.db.read() as session:
        row = queries.find_entry(session, code)
    check_if_match(row.code, row.version)
    wanted = Ending(Register.RESOURCES, code, EntryVerb(verb), row.version, values["reason"])
    service.end_entry(here.db, actor=here.actor, now=here.now, wanted=wanted, seal=here.seal)
    with here.db.read() as session:
        return entry_reply(queries.find_entry(session, code))


@blueprint.post("/entries/<code>/corrections")
@blueprint.arguments(schemas.CorrectionBody)
def ask_for_correction(values: dict[str, Any], code: str) -> tuple[Response, int]:
    """Ask as an interested party, by real name, for a correction (S1 Art. 9(3)); open to everybody."""
    here = entrance()
    wanted = CorrectionRequest(code, **values, idempotency_key=optional_key())
    made = service.ask_for_correction(here.db, actor=here.actor, now=here.now, wanted=wanted)
    return jsonify(application_id=made), 201


@blueprint.get("/items")
@blueprint.arguments(schemas.ItemArguments, location="query")
def list_items(values: dict[str, Any]) -> Response:
    """Data items of entries in force, by name."""
    here, window = entrance(), _item_window()
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
    here, window = entrance(), _item_window()
    with here.db.read() as session:
        found = queries.conflicting_items(
            session, local_day(here.now), after=window.after, limit=window.limit
        )
    page = cut(found, [one.name_key for one in found], window)
    return link(jsonify(items=schemas.ConflictReply(many=True).dump(page.rows)), page)


def _item_window() -> Window:
    window = read_window()
    if not _ITEM_KEY.fullmatch(window.after):
        raise CursorUnreadable
    return window
