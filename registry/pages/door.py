"""The blueprint of the register's pages, and what several of them share."""

from flask import Blueprint, request

from kernel.identity import Permission, check_permission
from kernel.web.context import Entrance
from registry import queries
from registry.queries import ApplicationRow

blueprint = Blueprint("registry", __name__, url_prefix="/registry")


def check_permission_to_read(here: Entrance) -> None:
    """Visitors have no applications.

    Raises:
        SignInNeeded: nobody has signed in.
    """
    if here.actor.is_visitor:
        check_permission(here.actor, Permission.REGISTRY_APPLICATION_READ)


def read_revision() -> int:
    """The revision that the person saw, from the form; 0 when there is none."""
    text = request.form.get("revision", "")
    return int(text) if text.isdigit() else 0


def visible(here: Entrance, application_id: str) -> ApplicationRow:
    """An application that this person may see.

    Raises:
        SignInNeeded, ApplicationUnknown: as ``queries.visible_application`` says.
    """
    with here.db.read() as session:
        return queries.visible_application(session, here.actor, application_id)
