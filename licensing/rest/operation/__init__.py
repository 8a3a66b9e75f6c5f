"""Authorised operation: plans, selections, agreements, consents and their limits."""

from licensing.rest.operation import agreements, consents, plans, selections

#: Named, so that no tool takes the modules for unused: importing them puts their addresses in place.
MODULES = (agreements, consents, plans, selections)

__all__ = ["MODULES"]
