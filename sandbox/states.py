"""Statuses of a run and the lawful moves, as data; what each end costs stands beside it."""

from dataclasses import dataclass
from enum import StrEnum


class RunState(StrEnum):
    """Where a run stands."""

    STARTED = "started"
    FINISHED = "finished"
    REFUSED = "refused"
    FAILED = "failed"
    ABANDONED = "abandoned"


@dataclass(frozen=True, slots=True)
class Ending:
    """One way for a run to end, and what it costs (docs/decisions/0009)."""

    state: RunState
    is_run_taken: bool
    is_billed: bool


#: Started runs end in one of these; refused runs and replays never start.
ENDINGS: dict[str, Ending] = {
    "finished": Ending(RunState.FINISHED, is_run_taken=True, is_billed=True),
    "failed_before_reading": Ending(RunState.FAILED, is_run_taken=False, is_billed=False),
    "failed_after_reading": Ending(RunState.FAILED, is_run_taken=True, is_billed=False),
    # Nobody knows whether data was read: it counts as read.
    "abandoned": Ending(RunState.ABANDONED, is_run_taken=True, is_billed=False),
}


class SpendState(StrEnum):
    """Where a run's privacy cost stands; what is spent stays spent."""

    RESERVED = "reserved"
    SPENT = "spent"
    RELEASED = "released"


class MeterState(StrEnum):
    """Where a meter event stands; only settled ones are billed."""

    RESERVED = "reserved"
    SETTLED = "settled"
    RELEASED = "released"
