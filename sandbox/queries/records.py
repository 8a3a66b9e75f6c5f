"""Reads of runs, their meters and budgets; frozen rows out, tables stay inside."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, or_
from sqlmodel import Session, col, func, select

from licensing.public import LicenceRow
from sandbox import errors
from sandbox.models import (
    MeterEvent,
    PrivacyCap,
    Run,
)
from sandbox.states import MeterState, RunState

# Every run asks for these: built once, they cost half.
_RUN = select(Run).where(Run.id == bindparam("run"))
_METER = select(MeterEvent).where(MeterEvent.run_id == bindparam("run"))
_REPLAY = (
    select(Run)
    .where(
        Run.licence_id == bindparam("licence"),
        Run.snapshot_id == bindparam("snapshot"),
        Run.plan_digest == bindparam("plan"),
        Run.accuracy == bindparam("precision"),
        Run.media_type == bindparam("form"),
        Run.state == RunState.FINISHED,
        col(Run.is_replay).is_(False),
    )
    .limit(1)
)


@dataclass(frozen=True, slots=True)
class MeterRow:
    """What one run is charged with; prices in 1/100 CNY."""

    event_id: str
    run_id: str
    licence_id: str
    licensee_id: str
    state: str
    meter: str
    quantity: int
    price_cents: int
    at: datetime


@dataclass(frozen=True, slots=True)
class RunRow:
    """A run as its licensee and a regulator see it."""

    run_id: str
    licence_id: str
    licensee_id: str
    organisation_id: str
    account_id: str
    product_code: str
    dataset: str
    snapshot_id: str
    mode: str
    purpose: str
    sql: str
    state: RunState
    is_replay: bool
    plan_digest: str
    refusal_code: str
    refusal_facts: dict[str, Any]
    columns: tuple[dict[str, Any], ...]
    rows: tuple[list[Any], ...]
    row_count: int
    result_digest: str
    started_at: datetime
    finished_at: datetime | None
    receipt_id: str
    accuracy: float
    privacy: dict[str, Any]
    withheld: dict[str, int]
    template: dict[str, Any]
    meter: tuple[MeterRow, ...]
    media_type: str = ""
    size_bytes: int = 0


def find_run(session: Session, run_id: str) -> RunRow:
    """One run.

    Raises:
        RunUnknown: there is none.
    """
    if (found := session.exec(_RUN, params={"run": run_id}).first()) is None:
        raise errors.RunUnknown
    return run_row(session, found)


def run_row(session: Session, found: Run) -> RunRow:
    """The table row and its meter event as a frozen one."""
    meter = session.exec(_METER, params={"run": found.id}).all()
    return RunRow(
        run_id=found.id,
        licence_id=found.licence_id,
        licensee_id=found.licensee_id,
        organisation_id=found.organisation_id,
        account_id=found.account_id,
        product_code=found.product_code,
        dataset=found.dataset,
        snapshot_id=found.snapshot_id,
        mode=found.mode,
        purpose=found.purpose,
        sql=found.sql,
        state=RunState(found.state),
        is_replay=found.is_replay,
        plan_digest=found.plan_digest,
        refusal_code=found.refusal_code,
        refusal_facts=dict(found.refusal_facts),
        columns=tuple(found.columns),
        rows=tuple(found.rows),
        row_count=found.row_count,
        result_digest=found.result_digest,
        started_at=found.started_at,
        finished_at=found.finished_at,
        receipt_id=found.receipt_id,
        accuracy=found.accuracy,
        privacy=dict(found.privacy),
        withheld=dict(found.withheld),
        template=dict(found.template),
        meter=tuple(meter_row(one) for one in meter),
        media_type=found.media_type,
        size_bytes=found.size_bytes,
    )


def meter_row(found: MeterEvent) -> MeterRow:
    """The table row as a frozen one."""
    return MeterRow(
        event_id=found.id,
        run_id=found.run_id,
        licence_id=found.licence_id,
        licensee_id=found.licensee_id,
        state=found.state,
        meter=found.meter,
        quantity=found.quantity,
        price_cents=found.price_cents,
        at=found.at,
    )


def find_replay(
    session: Session,
    *,
    licence_id: str,
    snapshot_id: str,
    plan_digest: str,
    accuracy: float = 0,
    media_type: str = "",
) -> Run | None:
    """The finished run of the same plan on the same snapshot under the same licence, as precise and in that form."""
    wanted = {
        "licence": licence_id,
        "snapshot": snapshot_id,
        "plan": plan_digest,
        "precision": accuracy,
        "form": media_type,
    }
    return session.exec(_REPLAY, params=wanted).first()


def find_in_review(
    session: Session, *, licence_id: str, snapshot_id: str, plan_digest: str
) -> str | None:
    """The run whose answer to the same plan, on the same snapshot and licence, is in review."""
    return session.exec(
        select(Run.id)
        .where(
            Run.licence_id == licence_id,
            Run.snapshot_id == snapshot_id,
            Run.plan_digest == plan_digest,
            Run.state == RunState.IN_REVIEW,
        )
        .limit(1)
    ).first()


def list_runs(
    session: Session, *, licence_id: str = "", organisation_id: str = "", limit: int = 50
) -> list[RunRow]:
    """Runs of a licence, those that an organisation asked or pays, or all, the newest first."""
    statement = select(Run).order_by(col(Run.id).desc()).limit(limit)
    if licence_id:
        statement = statement.where(Run.licence_id == licence_id)
    if organisation_id:
        asked_or_pays = or_(
            col(Run.organisation_id) == organisation_id, col(Run.licensee_id) == organisation_id
        )
        statement = statement.where(asked_or_pays)
    return [run_row(session, found) for found in session.exec(statement).all()]


def lost_runs(session: Session, now: datetime) -> list[str]:
    """Runs that started and that nobody can still be working on."""
    statement = select(Run.id).where(Run.state == RunState.STARTED, col(Run.deadline_at) < now)
    return list(session.exec(statement).all())


def settled_events(
    session: Session,
    *,
    licence_id: str = "",
    licensee_id: str = "",
    since: datetime | None = None,
    until: datetime | None = None,
) -> list[MeterRow]:
    """Billable events, oldest first; ``until`` is exclusive."""
    statement = select(MeterEvent).where(MeterEvent.state == MeterState.SETTLED)
    if licence_id:
        statement = statement.where(MeterEvent.licence_id == licence_id)
    if licensee_id:
        statement = statement.where(MeterEvent.licensee_id == licensee_id)
    if since:
        statement = statement.where(col(MeterEvent.at) >= since)
    if until:
        statement = statement.where(col(MeterEvent.at) < until)
    return [meter_row(one) for one in session.exec(statement.order_by(col(MeterEvent.id))).all()]


def count_finished(session: Session, since: datetime) -> int:
    """How many runs finished since a moment, replays included."""
    statement = (
        select(func.count())
        .select_from(Run)
        .where(Run.state == RunState.FINISHED, col(Run.started_at) >= since)
    )
    return session.exec(statement).one()


def spent_under(session: Session, licence_id: str) -> tuple[int, int]:
    """Nano-rho that a licence has reserved and spent of its privacy budget."""
    found = session.exec(
        select(PrivacyCap).where(PrivacyCap.scope == "licence", PrivacyCap.scope_id == licence_id)
    ).all()
    return sum(one.reserved for one in found), sum(one.spent for one in found)


@dataclass(frozen=True, slots=True)
class CapRow:
    """What one scope has of a lineage's privacy budget, in nano-rho."""

    scope: str
    scope_id: str
    granted: int
    reserved: int
    spent: int

    @property
    def left(self) -> int:
        """What can still be reserved."""
        return self.granted - self.reserved - self.spent


def caps_of(session: Session, lineage_id: str) -> list[CapRow]:
    """Every cap of a lineage that anybody has touched, the lineage's own first."""
    statement = select(PrivacyCap).where(PrivacyCap.lineage_id == lineage_id)
    rows = [
        CapRow(one.scope, one.scope_id, one.granted, one.reserved, one.spent)
        for one in session.exec(statement).all()
    ]
    order = ("lineage", "organisation", "licence")
    return sorted(rows, key=lambda row: (order.index(row.scope), row.scope_id))


def licence_cap(session: Session, licence: LicenceRow) -> CapRow:
    """What a licence has of its privacy budget; whole where nobody has spent of it yet."""
    reserved, spent = spent_under(session, licence.licence_id)
    granted = licence.terms.privacy_rho
    return CapRow("licence", licence.licence_id, granted, reserved, spent)
