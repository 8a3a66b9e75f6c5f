"""Pages of applications: check, apply, answer, decide."""

from dataclasses import asdict
from datetime import timedelta
from typing import Any

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlmodel import Session

from kernel import accounts
from kernel.identity import Permission, check_permission
from kernel.ids import new_id
from kernel.trust import audit
from kernel.web import forms
from kernel.web.context import Entrance, entrance
from licensing import queries, rules, schemas, service
from licensing.contract.clauses import difference
from licensing.contract.evaluation import Evaluation
from licensing.pages.door import REASONED, blueprint, check_party, due_light, revision, signed_in
from licensing.queries import ApplicationRow, NegotiationRow
from licensing.states import APPLICATION_TRANSITIONS, NEGOTIATION_TRANSITIONS, TURN, Side, find
from registry import public as registry

#: Fields of the form to which a refusal of the whole is linked.
_WISHED = ("purpose", "researchers", "papers")


@blueprint.get("/offers/<offer_id>/apply")
def apply_form(offer_id: str) -> str:
    """The form to apply under one offer, with the terms that would be signed."""
    check_permission(entrance().actor, Permission.LICENSING_APPLICATION_SUBMIT)
    return _apply_page(offer_id, values={"reopens": request.args.get("reopens", "")})


@blueprint.post("/offers/<offer_id>/check")
def check_application(offer_id: str) -> ResponseReturnValue:
    """Say of each clause whether it would be met; nothing is sent."""

    def act() -> ResponseReturnValue:
        here = entrance()
        wish = schemas.wish_of(forms.read_form(schemas.LicenceApplicationEditBody()))
        found = service.check_application(
            here.db, actor=here.actor, now=here.now, offer_id=offer_id, wish=wish
        )
        return _apply_page(offer_id, values=_typed(), checked=found)

    return forms.attempt(
        act, lambda **shown: _apply_page(offer_id, values=_typed(), **shown), _WISHED
    )


@blueprint.post("/offers/<offer_id>/apply")
def apply_for_licence(offer_id: str) -> ResponseReturnValue:
    """Apply."""

    def act() -> ResponseReturnValue:
        here = entrance()
        values = forms.read_form(schemas.LicenceApplicationEditBody())
        wanted = service.NewApplication(
            offer_id,
            schemas.wish_of(values),
            reopens=request.form.get("reopens", ""),
            # A double click makes one application.
            idempotency_key=request.form.get("once", "")[:64],
        )
        made = service.apply_for_licence(here.db, actor=here.actor, now=here.now, wanted=wanted)
        forms.notice(_("Your application was submitted; the operator decides next."))
        return redirect(url_for("licensing.show_application", application_id=made))

    return forms.attempt(
        act, lambda **shown: _apply_page(offer_id, values=_typed(), **shown), _WISHED
    )


def _typed() -> dict[str, Any]:
    """What was typed, its repeated fields as lists."""
    plain: dict[str, Any] = dict(request.form)
    return plain | {
        name: request.form.getlist(name) for name in ("researchers", "credentials", "papers")
    }


def _apply_page(
    offer_id: str,
    *,
    checked: Evaluation | None = None,
    **shown: Any,  # noqa: ANN401 - what the form had
) -> str:
    here = entrance()
    own = here.actor.organisation_id
    with here.db.read() as session:
        offer = queries.find_offer(session, offer_id)
        product = registry.entry(session, offer.product_code)
        series = [one.offer_id for one in queries.versions_of(session, offer.series_id)]
        right = queries.right_of(session, own, series)
        return render_template(
            "licensing/apply.html",
            offer=offer,
            product=product,
            colleagues=accounts.colleagues(session, own) if offer.terms.most_users else [],
            papers=registry.preserved_files(session, own),
            right=queries.find_licence(session, right) if right else None,
            checked=checked,
            once=new_id(here.now),
            **shown,
        )


@blueprint.get("/applications/<application_id>")
def show_application(application_id: str) -> str:
    """One application: what was asked, who moves next, what happened so far."""
    return application_page(application_id)


