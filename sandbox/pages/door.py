"""The blueprint of the sandbox's pages, and who may come in."""

from flask import Blueprint, request

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


def read_precision() -> tuple[float, int | None]:
    """The precision or the cost that a form asks for in mode ``dp``; 0 and None where it says nothing."""
    text = request.form.get("accuracy", "").strip()
    cost = request.form.get("rho", "").strip()
    try:
        accuracy = float(text or 0)
    except ValueError:
        # What is no number is no precision either: the rule says what would be one.
        accuracy = -1.0
    try:
        return accuracy, int(cost) if cost else None
    except ValueError:
        return accuracy, -1
