"""A run's meter, and how it ends: quota, meter, stored answer and receipt, in one transaction; and who stops one."""

from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, insert, update
from sqlmodel import Session, col, delete, select

from kernel.database import Database, table_of
from kernel.identity import SYSTEM, Actor
from kernel.ids import new_id
from kernel.trust import audit
from kernel.trust.receipts import Seal
from licensing import public as licensing
from sandbox import errors, queries, rules
from sandbox.engine.plan import Plan
from sandbox.errors.engine import RunCancelled
from sandbox.models import MeterEvent, ReleasedCells, Run
from sandbox.service import ledger
from sandbox.service.comparing import Compared
from sandbox.service.preparing import Machine
from sandbox.service.receipt import seal_run
from sandbox.states import ENDINGS, Ending, MeterState, RunState

# Every run begins and ends by these: built once, they cost half.
_LOCKED = select(Run).where(Run.id == bindparam("run")).with_for_update()
_METERS = table_of(MeterEvent)
_START_METER = insert(_METERS)
_CLOSE_METER = (
    update(_METERS)
    .where(_METERS.c.run_id == bindparam("run"))
    .values(state=bindparam("metered"), at=bindparam("now"))
    .returning(_METERS.c.price_cents)
)


def end_run(  # noqa: PLR0913 - how it ended, and with what
    db: Database,
    *,
    now: datetime,
    run_id: str,
    seal: Seal,
    ending: Ending,
    answer: Compared | None = None,
    code: str = "",
) -> bool:
    """Settle a started run: quota, meter, result and receipt in one transaction; returns whether it was cancelled.

    A run that somebody else ended in the meantime (the sweeper) stays as it is. One that somebody asked to cancel
    ends so, whatever came of it.
    """
    with db.transaction() as session:
        run = started_run(session, run_id)
        if run is None:
            return False
        if run.cancel_asked_at is not None:
            end_cancelled(session, now=now, run=run, seal=seal)
            return True
        if ending.is_run_taken:
            licensing.settle(session, run.id, {"rows": len(answer.answer.rows) if answer else 0})
            ledger.commit(session, run.id)
        else:
            licensing.release(session, run.id)
            ledger.release(session, run.id)
            run.privacy = {**run.privacy, "rho": "0"} if run.privacy else {}
        run.refusal_code = code
        if answer is not None:
            run.withheld = answer.withheld
            store_answer(run, columns_of(answer.plan), [list(row) for row in answer.answer.rows])
        settle_run(session, now=now, run=run, ending=ending, seal=seal)
    return False


def end_cancelled(session: Session, *, now: datetime, run: Run, seal: Seal) -> None:
    """End a run that somebody asked to cancel, in one way: nothing tells how far it was by then.

    It counts as having read data, and its cells, if they were compared already, as never released.
    """
    licensing.settle(session, run.id, {"rows": 0})
    ledger.commit(session, run.id)
    session.exec(delete(ReleasedCells).where(col(ReleasedCells.run_id) == run.id))
    run.refusal_code = RunCancelled.code
    settle_run(session, now=now, run=run, ending=ENDINGS["failed_after_reading"], seal=seal)


def cancel_run(db: Database, *, actor: Actor, now: datetime, run_id: str, machine: Machine) -> None:
    """Have a run that is at work end as cancelled, and the engine stop; one that has ended stays as it is.

    Where the answer has a fixed time the run ends when the answer would have come: neither when nor how it ends
    tells whether the engine was done.

    Raises:
        RunUnknown: there is none for this person.
        NotPermitted, RunNotYours: the person may look at it and no more.
    """
    with db.transaction() as session:
        run = session.exec(_LOCKED, params={"run": run_id}).first()
        if run is None:
            raise errors.RunUnknown
        rules.check_may_see(actor, run.licensee_id, run.organisation_id)
        rules.check_may_cancel(actor, run.account_id, run.licensee_id)
        if run.state != RunState.STARTED:
            return
        run.cancel_asked_at = run.cancel_asked_at or now
        session.add(run)
        record(session, actor, now, "cancel", run)
    machine.engine.cancel(run_id)


def started_run(session: Session, run_id: str) -> Run | None:
    """The run under a lock, if it is still at work."""
    run = session.exec(_LOCKED, params={"run": run_id}).first()
    return run if run is not None and run.state == RunState.STARTED else None


def settle_run(
    session: Session,
    *,
    now: datetime,
    run: Run,
    ending: Ending,
    seal: Seal,
    review: dict[str, Any] | None = None,
) -> None:
    """Close a run's meter and issue its receipt; ``review`` is who decided what of a held answer."""
    # Nothing that is read here waits to be written: the run is written once, at the end.
    with session.no_autoflush:
        run.state, run.finished_at = ending.state, now
        metered = MeterState.SETTLED if ending.is_billed else MeterState.RELEASED
        closed = {"run": run.id, "metered": metered, "now": now}
        price = session.execute(_CLOSE_METER, closed).scalar_one()
        run.receipt_id = seal_run(
            session,
            seal=seal,
            now=now,
            run=run,
            policy_digest=licensing.policy_digest_of(session, run.licence_id),
            snapshot=queries.version_name(session, run.snapshot_id),
            price_cents=price if ending.is_billed else 0,
            review=review,
        )
        session.add(run)
    record(session, SYSTEM, now, "end", run)


def start_meter(
    session: Session, run: Run, now: datetime, price_cents: int, state: MeterState
) -> None:
    """Open a run's meter; ``settle_run`` closes it."""
    row = {
        "id": new_id(now),
        "run_id": run.id,
        "licence_id": run.licence_id,
        "licensee_id": run.licensee_id,
        "state": state,
        "meter": rules.METER,
        "quantity": 0 if state is MeterState.RELEASED else 1,
        "price_cents": price_cents,
        "at": now,
    }
    session.execute(_START_METER, row)


def columns_of(plan: Plan) -> list[dict[str, Any]]:
    """The columns of an answer, with the one that says which rows are suppressed."""
    columns: list[dict[str, Any]] = [
        {"name": column.name, "type": column.type} for column in plan.columns
    ]
    if plan.flag:
        columns.append({"name": "suppressed", "type": "BOOLEAN"})
    return columns


def store_answer(run: Run, columns: list[Any], rows: list[Any]) -> None:
    """Put an answer that may leave into its run."""
    run.columns, run.rows, run.row_count = columns, rows, len(rows)
    run.result_digest = rules.result_digest(columns, rows)


def store_file(run: Run, columns: list[Any], file: dict[str, Any]) -> None:
    """Name the file that may leave in its run; its rows stay in the file."""
    run.columns, run.row_count = columns, file["rows"]
    run.result_digest, run.size_bytes = file["sha256"], file["size_bytes"]


def record(session: Session, actor: Actor, now: datetime, verb: str, run: Run) -> None:
    """The audit entry of one verb on a run."""
    audit.record(
        session,
        actor=actor,
        now=now,
        action=f"sandbox.run.{verb}",
        subject=("sandbox_run", run.id),
        facts={"state": run.state, "licence_id": run.licence_id, "code": run.refusal_code},
    )
