"""One governed query: reserve, run with no transaction open, settle; a receipt at every end."""

import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

import structlog
from sqlmodel import Session

from kernel.database import Database
from kernel.errors import HexiError, revive
from kernel.identity import SYSTEM, Actor
from kernel.ids import new_id
from kernel.trust import idempotency
from kernel.trust.receipts import Seal
from licensing import public as licensing
from sandbox import errors, rules
from sandbox.engine.process import Limits
from sandbox.errors.engine import RunCancelled, RunFailed
from sandbox.models import Run
from sandbox.service import ledger, reviewing
from sandbox.service.comparing import Compared, Reach, must_hold, run_compared
from sandbox.service.ending import end_cancelled, end_run, record, start_meter, started_run
from sandbox.service.noising import end_of, noised, slot_of, time_left, told_of, wait_for
from sandbox.service.preparing import (
    DENIALS,
    Machine,
    Prepared,
    RunQuery,
    in_review,
    known_answer,
    limits_of,
    most_use,
    prepare,
)
from sandbox.service.receipt import seal_run
from sandbox.service.versions.keeping import check_kept
from sandbox.states import ENDINGS, MeterState, RunState

_log = structlog.get_logger("sandbox")


@dataclass(frozen=True, slots=True)
class _Begun:
    """A run at work: how many rows its answer may have, its start (monotonic seconds too), and how long it takes, if that is fixed."""

    run_id: str
    rows: int
    ready: Prepared
    now: datetime
    at: float
    slot: float | None

    @property
    def end(self) -> datetime:
        """When it ends, as it is told."""
        return end_of(self.slot, self.now, self.at)


def run_query(
    db: Database, *, actor: Actor, now: datetime, wanted: RunQuery, seal: Seal, machine: Machine
) -> str:
    """Run a query and return the run's identifier; the run, its result and receipt are durable.

    Raises:
        SignInNeeded, NotPermitted, ThingUnknown, KeyReused: nothing happened.
        A refusal of the guard or of licensing: a refused run with a receipt is stored, and the
            refusal's facts name both.
        RunFailed and its kinds: the run has ended as failed, with a receipt. RunCancelled also where an answer
            was there, and somebody had asked before it was stored.
    """
    rules.check_may_run(actor)
    if (known := _recall(db, actor, wanted)) is not None:
        return known
    try:
        ready = prepare(db, actor, now, wanted, machine)
        # The reservation takes as long as the second check of the text.
        machine.engine.expect(sql=ready.plan.first or ready.plan.sql, extract=ready.extract)
        run_id, rows = _start(db, actor, now, wanted, seal, ready)
    except DENIALS as refusal:
        if (first := _refuse(db, actor, now, wanted, seal, refusal)) is not None:
            return first
        raise
    if rows is None:
        return run_id
    begun = _Begun(run_id, rows, ready, now, time.monotonic(), slot_of(ready))
    if _carry_out(db, begun, wanted, seal, machine):
        if ready.media_type:
            # It is stored already where somebody cancelled at the last moment.
            reviewing.erase_unnamed(db, machine.answers)
        raise RunCancelled(data_read=True, run_id=run_id)
    return run_id


def _carry_out(db: Database, begun: _Begun, wanted: RunQuery, seal: Seal, machine: Machine) -> bool:
    """Have a run do its work, and end it or hold its answer at the end of its slot; whether it was cancelled."""
    ready = begun.ready
    wait = partial(wait_for, begun.slot, begun.at)
    try:
        compared = _answer(db, ready, wanted, machine, begun.run_id, begun.rows)
        if ready.media_type:
            with reviewing.stored(machine.answers, ready.media_type, compared, wait) as file:
                return _hold(db, begun, compared, seal, file)
    except Exception as broken:  # noqa: BLE001 - whatever went wrong, the run ends and what it read is counted
        wait()
        failure = _named(broken)
        was_read = isinstance(failure, RunFailed) and failure.data_read
        ending = ENDINGS["failed_after_reading" if was_read else "failed_before_reading"]
        if end_run(
            db, now=begun.end, run_id=begun.run_id, seal=seal, ending=ending, code=failure.code
        ):
            return True
        failure.facts["run_id"] = begun.run_id
        raise failure from (None if failure is broken else broken)
    wait()
    return _conclude(db, begun, compared, seal)


