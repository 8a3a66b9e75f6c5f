"""Pages of licensing: apply, decide, sign; licences and agreements of one's own organisation."""

import json
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from kernel.identity import Permission, SignInNeeded, check_permission, is_permitted
from kernel.trust import audit
from kernel.web import forms
from kernel.web.context import Entrance, entrance
from licensing import errors, queries, rules, schemas, service
from licensing.states import APPLICATION_TRANSITIONS, LICENCE_TRANSITIONS, AgreementStatus
from registry import public as registry

blueprint = Blueprint("licensing", __name__, url_prefix="/licensing")
_REASONED = {
    move.verb for move in (*APPLICATION_TRANSITIONS, *LICENCE_TRANSITIONS) if move.needs_reason
}


@blueprint.get("/offers/<offer_id>/apply")
def apply_form(offer_id: str) -> str:
    """The form to apply under one offer, with the terms that would be signed."""
    check_permission(entrance().actor, Permission.LICENSING_APPLICATION_SUBMIT)
    return _apply_page(offer_id, values={})


@blueprint.post("/offers/<offer_id>/apply")
def apply_for_licence(offer_id: str) -> ResponseReturnValue:
    """Apply."""

    def act() -> ResponseReturnValue:
        here = entrance()
        values = forms.read_form(schemas.LicenceApplicationEditBody())
        wanted = service.NewApplication(offer_id, **values)
        made = service.apply_for_licence(here.db, actor=here.actor, now=here.now, wanted=wanted)
        forms.notice(_("Your application was submitted; the operator decides next."))
        return redirect(url_for("licensing.show_application", application_id=made))

    return forms.attempt(act, lambda **shown: _apply_page(offer_id, values=request.form, **shown))


def _apply_page(offer_id: str, **shown: Any) -> str:  # noqa: ANN401 - what the form had
    with entrance().db.read() as session:
        offer = queries.find_offer(session, offer_id)
        product = registry.entry(session, offer.product_code)
    return render_template(
        "licensing/apply.html", offer=offer, product=product, purposes=offer.terms.purposes, **shown
    )


@blueprint.get("/applications/<application_id>")
def show_application(application_id: str) -> str:
    """One application: what was asked, who moves next, what happened so far."""
    return _application_page(application_id)


@blueprint.post("/applications/<application_id>/edit")
def edit_application(application_id: str) -> ResponseReturnValue:
    """Save new words for an application that was sent back."""

    def act() -> ResponseReturnValue:
        here = entrance()
        values = forms.read_form(schemas.LicenceApplicationEditBody())
        wanted = service.ApplicationEdit(application_id, _revision(), **values)
        service.edit_application(here.db, actor=here.actor, now=here.now, wanted=wanted)
        forms.notice(_("Saved."))
        return redirect(url_for("licensing.show_application", application_id=application_id))

    return forms.attempt(act, lambda **shown: _application_page(application_id, **shown))


@blueprint.post("/applications/<application_id>/<verb>")
def decide_application(application_id: str, verb: str) -> ResponseReturnValue:
    """Do one verb of the state table."""

    def act() -> ResponseReturnValue:
        here = entrance()
        reason = request.form.get("reason", "")
        wanted = service.Decision(application_id, verb, _revision(), reason)
        licence_id = service.decide_application(
            here.db, actor=here.actor, now=here.now, wanted=wanted
        )
        forms.notice(_("Done. The step is in the history."))
        if licence_id:
            return redirect(url_for("licensing.show_licence", licence_id=licence_id))
        return redirect(url_for("licensing.show_application", application_id=application_id))

    return forms.attempt(act, lambda **shown: _application_page(application_id, **shown))


def _application_page(application_id: str, **shown: Any) -> str:  # noqa: ANN401 - what the form had
    here = _signed_in()
    with here.db.read() as session:
        row = queries.find_application(session, application_id)
        _check_party(here, row.applicant_id, row.provider_id)
        offer = queries.find_offer(session, row.offer_id)
        product = registry.entry(session, offer.product_code)
        steps = audit.history(session, application_id)
    return render_template(
        "licensing/application.html",
        application=row,
        offer=offer,
        product=product,
        steps=steps,
        purposes=offer.terms.purposes,
        verbs=rules.possible_verbs(here.actor, APPLICATION_TRANSITIONS, row.standing),
        verbs_with_reason=_REASONED,
        **shown,
    )


