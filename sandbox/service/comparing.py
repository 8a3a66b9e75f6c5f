"""Mode ``aggregate`` against what has left before: cells that together would tell about few people stay back.

The comparison, and what is kept of the new cells for later ones, are one transaction under the lock of the
lineage: of two answers that are made at one moment one sees the other. What is kept counts as left even where the
run ends without an answer.
"""

import json
import secrets
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from sqlmodel import Session, col, select

from kernel.database import Database
from kernel.errors import HexiError
from sandbox import rules
from sandbox.engine.differencing import Cell, Family, Memory, Verdict, judge, read_families
from sandbox.engine.plan import Plan
from sandbox.engine.process import Answer
from sandbox.errors.engine import AnswerTooLarge, RunFailed
from sandbox.models import Dataset, ReleasedCells, Run
from sandbox.queries import SnapshotRow
from sandbox.service.preparing import Machine, Prepared, RunQuery, limits_of
from sandbox.states import RunState

#: Cells that stay back can change what a query over them asks for: so often it is asked again.
PASSES = 3
#: So many lineages are remembered by a process; what has left never changes, so each answer is read once.
_MOST_LINEAGES = 50
_memories: dict[str, "_Remembered"] = {}


@dataclass(frozen=True, slots=True)
class Reach:
    """How far a run may go: so many rows leave, and at ``ends_at`` (monotonic seconds) it is over, if at all."""

    rows: int
    ends_at: float | None = None

    @property
    def seconds(self) -> float:
        """What is left of its time; never nothing, so that a limit stays one."""
        if self.ends_at is None:
            return rules.RUN_SECONDS
        return max(self.ends_at - time.monotonic(), 0.1)


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
    reach: Reach,
    is_held: bool,
) -> Compared:
    """Run a plan of mode ``aggregate``; where cells must stay back, run it again without them.

    Where people look at answers (``is_held``), they see it whole, with the names of those cells.

    Raises:
        RunFailed and its kinds: no answer.
        EngineUnavailable: nothing was read. Once an earlier pass has read, it is RunFailed.
    """
    engine = _Engine(ready, wanted, machine, run_id, reach)
    if is_held:
        return _held(db, engine)
    plan, blocked, withheld = ready.plan, set[int](), Counter[str]()
    for _ in range(PASSES):
        answer, families = engine.run(plan, plan.first or plan.sql)
        if not families:
            return Compared(plan, engine.checked(answer), dict(withheld))
        with db.transaction() as session:
            verdict = _judge(session, ready, run_id, families, is_held=False)
        if not verdict.blocked:
            if plan.first:
                answer, _ = engine.run(plan, plan.sql)
            return Compared(plan, engine.checked(answer), dict(withheld))
        blocked |= verdict.blocked
        withheld.update(verdict.reasons)
        plan = engine.plan(blocked=sorted(str(one) for one in blocked))
    raise RunFailed(data_read=True)


def _held(db: Database, engine: "_Engine") -> Compared:
    """The answer with all that a check fails on, and what that is; cells of too few people are not in it.

    Whatever becomes of the cells in the answer: what a condition makes of them must not decide whether it is held,
    nor may a query over them that comes to no end.
    """
    plan = engine.plan(leaves_dominance=True)
    answer, families = engine.run(plan, plan.first or plan.sql)
    dominated = _named(
        (family, cell)
        for family in families
        for cell in family.cells
        if cell.is_released and cell.is_dominated
    )
    with db.transaction() as session:
        verdict = _judge(session, engine.ready, engine.run_id, families, is_held=True)
    reasons = dict(verdict.reasons)
    if dominated:
        reasons["dominance"] = len(dominated)
    failing = [*_failing(families, verdict), *dominated]
    try:
        if plan.first:
            answer, _ = engine.run(plan, plan.sql)
        answer = engine.checked(answer)
    except RunFailed:
        if not failing:
            raise
        # People look at what can be made of the other cells.
        plan = engine.plan(blocked=sorted(str(one) for one in verdict.blocked))
        answer, _ = engine.run(plan, plan.sql)
        answer = engine.checked(answer)
    return Compared(plan, answer, reasons, failing)