def _named(broken: Exception) -> HexiError:
    """What a run ends as: a fault of ours may come after data was read, and its text may hold some of it."""
    if isinstance(broken, HexiError):
        return broken
    _log.error("run_broke", fault=type(broken).__name__)
    return RunFailed(data_read=True)


def _conclude(db: Database, begun: _Begun, found: Compared, seal: Seal) -> bool:
    """Have people look at the answer, or hand it out; whether it was cancelled instead."""
    if must_hold(begun.ready.grant.terms.output_review, found):
        return _hold(db, begun, found, seal)
    finished = ENDINGS["finished"]
    return end_run(db, now=begun.end, run_id=begun.run_id, seal=seal, ending=finished, answer=found)


def _hold(
    db: Database,
    begun: _Begun,
    found: Compared,
    seal: Seal,
    file: reviewing.HeldFile | None = None,
) -> bool:
    """Keep the answer for review; whether it was cancelled instead."""
    now = begun.end
    with db.transaction() as session:
        run = started_run(session, begun.run_id)
        if run is None:
            return False
        if run.cancel_asked_at is not None:
            end_cancelled(session, now=now, run=run, seal=seal)
            return True
        reviewing.hold(session, run, now, begun.ready.snapshot.provider_id, found, file)
        record(session, SYSTEM, now, "hold", run)
        return False


def _answer(
    db: Database,
    ready: Prepared,
    wanted: RunQuery,
    machine: Machine,
    run_id: str,
    rows: int,
) -> Compared:
    begun, slot = time.monotonic(), slot_of(ready)
    if ready.plan.cells:
        is_held = ready.grant.terms.output_review != "none"
        reach = Reach(rows, begun + slot if slot else None)
        return run_compared(db, ready, wanted, machine, run_id=run_id, reach=reach, is_held=is_held)
    most = rows if ready.plan.noise is None else rules.MOST_ROWS
    answer = machine.engine.run(
        run_id=run_id,
        sql=ready.plan.sql,
        extract=ready.extract,
        limits=limits_of(ready, most, slot or rules.RUN_SECONDS),
    )
    if slot and ready.plan.noise is not None:
        limits = Limits(seconds=time_left(slot, begun), rows=rows)
        answer = noised(ready, answer, engine=machine.engine, run_id=run_id, limits=limits)
    return Compared(ready.plan, answer, {})


def _recall(db: Database, actor: Actor, wanted: RunQuery) -> str | None:
    """What the key made before; a refused run is refused again, in the same words."""
    if not wanted.idempotency_key:
        return None
    with db.read() as session:
        known = idempotency.recall(
            session,
            account_id=actor.account_id,
            key=wanted.idempotency_key,
            fingerprint=wanted.fingerprint(),
        )
        return None if known is None else _said_again(session, known)


def _claim(
    session: Session, actor: Actor, now: datetime, wanted: RunQuery, run_id: str
) -> str | None:
    """Take the key for a run; None when it is ours, else the run of who was faster."""
    if not wanted.idempotency_key:
        return None
    known = idempotency.claim(
        session,
        actor=actor,
        now=now,
        key=wanted.idempotency_key,
        fingerprint=wanted.fingerprint(),
        made_id=run_id,
    )
    return None if known is None else _said_again(session, known)


def _said_again(session: Session, run_id: str) -> str:
    run = session.get_one(Run, run_id)
    if run.state == RunState.REFUSED:
        raise revive(run.refusal_code, run.refusal_facts)
    return run_id


