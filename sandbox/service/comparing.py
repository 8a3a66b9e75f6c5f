"""Mode ``aggregate`` against what has left before: cells that together would tell about few people stay back.

The comparison, and what is kept of the new cells for later ones, are one transaction under the lock of the
lineage: of two answers that are made at one moment one sees the other. What is kept counts as left even where the
run ends without an answer.
"""

import json
from collections import Counter
from dataclasses import dataclass, field, replace

from sqlmodel import Session, col, select

from kernel.database import Database
from sandbox import rules
from sandbox.engine.differencing import Family, Verdict, judge, read_families
from sandbox.engine.plan import Plan
from sandbox.engine.process import Answer, Limits
from sandbox.errors.engine import AnswerTooLarge, RunFailed
from sandbox.models import Dataset, ReleasedCells, Run
from sandbox.service.preparing import Machine, Prepared, RunQuery, extract_of
from sandbox.states import RunState

#: Cells that stay back can change what a query over them asks for: so often it is asked again.
_PASSES = 3
#: Cells that have left never change: a process reads them once, so many answers at most.
_MOST_READ = 2_000
_read: dict[str, tuple[Family, ...]] = {}


@dataclass(frozen=True, slots=True)
class Compared:
    """An answer, its plan, and how many cells each rule withheld.

    ``failing`` names these cells where the answer is held for review with them in it.
    """

    plan: Plan
    answer: Answer
    withheld: dict[str, int]
    failing: list[dict[str, str | None]] = field(default_factory=list)


def must_hold(review: str, found: Compared) -> bool:
    """Whether two people look at the answer first: always, or where a check failed."""
    return review == "always" or (review == "on_failure" and bool(found.failing))


def run_compared(  # noqa: PLR0913 - what runs, where, and how far it may go
    db: Database,
    ready: Prepared,
    wanted: RunQuery,
    machine: Machine,
    *,
    run_id: str,
    rows: int,
    is_held: bool,
) -> Compared:
    """Run a plan of mode ``aggregate``; where cells must stay back, run it again without them.

    Where people look at answers (``is_held``), they see it whole, with the names of those cells.

    Raises:
        RunFailed and its kinds: no answer.
        EngineUnavailable: nothing was read.
    """
    plan, blocked, withheld = ready.plan, set[int](), Counter[str]()
    for passed in range(_PASSES):
        try:
            answer, families = _run(ready, plan, machine, run_id, rows)
        except RunFailed as failure:
            # Whatever this pass says of itself, an earlier one has read data.
            failure.data_read = failure.data_read or passed > 0
            raise
        if not families:
            return Compared(plan, answer, dict(withheld))
        with db.transaction() as session:
            verdict = _judge(session, ready, run_id, families, is_held=is_held)
        if is_held:
            return Compared(plan, answer, verdict.reasons, _failing(families, verdict))
        if not verdict.blocked:
            return Compared(plan, answer, dict(withheld))
        blocked |= verdict.blocked
        withheld.update(verdict.reasons)
        unsafe = {"blocked": sorted(str(one) for one in blocked)}
        plan = machine.engine.analyse(wanted.sql, ready.description | unsafe)
    raise RunFailed(data_read=True)


def _run(
    ready: Prepared, plan: Plan, machine: Machine, run_id: str, rows: int
) -> tuple[Answer, list[Family]]:
    answer = machine.engine.run(
        run_id=run_id,
        sql=plan.sql,
        extract=extract_of(ready, machine),
        limits=Limits(seconds=rules.RUN_SECONDS, rows=rows + rules.MOST_CELLS),
    )
    if not plan.cells:
        return answer, []
    width = len(plan.columns) + (plan.flag is not None)
    told = [row[width:] for row in answer.rows if row[width] is not None]
    shown = tuple(row[:width] for row in answer.rows if row[width] is None)
    if len(shown) > rows:
        raise AnswerTooLarge(data_read=True)
    bare = replace(answer, columns=answer.columns[:width], rows=shown)
    return bare, read_families(plan.cells, told)


def _failing(families: list[Family], verdict: Verdict) -> list[dict[str, str | None]]:
    """The keys of the cells that would have stayed back."""
    return [
        dict(zip(before.keys, one.keys, strict=True))
        for before, after in zip(families, verdict.families, strict=True)
        for one, left in zip(before.cells, after.cells, strict=True)
        if one.is_released and not left.is_released
    ]


def _judge(
    session: Session, ready: Prepared, run_id: str, families: list[Family], *, is_held: bool
) -> Verdict:
    lineage = ready.snapshot.lineage_id
    # One answer of a lineage at a time; SQLite lets one writer in anyway.
    session.exec(
        select(Dataset.id)
        .where(Dataset.lineage_id == lineage)
        .order_by(Dataset.id)
        .with_for_update()
    ).all()
    earlier = session.exec(
        select(ReleasedCells.run_id)
        .where(ReleasedCells.lineage_id == lineage, ReleasedCells.run_id != run_id)
        .order_by(col(ReleasedCells.run_id))
    ).all()
    verdict = judge(families, [family for one in earlier for family in _known(session, one)])
    kept = session.get(ReleasedCells, run_id) or ReleasedCells(
        run_id=run_id, lineage_id=lineage, snapshot_id=ready.snapshot.snapshot_id, families=""
    )
    # A held answer may yet leave whole: later ones are held against all of it.
    plain = [one.to_json() for one in (families if is_held else verdict.families)]
    kept.families = json.dumps(plain, separators=(",", ":"))
    session.add(kept)
    return verdict


def _known(session: Session, run_id: str) -> tuple[Family, ...]:
    # A run that is still at work may change its cells: only what has ended is remembered.
    found = _read.get(run_id)
    if found is None:
        text = session.get_one(ReleasedCells, run_id).families
        found = tuple(Family.from_json(one) for one in json.loads(text))
        if session.get_one(Run, run_id).state not in (RunState.STARTED, RunState.IN_REVIEW):
            if len(_read) >= _MOST_READ:
                _read.clear()
            _read[run_id] = found
    return found
