"""Licences."""

from typing import Any

from flask import Response, jsonify

from kernel.identity import Permission, is_permitted
from kernel.web.context import Entrance
from kernel.web.preconditions import check_if_match, set_etag
from licensing import queries, schemas, service
from licensing.queries import LicenceRow
from licensing.rest.door import blueprint, check_party, signed_in


@blueprint.get("/licences")
def list_licences() -> Response:
    """The licences of the person's organisation; regulators see all."""
    here = signed_in()
    sees_all = is_permitted(here.actor, Permission.LICENSING_LICENCE_READ_ALL)
    with here.db.read() as session:
        rows = queries.list_licences(
            session, organisation_id="" if sees_all else here.actor.organisation_id
        )
    return jsonify(items=schemas.LicenceReply(many=True).dump(rows))


@blueprint.get("/licences/<licence_id>")
def show_licence(licence_id: str) -> Response:
    """One licence, for its parties and for regulators."""
    return _licence_reply(_licence(signed_in(), licence_id))


@blueprint.post("/licences/<licence_id>/<any(sign,countersign):verb>")
@blueprint.arguments(schemas.SignBody)
def sign_licence(values: dict[str, Any], licence_id: str, verb: str) -> Response:
    """Sign the text with that digest; needs If-Match."""
    here = signed_in()
    row = _licence(here, licence_id)
    check_if_match(row.licence_id, row.revision)
    wanted = service.Sign(licence_id, verb, values["policy_digest"])
    service.sign_licence(here.db, actor=here.actor, now=here.now, wanted=wanted, seal=here.seal)
    return _licence_reply(_licence(here, licence_id))


@blueprint.post(
    "/licences/<licence_id>/"
    "<any(suspend,resume,terminate,'decline-to-sign','take-back','give-up','change-representative'):verb>"
)
@blueprint.arguments(schemas.LicenceMoveBody)
def move_licence(values: dict[str, Any], licence_id: str, verb: str) -> Response:
    """Suspend, resume, end or change the contact; the next run already sees it. Needs If-Match."""
    here = signed_in()
    row = _licence(here, licence_id)
    check_if_match(row.licence_id, row.revision)
    wanted = service.LicenceMove(
        licence_id, verb, row.revision, values["reason"], values["representative"]
    )
    service.move_licence(here.db, actor=here.actor, now=here.now, wanted=wanted)
    return _licence_reply(_licence(here, licence_id))


def _licence(here: Entrance, licence_id: str) -> LicenceRow:
    with here.db.read() as session:
        row = queries.find_licence(session, licence_id)
    check_party(here, *row.parties)
    return row


def _licence_reply(row: LicenceRow) -> Response:
    return set_etag(jsonify(schemas.LicenceReply().dump(row)), row.licence_id, row.revision)
