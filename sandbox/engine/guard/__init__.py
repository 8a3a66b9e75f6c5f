"""The SQL guard: an analyst's text becomes SQL of our own, or a refusal that says what to write.

Pure: no database, no engine, no HTTP. The caller gives it two seconds in a process of its own.
"""

from sandbox.engine.guard.analysis import analyse
from sandbox.engine.guard.description import Column, Description, Table, read_description
from sandbox.engine.plan import OutputColumn, Plan

__all__ = [
    "Column",
    "Description",
    "OutputColumn",
    "Plan",
    "Table",
    "analyse",
    "read_description",
]
