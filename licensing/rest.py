"""REST entrance of licensing: ``/api/v1/licensing``."""

from typing import Any

from flask import Response, jsonify, url_for

from kernel.identity import Permission, SignInNeeded, is_permitted
from kernel.web.context import Entrance, entrance
from kernel.web.openapi import Blueprint
from kernel.web.preconditions import check_if_match, idempotency_key, set_etag
from licensing import errors, queries, schemas, service
from licensing.queries import AgreementRow, ApplicationRow, LicenceRow

blueprint = Blueprint(
    "licensing_rest", __name__, url_prefix="/api/v1/licensing", description="Contracts"
)


@blueprint.get("/agreements")
def list_agreements() -> Response:
    """The agreements of the person's organisation; regulators see all."""
    here = _signed_in()
    sees_all = is_permitted(here.actor, Permission.LICENSING_LICENCE_READ_ALL)
    with here.db.read() as session:
        rows = queries.list_agreements(
            session, organisation_id="" if sees_all else here.actor.organisation_id
        )
    return jsonify(items=schemas.AgreementReply(many=True).dump(rows))


@blueprint.post("/agreements")
@blueprint.arguments(schemas.AgreementBody)
def create_agreement(values: dict[str, Any]) -> tuple[Response, int, dict[str, str]]:
    """Conclude an operation agreement for the implementing body."""
    here = entrance()
    wanted = schemas.agreement_of(values, idempotency_key())
    made = service.conclude_agreement(here.db, actor=here.actor, now=here.now, wanted=wanted)
    headers = {"Location": url_for("licensing_rest.show_agreement", agreement_id=made)}
    return _agreement_reply(_agreement(here, made)), 201, headers


@blueprint.get("/agreements/<agreement_id>")
def show_agreement(agreement_id: str) -> Response:
    """One agreement, for its parties and for regulators."""
    return _agreement_reply(_agreement(_signed_in(), agreement_id))


@blueprint.post("/agreements/<agreement_id>/sign")
def sign_agreement(agreement_id: str) -> Response:
    """Sign for the operating institution; needs If-Match."""
    here = _signed_in()
    row = _agreement(here, agreement_id)
    check_if_match(row.agreement_id, row.revision)
    service.sign_agreement(
        here.db, actor=here.actor, now=here.now, agreement_id=agreement_id, revision=row.revision
    )
    return _agreement_reply(_agreement(here, agreement_id))


@blueprint.post("/ceilings")
@blueprint.arguments(schemas.CeilingBody)
def file_ceiling(values: dict[str, Any]) -> tuple[Response, int]:
    """File the ceiling charge of a product."""
    here = entrance()
    service.file_ceiling(here.db, actor=here.actor, now=here.now, wanted=service.Ceiling(**values))
    return jsonify(values), 201


@blueprint.get("/offers")
def list_offers() -> Response:
    """Open offers; public."""
    with entrance().db.read() as session:
        rows = queries.open_offers(session)
    return jsonify(items=schemas.OfferReply(many=True).dump(rows))


@blueprint.post("/offers")
@blueprint.arguments(schemas.OfferBody)
def create_offer(values: dict[str, Any]) -> tuple[Response, int, dict[str, str]]:
    """Publish an offer."""
    here = entrance()
    wanted = schemas.offer_of(values, idempotency_key())
    made = service.publish_offer(here.db, actor=here.actor, now=here.now, wanted=wanted)
    headers = {"Location": url_for("licensing_rest.show_offer", offer_id=made)}
    return _offer_reply(here, made), 201, headers


@blueprint.get("/offers/<offer_id>")
def show_offer(offer_id: str) -> Response:
    """One offer with its policy; public."""
    return _offer_reply(entrance(), offer_id)


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
    here = _signed_in()
    with here.db.read() as session:
        rows = queries.list_applications(session, organisation_id=here.actor.organisation_id)
    return jsonify(items=schemas.LicenceApplicationReply(many=True).dump(rows))


@blueprint.get("/applications/<application_id>")
def show_application(application_id: str) -> Response:
    """One application, for both sides."""
    return _application_reply(_application(_signed_in(), application_id))


