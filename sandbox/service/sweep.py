"""Closes runs whose process died: the quota stays taken, nothing is billed, a receipt says so."""

from datetime import datetime

from kernel.database import Database
from kernel.trust.receipts import Seal
from sandbox import queries
from sandbox.service.ending import end_run
from sandbox.states import ENDINGS

LOST_CODE = "sandbox-run-abandoned"


def close_lost_runs(db: Database, *, now: datetime, seal: Seal) -> int:
    """Close every started run whose deadline has passed; returns how many.

    Whether such a run read data is not known, so it counts as having read (decision 9).
    """
    with db.read() as session:
        lost = queries.lost_runs(session, now)
    for run_id in lost:
        end_run(db, now=now, run_id=run_id, seal=seal, ending=ENDINGS["abandoned"], code=LOST_CODE)
    return len(lost)
