"""The blueprint of the REST entrance, and who may come in."""

from kernel.identity import SignInNeeded
from kernel.web.context import Entrance, attached, entrance
from kernel.web.openapi import Blueprint
from sandbox.service import Machine

blueprint = Blueprint(
    "sandbox_rest", __name__, url_prefix="/api/v1/sandbox", description="Governed queries"
)


def signed_in() -> Entrance:
    """The entrance of somebody who has signed in; SignInNeeded for a visitor."""
    here = entrance()
    if here.actor.is_visitor:
        raise SignInNeeded
    return here


def machine() -> Machine:
    """Where queries run."""
    return attached("machine", Machine)
