"""Statutory limits and the working-day calendar: read by everybody, set by who may."""

from datetime import date
from typing import Any

from flask import Response, jsonify

from kernel import workdays
from kernel.limits import NewValue, Scope, read_limits
from kernel.web.context import entrance
from kernel.workdays import DayOff, NewNotice, YearWithoutCalendar, local_day
from registry import schemas, service
from registry.rest.door import blueprint
from registry.rules.limits import LIMITS
from registry.service import Recount

_FIRST_YEAR = 2004


@blueprint.get("/limits")
@blueprint.arguments(schemas.LimitArguments, location="query")
def list_limits(values: dict[str, Any]) -> Response:
    """Every limit on a day (today), as it was known at a moment (now)."""
    here = entrance()
    with here.db.read() as session:
        found = read_limits(session, LIMITS, as_of=values["as_of"])
    day: date = values["day"] or local_day(here.now)
    rows = [found.row(declared.key, day) for declared in LIMITS]
    return jsonify(day=day.isoformat(), items=schemas.LimitReply(many=True).dump(rows))


@blueprint.post("/limits/<key>")
@blueprint.arguments(schemas.LimitBody)
def set_limit(values: dict[str, Any], key: str) -> tuple[Response, int]:
    """Set a value from a day on; every open deadline is counted again."""
    here = entrance()
    wanted = NewValue(
        key,
        Scope(values["scope"]),
        values["value"],
        values["source"],
        values["effective_from"],
    )
    done = service.set_limit(here.db, actor=here.actor, now=here.now, wanted=wanted)
    return jsonify(recount_reply(done)), 201


def recount_reply(done: Recount) -> dict[str, int]:
    """What a change of a rule moved."""
    return {
        "looked_at": done.looked_at,
        "moved": done.moved,
        "organisations": done.organisations,
    }


@blueprint.get("/calendar/<int:year>")
@blueprint.arguments(schemas.AsOfArguments, location="query")
def show_calendar(values: dict[str, Any], year: int) -> Response:
    """The days of a year that differ from the plain week; provisional while no notice is loaded."""
    if year < _FIRST_YEAR:
        raise YearWithoutCalendar(first_year=_FIRST_YEAR)
    with entrance().db.read() as session:
        notices = workdays.list_notices(session, as_of=values["as_of"])
    notice = next((one for one in notices if one.year == year), None)
    days = notice.days if notice else ()
    return jsonify(
        year=year,
        is_provisional=notice is None,
        source=notice.source if notice else "",
        loaded_at=notice.loaded_at.isoformat() if notice else None,
        days=[
            {"day": one.day.isoformat(), "is_working": one.is_working, "name": one.name}
            for one in days
        ],
    )


@blueprint.post("/calendar/<int:year>")
@blueprint.arguments(schemas.CalendarBody)
def load_calendar(values: dict[str, Any], year: int) -> tuple[Response, int]:
    """Load a year's holiday notice; every open deadline is counted again."""
    here = entrance()
    days = tuple(DayOff(**one) for one in values["days"])
    done = service.load_calendar(
        here.db, actor=here.actor, now=here.now, wanted=NewNotice(year, values["source"], days)
    )
    return jsonify(recount_reply(done)), 201
