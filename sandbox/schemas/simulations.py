"""Outside shapes of the simulator: the draft of a policy, and what would come of a workload under it."""

from typing import Any

from marshmallow import Schema, fields, validate

from sandbox.engine.guard.description import MODES
from sandbox.schemas.research import MOST_RHO, check_storable
from sandbox.service.research.attacking import Attacks, Tried
from sandbox.service.research.simulating import Outcome, Simulation

_LONGEST = 100_000


class DraftFields(Schema):
    """The draft of a policy."""

    mode = fields.String(required=True, validate=validate.OneOf(MODES))
    min_cell_size = fields.Integer(load_default=10, validate=validate.Range(1, 100_000))
    accuracy = fields.Float(load_default=0)
    privacy_rho = fields.Integer(load_default=0, validate=validate.Range(0, MOST_RHO))
    columns = fields.List(fields.String(), load_default=list)
    after_released = fields.Boolean(
        load_default=False,
        metadata={
            "description": "Compare with what has left under licences, too, in mode aggregate"
        },
    )


class SimulationFormBody(DraftFields):
    """A draft and a workload as the form sends them: queries apart by an empty line."""

    workload = fields.String(
        load_default="", validate=[validate.Length(0, _LONGEST), check_storable]
    )


class SimulationBody(DraftFields):
    """A draft and a workload; without one the last queries that were asked of the dataset."""

    dataset = fields.String(required=True, validate=check_storable)
    workload = fields.List(fields.String(validate=check_storable), load_default=list)


def simulation_reply(found: Simulation, attacks: Attacks) -> dict[str, Any]:
    """A simulation as REST and the command line show it; rho in nano-rho, as text."""
    return {
        "dataset": found.draft.dataset,
        "mode": found.draft.mode,
        "outcomes": [_outcome(one) for one in found.outcomes],
        "rho": str(found.rho),
        "epsilon_at_delta": found.epsilon,
        "workloads_in_budget": found.times,
        "attacks": {
            "smallest_cell": None
            if attacks.small is None
            else {"where": attacks.small.where, "rows": attacks.small.rows},
            "difference": _tried(attacks.difference),
            "tracker": _tried(attacks.tracker),
            "averaging": {"spellings": attacks.spellings, "answers": attacks.answers},
            "reconstruction": attacks.reconstruction,
            "presence": attacks.presence,
        },
    }


def _outcome(one: Outcome) -> dict[str, Any]:
    if one.refusal is not None:
        return {"sql": one.sql, "verdict": "refuse", "code": one.refusal.code}
    return {
        "sql": one.sql,
        "verdict": "accept",
        "code": None,
        "columns": list(one.columns),
        "rows": one.rows,
        "suppressed": one.suppressed,
        "withheld": one.withheld,
        "rho": str(one.rho),
        "confidence_95": list(one.half_widths),
        "noise_share": one.noise_share,
        "repeated": one.is_repeated,
    }


def _tried(one: Tried | None) -> dict[str, Any] | None:
    if one is None:
        return None
    return {"guess_alone": one.alone, "guess": one.compared, "rho": str(one.rho)}
