"""The limits that authorised operation and licences count with: their values, their history, setting them."""

from datetime import date
from typing import Any

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from kernel.identity import Permission, check_permission, is_permitted
from kernel.limits import NewValue, Scope, read_limits
from kernel.web import forms
from kernel.web.context import entrance
from kernel.workdays import local_day
from licensing import schemas, service
from licensing.pages.door import blueprint
from licensing.rules import LIMITS

#: Endpoints of the shared templates.
_PLACES = {
    "list": "licensing.list_limits",
    "one": "licensing.show_limit",
    "set": "licensing.set_limit",
}


@blueprint.get("/limits")
def list_limits() -> str:
    """Every limit on a day, as it was known at a moment; public."""
    here = entrance()
    wanted = forms.read_arguments(schemas.LimitArguments())
    day: date = wanted["day"] or local_day(here.now)
    with here.db.read() as session:
        found = read_limits(session, LIMITS, as_of=wanted["as_of"])
    return render_template(
        "licensing/limits.html",
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
    """Set a value from a day on; duties that begin then count with it."""

    def act() -> ResponseReturnValue:
        here = entrance()
        check_permission(here.actor, Permission.KERNEL_LIMIT_SET)
        values = forms.read_form(schemas.LimitForm())
        wanted = NewValue(
            key,
            Scope(values["scope"]),
            values["value"],
            values["source"],
            values["effective_from"],
        )
        service.set_limit(here.db, actor=here.actor, now=here.now, wanted=wanted)
        forms.notice(_("Set. Duties that begin from that day on count with it."))
        return redirect(url_for("licensing.show_limit", key=key))

    return forms.attempt(act, lambda **shown: _limit_page(key, **shown))


def _limit_page(key: str, **shown: Any) -> str:  # noqa: ANN401 - what the form had
    here = entrance()
    today = local_day(here.now)
    with here.db.read() as session:
        found = read_limits(session, LIMITS)
    return render_template(
        "licensing/limit.html",
        row=found.row(key, today),
        values=[value for value in reversed(found.values) if value.key == key],
        may_set=is_permitted(here.actor, Permission.KERNEL_LIMIT_SET),
        today=today,
        sent=request.form,
        places=_PLACES,
        **shown,
    )
