"""Prices: the public list, filings, determinations of the maximum allowed revenue, checked years."""

from typing import Any

from flask import Response, jsonify, url_for

from kernel.identity import Permission, is_permitted
from kernel.web.context import Entrance, entrance
from kernel.web.preconditions import idempotency_key
from licensing import errors, queries, schemas, service
from licensing.rest.door import blueprint, signed_in

#: Who fixes prices, who adjusts ceilings, and who supervises both.
_SEES_ALL = (
    Permission.LICENSING_PRICE_FILE,
    Permission.LICENSING_AGREEMENT_CONCLUDE,
    Permission.LICENSING_LICENCE_READ_ALL,
)


@blueprint.get("/ceilings")
def list_ceilings() -> Response:
    """The price list: every filing with its open offers and their head-room; public."""
    with entrance().db.read() as session:
        rows = queries.list_prices(session)
    return jsonify(items=[schemas.priced_reply(row) for row in rows])


@blueprint.post("/ceilings")
@blueprint.arguments(schemas.CeilingBody)
def file_ceiling(values: dict[str, Any]) -> tuple[Response, int, dict[str, str]]:
    """File the ceiling charge or trial standard of a product."""
    here = entrance()
    wanted = schemas.ceiling_of(values)
    service.file_ceiling(here.db, actor=here.actor, now=here.now, wanted=wanted)
    headers = {"Location": url_for("licensing_rest.show_ceiling", product_code=wanted.product_code)}
    with here.db.read() as session:
        row = queries.find_filing(session, wanted.product_code)
    return jsonify(schemas.CeilingReply().dump(row)), 201, headers


@blueprint.get("/ceilings/<product_code>")
@blueprint.arguments(schemas.AsOfArguments, location="query")
def show_ceiling(wanted: dict[str, Any], product_code: str) -> Response:
    """What is filed for a product, or was at a past moment; public."""
    with entrance().db.read() as session:
        row = queries.find_filing(session, product_code, as_of=wanted["as_of"])
    if row is None:
        raise errors.ThingUnknown
    return jsonify(schemas.CeilingReply().dump(row))


@blueprint.get("/revenues")
def list_revenues() -> Response:
    """Determinations, the newest first; an operating institution sees its own."""
    here = signed_in()
    with here.db.read() as session:
        rows = queries.list_revenues(
            session, operator_id="" if _sees_all(here) else here.actor.organisation_id
        )
    return jsonify(items=schemas.RevenueReply(many=True).dump(rows))


@blueprint.post("/revenues")
@blueprint.arguments(schemas.RevenueBody)
def determine_revenue(values: dict[str, Any]) -> tuple[Response, int, dict[str, str]]:
    """Determine the maximum allowed revenue of an operating institution."""
    here = entrance()
    wanted = schemas.revenue_of(values, idempotency_key())
    made = service.determine_revenue(here.db, actor=here.actor, now=here.now, wanted=wanted)
    with here.db.read() as session:
        row = queries.find_revenue(session, made)
    headers = {"Location": url_for("licensing_rest.show_revenue", revenue_id=made)}
    return jsonify(schemas.RevenueReply().dump(row)), 201, headers


@blueprint.get("/revenues/<revenue_id>")
def show_revenue(revenue_id: str) -> Response:
    """One determination with its calculation, line by line."""
    here = signed_in()
    with here.db.read() as session:
        row = queries.find_revenue(session, revenue_id)
    if not _sees_all(here) and row.operator_id != here.actor.organisation_id:
        raise errors.ThingUnknown
    return jsonify(schemas.RevenueReply().dump(row))


@blueprint.get("/deviations")
def list_deviations() -> Response:
    """Checked years, the newest first; an operating institution sees its own."""
    here = signed_in()
    operators = None if _sees_all(here) else [here.actor.organisation_id]
    with here.db.read() as session:
        rows = queries.list_deviations(session, operators=operators)
    return jsonify(items=schemas.DeviationReply(many=True).dump(rows))


def _sees_all(here: Entrance) -> bool:
    return any(is_permitted(here.actor, permission) for permission in _SEES_ALL)
