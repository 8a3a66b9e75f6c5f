"""Consents to operate shared data, and the limits that licensing counts with."""

from typing import Any

from flask import Response, jsonify

from kernel.identity import Permission, check_permission
from kernel.limits import NewValue, Scope, read_limits
from kernel.web.context import entrance
from kernel.web.paging import cut, link, read_window
from kernel.web.preconditions import idempotency_key
from kernel.workdays import local_day
from licensing import queries, rules, schemas, service
from licensing.rest.door import blueprint, signed_in
from licensing.rest.operation.seeing import own_of


@blueprint.get("/consents")
def list_consents() -> Response:
    """What the person's organisation said of shared data; authorities see all."""
    here, window = signed_in(), read_window()
    with here.db.read() as session:
        rows = queries.list_consents(
            session, organisation_id=own_of(here), after=window.after, limit=window.limit
        )
    page = cut(rows, [row.consent_id for row in rows], window)
    return link(jsonify(items=schemas.ConsentReply(many=True).dump(page.rows)), page)


@blueprint.post("/consents")
@blueprint.arguments(schemas.ConsentBody)
def record_consent(values: dict[str, Any]) -> tuple[Response, int]:
    """Record that the providing body consents, or takes its consent back with reasons."""
    here = entrance()
    check_permission(here.actor, Permission.LICENSING_SHARING_CONSENT)
    wanted = service.Consent(**values, idempotency_key=idempotency_key())
    service.record_consent(here.db, actor=here.actor, now=here.now, wanted=wanted)
    with here.db.read() as session:
        row = queries.consents_of(session, [wanted.resource_code])[wanted.resource_code]
    return jsonify(schemas.ConsentReply().dump(row)), 201


@blueprint.get("/limits")
def list_limits() -> Response:
    """The limits that licensing counts with, as they stand today; public."""
    here = entrance()
    with here.db.read() as session:
        found = read_limits(session, rules.LIMITS)
    rows = [found.row(declared.key, local_day(here.now)) for declared in rules.LIMITS]
    items = [
        {
            "key": row.declaration.key,
            "unit": row.declaration.unit.value,
            "national": row.national,
            "provincial": row.provincial,
            "in_force": row.in_force,
            "source": row.source,
        }
        for row in rows
    ]
    return jsonify(items=items)


@blueprint.post("/limits/<key>")
@blueprint.arguments(schemas.OperationLimitBody)
def set_limit(values: dict[str, Any], key: str) -> tuple[Response, int]:
    """Set a value from a day on; duties that begin then count with it."""
    here = entrance()
    wanted = NewValue(
        key, Scope(values["scope"]), values["value"], values["source"], values["effective_from"]
    )
    service.set_limit(here.db, actor=here.actor, now=here.now, wanted=wanted)
    return jsonify(key=key, value=values["value"]), 201
