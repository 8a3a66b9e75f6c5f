"""The blueprint of the pages, and what they share."""

from datetime import date, datetime
from typing import Any

from flask import Blueprint, request
from sqlmodel import Session

from kernel.identity import Permission, SignInNeeded, is_permitted
from kernel.web.context import Entrance, entrance
from kernel.workdays import local_day, read_calendar
from licensing import errors
from licensing.states import APPLICATION_TRANSITIONS, LICENCE_TRANSITIONS

blueprint = Blueprint("licensing", __name__, url_prefix="/licensing")


REASONED = {
    move.verb for move in (*APPLICATION_TRANSITIONS, *LICENCE_TRANSITIONS) if move.needs_reason
}


def signed_in() -> Entrance:
    """The entrance of somebody who has signed in; SignInNeeded for a visitor."""
    here = entrance()
    if here.actor.is_visitor:
        raise SignInNeeded
    return here


def check_party(here: Entrance, *parties: str) -> None:
    """Show a contract to its parties (organisations) and to regulators; ThingUnknown to others."""
    sees_all = is_permitted(here.actor, Permission.LICENSING_LICENCE_READ_ALL)
    if here.actor.organisation_id not in parties and not sees_all:
        raise errors.ThingUnknown


def revision() -> int:
    """The revision that the page showed; 0 where the form does not say."""
    text = request.form.get("revision", "0")
    return int(text) if text.isdigit() else 0


def due_light(session: Session, now: datetime, due_on: date | None) -> dict[str, Any] | None:
    """A due day as pages show it: its colour, working days left or late, and the day itself."""
    if due_on is None:
        return None
    left = read_calendar(session).count(local_day(now), due_on)
    state = "overdue" if left < 0 else "soon" if left <= _SOON_WORKDAYS else "enough"
    return {"state": state, "workdays": abs(left), "when": due_on}


#: From so many working days on a due day is amber.
_SOON_WORKDAYS = 3
