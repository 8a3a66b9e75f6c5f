"""Pages of licensing, by the thing that is shown."""

from licensing.pages import (
    applications,
    delegations,
    first_offers,
    licences,
    limits,
    operation,
    prices,
    terms,
)
from licensing.pages.door import blueprint

#: Named, so that no tool takes the modules for unused: importing them puts their addresses in place.
MODULES = (applications, delegations, first_offers, licences, limits, operation, prices, terms)

__all__ = ["MODULES", "blueprint"]
