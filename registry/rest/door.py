"""REST entrance of the register: ``/api/v1/registry``."""

from dataclasses import replace
from typing import Any

from flask import Response, jsonify, url_for

from kernel.identity import Permission, is_permitted
from kernel.web.context import Entrance, entrance
from kernel.web.openapi import Blueprint
from kernel.web.paging import cut, link, read_window
from kernel.web.preconditions import check_if_match, idempotency_key, set_etag
from kernel.workdays import local_day
from registry import errors, queries, schemas, service
from registry.queries import ApplicationRow, EntrySearch
from registry.states import Verb

blueprint = Blueprint(
    "registry_rest", __name__, url_prefix="/api/v1/registry", description="Register A"
)


@blueprint.get("/entries")
@blueprint.arguments(schemas.SearchArguments, location="query")
def list_entries(wanted: EntrySearch) -> Response:
    """The register, as it stood at any moment."""
    window = read_window()
    search = replace(wanted, after=window.after, limit=window.limit)
    with entrance().db.read() as session:
        rows = queries.search_entries(session, search).rows
    page = cut(rows, [str(row.code) for row in rows], window)
    return link(jsonify(items=schemas.EntryReply(many=True).dump(page.rows)), page)


@blueprint.get("/entries/<code>")
@blueprint.arguments(schemas.SearchArguments, location="query")
def show_entry(wanted: EntrySearch, code: str) -> Response:
    """One entry by its code."""
    with entrance().db.read() as session:
        row = queries.find_entry(session, code, as_of=wanted.as_of)
    return set_etag(jsonify(schemas.EntryReply().dump(row)), row.code, row.version)


@blueprint.get("/notices")
def list_notices() -> Response:
    """Running public notices: four fields each."""
    here = entrance()
    with here.db.read() as session:
        rows = queries.running_notices(session, local_day(here.now))
    return jsonify(items=[schemas.notice_reply(row) for row in rows])


@blueprint.post("/notices/<notice_id>/objections")
@blueprint.arguments(schemas.ObjectionBody)
def create_objection(values: dict[str, Any], notice_id: str) -> tuple[Response, int]:
    """Object to a notice, by real name and with evidence; open to everybody."""
    here = entrance()
    made = service.object_to(
        here.db, actor=here.actor, now=here.now, wanted=schemas.objection_of(values, notice_id)
    )
    return jsonify(objection_id=made), 201


@blueprint.post("/applications")
@blueprint.arguments(schemas.DraftBody)
def create_application(values: dict[str, Any]) -> tuple[Response, int, dict[str, str]]:
    """Open an application."""
    here = entrance()
    made = service.draft(
        here.db, actor=here.actor, now=here.now, wanted=schemas.draft_of(values, idempotency_key())
    )
    headers = {"Location": url_for("registry_rest.show_application", application_id=made)}
    return _reply(_visible(here, made)), 201, headers


@blueprint.get("/applications/<application_id>")
def show_application(application_id: str) -> Response:
    """One application, for its entity and for the institution."""
    return _reply(_visible(entrance(), application_id))


@blueprint.patch("/applications/<application_id>")
@blueprint.arguments(schemas.EditBody)
def edit_application(values: dict[str, Any], application_id: str) -> Response:
    """Save changed fields; needs If-Match."""
    here = entrance()
    row = _visible(here, application_id)
    check_if_match(row.application_id, row.revision)
    wanted = service.Edit(application_id, row.revision, values["form"])
    service.edit(here.db, actor=here.actor, now=here.now, wanted=wanted)
    return _reply(_visible(here, application_id))


@blueprint.post(
    "/applications/<application_id>/<any({}):verb>".format(
        ",".join(f"'{verb.value}'" for verb in Verb if verb not in {Verb.EDIT, Verb.OBJECT})
    )
)
@blueprint.arguments(schemas.DecisionBody)
def decide(values: dict[str, Any], application_id: str, verb: str) -> Response:
    """Do one verb of the state table; needs If-Match."""
    here = entrance()
    row = _visible(here, application_id)
    check_if_match(row.application_id, row.revision)
    wanted = schemas.decision_of(values, application_id, verb, row.revision)
    service.decide(here.db, actor=here.actor, now=here.now, wanted=wanted, seal=here.seal)
    return _reply(_visible(here, application_id))


@blueprint.get("/applications/<application_id>/preview")
def preview(application_id: str) -> Response:
    """Exactly what the public notice would show."""
    row = _visible(entrance(), application_id)
    return jsonify(schemas.public_fields_of(row))


def _visible(here: Entrance, application_id: str) -> ApplicationRow:
    with here.db.read() as session:
        row = queries.find_application(session, application_id)
    is_own = row.organisation_id == here.actor.organisation_id
    if not is_own and not is_permitted(here.actor, Permission.REGISTRY_APPLICATION_READ):
        # Whether it exists is not everybody's business before its notice.
        raise errors.ApplicationUnknown
    return row


def _reply(row: ApplicationRow) -> Response:
    return set_etag(jsonify(schemas.ApplicationReply().dump(row)), row.application_id, row.revision)
