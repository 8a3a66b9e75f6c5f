"""REST entrance of the sandbox: ``/api/v1/sandbox``, by the thing that is asked for."""

from sandbox.rest import datasets, runs, samples, saved, simulations, templates
from sandbox.rest.door import blueprint

#: Named, so that no tool takes the modules for unused: importing them puts their addresses in place.
MODULES = (datasets, runs, samples, saved, simulations, templates)

__all__ = ["MODULES", "blueprint"]
