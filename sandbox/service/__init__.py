"""Use cases of the sandbox: ingest, check, run, and closing what was abandoned."""

from sandbox.service import ledger, reviewing, signing
from sandbox.service.datasets import NewSnapshot, ingest
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
    "ingest",
    "ledger",
    "reviewing",
    "run_query",
    "signing",
]
