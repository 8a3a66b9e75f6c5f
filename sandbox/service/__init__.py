"""Use cases of the sandbox: ingest, check, run, keep and delete, and closing what was abandoned."""

from sandbox.service import ledger, reviewing
from sandbox.service.datasets import NewSnapshot, ingest
from sandbox.service.ending import cancel_run
from sandbox.service.preparing import Machine, RunQuery, Verdict, check_query
from sandbox.service.runs import run_query
from sandbox.service.sweep import close_lost_runs
from sandbox.service.versions.keeping import end_versions

__all__ = [
    "Machine",
    "NewSnapshot",
    "RunQuery",
    "Verdict",
    "cancel_run",
    "check_query",
    "close_lost_runs",
    "end_versions",
    "ingest",
    "ledger",
    "reviewing",
    "run_query",
]
