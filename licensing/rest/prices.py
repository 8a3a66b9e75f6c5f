"""Prices."""

from typing import Any

from flask import Response, jsonify

from kernel.web.context import entrance
from licensing import schemas, service
from licensing.rest.door import blueprint


@blueprint.post("/ceilings")
@blueprint.arguments(schemas.CeilingBody)
def file_ceiling(values: dict[str, Any]) -> tuple[Response, int]:
    """File the ceiling charge of a product."""
    here = entrance()
    service.file_ceiling(here.db, actor=here.actor, now=here.now, wanted=service.Ceiling(**values))
    return jsonify(values), 201
