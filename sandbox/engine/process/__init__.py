"""Governed SQL runs in processes of their own.

::

    client ── socket ── daemon ── zygote ── template (one an extract) ── child (one a query)
                          │          └───── checker (the extract's types, no row)
                          └── parser workers (the guard)

The zygote and all below it live inside bubblewrap; a child can moreover open no file and make
some forty harmless system calls only. DuckDB is loaded from the zygote down and nowhere else.
Design: docs/decisions/0010.
"""

from sandbox.engine.process.client import Engine, started_engine
from sandbox.engine.process.daemon import serve
from sandbox.engine.process.parsing.worker import ParserWorker
from sandbox.engine.process.values import Answer, Extract, ExtractTable, Limits

__all__ = [
    "Answer",
    "Engine",
    "Extract",
    "ExtractTable",
    "Limits",
    "ParserWorker",
    "serve",
    "started_engine",
]
