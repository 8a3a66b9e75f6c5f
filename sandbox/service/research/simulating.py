"""What a policy would do, shown to who holds the data: a workload and the known attacks under a draft.

Queries go through the same guard and engine as runs, over the newest snapshot, and are compared with one another, as
if nothing had left before or with what has left too. Nothing is charged, metered, kept or released; that somebody simulated is recorded.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from statistics import median
from typing import Any, Final

from kernel.database import Database
from kernel.errors import HexiError, Unavailable
from kernel.identity import Actor
from kernel.ids import new_id
from kernel.trust import audit
from sandbox import errors, queries, rules
from sandbox.engine.differencing import Memory, judge
from sandbox.engine.noise import WIDTHS, blocks_of, cost_of, epsilon_at
from sandbox.engine.plan import Plan
from sandbox.engine.process import Answer, Extract, ExtractTable, Limits
from sandbox.engine.released import half_widths
from sandbox.errors.engine import AnswerTooLarge
from sandbox.queries import SnapshotRow
from sandbox.rules import Sight
from sandbox.service.comparing import released_memory, told_apart
from sandbox.service.preparing import Machine

#: Queries of one simulation at most.
MOST_QUERIES = 20
_BETWEEN: Final = re.compile(r"\n\s*\n")
#: So often a query is asked again without the cells that must stay back.
_PASSES = 3


@dataclass(frozen=True, slots=True)
class PolicyDraft:
    """A policy that nobody has signed: as a licence's terms would say it, in the same units.

    ``columns`` are table.column, all where none is named; ``workload`` the texts of queries, the last ones that were
    asked of the dataset where none is given. ``after_released``: in mode ``aggregate`` the answers that have left
    under any licence stand before the workload's.
    """

    dataset: str
    mode: str
    min_cell_size: int = rules.DEFAULT_CELL
    accuracy: float = 0
    privacy_rho: int = 0
    columns: tuple[str, ...] = ()
    workload: tuple[str, ...] = ()
    after_released: bool = False


@dataclass(frozen=True, slots=True)
class Outcome:
    """What would come of one query: its refusal, or how much of it leaves and what that costs.

    ``suppressed`` counts rows with cells under the smallest one, ``withheld`` cells that stay back because of the
    workload's earlier answers. ``noise_share`` is the first noised number's half-width at 95 %, divided by the median
    of its exact values. ``is_repeated``: the same question stands before it, so that it costs nothing.
    """

    sql: str
    refusal: HexiError | None = None
    columns: tuple[str, ...] = ()
    rows: int = 0
    suppressed: int = 0
    withheld: int = 0
    rho: int = 0
    half_widths: tuple[float | None, ...] = ()
    noise_share: float | None = None
    is_repeated: bool = False


@dataclass(frozen=True, slots=True)
class Simulation:
    """All outcomes of a workload, and how often its cost fits into the budgets; rho in nano-rho.

    ``times`` is by budget: of the licence, of one organisation, and what is left of the people's.
    """

    draft: PolicyDraft
    outcomes: tuple[Outcome, ...]
    rho: int
    epsilon: float
    times: dict[str, int] = field(default_factory=dict)


@dataclass(slots=True)
class Stand:
    """One draft over one snapshot: judges and runs texts, and remembers what has left in this simulation.

    ``earlier`` is what had left before it, as far as the draft asks for that.
    """

    draft: PolicyDraft
    snapshot: SnapshotRow
    machine: Machine
    now: datetime
    earlier: Memory = field(default_factory=Memory)
    memory: Memory = field(default_factory=Memory)

    def afresh(self) -> "Stand":
        """The same draft where nothing has left in this simulation."""
        return replace(self, memory=Memory())

    @property
    def sight(self) -> Sight:
        """What the draft lets a query see.

        Raises:
            ColumnsNotInSnapshot: it names others than the snapshot has.
        """
        everything = rules.sight_of_all(
            self.snapshot.manifest, self.draft.mode, self.draft.min_cell_size
        )
        if not self.draft.columns:
            return everything
        named: dict[str, list[str]] = {}
        for one in self.draft.columns:
            table, _, column = one.partition(".")
            named.setdefault(table, []).append(column)
        tables = {table: tuple(columns) for table, columns in named.items()}
        return Sight(self.draft.mode, tables, self.draft.min_cell_size)

    def description(self) -> dict[str, Any]:
        """The dataset as the guard knows it under the draft.

        Raises:
            ColumnsNotInSnapshot, SnapshotUnmarked: as ``rules.describe`` says.
        """
        return rules.describe(self.snapshot.manifest, self.sight)

    def run(self, plan: Plan, description: dict[str, Any], *, rows: int) -> Answer:
        """The engine's exact answer to a plan.

        Raises:
            RunFailed and its kinds, EngineUnavailable: there is none.
        """
        files = self.snapshot.manifest["tables"]
        tables = tuple(
            ExtractTable(
                name,
                str(self.machine.snapshots / f"{files[name]['sha256']}.parquet"),
                columns,
                files[name]["sha256"],
            )
            for name, columns in rules.extract_columns(description).items()
        )
        policy = rules.document_digest({"mode": self.draft.mode, "tables": description["tables"]})
        return self.machine.engine.run(
            run_id=new_id(self.now),
            sql=plan.sql,
            extract=Extract(rules.extract_key(policy, self.snapshot.digest), tables),
            limits=Limits(seconds=rules.RUN_SECONDS, rows=rows),
        )

    def compared(self, sql: str) -> tuple[Plan, Answer, int]:
        """A text in mode ``aggregate`` until what is left of it may leave; and how many cells stayed back.

        Raises:
            SqlRefused, RunFailed: there is no answer.
        """
        blocked: set[int] = set()
        withheld = 0
        description = self.description()
        for _ in range(_PASSES):
            unsafe = {"blocked": sorted(str(one) for one in blocked)} if blocked else {}
            plan = self.machine.engine.analyse(sql, description | unsafe)
            whole = self.run(plan, description, rows=rules.MOST_ROWS + rules.MOST_CELLS)
            answer, families = told_apart(plan, whole, self.snapshot)
            verdict = judge(families, self.memory, self.earlier)
            if not verdict.blocked:
                if len(answer.rows) > rules.MOST_ROWS:
                    raise AnswerTooLarge(data_read=True)
                for one in verdict.families:
                    self.memory.keep(one)
                return plan, answer, withheld
            blocked |= verdict.blocked
            withheld += sum(verdict.reasons.values())
        raise AnswerTooLarge(data_read=True)

    def outcome(self, sql: str) -> Outcome:
        """What would come of one text.

        Raises:
            EngineUnavailable: nothing can be said now.
        """
        try:
            return self._outcome(sql)
        except Unavailable:
            raise
        except HexiError as refusal:
            return Outcome(sql, refusal)

    def _outcome(self, sql: str) -> Outcome:
        if self.draft.mode == "dp":
            return self._noised(sql)
        if self.draft.mode == "aggregate":
            plan, answer, withheld = self.compared(sql)
            suppressed = sum(bool(row[-1]) for row in answer.rows) if plan.flag else 0
        else:
            description = self.description()
            plan = self.machine.engine.analyse(sql, description)
            answer = self.run(plan, description, rows=rules.MOST_ROWS)
            suppressed = withheld = 0
        names = tuple(one.name for one in plan.columns)
        return Outcome(sql, None, names, len(answer.rows), suppressed, withheld)

    def _noised(self, sql: str) -> Outcome:
        description = self.description()
        plan = self.machine.engine.analyse(sql, description)
        noise = plan.noise
        assert noise is not None  # the guard's promise in mode dp
        cost = cost_of(noise, rules.check_accuracy(self.draft.accuracy))
        exact = self.run(plan, description, rows=rules.MOST_ROWS)
        block = blocks_of(exact.rows, noise["cells"])[0]
        place = len(noise["cells"][0]["keys"])
        middle = median(abs(row[place]) for row in block) if block else 0
        return Outcome(
            sql,
            None,
            tuple(one.name for one in plan.columns),
            len(block),
            rho=cost.rho,
            half_widths=tuple(half_widths(noise, cost)),
            noise_share=WIDTHS * cost.sigmas[0] / middle if middle else None,
        )


def texts_of(workload: str) -> tuple[str, ...]:
    """The queries of a text that has an empty line between two of them."""
    parts = _BETWEEN.split(workload.replace("\r\n", "\n"))
    return tuple(one.strip() for one in parts if one.strip())


def simulate(
    db: Database, *, actor: Actor, now: datetime, draft: PolicyDraft, machine: Machine
) -> tuple[Simulation, Stand]:
    """Simulate a workload under a draft; the stand is for attacks under the same draft.

    Raises:
        NotPermitted, DatasetUnknown: the dataset is not this person's.
        WorkloadUnusable: too many queries, or none and none was ever asked.
        ColumnsNotInSnapshot, SnapshotUnmarked, AccuracyUnusable, DescriptionMalformed: the draft cannot be.
        EngineUnavailable: nothing can be said now.
    """
    with db.read() as session:
        snapshot = queries.newest_snapshot(session, draft.dataset)
        rules.check_may_offer(actor, snapshot.provider_id, draft.dataset)
        texts = draft.workload or queries.texts_asked(session, draft.dataset, most=MOST_QUERIES)
        caps = queries.caps_of(session, snapshot.lineage_id)
        earlier = (
            released_memory(session, snapshot.lineage_id) if draft.after_released else Memory()
        )
    if not 1 <= len(texts) <= MOST_QUERIES:
        raise errors.WorkloadUnusable(most=MOST_QUERIES)
    stand = Stand(draft, snapshot, machine, now, earlier)
    if draft.mode == "dp":
        rules.check_accuracy(draft.accuracy)
    stand.description()
    outcomes = _outcomes(stand, texts)
    left = caps[0].left if caps and caps[0].scope == "lineage" else snapshot.privacy_rho
    with db.transaction() as session:
        audit.record(
            session,
            actor=actor,
            now=now,
            action="sandbox.simulation.run",
            subject=("sandbox_snapshot", snapshot.snapshot_id),
            facts={
                "mode": draft.mode,
                "min_cell_size": draft.min_cell_size,
                "accuracy": str(draft.accuracy),
                "privacy_rho": str(draft.privacy_rho),
                "after_released": draft.after_released,
                "queries": [rules.text_digest(one) for one in texts],
            },
        )
    rho = sum(one.rho for one in outcomes)
    budgets = {
        "budget-licence": draft.privacy_rho,
        "budget-organisation": snapshot.privacy_rho // rules.ORGANISATION_SHARE,
        "budget-lineage": left,
    }
    times = {name: budget // rho for name, budget in budgets.items()} if rho else {}
    return Simulation(draft, outcomes, rho, epsilon_at(rho, rules.DELTA), times), stand


def _outcomes(stand: Stand, texts: Sequence[str]) -> tuple[Outcome, ...]:
    """Every text in turn; one that asks what an earlier one asked is the stored answer, and is not paid again."""
    known: dict[str, Outcome] = {}
    found = []
    for sql in texts:
        digest = digest_of(stand, sql)
        if digest in known:
            first = known[digest]
            found.append(
                Outcome(sql, None, first.columns, first.rows, first.suppressed, is_repeated=True)
            )
            continue
        made = stand.outcome(sql)
        if digest and made.refusal is None:
            known[digest] = made
        found.append(made)
    return tuple(found)


def digest_of(stand: Stand, sql: str) -> str:
    """The digest of a text's plan under the draft; empty where it is refused."""
    try:
        return stand.machine.engine.analyse(sql, stand.description()).digest
    except Unavailable:
        raise
    except HexiError:
        return ""
