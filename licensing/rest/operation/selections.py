"""Selections of an operating institution."""

from typing import Any

from flask import Response, jsonify, url_for

from kernel.web.context import Entrance, entrance
from kernel.web.paging import cut, link, read_window
from kernel.web.preconditions import check_if_match, idempotency_key, set_etag
from licensing import queries, schemas, service
from licensing.queries import CandidateRow, SelectionRow
from licensing.rest.door import blueprint, signed_in
from licensing.rest.operation.seeing import check_sees, own_of


@blueprint.get("/selections")
def list_selections() -> Response:
    """The selections of the person's organisation, the newest first; authorities see all."""
    here, window = signed_in(), read_window()
    with here.db.read() as session:
        rows = queries.list_selections(
            session, organisation_id=own_of(here), after=window.after, limit=window.limit
        )
    page = cut(rows, [row.selection_id for row in rows], window)
    return link(jsonify(items=schemas.SelectionReply(many=True).dump(page.rows)), page)


@blueprint.post("/selections")
@blueprint.arguments(schemas.SelectionBody)
def create_selection(values: dict[str, Any]) -> tuple[Response, int, dict[str, str]]:
    """Open a selection for a decided plan."""
    here = entrance()
    wanted = service.NewSelection(**values, idempotency_key=idempotency_key())
    made = service.open_selection(here.db, actor=here.actor, now=here.now, wanted=wanted)
    headers = {"Location": url_for("licensing_rest.show_selection", selection_id=made)}
    return _selection_reply(_selection(here, made)), 201, headers


@blueprint.get("/selections/<selection_id>")
def show_selection(selection_id: str) -> Response:
    """One selection, for its body and for authorities."""
    return _selection_reply(_selection(signed_in(), selection_id))


@blueprint.post("/selections/<selection_id>/add-candidate")
@blueprint.arguments(schemas.CandidateBody)
def add_candidate(values: dict[str, Any], selection_id: str) -> Response:
    """Record a candidate; needs If-Match."""
    here = signed_in()
    row = _selection(here, selection_id)
    check_if_match(row.selection_id, row.revision)
    wanted = service.Candidacy(selection_id, row.revision, CandidateRow(**values))
    service.add_candidate(here.db, actor=here.actor, now=here.now, wanted=wanted)
    return _selection_reply(_selection(here, selection_id))


@blueprint.post("/selections/<selection_id>/<any(decide,fail):verb>")
@blueprint.arguments(schemas.SelectionResultBody)
def decide_selection(values: dict[str, Any], selection_id: str, verb: str) -> Response:
    """Decide for a candidate, or let the selection fail with reasons; needs If-Match."""
    here = signed_in()
    row = _selection(here, selection_id)
    check_if_match(row.selection_id, row.revision)
    wanted = service.SelectionResult(
        selection_id, row.revision, verb, values["reason"], values["chosen_code"]
    )
    service.decide_selection(here.db, actor=here.actor, now=here.now, wanted=wanted)
    return _selection_reply(_selection(here, selection_id))


def _selection(here: Entrance, selection_id: str) -> SelectionRow:
    with here.db.read() as session:
        row = queries.find_selection(session, selection_id)
    check_sees(here, row.body_id)
    return row


def _selection_reply(row: SelectionRow) -> Response:
    body = jsonify(schemas.SelectionReply().dump(row))
    return set_etag(body, row.selection_id, row.revision)
