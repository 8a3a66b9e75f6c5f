"""Delegations of licences."""

from typing import Any

from flask import Response, jsonify

from kernel.web.context import Entrance
from kernel.web.preconditions import idempotency_key
from kernel.workdays import local_day
from licensing import queries, rules, schemas, service
from licensing.rest.door import blueprint, check_party, signed_in


@blueprint.get("/licences/<licence_id>/delegations")
def list_delegations(licence_id: str) -> Response:
    """Every delegation under a licence, for its parties, its delegates and regulators."""
    return _reply(signed_in(), licence_id)


@blueprint.post("/licences/<licence_id>/delegations")
@blueprint.arguments(schemas.DelegationBody)
def create_delegation(values: dict[str, Any], licence_id: str) -> tuple[Response, int]:
    """Let another organisation run queries under the licence."""
    here = signed_in()
    wanted = service.NewDelegation(licence_id, **values, idempotency_key=idempotency_key())
    service.delegate(here.db, actor=here.actor, now=here.now, wanted=wanted)
    return _reply(here, licence_id), 201


@blueprint.post("/delegations/<delegation_id>/revoke")
@blueprint.arguments(schemas.RevocationBody)
def revoke_delegation(values: dict[str, Any], delegation_id: str) -> Response:
    """Take a delegation back, and with it all that rest on it."""
    here = signed_in()
    with here.db.read() as session:
        licence_id, _ = queries.find_delegation(session, delegation_id)
        check_party(here, *queries.find_licence(session, licence_id).parties)
    service.revoke_delegation(
        here.db,
        actor=here.actor,
        now=here.now,
        delegation_id=delegation_id,
        reason=values["reason"],
    )
    return _reply(here, licence_id)


def _reply(here: Entrance, licence_id: str) -> Response:
    today = local_day(here.now)
    with here.db.read() as session:
        row = queries.find_licence(session, licence_id)
    check_party(here, *row.parties)
    standing = rules.standing(row.delegations, today)
    return jsonify(
        items=[schemas.delegation_reply(one, standing, today) for one in row.delegations]
    )
