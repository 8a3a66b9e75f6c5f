"""Applications for a licence."""

from typing import Any

from flask import Response, jsonify, url_for

from kernel.web.context import Entrance, entrance
from kernel.web.paging import cut, link, read_window
from kernel.web.preconditions import check_if_match, idempotency_key, set_etag
from licensing import queries, schemas, service
from licensing.queries import ApplicationRow
from licensing.rest.door import blueprint, check_party, signed_in


@blueprint.post("/applications")
@blueprint.arguments(schemas.LicenceApplicationBody)
def create_application(values: dict[str, Any]) -> tuple[Response, int, dict[str, str]]:
    """Apply for a licence."""
    here = entrance()
    wanted = service.NewApplication(
        values["offer_id"],
        schemas.wish_of(values),
        reopens=values["reopens"],
        submit=values["submit"],
        idempotency_key=idempotency_key(),
    )
    made = service.apply_for_licence(here.db, actor=here.actor, now=here.now, wanted=wanted)
    headers = {"Location": url_for("licensing_rest.show_application", application_id=made)}
    return _application_reply(_application(here, made)), 201, headers


@blueprint.post("/applications/check")
@blueprint.arguments(schemas.LicenceCheckBody)
def check_application(values: dict[str, Any]) -> Response:
    """“Would I be accepted?”: each clause met, not met, or for a person; nothing is stored."""
    here = signed_in()
    found = service.check_application(
        here.db,
        actor=here.actor,
        now=here.now,
        offer_id=values["offer_id"],
        wish=schemas.wish_of(values),
    )
    return jsonify(schemas.AcceptanceReply().dump(found))


@blueprint.get("/applications")
def list_applications() -> Response:
    """Applications that the person's organisation made or has to decide, the newest first."""
    here, window = signed_in(), read_window()
    with here.db.read() as session:
        rows = queries.list_applications(
            session,
            organisation_id=here.actor.organisation_id,
            after=window.after,
            limit=window.limit,
        )
    page = cut(rows, [row.application_id for row in rows], window)
    return link(jsonify(items=schemas.LicenceApplicationReply(many=True).dump(page.rows)), page)


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
    wanted = service.ApplicationEdit(application_id, row.revision, schemas.wish_of(values))
    service.edit_application(here.db, actor=here.actor, now=here.now, wanted=wanted)
    return _application_reply(_application(here, application_id))


@blueprint.post(
    "/applications/<application_id>/"
    "<any(submit,'accept-terms','request-changes',approve,refuse,withdraw):verb>"
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


@blueprint.post("/applications/<application_id>/counter-offer")
@blueprint.arguments(schemas.CounterOfferBody)
def counter_offer(values: dict[str, Any], application_id: str) -> Response:
    """Put other terms on the table, from either side; needs If-Match."""
    here = signed_in()
    row = _application(here, application_id)
    check_if_match(row.application_id, row.revision)
    wanted = service.CounterOffer(
        application_id, row.revision, schemas.terms_of(values), values["text"]
    )
    service.counter_offer(here.db, actor=here.actor, now=here.now, wanted=wanted)
    return _application_reply(_application(here, application_id))


@blueprint.get("/applications/<application_id>/negotiation")
def show_negotiation(application_id: str) -> Response:
    """Where the negotiation stands, the offer on the table, and everything that was said."""
    here = signed_in()
    row = _application(here, application_id)
    with here.db.read() as session:
        talk = queries.negotiation_of(session, row.application_id)
        said = queries.messages(session, row.application_id)
    return jsonify(
        negotiation=schemas.NegotiationReply().dump(talk) if talk else None,
        messages=schemas.MessageReply(many=True).dump(said),
    )


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
