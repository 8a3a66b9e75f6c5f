"""Pages of licences: read, sign, suspend."""

import json
from typing import Any

from flask import Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from kernel.identity import Permission, is_permitted
from kernel.trust import audit
from kernel.web import forms
from kernel.web.context import Entrance, entrance
from kernel.web.language import language_tag
from kernel.workdays import local_day
from licensing import errors, public, queries, rules, schemas, service
from licensing.contract.clauses import clauses_of
from licensing.pages.door import REASONED, blueprint, check_party, due_light, revision, signed_in
from licensing.queries import LicenceRow
from licensing.states import LICENCE_TRANSITIONS, LicenceStatus, Side
from registry import public as registry


@blueprint.get("/licences")
def list_licences() -> str:
    """The licences and agreements of the person's organisation; regulators see all."""
    here = signed_in()
    sees_all = is_permitted(here.actor, Permission.LICENSING_LICENCE_READ_ALL)
    own = "" if sees_all else here.actor.organisation_id
    with here.db.read() as session:
        licences = queries.list_licences(session, organisation_id=own)
        agreements = queries.list_agreements(session, local_day(here.now), organisation_id=own)
        products = registry.entries(session, [row.product_code for row in licences])
    return render_template(
        "licensing/licences.html", licences=licences, agreements=agreements, products=products
    )


@blueprint.get("/licences/<licence_id>")
def show_licence(licence_id: str) -> str:
    """One licence: clauses in words beside the ODRL that the sandbox enforces."""
    return _licence_page(licence_id)


@blueprint.get("/licences/<licence_id>/contract.pdf")
def print_contract(licence_id: str) -> Response:
    """The contract as PDF in the reader's language; the API has the same for programs."""
    here = signed_in()
    with here.db.read() as session:
        row = queries.find_licence(session, licence_id)
        check_party(here, *row.parties)
        page = render_template(
            "print/contract.html",
            licence=row,
            product=registry.entry(session, row.product_code),
            clauses=clauses_of(row.terms),
            language=language_tag(),
        )
    reply = Response(registry.render_pdf(row.number, page), mimetype="application/pdf")
    reply.headers["Content-Disposition"] = f'inline; filename="{row.number}.pdf"'
    reply.headers["Cache-Control"] = "private, no-cache"
    return reply


@blueprint.post("/licences/<licence_id>/<verb>")
def move_licence(licence_id: str, verb: str) -> ResponseReturnValue:
    """Sign, countersign, suspend, resume, end, or change the contact."""

    def act() -> ResponseReturnValue:
        here = entrance()
        if verb in {"sign", "countersign"}:
            sign = service.Sign(licence_id, verb, request.form.get("policy_digest", ""))
            service.sign_licence(
                here.db, actor=here.actor, now=here.now, wanted=sign, seal=here.seal
            )
        else:
            is_contact = verb == "change-representative"
            values = forms.read_form(
                schemas.ContactForm() if is_contact else schemas.LicenceMoveBody()
            )
            move = service.LicenceMove(licence_id, verb, revision(), **values)
            service.move_licence(here.db, actor=here.actor, now=here.now, wanted=move)
        forms.notice(_("Done. The step is in the history."))
        return redirect(url_for("licensing.show_licence", licence_id=licence_id))

    return forms.attempt(act, lambda **shown: _licence_page(licence_id, **shown), ("reason",))


def _licence_page(licence_id: str, **shown: Any) -> str:  # noqa: ANN401 - what the form had
    here = signed_in()
    with here.db.read() as session:
        row = queries.find_licence(session, licence_id)
        check_party(here, *row.parties)
        if row.is_changed:
            # What is not what was signed is shown as it is stored, without words that it does not have.
            shown = {"problem": forms.describe(errors.PolicyBroken()), **shown}
        is_usable = row.status is LicenceStatus.IN_FORCE
        is_own = is_usable and row.licensee_id == here.actor.organisation_id
        return render_template(
            "licensing/licence.html",
            licence=row,
            terms=None if row.is_changed else row.terms,
            usage=() if row.is_changed else public.usage(session, licence_id, here.now),
            policy_text=json.dumps(row.policy, ensure_ascii=False, indent=2),
            product=registry.entry(session, row.product_code),
            steps=audit.history(session, licence_id),
            due=due_light(session, here.now, row.due_on),
            verbs=_verbs_now(here, row),
            verbs_with_reason=REASONED,
            people={
                f"urn:hexi:account:{one['account_id']}": one["display_name"]
                for one in queries.find_application(session, row.application_id).researchers
            },
            may_query=is_usable
            and here.actor.organisation_id in row.parties
            and is_permitted(here.actor, Permission.SANDBOX_QUERY_RUN),
            may_reopen=is_own and is_permitted(here.actor, Permission.LICENSING_APPLICATION_SUBMIT),
            **shown,
        )


def _verbs_now(here: Entrance, row: LicenceRow) -> tuple[str, ...]:
    """What this person may do now; each side signs once, the licensee first."""
    verbs = rules.possible_verbs(here.actor, LICENCE_TRANSITIONS, row.standing)
    if row.status is not LicenceStatus.AWAITING_SIGNATURES:
        return verbs
    waiting = {Side.APPLICANT.value: {"sign", "decline-to-sign"}}.get(row.turn, {"countersign"})
    return tuple(verb for verb in verbs if verb in waiting | {"take-back"})
