"""Mode ``dp`` in the trusted process: noise on what the engine answered, its slot, and what is told of it."""

import time
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sandbox import rules
from sandbox.engine.noise import add_noise, epsilon_at, measured_of, numbers_of
from sandbox.engine.process import Answer, Engine, Extract, Limits
from sandbox.engine.released import half_widths, plain_rows, released_sql
from sandbox.errors.engine import AnswerTooLarge, EngineUnavailable, RunFailed
from sandbox.service.comparing import PASSES
from sandbox.service.preparing import Prepared

#: What a program over released numbers may read: nothing.
_NOTHING = Extract("released", ())


def noised(
    ready: Prepared, answer: Answer, *, engine: Engine, run_id: str, limits: Limits
) -> Answer:
    """The answer after noise, in the analyst's columns; in other modes as it came.

    Raises:
        RunFailed and its kinds: what stands over the noised numbers did not come to an end; data was read.
    """
    noise, cost = ready.plan.noise, ready.cost
    if noise is None or cost is None:
        return answer
    blocks = add_noise(answer.rows, noise, cost)
    if noise["plain"] is None:
        return _computed(released_sql(blocks, noise), engine=engine, run_id=run_id, limits=limits)
    rows = plain_rows(blocks, noise)
    if len(rows) > limits.rows:
        raise AnswerTooLarge(data_read=True)
    return replace(answer, rows=tuple(tuple(row) for row in rows))


def _computed(sql: str, *, engine: Engine, run_id: str, limits: Limits) -> Answer:
    try:
        return engine.run(run_id=run_id, sql=sql, extract=_NOTHING, limits=limits)
    except RunFailed as failure:
        # This query read no data, but the one before it did: what that cost stays spent.
        failure.data_read = True
        raise
    except EngineUnavailable as failure:
        raise RunFailed(data_read=True) from failure


def slot_of(ready: Prepared) -> float | None:
    """Seconds that the answer takes in mode ``dp``, and in ``aggregate`` where the licence asks for it.

    None where it answers when it is done.
    """
    noise = ready.plan.noise
    if noise is not None:
        return rules.slot_seconds(ready.snapshot.rows, ready.plan.size, numbers_of(noise))
    if ready.plan.mode != "aggregate" or ready.grant.terms.response_time != "fixed":
        return None
    # Cells that stay back have it asked again; the slot must not tell how often.
    return rules.slot_seconds(ready.snapshot.rows * PASSES, ready.plan.size, 0)


def time_left(slot: float, begun: float) -> float:
    """Seconds until the end of a slot; never nothing, so that a limit stays one."""
    return max(slot - (time.monotonic() - begun), 0.1)


def wait_for(slot: float | None, begun: float) -> None:
    """Let the end of the slot come: how long the work took tells about the data (privacy.md 3)."""
    if slot is not None:
        time.sleep(max(slot - (time.monotonic() - begun), 0))


def end_of(slot: float | None, now: datetime, begun: float) -> datetime:
    """When the answer to a question of ``now`` was done, as it is told: at the end of its slot, if it has one."""
    return now + timedelta(seconds=time.monotonic() - begun if slot is None else slot)


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
        "kept_rows": noise["kept"],
        "sensitivities": [f"{one['sensitivity']:.6f}" for one in measured_of(noise)],
        "sigmas": [f"{one:.6f}" for one in cost.sigmas],
        "half_widths": _texts(half_widths(noise, cost)),
        "sum_half_widths": _texts(half_widths(noise, cost, "mean")),
        "rank_half_widths": _texts(half_widths(noise, cost, "rank")),
    }


def _texts(widths: list[float | None]) -> list[str | None]:
    return [None if one is None else f"{one:.2f}" for one in widths]
