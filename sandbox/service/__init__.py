"""Use cases of the sandbox: ingest, check, run, keep and delete, and closing what was abandoned."""

from sandbox.service import keeping, ledger, reviewing, signing
from sandbox.service.datasets import NewSnapshot, ingest
from sandbox.service.keeping import end_versions
from sandbox.service.preparing import Machine, RunQuery
from sandbox.service.runs import Verdict, check_query, run_query
from sandbox.service.sweep import close_lost_runs

__all__ = [
    "Machine",
    "NewSnapshot",
    "RunQuery",
    "Verdict",
    "check_query",
    "close_lost_runs",
    "end_versions",
    "ingest",
    "keeping",
    "ledger",
    "reviewing",
    "run_query",
    "signing",
]