class _Engine:
    """The engine for one run: once it has read, whatever it says later comes after reading."""

    def __init__(
        self, ready: Prepared, wanted: RunQuery, machine: Machine, run_id: str, reach: Reach
    ) -> None:
        self.ready, self.run_id = ready, run_id
        self._wanted, self._machine, self._reach = wanted, machine, reach
        self._has_read = False

    def plan(self, **more: Any) -> Plan:  # noqa: ANN401 - facts of the description
        """The plan of the query with more facts than the licence has.

        Raises:
            RunFailed: it cannot be made any more; data was read.
        """
        try:
            return self._machine.engine.analyse(self._wanted.sql, self.ready.description | more)
        except HexiError as failure:
            if not self._has_read:
                raise
            raise RunFailed(data_read=True) from failure

    def run(self, plan: Plan, sql: str) -> tuple[Answer, list[Family]]:
        """What an SQL of a plan gives, and the cells under it.

        Raises:
            RunFailed and its kinds, EngineUnavailable: no answer.
        """
        limits = limits_of(self.ready, self._reach.rows, self._reach.seconds)
        # Where exactly an answer becomes too large for its cells is chance: one person's cell does not decide it.
        wider = replace(
            limits,
            rows=limits.rows + rules.MOST_CELLS + secrets.randbelow(rules.MOST_CELLS),
            output_bytes=limits.output_bytes
            + rules.CELL_BYTES
            + secrets.randbelow(rules.CELL_BYTES),
        )
        try:
            whole = self._machine.engine.run(
                run_id=self.run_id, sql=sql, extract=self.ready.extract, limits=wider
            )
        except HexiError as failure:
            if not self._has_read:
                raise
            if not isinstance(failure, RunFailed):
                raise RunFailed(data_read=True) from failure
            failure.data_read = True
            raise
        self._has_read = True
        return told_apart(plan, whole, self.ready.snapshot)

    def checked(self, answer: Answer) -> Answer:
        """The answer, if no more rows leave than may; asked once its cells are judged.

        Raises:
            AnswerTooLarge: more would leave.
        """
        if len(answer.rows) > self._reach.rows:
            raise AnswerTooLarge(data_read=True)
        return answer


def told_apart(plan: Plan, answer: Answer, snapshot: SnapshotRow) -> tuple[Answer, list[Family]]:
    """What leaves of an answer of mode ``aggregate``, and the cells under it that nobody is told of."""
    if not plan.cells:
        return answer, []
    width = len(plan.columns) + (plan.flag is not None)
    told = [row[width:] for row in answer.rows if row[width] is not None]
    shown = tuple(row[:width] for row in answer.rows if row[width] is None)
    bare = replace(answer, columns=answer.columns[:width], rows=shown)
    tables = snapshot.manifest["tables"].items()
    people = sorted(name for name, table in tables if table["person_column"])
    return bare, read_families(plan.cells, told, snapshot.snapshot_id, people)


def _failing(families: list[Family], verdict: Verdict) -> list[dict[str, str | None]]:
    """The keys of the cells that would have stayed back."""
    return _named(
        (before, one)
        for before, after in zip(families, verdict.families, strict=True)
        for one, left in zip(before.cells, after.cells, strict=True)
        if one.is_released and not left.is_released
    )


def _named(cells: Iterable[tuple[Family, Cell]]) -> list[dict[str, str | None]]:
    """Each cell once: where a query reads two tables of people it is in a family of each."""
    pairs = dict.fromkeys(tuple(zip(family.keys, cell.keys, strict=True)) for family, cell in cells)
    return [dict(one) for one in pairs]


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
    verdict = judge(families, *_memories_of(session, lineage, earlier))
    kept = session.get(ReleasedCells, run_id) or ReleasedCells(
        run_id=run_id, lineage_id=lineage, snapshot_id=ready.snapshot.snapshot_id, families=""
    )
    # A held answer may yet leave whole: later ones are held against all of it.
    plain = [one.to_json() for one in (families if is_held else verdict.families)]
    kept.families = json.dumps(plain, separators=(",", ":"))
    session.add(kept)
    return verdict


@dataclass(slots=True)
class _Remembered:
    """The cells of ended runs, and which runs these are."""

    runs: set[str] = field(default_factory=set)
    memory: Memory = field(default_factory=Memory)


def _memories_of(session: Session, lineage: str, earlier: Sequence[str]) -> tuple[Memory, Memory]:
    """What has left about a lineage, and what may yet; the caller holds the lineage's lock."""
    known = _memories.get(lineage)
    if known is None or not known.runs.issubset(earlier):
        if len(_memories) >= _MOST_LINEAGES:
            _memories.clear()
        known = _memories[lineage] = _Remembered()
    unread = [one for one in earlier if one not in known.runs]
    # The cells of a run that is at work, or in review, can still change.
    open_runs = set(session.exec(
        select(Run.id).where(
            col(Run.id).in_(unread), col(Run.state).in_((RunState.STARTED, RunState.IN_REVIEW))
        )
    ).all())  # fmt: skip
    at_work = Memory()
    for one in unread:
        _keep(session, at_work if one in open_runs else known.memory, one)
    known.runs.update(one for one in unread if one not in open_runs)
    return known.memory, at_work


def released_memory(session: Session, lineage: str) -> Memory:
    """Everything that has left about a lineage, or may yet, for who only wants to look."""
    memory = Memory()
    wanted = select(ReleasedCells.run_id).where(ReleasedCells.lineage_id == lineage)
    for one in session.exec(wanted.order_by(col(ReleasedCells.run_id))).all():
        _keep(session, memory, one)
    return memory


def _keep(session: Session, memory: Memory, run_id: str) -> None:
    for one in json.loads(session.get_one(ReleasedCells, run_id).families):
        family = Family.from_json(one)
        if family is not None:  # an older layout's snapshots are not asked any more
            memory.keep(family)
