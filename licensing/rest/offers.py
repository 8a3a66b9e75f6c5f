"""Offers, and policies in words; public."""

from typing import Any

from flask import Response, jsonify, url_for

from kernel.web.context import Entrance, entrance
from kernel.web.preconditions import idempotency_key, set_etag
from licensing import queries, schemas, service
from licensing.contract.odrl import digest_of, read_terms
from licensing.contract.policy import check_size, need
from licensing.contract.schema import profile_schema
from licensing.rest.contracts import clauses_in_words
from licensing.rest.door import blueprint, signed_in


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


@blueprint.get("/offers/<offer_id>/versions")
def list_versions(offer_id: str) -> Response:
    """Every version of an offer, the newest first; public."""
    with entrance().db.read() as session:
        rows = queries.versions_of(session, queries.find_offer(session, offer_id).series_id)
    return jsonify(items=schemas.OfferReply(many=True).dump(rows))


@blueprint.post("/offers/<offer_id>/withdraw")
def withdraw_offer(offer_id: str) -> Response:
    """Close an offer to new applications; running ones and licences go on."""
    here = signed_in()
    service.withdraw_offer(here.db, actor=here.actor, now=here.now, offer_id=offer_id)
    return _offer_reply(here, offer_id)


@blueprint.get("/profile")
def show_profile() -> Response:
    """The JSON Schema of the ODRL profile; public."""
    return jsonify(profile_schema())


@blueprint.post("/policies/read")
@blueprint.arguments(schemas.PolicyBody)
def read_policy(values: dict[str, Any]) -> Response:
    """What an ODRL document of the profile says in words, clause by clause; nothing is stored."""
    signed_in()
    policy = values["policy"]
    check_size(policy)
    need(isinstance(policy, dict), "/", "a JSON object")
    terms = read_terms(policy)
    return jsonify(clauses=clauses_in_words(terms), policy_digest=digest_of(policy))


def _offer_reply(here: Entrance, offer_id: str) -> Response:
    with here.db.read() as session:
        row = queries.find_offer(session, offer_id)
    return set_etag(jsonify(schemas.OfferReply().dump(row)), row.offer_id, 1)
