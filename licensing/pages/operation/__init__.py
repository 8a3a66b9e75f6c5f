"""Pages of authorised operation: plans, selections, agreements, consents."""

from licensing.pages.operation import agreements, consents, plans, selections, signing

#: Named, so that no tool takes the modules for unused: importing them puts their addresses in place.
MODULES = (agreements, consents, plans, selections, signing)

__all__ = ["MODULES"]
