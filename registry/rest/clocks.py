"""What is due: running clocks with their lights, as JSON and as a calendar feed (RFC 5545)."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from flask import Response, jsonify, make_response
from flask_babel import gettext

from kernel.errors import msgid
from kernel.web.context import Entrance
from kernel.web.paging import CursorUnreadable, cut, link, read_window
from kernel.workdays import Calendar, local_day, read_calendar
from registry import queries, schemas
from registry.queries import DueRow, DueSearch
from registry.rest.door import blueprint, reads_all, signed_in
from registry.rules.clocks import light
from registry.rules.limits import LIMITS

#: So many nearest due dates stand in a feed.
_MOST_EVENTS = 500
#: RFC 5545 section 3.1: a line has at most 75 octets without its end.
_LINE_OCTETS = 75
_KEY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}\|[0-9a-f-]{1,64}|")
_LABELS = {declared.key: declared.label for declared in LIMITS}
_SUMMARY = msgid("%(limit)s: %(name)s")


@blueprint.get("/clocks")
@blueprint.arguments(schemas.DueArguments, location="query")
def list_due(wanted: DueSearch) -> Response:
    """Running clocks, the nearest due date first: one's own or, for the institution, all."""
    here, window = signed_in(), read_window()
    if not _KEY.fullmatch(window.after) or not _has_day(window.after):
        raise CursorUnreadable
    rows, today = _due(here, replace(wanted, after=window.after, limit=window.limit))
    page = cut(rows, [queries.key_of_due(row) for row in rows], window)
    with here.db.read() as session:
        calendar = read_calendar(session)
    items = schemas.DueReply(many=True).dump([_flat(row, calendar, today) for row in page.rows])
    return link(jsonify(items=items), page)


def _flat(row: DueRow, calendar: Calendar, today: date) -> dict[str, Any]:
    colour, left = light(calendar, today, row.clock.due_on or today)
    names = schemas.ClockReply().fields
    return {
        **{name: getattr(row.clock, name) for name in names},
        "register": row.register,
        "type": row.type,
        "name": row.name,
        "organisation_name": row.organisation_name,
        "status": row.status,
        "light": colour.value,
        "workdays_left": left,
    }


def _has_day(key: str) -> bool:
    try:
        return not key or date.fromisoformat(key.partition("|")[0]) is not None
    except ValueError:
        return False


def _due(here: Entrance, wanted: DueSearch) -> tuple[list[DueRow], date]:
    own = "" if reads_all(here) else here.actor.organisation_id
    with here.db.read() as session:
        rows = queries.list_due(session, replace(wanted, organisation_id=own))
    return rows, local_day(here.now)


@blueprint.get("/clocks.ics")
@blueprint.arguments(schemas.DueArguments, location="query")
def feed_due(wanted: DueSearch) -> Response:
    """The same as a calendar that office programs subscribe to: one all-day event a due date."""
    here = signed_in()
    rows, _ = _due(here, replace(wanted, limit=_MOST_EVENTS))
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Hexi//Register//ZH", "METHOD:PUBLISH"]
    for row in rows[:_MOST_EVENTS]:
        lines += _event(row, here)
    lines.append("END:VCALENDAR")
    text = "".join(f"{part}\r\n" for line in lines for part in _folded(line))
    reply = make_response(text)
    reply.headers["Content-Type"] = "text/calendar; charset=utf-8"
    reply.headers["Content-Disposition"] = 'attachment; filename="clocks.ics"'
    return reply


def _event(row: DueRow, here: Entrance) -> Iterator[str]:
    due_on = row.clock.due_on or local_day(here.now)
    limit = str(gettext(_LABELS.get(row.clock.limit_key, row.clock.limit_key)))
    yield "BEGIN:VEVENT"
    yield f"UID:{row.clock.clock_id}@{here.seal.host}"
    yield f"DTSTAMP:{_moment(here.now)}"
    yield f"DTSTART;VALUE=DATE:{due_on:%Y%m%d}"
    # The end of an all-day event is the first day that is no longer part of it.
    yield f"DTEND;VALUE=DATE:{due_on + timedelta(days=1):%Y%m%d}"
    yield f"SUMMARY:{_escaped(str(gettext(_SUMMARY, limit=limit, name=row.name)))}"
    yield f"DESCRIPTION:{_escaped(row.organisation_name)}"
    yield f"STATUS:{'TENTATIVE' if row.clock.is_provisional else 'CONFIRMED'}"
    yield "TRANSP:TRANSPARENT"
    yield "END:VEVENT"


def _moment(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def _escaped(text: str) -> str:
    """A text value (RFC 5545 section 3.3.11)."""
    for special in ("\\", ";", ","):
        text = text.replace(special, f"\\{special}")
    return "\\n".join(text.splitlines())


def _folded(line: str) -> Iterator[str]:
    """The line in pieces that fit, cut between characters (RFC 5545 section 3.1)."""
    piece = ""
    for character in line:
        if len((piece + character).encode()) > _LINE_OCTETS:
            yield piece
            piece = " "
        piece += character
    yield piece
