"""Saved queries."""

from typing import Any

from flask import Response, jsonify, url_for

from kernel.web.context import Entrance
from kernel.web.preconditions import check_if_match, set_etag
from kernel.workdays import local_day
from licensing import public as licensing
from sandbox import errors, queries, schemas
from sandbox.queries import SavedRow
from sandbox.rest.door import blueprint, signed_in
from sandbox.service.research import saving


@blueprint.get("/queries")
@blueprint.arguments(schemas.SavedArguments, location="query")
def list_saved(values: dict[str, Any]) -> Response:
    """The own and the shared queries of the organisation under a licence."""
    here = signed_in()
    organisation = here.actor.organisation_id
    with here.db.read() as session:
        licence = licensing.find_licence(session, values["licence_id"])
        if not licence.is_used_by(organisation, local_day(here.now)):
            raise errors.RunUnknown
        rows = queries.list_saved(
            session,
            licence_id=licence.licence_id,
            organisation_id=organisation,
            account_id=here.actor.account_id,
        )
    return jsonify(items=[schemas.saved_reply(row) for row in rows])


@blueprint.post("/queries")
@blueprint.arguments(schemas.SavedBody)
def save_query(values: dict[str, Any]) -> tuple[Response, int, dict[str, str]]:
    """Keep a query under a licence."""
    here = signed_in()
    wanted = saving.NewQuery(
        values["licence_id"], values["title"], values["sql"], values["private"]
    )
    query_id = saving.save_query(here.db, actor=here.actor, now=here.now, wanted=wanted)
    headers = {"Location": url_for("sandbox_rest.show_saved", query_id=query_id)}
    return _reply(_found(here, query_id)), 201, headers


@blueprint.get("/queries/<query_id>")
def show_saved(query_id: str) -> Response:
    """One saved query."""
    return _reply(_found(signed_in(), query_id))


@blueprint.patch("/queries/<query_id>")
@blueprint.arguments(schemas.SavedChangeBody)
def change_query(values: dict[str, Any], query_id: str) -> Response:
    """Rename, rewrite or share an own query; needs If-Match."""
    here = signed_in()
    row = _found(here, query_id)
    check_if_match(row.query_id, row.revision)
    wanted = saving.QueryChange(
        query_id, row.revision, values["title"], values["sql"], values["private"]
    )
    saving.change_query(here.db, actor=here.actor, now=here.now, wanted=wanted)
    return _reply(_found(here, query_id))


@blueprint.delete("/queries/<query_id>")
def delete_query(query_id: str) -> tuple[str, int]:
    """Delete an own query; needs If-Match."""
    here = signed_in()
    row = _found(here, query_id)
    check_if_match(row.query_id, row.revision)
    saving.delete_query(
        here.db, actor=here.actor, now=here.now, query_id=query_id, revision=row.revision
    )
    return "", 204


def _found(here: Entrance, query_id: str) -> SavedRow:
    actor = here.actor
    with here.db.read() as session:
        return queries.find_saved(
            session,
            query_id,
            organisation_id=actor.organisation_id,
            account_id=actor.account_id,
        )


def _reply(row: SavedRow) -> Response:
    return set_etag(jsonify(schemas.saved_reply(row)), row.query_id, row.revision)
