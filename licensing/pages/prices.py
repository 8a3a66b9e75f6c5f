"""The public price list, and the two forms of the price authority."""

from typing import Any

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from kernel.identity import Permission, check_permission, is_permitted
from kernel.web import forms
from kernel.web.context import Entrance, entrance
from kernel.workdays import local_day
from licensing import queries, schemas, service
from licensing.pages.door import blueprint
from licensing.service import NewRevenue
from licensing.states import CostKind, ProductClass
from registry import public as registry

#: Who fixes prices, who adjusts ceilings, and who supervises both.
_SEES_ALL = (
    Permission.LICENSING_PRICE_FILE,
    Permission.LICENSING_AGREEMENT_CONCLUDE,
    Permission.LICENSING_LICENCE_READ_ALL,
)
_CALCULATE = "calculate"


@blueprint.get("/prices")
def list_prices() -> str:
    """Products with class, ceiling or trial standard, prices and head-room; public."""
    return _page()


@blueprint.post("/prices/ceilings")
def file_ceiling() -> ResponseReturnValue:
    """File a ceiling charge or trial standard."""

    def act() -> ResponseReturnValue:
        here = _authority()
        values = forms.read_form(
            schemas.CeilingBody(), is_trial=request.form.get("is_trial", "") == "true"
        )
        wanted = schemas.ceiling_of(values)
        service.file_ceiling(here.db, actor=here.actor, now=here.now, wanted=wanted)
        forms.notice(_("Filed. It is in force now; offers above it take no new applications."))
        return redirect(url_for("licensing.list_prices"))

    return forms.attempt(act, lambda **shown: _page(sent_to="ceiling", **shown))


@blueprint.post("/prices/revenues")
def determine_revenue() -> ResponseReturnValue:
    """Calculate a maximum allowed revenue, line by line, or determine it."""

    def act() -> ResponseReturnValue:
        here = _authority()
        values = forms.read_form(
            schemas.RevenueBody(),
            costs=_costs(),
            document_number=request.form.get("decision_number", "").strip(),
        )
        wanted = schemas.revenue_of(values, "")
        if request.form.get("then", _CALCULATE) == _CALCULATE:
            return _page(sent_to="revenue", form=request.form, calculated=_lines(here, wanted))
        service.determine_revenue(here.db, actor=here.actor, now=here.now, wanted=wanted)
        forms.notice(_("Determined. Ceilings can be filed under it."))
        return redirect(url_for("licensing.list_prices"))

    return forms.attempt(act, lambda **shown: _page(sent_to="revenue", **shown))


def _authority() -> Entrance:
    here = entrance()
    check_permission(here.actor, Permission.LICENSING_PRICE_FILE)
    return here


def _costs() -> list[dict[str, str]]:
    """One cost item of the charged class a kind; a field that is left empty is none."""
    typed = {kind: request.form.get(kind.value, "").strip() for kind in CostKind}
    return [
        {"kind": kind.value, "amount_cents": amount} for kind, amount in typed.items() if amount
    ]


def _lines(here: Entrance, wanted: NewRevenue) -> Any:  # noqa: ANN401 - lines for the template
    with here.db.read() as session:
        return service.calculate_revenue(session, wanted)[1]


def _page(**shown: Any) -> str:  # noqa: ANN401 - what the form had
    here = entrance()
    sees_all = any(is_permitted(here.actor, permission) for permission in _SEES_ALL)
    own = here.actor.organisation_id
    with here.db.read() as session:
        rows = queries.list_prices(session)
        products = registry.entries(session, [row.ceiling.product_code for row in rows])
        agreements = queries.list_agreements(session, local_day(here.now))
        operators = {one.operator_id: one.operator_name for one in agreements}
        is_known = sees_all or own in operators
        revenues = queries.list_revenues(session, operator_id="" if sees_all else own)
        deviations = queries.list_deviations(session, operators=None if sees_all else [own])
    return render_template(
        "licensing/prices.html",
        prices=rows,
        products=products,
        operators=operators,
        revenues=revenues if is_known else [],
        deviations=deviations if is_known else [],
        may_file=is_permitted(here.actor, Permission.LICENSING_PRICE_FILE),
        classes=list(ProductClass),
        kinds=list(CostKind),
        today=str(local_day(here.now)),
        **shown,
    )
