"""Operation agreements."""

from typing import Any

from flask import Response, jsonify, url_for

from kernel.identity import Permission, is_permitted
from kernel.web.context import Entrance, entrance
from kernel.web.preconditions import check_if_match, idempotency_key, set_etag
from licensing import queries, schemas, service
from licensing.queries import AgreementRow
from licensing.rest.door import blueprint, check_party, signed_in


@blueprint.get("/agreements")
def list_agreements() -> Response:
    """The agreements of the person's organisation; regulators see all."""
    here = signed_in()
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
    return _agreement_reply(_agreement(signed_in(), agreement_id))


@blueprint.post("/agreements/<agreement_id>/sign")
def sign_agreement(agreement_id: str) -> Response:
    """Sign for the operating institution; needs If-Match."""
    here = signed_in()
    row = _agreement(here, agreement_id)
    check_if_match(row.agreement_id, row.revision)
    service.sign_agreement(
        here.db, actor=here.actor, now=here.now, agreement_id=agreement_id, revision=row.revision
    )
    return _agreement_reply(_agreement(here, agreement_id))


def _agreement(here: Entrance, agreement_id: str) -> AgreementRow:
    with here.db.read() as session:
        row = queries.find_agreement(session, agreement_id)
    check_party(here, row.body_id, row.operator_id)
    return row


def _agreement_reply(row: AgreementRow) -> Response:
    return set_etag(jsonify(schemas.AgreementReply().dump(row)), row.agreement_id, row.revision)
