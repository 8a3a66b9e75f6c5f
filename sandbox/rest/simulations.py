"""The simulator, for the provider of a dataset."""

from typing import Any

from flask import Response, jsonify

from sandbox import schemas
from sandbox.rest.door import blueprint, machine, signed_in
from sandbox.service.research import attacking, simulating


@blueprint.post("/simulations")
@blueprint.arguments(schemas.SimulationBody)
def simulate(values: dict[str, Any]) -> Response:
    """What a workload and the known attacks would get under a draft; nothing is charged, kept or released."""
    here = signed_in()
    draft = simulating.PolicyDraft(
        **{**values, "columns": tuple(values["columns"]), "workload": tuple(values["workload"])}
    )
    found, stand = simulating.simulate(
        here.db, actor=here.actor, now=here.now, draft=draft, machine=machine()
    )
    attacks = attacking.attack(stand, found.outcomes)
    return jsonify(schemas.simulation_reply(found, attacks))
