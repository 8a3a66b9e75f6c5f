"""Mode ``dp`` in the trusted process: noise on what the engine answered, its slot, and what is told of it."""

import time
from dataclasses import replace
from typing import Any

from sandbox import rules
from sandbox.engine.noise import add_noise, epsilon_at
from sandbox.engine.process import Answer
from sandbox.engine.shaping import half_widths, shape_rows, sum_half_widths
from sandbox.service.preparing import Prepared


def noised(ready: Prepared, answer: Answer) -> Answer:
    """The answer after noise, in the analyst's columns; in other modes as it came."""
    noise, cost = ready.plan.noise, ready.cost
    if noise is None or cost is None:
        return answer
    rows = shape_rows(add_noise(answer.rows, noise, cost), noise)
    return replace(answer, rows=tuple(tuple(row) for row in rows))


def wait_for(slot: float | None, begun: float) -> None:
    """Let the end of the slot come: how long the work took tells about the data (privacy.md 3)."""
    if slot is not None:
        time.sleep(max(slot - (time.monotonic() - begun), 0))


def told_of(ready: Prepared) -> dict[str, Any]:
    """What is told of the noise: public facts of the plan and of the wish, nothing of the data."""
    noise, cost = ready.plan.noise, ready.cost
    if noise is None or cost is None:
        return {}
    return {
        "mechanism": "discrete-gaussian",
        "rho": str(cost.rho),
        "epsilon": f"{epsilon_at(cost.rho, rules.DELTA):.6f}",
        "delta": f"{rules.DELTA:.0e}",
        "rows_per_person": noise["rows_per_person"],
        "sensitivities": [f"{one['sensitivity']:.6f}" for one in noise["measured"]],
        "sigmas": [f"{one:.6f}" for one in cost.sigmas],
        "half_widths": _texts(half_widths(noise, cost)),
        "sum_half_widths": _texts(sum_half_widths(noise, cost)),
    }


def _texts(widths: list[float | None]) -> list[str | None]:
    return [None if one is None else f"{one:.2f}" for one in widths]
