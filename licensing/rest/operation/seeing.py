"""Who sees plans, selections and agreements: their parties, the data authority and regulators."""

from kernel.identity import Permission, is_permitted
from kernel.web.context import Entrance
from licensing import errors


def own_of(here: Entrance) -> str:
    """The organisation whose things the person lists; empty for those who see all."""
    sees_all = is_permitted(here.actor, Permission.LICENSING_OPERATION_READ_ALL)
    return "" if sees_all else here.actor.organisation_id


def check_sees(here: Entrance, *parties: str) -> None:
    """Show a thing to its parties and to those who see all; ThingUnknown to others."""
    own = own_of(here)
    if own and own not in parties:
        raise errors.ThingUnknown
