"""The check of a year: what an operating institution earned beside its maximum, looked at and recorded."""

from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from kernel.identity import Permission, check_permission
from kernel.web import forms
from kernel.web.context import Entrance, entrance
from kernel.workdays import local_day
from licensing import public as licensing
from marketplace import schemas, service

blueprint = Blueprint("years", __name__)


@blueprint.get("/prices/years")
def show_years() -> ResponseReturnValue:
    """The form; with an institution and a year in the address also what would be recorded."""
    here = _authority()
    if "operator_id" not in request.args:
        return _page(here)
    return forms.attempt(
        lambda: _page(here, found=_compared(here)),
        lambda problem, **_form: _page(here, problem=problem),
    )


@blueprint.post("/prices/years/checked")
def check_year() -> ResponseReturnValue:
    """Record the year; the price list shows it with what is to be done and by when."""
    here = _authority()

    def act() -> ResponseReturnValue:
        wanted = _year_of(forms.read_form(schemas.YearBody()))
        service.check_year(here.db, actor=here.actor, now=here.now, wanted=wanted)
        forms.notice(_("Recorded. Whoever has to adjust something finds it among the tasks."))
        return redirect(url_for("licensing.list_prices", _anchor="deviations"))

    return forms.attempt(act, lambda problem, **_form: _page(here, problem=problem))


def _authority() -> Entrance:
    here = entrance()
    check_permission(here.actor, Permission.LICENSING_PRICE_FILE)
    return here


def _compared(here: Entrance) -> licensing.YearFound:
    wanted = _year_of(forms.read_arguments(schemas.YearBody()))
    with here.db.read() as session:
        return service.compare_year(session, actor=here.actor, now=here.now, wanted=wanted)


def _year_of(values: dict[str, Any]) -> service.YearToCheck:
    return service.YearToCheck(values["operator_id"], values["year"])


def _page(here: Entrance, **shown: Any) -> str:  # noqa: ANN401 - what was found, or the refusal
    today = local_day(here.now)
    with here.db.read() as session:
        rows = licensing.list_agreements(session, today)
        open_years = licensing.open_years(session, today)
        deviations = licensing.list_deviations(session)
    return render_template(
        "marketplace/years.html",
        operators={row.operator_id: row.operator_name for row in rows if row.signed_at},
        open_years=open_years,
        deviations=deviations,
        sent=request.values,
        last_year=today.year - 1,
        **shown,
    )