@blueprint.post("/applications/<application_id>/edit")
def edit_application(application_id: str) -> ResponseReturnValue:
    """Save new words for an application that was sent back."""

    def act() -> ResponseReturnValue:
        here = signed_in()
        with here.db.read() as session:
            row = queries.find_application(session, application_id)
            terms = queries.find_offer(session, row.offer_id).terms
        check_party(here, row.applicant_id, row.provider_id)
        # What this form does not show stays as it was.
        shown = {
            "researchers": terms.most_users,
            "industry": terms.industries,
            "credentials": terms.credentials,
        }
        hidden = ("region", *(name for name, is_asked in shown.items() if not is_asked))
        kept = {name: _wished(row)[name] for name in hidden}
        values = forms.read_form(schemas.LicenceApplicationEditBody(), **kept)
        wish = schemas.wish_of(values)
        wanted = service.ApplicationEdit(application_id, revision(), wish)
        edited = service.edit_application(here.db, actor=here.actor, now=here.now, wanted=wanted)
        if request.form.get("then") == "submit":
            submit = service.Decision(application_id, "submit", edited)
            # Two steps of one moment would stand in any order in the history.
            later = here.now + timedelta(milliseconds=1)
            service.decide_application(here.db, actor=here.actor, now=later, wanted=submit)
            forms.notice(_("Your application was submitted; the operator decides next."))
        else:
            forms.notice(_("Saved."))
        return redirect(url_for("licensing.show_application", application_id=application_id))

    return forms.attempt(act, lambda **shown: application_page(application_id, **shown), _WISHED)


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

    return forms.attempt(
        act, lambda **shown: application_page(application_id, **shown), ("reason",)
    )


def application_page(application_id: str, **shown: Any) -> str:  # noqa: ANN401 - what the form had
    """The page of one application, for its two sides; with what the form had after a refusal."""
    here = signed_in()
    with here.db.read() as session:
        row = queries.find_application(session, application_id)
        check_party(here, row.applicant_id, row.provider_id)
        offer = queries.find_offer(session, row.offer_id)
        talk = queries.negotiation_of(session, application_id)
        licence = queries.licence_of(session, application_id)
        verbs = _verbs_now(here, row, talk)
        return render_template(
            "licensing/application.html",
            application=row,
            offer=offer,
            product=registry.entry(session, offer.product_code),
            steps=audit.history(session, application_id),
            talked=queries.messages(session, application_id),
            talk=talk,
            differences=difference(offer.terms, talk.terms) if talk else [],
            licence=licence,
            due=due_light(session, here.now, row.due_on or (licence.due_on if licence else None)),
            values=_typed() if "justification" in request.form else _wished(row),
            papers=registry.preserved_files(session, row.applicant_id),
            colleagues=_colleagues(session, row, offer.terms.most_users),
            verbs=[verb for verb in verbs if verb not in {"counter", "counter-offer"}],
            may_counter=bool({"counter", "counter-offer"} & set(verbs)),
            verbs_with_reason=REASONED,
            **shown,
        )


def _wished(row: ApplicationRow) -> dict[str, Any]:
    """What the application says, as its form shows it."""
    return {**asdict(row), "researchers": [one["name"] for one in row.researchers]}


def _colleagues(session: Session, row: ApplicationRow, most: int) -> list[tuple[str, str]]:
    return accounts.colleagues(session, row.applicant_id) if most else []


def _verbs_now(here: Entrance, row: ApplicationRow, talk: NegotiationRow | None) -> tuple[str, ...]:
    """What this person may do now: by role and status, and where the negotiation stands."""
    verbs = rules.possible_verbs(here.actor, APPLICATION_TRANSITIONS, row.standing)
    if talk is None:
        return verbs
    return tuple(verb for verb in verbs if _is_open(verb, talk))


#: What has to be open in the negotiation for a verb; the others need nothing of it.
_NEEDS = {
    "counter": "request",
    "accept-terms": "accept",
    "counter-offer": "offer",
    "request-changes": "offer",
    "approve": "agree",
}


def _is_open(verb: str, talk: NegotiationRow) -> bool:
    needed = _NEEDS.get(verb)
    if needed is None:
        return True
    is_theirs = verb in {"counter", "accept-terms"} and TURN[talk.state] is Side.APPLICANT
    return is_theirs or find(NEGOTIATION_TRANSITIONS, needed, talk.state) is not None
