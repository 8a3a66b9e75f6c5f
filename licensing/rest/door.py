"""The blueprint of the REST entrance, and who may see a contract."""

from kernel.identity import Permission, SignInNeeded, is_permitted
from kernel.web.context import Entrance, entrance
from kernel.web.openapi import Blueprint
from licensing import errors

blueprint = Blueprint(
    "licensing_rest", __name__, url_prefix="/api/v1/licensing", description="Contracts"
)


def signed_in() -> Entrance:
    """The entrance of somebody who has signed in; SignInNeeded for a visitor."""
    here = entrance()
    if here.actor.is_visitor:
        raise SignInNeeded
    return here


def check_party(here: Entrance, *parties: str) -> None:
    """Show a contract to its parties (organisations) and to regulators; ThingUnknown to others."""
    sees_all = is_permitted(here.actor, Permission.LICENSING_LICENCE_READ_ALL)
    if here.actor.organisation_id not in parties and not sees_all:
        raise errors.ThingUnknown
