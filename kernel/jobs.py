"""Work for later: an outbox row in the caller's transaction, handed to huey by ``drain``.

huey opens its own connection, so enqueueing there is not part of our transaction; the outbox row
is. A handler may run twice (after a crash between its work and the note that it is done), so
handlers are idempotent.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import structlog
from sqlalchemy import JSON, Column, update
from sqlmodel import Field, Session, SQLModel, col, select

from kernel.database import Database, UtcDateTime
from kernel.ids import new_id

MOST_ATTEMPTS = 5
_BATCH = 100
_log = structlog.get_logger("kernel.jobs")

Handler = Callable[[dict[str, Any]], None]


class Job(SQLModel, table=True):
    """One piece of work; ``kind`` names its handler."""

    __tablename__ = "kernel_job"

    id: str = Field(primary_key=True)
    kind: str
    payload: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    created_at: datetime = Field(sa_type=UtcDateTime)
    handed_at: datetime | None = Field(default=None, sa_type=UtcDateTime, index=True)
    done_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    attempts: int = 0


def enqueue(session: Session, *, now: datetime, kind: str, payload: dict[str, Any]) -> str:
    """Ask for work in the caller's transaction; returns the job's identifier."""
    job = Job(id=new_id(now), kind=kind, payload=payload, created_at=now)
    session.add(job)
    return job.id


def run_job(db: Database, handlers: Mapping[str, Handler], *, job_id: str, now: datetime) -> bool:
    """Do one job, unless it is done or was tried too often; says whether it is done now."""
    with db.transaction() as session:
        job = session.get(Job, job_id)
        if job is None or job.done_at is not None or job.attempts >= MOST_ATTEMPTS:
            return job is not None and job.done_at is not None
        job.attempts += 1
        kind, payload = job.kind, dict(job.payload)
    handlers[kind](payload)
    with db.transaction() as session:
        session.execute(update(Job).where(col(Job.id) == job_id).values(done_at=now))
    return True


def waiting_jobs(session: Session) -> list[str]:
    """Jobs that nobody has handed on yet, oldest first."""
    statement = select(Job.id).where(col(Job.handed_at).is_(None)).order_by(col(Job.id))
    return list(session.exec(statement.limit(_BATCH)).all())


def drain(db: Database, hand_on: Callable[[str], object], *, now: datetime) -> int:
    """Hand every waiting job on; returns how many.

    The row is marked after the hand-over: a crash in between hands it on twice, and
    :func:`run_job` does it once.
    """
    with db.read() as session:
        waiting = waiting_jobs(session)
    for job_id in waiting:
        hand_on(job_id)
        with db.transaction() as session:
            session.execute(update(Job).where(col(Job.id) == job_id).values(handed_at=now))
        _log.info("job_handed_on", job_id=job_id)
    return len(waiting)
