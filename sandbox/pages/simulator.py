"""The simulator: what a draft of a policy would do to a workload, for the provider of a dataset alone."""

from typing import Any

from flask import render_template
from flask.typing import ResponseReturnValue

from kernel.web import forms
from kernel.web.context import Entrance
from sandbox import queries, rules, schemas
from sandbox.engine.guard.description import MODES
from sandbox.engine.noise import epsilon_at
from sandbox.pages.door import blueprint, machine, signed_in
from sandbox.service.research import attacking, simulating
from sandbox.service.research.simulating import PolicyDraft


@blueprint.get("/datasets/<name>/simulator")
def show_simulator(name: str) -> str:
    """The form of a draft."""
    return _page(signed_in(), name)


@blueprint.post("/datasets/<name>/simulator")
def simulate(name: str) -> ResponseReturnValue:
    """Simulate; nothing is charged or released, that somebody did is recorded."""
    here = signed_in()

    def act() -> ResponseReturnValue:
        values = forms.read_form(schemas.SimulationFormBody())
        draft = PolicyDraft(
            dataset=name,
            mode=values["mode"],
            min_cell_size=values["min_cell_size"],
            accuracy=values["accuracy"],
            privacy_rho=values["privacy_rho"],
            columns=tuple(values["columns"]),
            workload=simulating.texts_of(values["workload"]),
            after_released=values["after_released"],
        )
        found, stand = simulating.simulate(
            here.db, actor=here.actor, now=here.now, draft=draft, machine=machine()
        )
        attacks = attacking.attack(stand, found.outcomes)
        sent = {name: one for name, one in values.items() if one is not None}
        return _page(here, name, simulation=found, attacks=attacks, form=sent)

    return forms.attempt(act, lambda **shown: _page(here, name, **shown))


def _page(here: Entrance, name: str, **shown: Any) -> str:  # noqa: ANN401 - what the page shows beside
    with here.db.read() as session:
        snapshot = queries.newest_snapshot(session, name)
    rules.check_may_offer(here.actor, snapshot.provider_id, name)
    simulation = shown.get("simulation")
    refusals = [
        forms.describe(one.refusal) if one.refusal else None
        for one in (simulation.outcomes if simulation else ())
    ]
    sight = rules.sight_of_all(snapshot.manifest, "open")
    return render_template(
        "sandbox/research/simulator.html",
        snapshot=snapshot,
        modes=MODES,
        columns=[f"{table}.{one}" for table, names in sight.tables.items() for one in names],
        refusals=refusals,
        usual_accuracy=f"{rules.DEFAULT_ACCURACY:g}",
        usual_rho=rules.DEFAULT_BUDGET,
        usual_epsilon=f"{epsilon_at(rules.DEFAULT_BUDGET, rules.DELTA):.2f}",
        delta=f"{rules.DELTA:.0e}",
        **shown,
    )
