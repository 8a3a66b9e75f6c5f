"""REST entrance of licensing: ``/api/v1/licensing``, by the thing that is asked for."""

from licensing.rest import applications, contracts, delegations, licences, offers, operation, prices
from licensing.rest.connector import blueprint as connector
from licensing.rest.connector import well_known
from licensing.rest.door import blueprint

#: Named, so that no tool takes the modules for unused: importing them puts their addresses in place.
MODULES = (applications, contracts, delegations, licences, offers, operation, prices)

__all__ = ["MODULES", "blueprint", "connector", "well_known"]
