"""What is due: running deadlines with their lights, and terms that end within their renewal window."""

from collections import Counter
from dataclasses import replace
from datetime import date
from typing import Any

from flask import render_template, request, url_for
from sqlmodel import Session

from kernel.identity import Actor, is_permitted
from kernel.limits import read_limits
from kernel.web.paging import Window, cut, read_window
from kernel.workdays import Calendar, local_day, read_calendar
from registry import queries, schemas
from registry.pages.door import blueprint, more_href, read_arguments, reads_all, signed_in
from registry.pages.strip import clock_of
from registry.queries import DueRow, DueSearch
from registry.queries.endings import (
    EndingRow,
    EndingSearch,
    ending_certificates,
    ending_entries,
)
from registry.rules.clocks import Holder
from registry.rules.limits import LIMITS
from registry.rules.terms import add_months
from registry.states import TRANSITIONS, Register

#: What is one's own to do is looked for among so many of the nearest.
_MOST_LOOKED_AT = 500
_MOST_ENDINGS = 100


@blueprint.get("/clocks")
def show_clocks() -> str:
    """The nearest deadlines first: whose turn it is, and how many working days are left."""
    here, window = signed_in(), read_window()
    wanted = read_arguments(schemas.DueArguments())
    is_all, is_mine = reads_all(here), request.args.get("mine") == "1"
    today = local_day(here.now)
    own = "" if is_all else here.actor.organisation_id
    with here.db.read() as session:
        search = replace(wanted, organisation_id=own, after=window.after, limit=window.limit)
        rows = _due(session, here.actor, search, is_mine=is_mine)
        calendar = read_calendar(session)
        endings = _endings(session, today, here.actor.organisation_id, is_own=not is_all)
    page = cut(rows, [queries.key_of_due(row) for row in rows], _whole(rows, window, is_mine))
    lights = [(row, clock_of(calendar, row.clock.due_on, today) or {}) for row in page.rows]
    return render_template(
        "registry/clocks.html",
        rows=lights,
        counts=Counter(clock["state"] for _, clock in lights),
        endings=_with_lights(endings, calendar, today),
        filters=wanted,
        is_mine=is_mine,
        is_all=is_all,
        holders=list(Holder),
        next_href=more_href(page.next_key, "registry.show_clocks"),
        feed_href=url_for("registry_rest.feed_due"),
    )


def _whole(rows: list[DueRow], window: Window, is_mine: bool) -> Window:  # noqa: FBT001 - a filter of the page
    return replace(window, limit=max(len(rows), 1)) if is_mine else window


def _due(session: Session, actor: Actor, search: DueSearch, *, is_mine: bool) -> list[DueRow]:
    if not is_mine:
        return queries.list_due(session, search)
    statuses = _statuses_of(actor)
    rows = queries.list_due(session, replace(search, after="", limit=_MOST_LOOKED_AT))
    return [row for row in rows if (row.register, row.status) in statuses]


def _statuses_of(actor: Actor) -> set[tuple[str, str]]:
    """Where somebody with this person's roles can do something that moves an application."""
    return {
        (register.value, move.source.value)
        for register in Register
        for move in TRANSITIONS[register]
        if move.permission and move.source is not move.target
        if is_permitted(actor, move.permission)
    }


def _endings(
    session: Session, today: date, organisation_id: str, *, is_own: bool
) -> list[EndingRow]:
    """Terms whose renewal may be filed now: nothing ends unseen (S1 Art. 15, S4 Art. 35)."""
    limits = read_limits(session, LIMITS)
    days = limits.on("renewal_window", today) or 0
    months = limits.on("b_renewal_window", today) or 0
    entries = EndingSearch(
        today, date.fromordinal(today.toordinal() + days), organisation_id, is_own, _MOST_ENDINGS
    )
    certificates = replace(entries, until=add_months(today, months))
    found = ending_entries(session, entries) + ending_certificates(session, certificates)
    return sorted(found, key=lambda row: row.valid_until)


def _with_lights(
    rows: list[EndingRow], calendar: Calendar, today: date
) -> list[tuple[EndingRow, dict[str, Any]]]:
    return [(row, clock_of(calendar, row.valid_until, today) or {}) for row in rows]