@blueprint.get("/licences")
def list_licences() -> str:
    """The licences and agreements of the person's organisation; regulators see all."""
    here = _signed_in()
    sees_all = is_permitted(here.actor, Permission.LICENSING_LICENCE_READ_ALL)
    own = "" if sees_all else here.actor.organisation_id
    with here.db.read() as session:
        licences = queries.list_licences(session, organisation_id=own)
        agreements = queries.list_agreements(session, organisation_id=own)
        products = registry.entries(session, [row.product_code for row in licences])
    return render_template(
        "licensing/licences.html", licences=licences, agreements=agreements, products=products
    )


@blueprint.get("/agreements/<agreement_id>")
def show_agreement(agreement_id: str) -> str:
    """One operation agreement with its 13 topics."""
    return _agreement_page(agreement_id)


@blueprint.post("/agreements/<agreement_id>/sign")
def sign_agreement(agreement_id: str) -> ResponseReturnValue:
    """Sign for the operating institution."""

    def act() -> ResponseReturnValue:
        here = entrance()
        service.sign_agreement(
            here.db,
            actor=here.actor,
            now=here.now,
            agreement_id=agreement_id,
            revision=_revision(),
        )
        forms.notice(_("Done. The step is in the history."))
        return redirect(url_for("licensing.show_agreement", agreement_id=agreement_id))

    return forms.attempt(act, lambda **shown: _agreement_page(agreement_id, **shown))


def _agreement_page(agreement_id: str, **shown: Any) -> str:  # noqa: ANN401 - what the form had
    here = _signed_in()
    with here.db.read() as session:
        row = queries.find_agreement(session, agreement_id)
        _check_party(here, row.body_id, row.operator_id)
        resources = registry.entries(session, row.scope)
        steps = audit.history(session, agreement_id)
    is_theirs = row.operator_id == here.actor.organisation_id
    may_sign = is_theirs and is_permitted(here.actor, Permission.LICENSING_AGREEMENT_SIGN)
    return render_template(
        "licensing/agreement.html",
        agreement=row,
        resources=resources,
        topics=rules.AGREEMENT_TOPICS,
        steps=steps,
        may_sign=may_sign and row.status is AgreementStatus.AWAITING_SIGNATURE,
        **shown,
    )


@blueprint.get("/licences/<licence_id>")
def show_licence(licence_id: str) -> str:
    """One licence: clauses in words beside the ODRL that the sandbox enforces."""
    return _licence_page(licence_id)


@blueprint.post("/licences/<licence_id>/<verb>")
def move_licence(licence_id: str, verb: str) -> ResponseReturnValue:
    """Sign, countersign, suspend, resume or terminate."""

    def act() -> ResponseReturnValue:
        here = entrance()
        if verb in {"sign", "countersign"}:
            sign = service.Sign(licence_id, verb, request.form.get("policy_digest", ""))
            service.sign_licence(
                here.db, actor=here.actor, now=here.now, wanted=sign, seal=here.seal
            )
        else:
            reason = request.form.get("reason", "")
            move = service.LicenceMove(licence_id, verb, _revision(), reason)
            service.move_licence(here.db, actor=here.actor, now=here.now, wanted=move)
        forms.notice(_("Done. The step is in the history."))
        return redirect(url_for("licensing.show_licence", licence_id=licence_id))

    return forms.attempt(act, lambda **shown: _licence_page(licence_id, **shown))


def _licence_page(licence_id: str, **shown: Any) -> str:  # noqa: ANN401 - what the form had
    here = _signed_in()
    with here.db.read() as session:
        row = queries.find_licence(session, licence_id)
        _check_party(here, row.licensee_id, row.provider_id)
        product = registry.entry(session, row.product_code)
        steps = audit.history(session, licence_id)
    verbs = rules.possible_verbs(here.actor, LICENCE_TRANSITIONS, row.standing)
    signed = {one.side for one in row.signatures}
    done = {"sign": "applicant" in signed, "countersign": "provider" in signed}
    return render_template(
        "licensing/licence.html",
        licence=row,
        terms=row.terms,
        policy_text=json.dumps(row.policy, ensure_ascii=False, indent=2),
        product=product,
        steps=steps,
        verbs=[verb for verb in verbs if not done.get(verb, False)],
        verbs_with_reason=_REASONED,
        is_licensee=here.actor.organisation_id == row.licensee_id,
        **shown,
    )


def _signed_in() -> Entrance:
    here = entrance()
    if here.actor.is_visitor:
        raise SignInNeeded
    return here


def _check_party(here: Entrance, *parties: str) -> None:
    sees_all = is_permitted(here.actor, Permission.LICENSING_LICENCE_READ_ALL)
    if here.actor.organisation_id not in parties and not sees_all:
        raise errors.ThingUnknown


def _revision() -> int:
    text = request.form.get("revision", "0")
    return int(text) if text.isdigit() else 0