@blueprint.patch("/applications/<application_id>")
@blueprint.arguments(schemas.LicenceApplicationEditBody)
def edit_application(values: dict[str, Any], application_id: str) -> Response:
    """Save new words; needs If-Match."""
    here = _signed_in()
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
    here = _signed_in()
    row = _application(here, application_id)
    check_if_match(row.application_id, row.revision)
    wanted = service.Decision(application_id, verb, row.revision, values["reason"])
    licence_id = service.decide_application(here.db, actor=here.actor, now=here.now, wanted=wanted)
    return _application_reply(_application(here, application_id), licence_id)


@blueprint.get("/licences")
def list_licences() -> Response:
    """The licences of the person's organisation; regulators see all."""
    here = _signed_in()
    sees_all = is_permitted(here.actor, Permission.LICENSING_LICENCE_READ_ALL)
    with here.db.read() as session:
        rows = queries.list_licences(
            session, organisation_id="" if sees_all else here.actor.organisation_id
        )
    return jsonify(items=schemas.LicenceReply(many=True).dump(rows))


@blueprint.get("/licences/<licence_id>")
def show_licence(licence_id: str) -> Response:
    """One licence, for its parties and for regulators."""
    return _licence_reply(_licence(_signed_in(), licence_id))


@blueprint.post("/licences/<licence_id>/<any(sign,countersign):verb>")
@blueprint.arguments(schemas.SignBody)
def sign_licence(values: dict[str, Any], licence_id: str, verb: str) -> Response:
    """Sign the text with that digest; needs If-Match."""
    here = _signed_in()
    row = _licence(here, licence_id)
    check_if_match(row.licence_id, row.revision)
    wanted = service.Sign(licence_id, verb, values["policy_digest"])
    service.sign_licence(here.db, actor=here.actor, now=here.now, wanted=wanted, seal=here.seal)
    return _licence_reply(_licence(here, licence_id))


@blueprint.post("/licences/<licence_id>/<any(suspend,resume,terminate):verb>")
@blueprint.arguments(schemas.MoveBody)
def move_licence(values: dict[str, Any], licence_id: str, verb: str) -> Response:
    """Suspend, resume or terminate; the next run already sees it. Needs If-Match."""
    here = _signed_in()
    row = _licence(here, licence_id)
    check_if_match(row.licence_id, row.revision)
    wanted = service.LicenceMove(licence_id, verb, row.revision, values["reason"])
    service.move_licence(here.db, actor=here.actor, now=here.now, wanted=wanted)
    return _licence_reply(_licence(here, licence_id))


def _signed_in() -> Entrance:
    here = entrance()
    if here.actor.is_visitor:
        raise SignInNeeded
    return here


def _check_party(here: Entrance, *parties: str) -> None:
    sees_all = is_permitted(here.actor, Permission.LICENSING_LICENCE_READ_ALL)
    if here.actor.organisation_id not in parties and not sees_all:
        raise errors.ThingUnknown


def _agreement(here: Entrance, agreement_id: str) -> AgreementRow:
    with here.db.read() as session:
        row = queries.find_agreement(session, agreement_id)
    _check_party(here, row.body_id, row.operator_id)
    return row


def _application(here: Entrance, application_id: str) -> ApplicationRow:
    with here.db.read() as session:
        row = queries.find_application(session, application_id)
    _check_party(here, row.applicant_id, row.provider_id)
    return row


def _licence(here: Entrance, licence_id: str) -> LicenceRow:
    with here.db.read() as session:
        row = queries.find_licence(session, licence_id)
    _check_party(here, row.licensee_id, row.provider_id)
    return row


def _agreement_reply(row: AgreementRow) -> Response:
    return set_etag(jsonify(schemas.AgreementReply().dump(row)), row.agreement_id, row.revision)


def _offer_reply(here: Entrance, offer_id: str) -> Response:
    with here.db.read() as session:
        row = queries.find_offer(session, offer_id)
    return set_etag(jsonify(schemas.OfferReply().dump(row)), row.offer_id, 1)


def _application_reply(row: ApplicationRow, licence_id: str = "") -> Response:
    body = schemas.LicenceApplicationReply().dump(row)
    if licence_id:
        body["licence_id"] = licence_id
    return set_etag(jsonify(body), row.application_id, row.revision)


def _licence_reply(row: LicenceRow) -> Response:
    return set_etag(jsonify(schemas.LicenceReply().dump(row)), row.licence_id, row.revision)
