"""The blueprint of the sandbox's pages, and who may come in."""

from flask import Blueprint

from kernel.identity import SignInNeeded
from kernel.web.context import Entrance, attached, entrance
from sandbox.service import Machine

blueprint = Blueprint("sandbox", __name__, url_prefix="/sandbox")


def signed_in() -> Entrance:
    """The entrance of a person.

    Raises:
        SignInNeeded: nobody has signed in.
    """
    here = entrance()
    if here.actor.is_visitor:
        raise SignInNeeded
    return here


def machine() -> Machine:
    """Where queries run."""
    return attached("machine", Machine)
