"""Applications for a licence."""

from typing import Any

from flask import Response, jsonify, url_for

from kernel.web.context import Entrance, entrance
from kernel.web.preconditions import check_if_match, idempotency_key, set_etag
from licensing import queries, schemas, service
from licensing.queries import ApplicationRow
from licensing.rest.door import blueprint, check_party, signed_in


@blueprint.post("/applications")
@blueprint.arguments(schemas.LicenceApplicationBody)
def create_application(values: dict[str, Any]) -> tuple[Response, int, dict[str, str]]:
    """Apply for a licence."""
    here = entrance()
    wanted = service.NewApplication(**values, idempotency_key=idempotency_key())
    made = service.apply_for_licence(here.db, actor=here.actor, now=here.now, wanted=wanted)
    headers = {"Location": url_for("licensing_rest.show_application", application_id=made)}
    return _application_reply(_application(here, made)), 201, headers


@blueprint.get("/applications")
def list_applications() -> Response:
    """Applications that the person's organisation made or has to decide."""
    here = signed_in()
    with here.db.read() as session:
        rows = queries.list_applications(session, organisation_id=here.actor.organisation_id)
    return jsonify(items=schemas.LicenceApplicationReply(many=True).dump(rows))


@blueprint.get("/applications/<application_id>")
def show_application(application_id: str) -> Response:
    """One application, for both sides."""
    return _application_reply(_application(signed_in(), application_id))


@blueprint.patch("/applications/<application_id>")
@blueprint.arguments(schemas.LicenceApplicationEditBody)
def edit_application(values: dict[str, Any], application_id: str) -> Response:
    """Save new words; needs If-Match."""
    here = signed_in()
    row = _application(here, application_id)
    check_if_match(row.application_id, row.revision)
    wanted = service.ApplicationEdit(application_id, row.revision, **values)
    service.edit_application(here.db, actor=here.actor, now=here.now, wanted=wanted)
    return _application_reply(_application(here, application_id))


@blueprint.post(
    "/applications/<application_id>/<any(submit,'request-changes',approve,refuse,withdraw):verb>"
)
@blueprint.arguments(schemas.MoveBody)
def decide_application(values: dict[str, Any], application_id: str, verb: str) -> Response:
    """Do one verb of the state table; needs If-Match. An approval names the licence."""
    here = signed_in()
    row = _application(here, application_id)
    check_if_match(row.application_id, row.revision)
    wanted = service.Decision(application_id, verb, row.revision, values["reason"])
    licence_id = service.decide_application(here.db, actor=here.actor, now=here.now, wanted=wanted)
    return _application_reply(_application(here, application_id), licence_id)


def _application(here: Entrance, application_id: str) -> ApplicationRow:
    with here.db.read() as session:
        row = queries.find_application(session, application_id)
    check_party(here, row.applicant_id, row.provider_id)
    return row


def _application_reply(row: ApplicationRow, licence_id: str = "") -> Response:
    body = schemas.LicenceApplicationReply().dump(row)
    if licence_id:
        body["licence_id"] = licence_id
    return set_etag(jsonify(body), row.application_id, row.revision)
