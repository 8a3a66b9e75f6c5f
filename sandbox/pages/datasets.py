"""Pages about a dataset for its provider and for regulators: how well its people are hidden."""

from flask import render_template

from sandbox import queries, rules
from sandbox.pages.door import blueprint, signed_in


@blueprint.get("/datasets/<name>/risk")
def show_risk(name: str) -> str:
    """The risk report of the newest version: classes, k, l, t and risks, before and after treatment."""
    here = signed_in()
    with here.db.read() as session:
        snapshot = queries.newest_snapshot(session, name)
    rules.check_may_see_budget(here.actor, snapshot.provider_id, name)
    return render_template("sandbox/risk.html", snapshot=snapshot)
