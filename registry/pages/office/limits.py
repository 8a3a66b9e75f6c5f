"""The rules that every deadline is counted with: their values on a day, their history, and setting them."""

from datetime import date
from typing import Any

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from kernel.identity import Permission, check_permission, is_permitted
from kernel.limits import Limits, NewValue, Scope, read_limits
from kernel.web import forms
from kernel.web.context import entrance
from kernel.workdays import local_day
from registry import schemas, service
from registry.pages.door import blueprint, read_arguments
from registry.queries.endings import last_moved, moved_deadlines
from registry.rules.limits import LIMITS

#: So many moved deadlines are listed by name; the count is told of all.
_MOST_MOVED = 200
#: Endpoints of the shared templates.
_PLACES = {
    "list": "registry.list_limits",
    "one": "registry.show_limit",
    "set": "registry.set_limit",
}


@blueprint.get("/limits")
def list_limits() -> str:
    """Every limit on a day, as it was known at a moment."""
    here = entrance()
    wanted = read_arguments(schemas.LimitArguments())
    day: date = wanted["day"] or local_day(here.now)
    with here.db.read() as session:
        found = read_limits(session, LIMITS, as_of=wanted["as_of"])
    return render_template(
        "registry/limits.html",
        rows=[found.row(declared.key, day) for declared in LIMITS],
        day=day,
        as_of=wanted["as_of"],
        is_today=day == local_day(here.now) and wanted["as_of"] is None,
        places=_PLACES,
    )


@blueprint.get("/limits/<key>")
def show_limit(key: str) -> str:
    """One limit with the history of its values and, for who may, the form to set it."""
    return _limit_page(key)


@blueprint.post("/limits/<key>")
def set_limit(key: str) -> ResponseReturnValue:
    """Set a value from a day on, and show whose deadlines moved."""

    def act() -> ResponseReturnValue:
        here = entrance()
        check_permission(here.actor, Permission.KERNEL_LIMIT_SET)
        values = forms.read_form(schemas.LimitBody())
        wanted = NewValue(
            key,
            Scope(values["scope"]),
            values["value"],
            values["source"],
            values["effective_from"],
        )
        done = service.set_limit(here.db, actor=here.actor, now=here.now, wanted=wanted)
        forms.notice(
            _(
                "Set. %(looked)s open deadlines were counted again, %(moved)s moved.",
                looked=done.looked_at,
                moved=done.moved,
            )
        )
        return redirect(url_for("registry.show_moved", key=key))

    return forms.attempt(act, lambda **shown: _limit_page(key, **shown))


@blueprint.get("/limits/<key>/moved")
def show_moved(key: str) -> str:
    """Which deadlines moved when this limit was last changed, and whom that concerns."""
    return moved_page(f"limit {key}", url_for("registry.show_limit", key=key))


def moved_page(cause: str, back_href: str) -> str:
    """The page of the deadlines that a change moved; for those who may change rules.

    Raises:
        SignInNeeded, NotPermitted: names of others' applications are nobody else's business.
    """
    here = entrance()
    is_reader = is_permitted(here.actor, Permission.REGISTRY_APPLICATION_READ)
    if not is_reader and not is_permitted(here.actor, Permission.KERNEL_CALENDAR_LOAD):
        check_permission(here.actor, Permission.KERNEL_LIMIT_SET)
    with here.db.read() as session:
        at, count = last_moved(session, cause)
        rows = moved_deadlines(session, cause, at, limit=_MOST_MOVED) if at else []
    return render_template(
        "registry/moved.html",
        at=at,
        count=count,
        rows=rows,
        organisations=sorted({row.organisation_name for row in rows}),
        is_reader=is_reader,
        back_href=back_href,
    )


def _limit_page(key: str, **shown: Any) -> str:  # noqa: ANN401 - what the form had
    here = entrance()
    today = local_day(here.now)
    with here.db.read() as session:
        found: Limits = read_limits(session, LIMITS)
    return render_template(
        "registry/limit.html",
        row=found.row(key, today),
        values=[value for value in reversed(found.values) if value.key == key],
        may_set=is_permitted(here.actor, Permission.KERNEL_LIMIT_SET),
        today=today,
        sent=request.form,
        places=_PLACES,
        **shown,
    )
