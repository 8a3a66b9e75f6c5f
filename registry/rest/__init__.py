"""REST entrance of both registers: ``/api/v1/registry``, by the thing that is asked for."""

from registry.rest import (
    applications,
    batches,
    certificates,
    clocks,
    entries,
    files,
    forms,
    insight,
    limits,
    notices,
    papers,
)
from registry.rest.door import blueprint

#: Named, so that no tool takes the modules for unused: importing them puts their addresses in place.
MODULES = (
    *(applications, batches, certificates, clocks, entries, files),
    *(forms, insight, limits, notices, papers),
)

__all__ = ["MODULES", "blueprint"]
