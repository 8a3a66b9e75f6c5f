"""Pages on which terms are written: offers of an operator, and counter-offers of either side."""

import json
import re
from typing import Any

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from kernel.identity import Permission, check_permission
from kernel.web import forms
from kernel.web.context import entrance
from licensing import queries, schemas, service
from licensing.contract.terms import PURPOSES, Terms
from licensing.pages.door import blueprint, check_party, revision, signed_in
from licensing.queries import OfferRow
from registry import public as registry

_LISTS = ("purposes", "columns")
#: Fields of the form to which a refusal of the whole is linked.
_WRITTEN = ("purposes", "price_cents", "min_cell_size", "approval")


@blueprint.get("/offers")
def list_offers() -> str:
    """The open offers of the person's organisation, with price, ceiling and head-room."""
    here = entrance()
    check_permission(here.actor, Permission.LICENSING_OFFER_PUBLISH)
    with here.db.read() as session:
        rows = [
            row
            for row in queries.open_offers(session)
            if row.operator_id == here.actor.organisation_id
        ]
        products = registry.entries(session, [row.product_code for row in rows])
    return render_template("licensing/offers.html", offers=rows, products=products)


@blueprint.get("/offers/<offer_id>/next")
def offer_form(offer_id: str) -> str:
    """The terms of an offer as a form; publishing makes its next version."""
    return _offer_page(offer_id)


@blueprint.post("/offers/<offer_id>/next")
def publish_offer(offer_id: str) -> ResponseReturnValue:
    """Publish the next version of an offer; running licences keep their terms."""

    def act() -> ResponseReturnValue:
        here = entrance()
        row = _own_offer(offer_id)
        fixed = {**_fixed(row.terms), "product_code": row.product_code}
        values = forms.read_form(schemas.OfferBody(), **fixed)
        wanted = schemas.offer_of({**values, "replaces": offer_id}, "")
        service.publish_offer(here.db, actor=here.actor, now=here.now, wanted=wanted)
        forms.notice(_("Published. New applications see these terms; licences keep theirs."))
        return redirect(url_for("licensing.list_offers"))

    return forms.attempt(act, lambda **shown: _offer_page(offer_id, **shown), _WRITTEN)


def _own_offer(offer_id: str) -> OfferRow:
    here = signed_in()
    check_permission(here.actor, Permission.LICENSING_OFFER_PUBLISH)
    with here.db.read() as session:
        row = queries.find_offer(session, offer_id)
    check_party(here, row.operator_id)
    return row


def _fixed(terms: Terms) -> dict[str, Any]:
    """What the form does not show stays as it is, and lists of codes are one field with commas."""
    kept: dict[str, Any] = {
        "dataset": terms.dataset,
        "mode": terms.mode,
        "credentials": list(terms.credentials),
    }
    kept["starts_at"] = terms.starts_at.isoformat() if terms.starts_at else None
    return {**kept, **typed_codes()}


_SEPARATORS = re.compile(r"[,，、;；]")


def typed_codes() -> dict[str, list[str]]:
    """The codes of the fields that take several, whatever stands between them."""
    return {
        name: _SEPARATORS.sub(" ", request.form.get(name, "")).split()
        for name in ("regions", "industries")
    }


def typed_terms() -> dict[str, Any]:
    """What was typed, as the template shows terms: codes of one field are a list again."""
    plain: dict[str, Any] = dict(request.form)
    for name in ("regions", "industries"):
        plain[name] = [plain.get(name, "")]
    return {**plain, **{name: request.form.getlist(name) for name in _LISTS}}


def _offer_page(offer_id: str, **shown: Any) -> str:  # noqa: ANN401 - what the form had
    row = _own_offer(offer_id)
    with entrance().db.read() as session:
        product = registry.entry(session, row.product_code)
        ceiling = queries.find_ceiling(session, row.product_code)
    values = {**typed_terms(), "mode": row.mode} if shown.get("form") else row.terms
    return render_template(
        "licensing/terms.html",
        title=_("Next version of the offer"),
        product=product,
        action=url_for("licensing.publish_offer", offer_id=offer_id),
        values=values,
        columns=row.terms.columns,
        purposes=PURPOSES,
        present=row.terms,
        present_text=json.dumps(row.policy, ensure_ascii=False, indent=2),
        hidden={},
        ceiling_cents=ceiling,
        is_counter=False,
        **shown,
    )


@blueprint.get("/applications/<application_id>/counter-offer")
def counter_form(application_id: str) -> str:
    """The terms on the table as a form, for the side whose turn it is."""
    return _counter_page(application_id)


@blueprint.post("/applications/<application_id>/counter-offer")
def counter_offer(application_id: str) -> ResponseReturnValue:
    """Put other terms on the table."""

    def act() -> ResponseReturnValue:
        here = signed_in()
        with here.db.read() as session:
            row = queries.find_application(session, application_id)
            check_party(here, row.applicant_id, row.provider_id)
            offer = queries.find_offer(session, row.offer_id)
            talk = queries.negotiation_of(session, application_id)
        on_table = talk.terms if talk else offer.terms
        values = forms.read_form(schemas.CounterOfferBody(), **_fixed(on_table))
        wanted = service.CounterOffer(
            application_id, revision(), schemas.terms_of(values), values["text"]
        )
        service.counter_offer(here.db, actor=here.actor, now=here.now, wanted=wanted)
        forms.notice(_("The other side moves next."))
        return redirect(url_for("licensing.show_application", application_id=application_id))

    return forms.attempt(act, lambda **shown: _counter_page(application_id, **shown), _WRITTEN)


def _counter_page(application_id: str, **shown: Any) -> str:  # noqa: ANN401 - what the form had
    here = signed_in()
    with here.db.read() as session:
        row = queries.find_application(session, application_id)
        check_party(here, row.applicant_id, row.provider_id)
        offer = queries.find_offer(session, row.offer_id)
        talk = queries.negotiation_of(session, application_id)
        product = registry.entry(session, offer.product_code)
        ceiling = queries.find_ceiling(session, offer.product_code)
    present = talk.terms if talk else offer.terms
    policy = talk.offer if talk else offer.policy
    values = {**typed_terms(), "mode": offer.mode} if shown.get("form") else present
    return render_template(
        "licensing/terms.html",
        title=_("Offer other terms"),
        product=product,
        action=url_for("licensing.counter_offer", application_id=application_id),
        values=values,
        columns=offer.terms.columns,
        purposes=offer.terms.purposes,
        present=present,
        present_text=json.dumps(policy, ensure_ascii=False, indent=2),
        hidden={"revision": row.revision},
        ceiling_cents=ceiling,
        is_counter=True,
        **shown,
    )
