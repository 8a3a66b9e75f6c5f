"""Synthetic samples: published by a provider, read by licensees."""

from typing import Any

from flask import Response, jsonify

from sandbox import schemas
from sandbox.rest.door import blueprint, machine, signed_in
from sandbox.service.research import sampling


@blueprint.post("/samples")
@blueprint.arguments(schemas.SampleBody)
def publish_sample(values: dict[str, Any]) -> tuple[Response, int]:
    """Make and publish the sample of the newest version, or give the stored one at no charge."""
    here = signed_in()
    pairs = values["pairs"]
    wanted = sampling.NewSample(
        values["dataset"],
        values["rho"],
        values["table"],
        None if pairs is None else tuple((one[0], one[1]) for one in pairs),
    )
    row = sampling.publish_sample(
        here.db, actor=here.actor, now=here.now, wanted=wanted, machine=machine()
    )
    return jsonify(schemas.sample_reply(row)), 201


@blueprint.get("/licences/<licence_id>/sample")
def show_sample(licence_id: str) -> Response:
    """The sample of a licence's data, with the licensed columns; JSON, or CSV by ``Accept``."""
    here = signed_in()
    row = sampling.see_sample(here.db, actor=here.actor, now=here.now, licence_id=licence_id)
    return jsonify(schemas.sample_reply(row))
