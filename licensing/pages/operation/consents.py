"""The page of a body that shared data: what is to be operated, and its consent."""

from typing import Any

from flask import render_template
from flask.typing import ResponseReturnValue

from kernel.identity import Permission, check_permission
from kernel.web import forms
from licensing import queries, schemas, service
from licensing.pages.door import blueprint, signed_in
from licensing.pages.operation.seeing import do


@blueprint.get("/consents")
def list_consents() -> str:
    """Shared resources that plans and agreements name, and what this body said of each."""
    return _consents_page()


@blueprint.post("/consents")
def record_consent() -> ResponseReturnValue:
    """Consent, or take a consent back with reasons."""
    return do(
        service.record_consent,
        lambda: service.Consent(**forms.read_form(schemas.ConsentBody())),
        _consents_page,
        "licensing.list_consents",
    )


def _consents_page(**shown: Any) -> str:  # noqa: ANN401 - what the form had
    here = signed_in()
    check_permission(here.actor, Permission.LICENSING_SHARING_CONSENT)
    with here.db.read() as session:
        asked = queries.shared_resources_of(session, here.actor.organisation_name)
        said = queries.list_consents(session, organisation_id=here.actor.organisation_id)
        known = queries.consents_of(session, [entry.code for entry in asked])
    return render_template(
        "licensing/operation/consents.html",
        asked=asked,
        said=said,
        known=known,
        **{"form": None, "problem": None, **shown},
    )
