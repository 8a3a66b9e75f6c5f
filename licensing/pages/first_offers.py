"""The first offer of a product by pages: choose the product and the mode, then write the terms."""

from dataclasses import asdict
from typing import Any

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from kernel.errors import Refused
from kernel.identity import Permission, check_permission
from kernel.web import forms
from kernel.web.context import Entrance, entrance
from kernel.workdays import local_day
from licensing import queries, schemas, service
from licensing.contract.terms import MODES, PURPOSES, Terms
from licensing.pages.door import blueprint
from licensing.pages.terms import typed_codes, typed_terms
from licensing.queries import OfferRow
from licensing.service import OfferableProduct
from registry import public as registry

#: What the form begins with: usual values that a person then changes.
_RUNS, _DAYS, _SMALLEST_CELL = 100, 365, 10
#: The strict tier: about epsilon 1 at delta 1e-6 (privacy.md); in nano-rho.
_RHO = 24_000_000
_LONGEST_KEY = 64


@blueprint.get("/offers/new")
def first_offer_form() -> ResponseReturnValue:
    """Products that may be offered; with one and a mode in the address the form of its terms."""
    here = _offering()
    if "product_code" not in request.args and "offer_mode" not in request.args:
        return _choice_page(here)

    def act() -> str:
        wanted = forms.read_arguments(schemas.OfferArguments())
        with here.db.read() as session:
            found = service.find_offerable(
                session,
                actor=here.actor,
                today=local_day(here.now),
                product_code=wanted["product_code"],
            )
        return _terms_page(here, found, wanted["offer_mode"])

    return forms.attempt(act, lambda problem, **_form: _choice_page(here, problem=problem))


@blueprint.post("/offers/new")
def publish_first_offer() -> ResponseReturnValue:
    """Publish the first version of an offer."""
    here = _offering()
    code, mode = (request.form.get(name, "").strip() for name in ("product_code", "mode"))

    def act() -> ResponseReturnValue:
        values = forms.read_form(
            schemas.OfferBody(),
            **typed_codes(),
            # A line that was pasted twice is no mistake.
            columns=list(dict.fromkeys(request.form.get("columns", "").split())),
            credentials=[],
            starts_at=None,
            replaces="",
        )
        wanted = schemas.offer_of(values, request.form.get("once", "")[:_LONGEST_KEY])
        service.publish_offer(here.db, actor=here.actor, now=here.now, wanted=wanted)
        forms.notice(_("Published. The product can be applied for on these terms."))
        return redirect(url_for("licensing.list_offers"))

    def redisplay(**shown: Any) -> str:  # noqa: ANN401 - what the form had
        found = _as_it_stands(here, code)
        # Whoever changed the hidden fields chooses anew; everything else stays with its terms.
        if found is None or mode not in MODES:
            return _choice_page(here, **shown)
        return _terms_page(here, found, mode, **shown)

    return forms.attempt(act, redisplay)


def _offering() -> Entrance:
    here = entrance()
    check_permission(here.actor, Permission.LICENSING_OFFER_PUBLISH)
    return here


def _as_it_stands(here: Entrance, code: str) -> OfferableProduct | None:
    """The product of a refused form, also where a gate before it has closed since it was opened."""
    with here.db.read() as session:
        product = registry.entries(session, [code]).get(code)
        if product is None:
            return None
        try:
            return service.find_offerable(
                session, actor=here.actor, today=local_day(here.now), product_code=code
            )
        except Refused:
            return OfferableProduct(product, "", "", queries.find_filing(session, code))


def _choice_page(here: Entrance, **shown: Any) -> str:  # noqa: ANN401 - what the form had
    with here.db.read() as session:
        products = service.list_offerable(session, actor=here.actor, today=local_day(here.now))
        offers = queries.open_offers(session)
    return render_template(
        "licensing/new_offer.html",
        products=products,
        offered={row.product_code for row in offers},
        modes=MODES,
        sent=request.values,
        **shown,
    )


def _terms_page(
    here: Entrance,
    found: OfferableProduct,
    mode: str,
    **shown: Any,  # noqa: ANN401 - what the form had
) -> str:
    code = found.product.code
    with here.db.read() as session:
        earlier = queries.open_offers(session, product_code=code)
    values = (
        {**typed_terms(), "mode": mode, "columns_text": request.form.get("columns", "")}
        if shown.get("form")
        else _usual(found, mode, earlier)
    )
    return render_template(
        "licensing/terms.html",
        title=_("New offer"),
        product=found.product,
        action=url_for("licensing.publish_first_offer"),
        values=values,
        columns=None,
        purposes=PURPOSES,
        offerable=found,
        hidden={"product_code": code, "mode": mode},
        ceiling_cents=found.filed.ceiling_cents if found.filed else None,
        is_counter=False,
        **shown,
    )


def _usual(found: OfferableProduct, mode: str, earlier: list[OfferRow]) -> dict[str, Any]:
    """Terms to begin with: dataset and columns of the newest open offer, the price at the ceiling.

    Snapshots are the sandbox's; without an earlier offer the person names dataset and columns.
    """
    known = earlier[-1].terms if earlier else None
    terms = Terms(
        mode=mode,
        dataset=known.dataset if known else "",
        columns=known.columns if known else (),
        purposes=(),
        run_quota=_RUNS,
        price_cents=found.filed.ceiling_cents if found.filed else 0,
        min_cell_size=_SMALLEST_CELL if mode == "aggregate" else 0,
        term_days=_DAYS,
        privacy_rho=_RHO if mode == "dp" else 0,
    )
    return {**asdict(terms), "columns_text": "\n".join(terms.columns)}
