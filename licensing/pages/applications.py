"""Pages of applications: apply, answer, decide."""

from typing import Any

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from kernel.identity import Permission, check_permission
from kernel.trust import audit
from kernel.web import forms
from kernel.web.context import entrance
from licensing import queries, rules, schemas, service
from licensing.pages.door import REASONED, blueprint, check_party, revision, signed_in
from licensing.states import APPLICATION_TRANSITIONS
from registry import public as registry


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
        wanted = service.ApplicationEdit(application_id, revision(), **values)
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
        wanted = service.Decision(application_id, verb, revision(), reason)
        licence_id = service.decide_application(
            here.db, actor=here.actor, now=here.now, wanted=wanted
        )
        forms.notice(_("Done. The step is in the history."))
        if licence_id:
            return redirect(url_for("licensing.show_licence", licence_id=licence_id))
        return redirect(url_for("licensing.show_application", application_id=application_id))

    return forms.attempt(act, lambda **shown: _application_page(application_id, **shown))


def _application_page(application_id: str, **shown: Any) -> str:  # noqa: ANN401 - what the form had
    here = signed_in()
    with here.db.read() as session:
        row = queries.find_application(session, application_id)
        check_party(here, row.applicant_id, row.provider_id)
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
        verbs_with_reason=REASONED,
        **shown,
    )
