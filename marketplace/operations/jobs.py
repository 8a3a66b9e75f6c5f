"""The jobs' process: drain the outbox into huey, work it off, close lost runs.

``python -m marketplace.operations.jobs`` over ``HEXI_HOME``.
"""

import os
import signal
import sys
import threading
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import structlog
from huey import Huey, PostgresHuey, SqliteHuey

from kernel import accounts, jobs
from kernel.clock import system_clock
from kernel.config import Settings, read_settings
from kernel.console import keep_logs_plain
from kernel.errors import HexiError
from licensing import service as licensing
from marketplace import service
from marketplace.operations.home import Home, open_home
from registry import service as registry
from sandbox.engine.process import Engine
from sandbox.service import Machine, close_lost_runs, end_versions, reviewing

#: Between two looks at the outbox and at lost runs.
ROUND_SECONDS = 1.0
_log = structlog.get_logger("jobs")


def open_queue(settings: Settings) -> Huey:
    """The queue behind the outbox: a file of its own in the home, or PostgreSQL."""
    if settings.database_url.startswith("postgresql"):
        address = settings.database_url.replace("postgresql+psycopg://", "postgresql://")
        return PostgresHuey("hexi", dsn=address)
    return SqliteHuey("hexi", filename=str(Path(settings.home) / "jobs.db"))


def handlers(home: Home) -> Mapping[str, jobs.Handler]:
    """What each kind of job does; each may run twice and does its work once."""

    def issue_invoice(payload: dict[str, Any]) -> None:
        with home.db.read() as session:
            actor = accounts.actor_of(session, payload["account_id"])
        wanted = service.NewInvoice(payload["licence_id"], payload["key"])
        service.issue_invoice(home.db, actor=actor, now=system_clock(), wanted=wanted)

    def tell_connector(payload: dict[str, Any]) -> None:
        # Deny by default: what may leave is a list of the operator's; the rest can be fetched.
        if urlsplit(str(payload["url"])).hostname in home.settings.connector_hosts:
            licensing.deliver(payload)

    return {service.INVOICE_JOB: issue_invoice, licensing.MESSAGE_JOB: tell_connector}


def run_jobs(home: Home, stop: threading.Event) -> None:
    """Work until ``stop``; what is begun is finished first."""
    queue = open_queue(home.settings)
    known = handlers(home)

    @queue.task(retries=jobs.MOST_ATTEMPTS, retry_delay=5)  # type: ignore[untyped-decorator] # huey has no types
    def work(job_id: str) -> bool:
        return jobs.run_job(home.db, known, job_id=job_id, now=system_clock())

    consumer = queue.create_consumer(workers=1, periodic=False, check_worker_health=False)
    consumer.start()
    # huey puts its own handlers in place when it starts; ours end the loop below.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _signal, _frame: stop.set())
    try:
        while not stop.wait(ROUND_SECONDS):
            _one_round(home, work)
    finally:
        consumer.stop(graceful=True)


def _one_round(home: Home, work: Any) -> None:  # noqa: ANN401 - huey's task wrapper
    try:
        jobs.drain(home.db, work, now=system_clock())
        if closed := close_lost_runs(home.db, now=system_clock(), seal=home.seal):
            _log.warning("lost_runs_closed", count=closed)
        follow_the_calendar(home, system_clock())
        engine = Engine(home.settings.run_folder / "sandbox.sock")
        machine = Machine(engine, home.snapshots, home.answers)
        if left := reviewing.erase_unnamed(home.db, home.answers):
            _log.warning("unnamed_answers_erased", count=left)
        if gone := end_versions(home.db, now=system_clock(), seal=home.seal, machine=machine):
            _log.info("versions_deleted", count=gone)
    except HexiError as failure:
        # The next round tries again; a process that dies here would only do the same.
        _log.error("round_failed", code=failure.code)


def follow_the_calendar(home: Home, now: datetime) -> None:
    """Do what the law says happens by itself on this day; cheap where there is nothing to do.

    Terms end, silence accepts, supplements lapse, and rules that come into force are counted with.
    """
    if moved := registry.recount_if_due(home.db, now=now):
        _log.info("deadlines_recounted", moved=moved.moved)
    if done := registry.run_clocks(home.db, now=now):
        _log.info("clocks_ran_out", count=done)
    if ended := registry.expire_entries(home.db, now=now, seal=home.seal):
        _log.info("terms_ended", count=ended)
    if over := licensing.expire_licences(home.db, now=now):
        _log.info("licences_expired", count=over)


def main() -> int:
    """Run over the environment's home."""
    keep_logs_plain()
    stop = threading.Event()
    run_jobs(open_home(read_settings(os.environ)), stop)  # noqa: TID251 - a process of its own reads its settings itself
    return 0


if __name__ == "__main__":
    sys.exit(main())
