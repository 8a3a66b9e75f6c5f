"""Pages about the sandbox itself: the SQL that it takes, and the walls around its processes."""

from flask import render_template

from kernel.identity import Permission, check_permission
from kernel.web.context import attached, entrance
from sandbox.engine.handbook import HANDBOOK, chapters
from sandbox.errors.engine import EngineUnavailable
from sandbox.pages.door import blueprint
from sandbox.service import Machine


@blueprint.get("/sql")
def show_sql() -> str:
    """Every construct and function that a query may hold, with an example and the modes that take it."""
    return render_template("sandbox/sql.html", chapters=chapters(), tables=HANDBOOK["tables"])


@blueprint.get("/confinement")
def show_confinement() -> str:
    """For operators of the platform: which walls stand around the processes that run queries.

    Raises:
        SignInNeeded, NotPermitted: as they say.
    """
    here = entrance()
    check_permission(here.actor, Permission.KERNEL_METRICS_READ)
    try:
        walls = attached("machine", Machine).engine.confinement()
    except EngineUnavailable:
        walls = None
    return render_template(
        "sandbox/confinement.html", walls=walls, demanded=here.settings.confinement
    )
