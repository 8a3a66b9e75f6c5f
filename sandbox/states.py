"""Statuses of a run and the lawful moves, as data; what each end costs stands beside it."""

from dataclasses import dataclass
from enum import StrEnum


class RunState(StrEnum):
    """Where a run stands."""

    STARTED = "started"
    IN_REVIEW = "in_review"
    FINISHED = "finished"
    REFUSED = "refused"
    FAILED = "failed"
    ABANDONED = "abandoned"
    NOT_RELEASED = "not_released"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class Ending:
    """One way for a run to end, and what it costs (docs/decisions/0009)."""

    state: RunState
    is_run_taken: bool
    is_billed: bool


#: Started runs end in one of these, or are held for review first; refused runs and replays never start.
ENDINGS: dict[str, Ending] = {
    "finished": Ending(RunState.FINISHED, is_run_taken=True, is_billed=True),
    "failed_before_reading": Ending(RunState.FAILED, is_run_taken=False, is_billed=False),
    "failed_after_reading": Ending(RunState.FAILED, is_run_taken=True, is_billed=False),
    "not_released": Ending(RunState.NOT_RELEASED, is_run_taken=True, is_billed=False),
    "withdrawn": Ending(RunState.WITHDRAWN, is_run_taken=True, is_billed=False),
    # Nobody knows whether data was read: it counts as read.
    "abandoned": Ending(RunState.ABANDONED, is_run_taken=True, is_billed=False),
}


class SnapshotState(StrEnum):
    """Where a version of a dataset stands."""

    READY = "ready"
    DELETING = "deleting"
    DELETED = "deleted"


#: The end of a version. Between the two moves its runs end and its files are erased.
SNAPSHOT_TRANSITIONS: tuple[tuple[SnapshotState, SnapshotState, str], ...] = (
    (SnapshotState.READY, SnapshotState.DELETING, "its provider wants it, or its last day is over"),
    (SnapshotState.DELETING, SnapshotState.DELETED, "no run reads it, its files are erased"),
)


class ReviewState(StrEnum):
    """Where the review of an answer stands (OpenSAFELY's airlock, for one answer)."""

    SUBMITTED = "submitted"
    PARTIALLY_REVIEWED = "partially_reviewed"
    CONFLICTED = "conflicted"
    RELEASED = "released"
    NOT_RELEASED = "not_released"
    WITHDRAWN = "withdrawn"


#: What moves a review on. Two checkers vote, blind to each other until both have; where they differ, each may
#: vote again in sight of the other.
REVIEW_TRANSITIONS: tuple[tuple[ReviewState, ReviewState, str], ...] = (
    (ReviewState.SUBMITTED, ReviewState.PARTIALLY_REVIEWED, "first vote"),
    (ReviewState.PARTIALLY_REVIEWED, ReviewState.RELEASED, "second vote, both to release"),
    (ReviewState.PARTIALLY_REVIEWED, ReviewState.NOT_RELEASED, "second vote, both against"),
    (ReviewState.PARTIALLY_REVIEWED, ReviewState.CONFLICTED, "second vote, they differ"),
    (ReviewState.CONFLICTED, ReviewState.RELEASED, "both to release"),
    (ReviewState.CONFLICTED, ReviewState.NOT_RELEASED, "both against"),
    (ReviewState.SUBMITTED, ReviewState.WITHDRAWN, "withdrawn by who asked"),
    (ReviewState.PARTIALLY_REVIEWED, ReviewState.WITHDRAWN, "withdrawn by who asked"),
    (ReviewState.CONFLICTED, ReviewState.WITHDRAWN, "withdrawn by who asked"),
)
OPEN_REVIEWS = tuple(dict.fromkeys(source for source, _, _ in REVIEW_TRANSITIONS))


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
