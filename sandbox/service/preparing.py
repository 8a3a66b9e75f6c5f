"""What stands before a run: the grant, the snapshot and the plan, read with nothing reserved; and what would come of it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlmodel import Session

from kernel.database import Database
from kernel.errors import Broken, Exhausted, Forbidden, HexiError, Refused
from kernel.identity import Actor
from kernel.trust import idempotency
from kernel.workdays import local_day
from licensing import public as licensing
from licensing.public import Grant
from sandbox import errors, queries, rules
from sandbox.engine.noise import Cost, accuracy_of, cost_of, epsilon_at
from sandbox.engine.plan import Plan
from sandbox.engine.process import Engine, Extract, ExtractTable, Limits
from sandbox.engine.released import half_widths
from sandbox.models import Run
from sandbox.queries import SnapshotRow
from sandbox.rules import Sight
from sandbox.service.ledger import Spend

#: A lawful wish that a rule denies: it gets a run of its own and a receipt that says deny.
DENIALS = (Refused, Exhausted, Forbidden)


@dataclass(frozen=True, slots=True)
class Machine:
    """Where queries run: the engine, the folder of the snapshots' files, and that of answers that are files."""

    engine: Engine
    snapshots: Path
    answers: Path


@dataclass(frozen=True, slots=True)
class RunQuery:
    """One query under one licence, for one purpose of the taxonomy; empty is the licensed one.

    In mode ``dp`` ``accuracy`` is by how much a count may be off at 95 %, 0 is the usual one; or ``rho`` is
    what the answer may cost, in nano-rho, and the precision is what that buys. ``template`` names
    the approved template and version that made the text; empty where a person wrote it. ``media_type`` asks for
    the answer as a file, one of ``engine.files.STORED``; empty for a table.
    """

    licence_id: str
    purpose: str
    sql: str
    idempotency_key: str = ""
    accuracy: float = 0
    rho: int | None = None
    template: dict[str, Any] = field(default_factory=dict)
    media_type: str = ""

    def fingerprint(self) -> str:
        """What makes two requests with one key the same."""
        wish = {"licence": self.licence_id, "purpose": self.purpose, "sql": self.sql}
        # Keys from before noise was possible go on finding their runs.
        wish |= {"accuracy": str(self.accuracy)} if self.accuracy else {}
        wish |= {"rho": str(self.rho)} if self.rho is not None else {}
        wish |= {"template": json.dumps(self.template, sort_keys=True)} if self.template else {}
        wish |= {"media_type": self.media_type} if self.media_type else {}
        return idempotency.fingerprint_of("sandbox.run", wish)


@dataclass(frozen=True, slots=True)
class Prepared:
    """Everything that a run needs: what may be seen, of which files and columns, and the plan."""

    grant: Grant
    snapshot: SnapshotRow
    description: dict[str, Any]
    extract: Extract
    plan: Plan
    accuracy: float = 0
    cost: Cost | None = None
    media_type: str = ""

    def spend(self, run_id: str, organisation_id: str) -> Spend | None:
        """What the run would spend of the privacy budgets; None where no noise is added."""
        if self.cost is None:
            return None
        return Spend(
            run_id=run_id,
            lineage_id=self.snapshot.lineage_id,
            licence_id=self.grant.licence_id,
            organisations=(self.grant.licensee_id, organisation_id),
            rho=self.cost.rho,
            lineage_cap=self.snapshot.privacy_rho,
            licence_cap=self.grant.terms.privacy_rho,
        )


@dataclass(frozen=True, slots=True)
class Verdict:
    """What would happen to a query: refused and why, or its columns and price in 1/100 CNY.

    In mode ``dp`` also its cost in nano-rho, epsilon at the usual delta, and by how much each column may
    be off at 95 %.
    """

    refusal: HexiError | None
    columns: tuple[str, ...] = ()
    price_cents: int = 0
    is_replay: bool = False
    runs_left: int = 0
    rho: int = 0
    epsilon: float = 0
    half_widths: tuple[float | None, ...] = ()


