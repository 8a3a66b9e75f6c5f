"""Implementation plans."""

from dataclasses import asdict
from typing import Any

from flask import Response, jsonify, url_for

from kernel.web.context import Entrance, entrance
from kernel.web.paging import cut, link, read_window
from kernel.web.preconditions import check_if_match, idempotency_key, set_etag
from licensing import queries, schemas, service
from licensing.queries import PlanRow
from licensing.rest.door import blueprint, signed_in
from licensing.rest.operation.seeing import check_sees, own_of


@blueprint.get("/plans")
def list_plans() -> Response:
    """The plans of the person's organisation, the newest first; authorities see all."""
    here, window = signed_in(), read_window()
    with here.db.read() as session:
        rows = queries.list_plans(
            session, organisation_id=own_of(here), after=window.after, limit=window.limit
        )
    page = cut(rows, [row.plan_id for row in rows], window)
    return link(jsonify(items=schemas.PlanReply(many=True).dump(page.rows)), page)


@blueprint.post("/plans")
@blueprint.arguments(schemas.PlanBody)
def create_plan(values: dict[str, Any]) -> tuple[Response, int, dict[str, str]]:
    """Draft a plan; one that changes a decided plan names it."""
    here = entrance()
    wanted = service.NewPlan(
        schemas.plan_text_of(values), values["supersedes_id"], idempotency_key()
    )
    made = service.draft_plan(here.db, actor=here.actor, now=here.now, wanted=wanted)
    headers = {"Location": url_for("licensing_rest.show_plan", plan_id=made)}
    return _plan_reply(_plan(here, made)), 201, headers


@blueprint.get("/plans/<plan_id>")
def show_plan(plan_id: str) -> Response:
    """One plan, for its body and for authorities."""
    return _plan_reply(_plan(signed_in(), plan_id))


@blueprint.patch("/plans/<plan_id>")
@blueprint.arguments(schemas.PlanEditBody)
def edit_plan(values: dict[str, Any], plan_id: str) -> Response:
    """Save new text of a draft; needs If-Match. Items that are left out stay as they are."""
    here = signed_in()
    row = _plan(here, plan_id)
    check_if_match(row.plan_id, row.revision)
    known = {
        "mode": row.mode,
        "scope": row.scope,
        "products": [asdict(one) for one in row.products],
        "term_months": row.term_months,
    }
    items = {**row.items, **values.pop("items", {})}
    text = schemas.plan_text_of({**known, **values, "items": items})
    wanted = service.PlanEdit(plan_id, row.revision, text)
    service.edit_plan(here.db, actor=here.actor, now=here.now, wanted=wanted)
    return _plan_reply(_plan(here, plan_id))


@blueprint.post("/plans/<plan_id>/<any(submit,return,withdraw):verb>")
@blueprint.arguments(schemas.MoveBody)
def move_plan(values: dict[str, Any], plan_id: str, verb: str) -> Response:
    """Submit for decision, return with reasons, or withdraw; needs If-Match."""
    here = signed_in()
    row = _plan(here, plan_id)
    check_if_match(row.plan_id, row.revision)
    wanted = service.PlanMove(plan_id, verb, row.revision, values["reason"])
    service.move_plan(here.db, actor=here.actor, now=here.now, wanted=wanted)
    return _plan_reply(_plan(here, plan_id))


@blueprint.post("/plans/<plan_id>/approve")
@blueprint.arguments(schemas.CollectiveDecisionBody)
def approve_plan(values: dict[str, Any], plan_id: str) -> Response:
    """Record the collective decision; needs If-Match and another person than the writer."""
    here = signed_in()
    row = _plan(here, plan_id)
    check_if_match(row.plan_id, row.revision)
    wanted = service.PlanApproval(plan_id, row.revision, schemas.decision_of(values))
    service.approve_plan(here.db, actor=here.actor, now=here.now, wanted=wanted)
    return _plan_reply(_plan(here, plan_id))


@blueprint.post("/plans/<plan_id>/file")
@blueprint.arguments(schemas.FilingBody)
def file_plan(values: dict[str, Any], plan_id: str) -> Response:
    """File the plan for the provincial data authority; needs If-Match."""
    here = signed_in()
    row = _plan(here, plan_id)
    check_if_match(row.plan_id, row.revision)
    wanted = service.PlanFiling(plan_id, row.revision, values["filing_number"])
    service.file_plan(here.db, actor=here.actor, now=here.now, wanted=wanted)
    return _plan_reply(_plan(here, plan_id))


def _plan(here: Entrance, plan_id: str) -> PlanRow:
    with here.db.read() as session:
        row = queries.find_plan(session, plan_id)
    check_sees(here, row.body_id)
    return row


def _plan_reply(row: PlanRow) -> Response:
    return set_etag(jsonify(schemas.PlanReply().dump(row)), row.plan_id, row.revision)
