"""Applications to both registers: list, open, read, change, and every verb of the state tables."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from flask import Response, jsonify, url_for

from kernel.web.context import Entrance, entrance
from kernel.web.paging import cut, link, read_window
from kernel.web.preconditions import check_if_match, idempotency_key, set_etag
from registry import errors, queries, schemas, service
from registry.queries import ApplicationRow, ApplicationSearch
from registry.rest.door import blueprint, reads_all, signed_in
from registry.states import TRANSITIONS, Verb

#: What a person may do by one path each: not what is done with PATCH, to a notice, or by the clock.
_VERBS = sorted(
    {
        move.verb.value
        for moves in TRANSITIONS.values()
        for move in moves
        if not move.by_clock and move.verb not in {Verb.EDIT, Verb.OBJECT}
    }
)


@blueprint.get("/applications")
@blueprint.arguments(schemas.ApplicationArguments, location="query")
def list_applications(wanted: ApplicationSearch) -> Response:
    """One's own applications or, for the institution and regulators, all that are open."""
    here, window = signed_in(), read_window()
    own = "" if reads_all(here) else here.actor.organisation_id
    search = replace(wanted, organisation_id=own, after=window.after, limit=window.limit)
    with here.db.read() as session:
        rows = queries.list_applications(session, search)
    page = cut(rows, [row.application_id for row in rows], window)
    return link(jsonify(items=schemas.ApplicationReply(many=True).dump(page.rows)), page)


@blueprint.post("/applications")
@blueprint.arguments(schemas.DraftBody)
def create_application(values: dict[str, Any]) -> tuple[Response, int, dict[str, str]]:
    """Open an application; needs Idempotency-Key."""
    here = entrance()
    made = service.draft(
        here.db, actor=here.actor, now=here.now, wanted=schemas.draft_of(values, idempotency_key())
    )
    headers = {"Location": url_for("registry_rest.show_application", application_id=made)}
    return _reply(visible(here, made)), 201, headers


@blueprint.get("/applications/<application_id>")
@blueprint.arguments(schemas.AsOfArguments, location="query")
def show_application(values: dict[str, Any], application_id: str) -> Response:
    """One application, for its entity, its parties and the institution, as it stands or stood."""
    row = visible(entrance(), application_id, values["as_of"])
    if values["as_of"] is None:
        return _reply(row)
    # No ETag: with the present one a change could be based on what stood long ago.
    return jsonify(schemas.ApplicationReply().dump(row))


@blueprint.patch("/applications/<application_id>")
@blueprint.arguments(schemas.EditBody)
def edit_application(values: dict[str, Any], application_id: str) -> Response:
    """Save changed fields; needs If-Match."""
    here = entrance()
    row = visible(here, application_id)
    check_if_match(row.application_id, row.revision)
    wanted = service.Edit(application_id, row.revision, values["form"])
    service.edit(here.db, actor=here.actor, now=here.now, wanted=wanted)
    return _reply(visible(here, application_id))


@blueprint.post(
    "/applications/<application_id>/<any({}):verb>".format(",".join(f"'{verb}'" for verb in _VERBS))
)
@blueprint.arguments(schemas.DecisionBody)
def decide(values: dict[str, Any], application_id: str, verb: str) -> Response:
    """Do one verb of the state table; needs If-Match."""
    here = entrance()
    row = visible(here, application_id)
    check_if_match(row.application_id, row.revision)
    wanted = schemas.decision_of(values, application_id, verb, row.revision)
    service.decide(here.db, actor=here.actor, now=here.now, wanted=wanted, seal=here.seal)
    return _reply(visible(here, application_id))


def visible(here: Entrance, application_id: str, as_of: datetime | None = None) -> ApplicationRow:
    """The application, if it is this person's business.

    Raises:
        ApplicationUnknown: there is none, or whether there is one is not to be told.
    """
    if here.actor.is_visitor:
        # Whether it exists is not everybody's business before its notice.
        raise errors.ApplicationUnknown
    with here.db.read() as session:
        return queries.visible_application(session, here.actor, application_id, as_of=as_of)


def _reply(row: ApplicationRow) -> Response:
    return set_etag(jsonify(schemas.ApplicationReply().dump(row)), row.application_id, row.revision)
