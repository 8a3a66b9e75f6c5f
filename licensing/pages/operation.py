"""Pages of authorised operation."""

from typing import Any

from flask import redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from kernel.identity import Permission, is_permitted
from kernel.trust import audit
from kernel.web import forms
from kernel.web.context import entrance
from licensing import queries, rules, service
from licensing.pages.door import blueprint, check_party, revision, signed_in
from licensing.states import AgreementStatus
from registry import public as registry


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
            revision=revision(),
        )
        forms.notice(_("Done. The step is in the history."))
        return redirect(url_for("licensing.show_agreement", agreement_id=agreement_id))

    return forms.attempt(act, lambda **shown: _agreement_page(agreement_id, **shown))


def _agreement_page(agreement_id: str, **shown: Any) -> str:  # noqa: ANN401 - what the form had
    here = signed_in()
    with here.db.read() as session:
        row = queries.find_agreement(session, agreement_id)
        check_party(here, row.body_id, row.operator_id)
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