def _start(
    db: Database, actor: Actor, now: datetime, wanted: RunQuery, seal: Seal, ready: Prepared
) -> tuple[str, int | None]:
    """The run, and how many rows its answer may have: None where there is nothing to run any more."""
    run = _new_run(actor, now, wanted, ready)
    with db.transaction() as session:
        if (first := _claim(session, actor, now, wanted, run.id)) is not None:
            return first, None
        # Asked again under the write: a suspension since the first look must stop this run.
        grant = licensing.grant_for_run(
            session, actor=actor, licence_id=wanted.licence_id, purpose=wanted.purpose, now=now
        )
        check_kept(session, ready.snapshot.snapshot_id)
        known = known_answer(session, ready)
        if known is None and (waiting := in_review(session, ready)) is not None:
            raise errors.AnswerInReview(run_id=waiting)
        rows: int | None = None
        if known is None:
            most = most_use(ready)
            held = licensing.reserve(session, grant.limit, holder=run.id, wanted=most, now=now)
            rows = held.get("rows", most["rows"])
            if (spend := ready.spend(run.id, actor.organisation_id)) is not None:
                ledger.reserve(session, spend, now)
        else:
            licensing.take_call(session, grant.limit)
            _repeat(run, known, now)
        session.add(run)
        # The meter event names the run by column only; it must be in the table first.
        session.flush()
        price = 0 if known else grant.terms.price_cents
        start_meter(session, run, now, price, MeterState.RELEASED if known else MeterState.RESERVED)
        if known is not None:
            run.receipt_id = seal_run(
                session,
                seal=seal,
                now=now,
                run=run,
                policy_digest=grant.policy_digest,
                snapshot=ready.snapshot.name,
                price_cents=0,
            )
            session.add(run)
        record(session, actor, now, "replay" if known else "start", run)
        return run.id, rows


def _repeat(run: Run, known: Run, now: datetime) -> None:
    """Make of a new run the replay of an answer that was given before."""
    run.state, run.is_replay, run.finished_at = RunState.FINISHED, True, now
    run.columns, run.rows = known.columns, known.rows
    run.row_count, run.result_digest = known.row_count, known.result_digest
    run.size_bytes = known.size_bytes
    run.privacy = {**known.privacy, "rho": "0"} if known.privacy else {}
    run.withheld = dict(known.withheld)


def _refuse(
    db: Database, actor: Actor, now: datetime, wanted: RunQuery, seal: Seal, refusal: HexiError
) -> str | None:
    """Store the refused run; the run that the key made in the meantime, if there is one."""
    run_id = new_id(now)
    with db.transaction() as session:
        if (first := _claim(session, actor, now, wanted, run_id)) is not None:
            return first
        licence = licensing.find_licence(session, wanted.licence_id)
        terms = licence.terms
        run = Run(
            id=run_id,
            licence_id=licence.licence_id,
            # The refused run belongs to who asked, even when the licence is another's.
            licensee_id=actor.organisation_id,
            organisation_id=actor.organisation_id,
            account_id=actor.account_id,
            product_code=licence.product_code,
            dataset=terms.dataset,
            snapshot_id="",
            mode=terms.mode,
            purpose=wanted.purpose or terms.purposes[0],
            sql=wanted.sql,
            template=wanted.template,
            media_type=wanted.media_type,
            state=RunState.REFUSED,
            refusal_code=refusal.code,
            started_at=now,
            deadline_at=now,
            finished_at=now,
        )
        session.add(run)
        session.flush()
        start_meter(session, run, now, 0, MeterState.RELEASED)
        run.receipt_id = seal_run(
            session,
            seal=seal,
            now=now,
            run=run,
            policy_digest=licence.policy_digest,
            snapshot=None,
            price_cents=0,
        )
        session.add(run)
        refusal.facts["run_id"], refusal.facts["receipt_id"] = run.id, run.receipt_id
        run.refusal_facts = dict(refusal.facts)
        session.add(run)
        record(session, actor, now, "refuse", run)
        return None


def _new_run(actor: Actor, now: datetime, wanted: RunQuery, ready: Prepared) -> Run:
    return Run(
        id=new_id(now),
        licence_id=ready.grant.licence_id,
        licensee_id=ready.grant.licensee_id,
        organisation_id=actor.organisation_id,
        account_id=actor.account_id,
        product_code=ready.grant.product_code,
        dataset=ready.snapshot.dataset,
        snapshot_id=ready.snapshot.snapshot_id,
        mode=ready.plan.mode,
        purpose=ready.grant.purpose,
        sql=wanted.sql,
        template=wanted.template,
        media_type=wanted.media_type,
        state=RunState.STARTED,
        # Said, though they are the defaults: pydantic takes longer to find out that a dict is one.
        columns=[],
        rows=[],
        refusal_facts={},
        withheld={},
        plan_digest=ready.plan.digest,
        accuracy=ready.accuracy,
        privacy=told_of(ready),
        started_at=now,
        deadline_at=now + timedelta(seconds=rules.ABANDON_SECONDS),
    )