def prepare(
    db: Database, actor: Actor, now: datetime, wanted: RunQuery, machine: Machine
) -> Prepared:
    """The grant, snapshot and plan of a query; nothing is reserved.

    Raises:
        Broken: the stored contract is not the signed one; the alarm has been sounded.
        DatasetEnded, SnapshotExpired: the data is kept no longer.
        SignaturesMissing: no version of the data has the signatures that it needs.
        AccuracyUnusable, CostUnusable, PrecisionTwice: a precision that nobody can have.
        FileOfNoise, FileNotReviewed: a file where none leaves.
        What ``licensing.grant_for_run`` and the guard refuse.
    """
    try:
        with db.read() as session:
            grant = licensing.grant_for_run(
                session, actor=actor, licence_id=wanted.licence_id, purpose=wanted.purpose, now=now
            )
            snapshot = queries.ready_snapshot(session, grant.terms.dataset)
    except Broken:
        with db.transaction() as session:
            licensing.sound_alarm(session, wanted.licence_id, now)
        raise
    rules.check_usable(snapshot.expires_on, local_day(now))
    terms = grant.terms
    if wanted.media_type:
        rules.check_file(terms.mode, terms.output_review)
    sight = Sight(terms.mode, terms.tables(), terms.min_cell_size)
    description = rules.describe(snapshot.manifest, sight)
    plan = machine.engine.analyse(wanted.sql, description)
    extract = _extract(grant, snapshot, description, machine)
    if plan.noise is None:
        return Prepared(grant, snapshot, description, extract, plan, media_type=wanted.media_type)
    accuracy = _accuracy(wanted, plan.noise)
    cost = cost_of(plan.noise, accuracy)
    return Prepared(grant, snapshot, description, extract, plan, accuracy, cost)


def _accuracy(wanted: RunQuery, noise: Mapping[str, Any]) -> float:
    """The precision that is meant, said or bought; both ways to it find the same stored answer."""
    if wanted.rho is None:
        return rules.check_accuracy(wanted.accuracy)
    rules.check_cost(wanted.rho, wanted.accuracy)
    least = cost_of(noise, rules.MOST_ACCURACY).rho
    if wanted.rho < least:
        raise errors.CostUnusable(least=str(least))
    return max(accuracy_of(noise, wanted.rho), rules.LEAST_ACCURACY)


def check_query(
    db: Database, *, actor: Actor, now: datetime, wanted: RunQuery, machine: Machine
) -> Verdict:
    """Say what would happen, through the same gate as a run; nothing is run or charged.

    Raises:
        ThingUnknown: no such licence. Other refusals are in the verdict.
    """
    rules.check_may_run(actor)
    try:
        ready = prepare(db, actor, now, wanted, machine)
    except DENIALS as refusal:
        return Verdict(refusal)
    if "calls" in ready.grant.limit.granted:
        with db.transaction() as session:
            licensing.take_call(session, ready.grant.limit)
    with db.read() as session:
        is_replay = known_answer(session, ready) is not None
    names = tuple(column.name for column in ready.plan.columns)
    price = 0 if is_replay else ready.grant.terms.price_cents
    noise, cost = ready.plan.noise, ready.cost
    if noise is None or cost is None:
        return Verdict(None, names, price, is_replay, ready.grant.runs_left)
    rho = 0 if is_replay else cost.rho
    return Verdict(
        None,
        names,
        price,
        is_replay,
        ready.grant.runs_left,
        rho,
        epsilon_at(rho, rules.DELTA),
        tuple(half_widths(noise, cost)),
    )


def most_use(ready: Prepared) -> dict[str, int]:
    """What a run may use at most, from public facts alone: nothing here depends on the data."""
    rows = rules.most_rows(ready.plan.mode, is_file=bool(ready.media_type))
    return {"runs": 1, "rows": rows, "compute": ready.plan.size, "calls": 1}


def limits_of(ready: Prepared, rows: int, seconds: float) -> Limits:
    """What the engine may take for an answer of so many rows."""
    usual = Limits(seconds=seconds, rows=rows)
    return replace(usual, output_bytes=rules.FILE_BYTES) if ready.media_type else usual


def known_answer(session: Session, ready: Prepared) -> Run | None:
    """The finished run that has answered the same plan before."""
    return queries.find_replay(
        session,
        licence_id=ready.grant.licence_id,
        snapshot_id=ready.snapshot.snapshot_id,
        plan_digest=ready.plan.digest,
        accuracy=ready.accuracy,
        media_type=ready.media_type,
    )


def in_review(session: Session, ready: Prepared) -> str | None:
    """The run whose answer to the same plan is being looked at; none where the licence has no review."""
    if ready.grant.terms.output_review == "none":
        return None
    return queries.find_in_review(
        session,
        licence_id=ready.grant.licence_id,
        snapshot_id=ready.snapshot.snapshot_id,
        plan_digest=ready.plan.digest,
    )


def _extract(
    grant: Grant, snapshot: SnapshotRow, description: dict[str, Any], machine: Machine
) -> Extract:
    """The files and columns that the run's process may open."""
    files = snapshot.manifest["tables"]
    return Extract(
        key=rules.extract_key(grant.policy_digest, snapshot.digest),
        tables=tuple(
            ExtractTable(
                name,
                str(machine.snapshots / f"{files[name]['sha256']}.parquet"),
                columns,
                files[name]["sha256"],
            )
            for name, columns in rules.extract_columns(description).items()
        ),
    )
