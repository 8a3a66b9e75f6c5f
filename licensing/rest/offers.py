"""Offers; public."""

from typing import Any

from flask import Response, jsonify, url_for

from kernel.web.context import Entrance, entrance
from kernel.web.preconditions import idempotency_key, set_etag
from licensing import queries, schemas, service
from licensing.rest.door import blueprint


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


def _offer_reply(here: Entrance, offer_id: str) -> Response:
    with here.db.read() as session:
        row = queries.find_offer(session, offer_id)
    return set_etag(jsonify(schemas.OfferReply().dump(row)), row.offer_id, 1)
