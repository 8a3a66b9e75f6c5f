"""Certificates of both registers: what they say, their versions, remarks, end, later objections."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from flask import Response, jsonify
from sqlmodel import Session

from kernel.web.context import Entrance, entrance
from kernel.web.preconditions import check_if_match, idempotency_key, optional_key, set_etag
from kernel.workdays import local_day
from registry import queries, schemas, service
from registry.queries import CertificateRow, EntryRow
from registry.rest.door import blueprint
from registry.rest.entries import as_on, entry_reply
from registry.service import Ending, Lifting, NewRemark
from registry.states import EntryVerb, Register


def _find(session: Session, code: str, as_of: datetime | None = None) -> EntryRow | CertificateRow:
    """What a code stands for: an entry of register A, or a certificate of register B."""
    if queries.find_entries(session, [code]):
        return as_on(queries.find_entry(session, code, as_of=as_of), as_of)
    row = queries.find_certificate(session, code, as_of=as_of)
    day = local_day(as_of or entrance().now)
    return replace(row, status=row.status_on(day))


def _reply(row: EntryRow | CertificateRow) -> Response:
    if isinstance(row, EntryRow):
        return entry_reply(row)
    body = jsonify(schemas.CertificateReply().dump(row))
    return set_etag(body, row.certificate_id, row.version)


def _check_version(here: Entrance, code: str) -> EntryRow | CertificateRow:
    """The present state, if the request was made for it."""
    with here.db.read() as session:
        row = _find(session, code)
    identifier = row.code if isinstance(row, EntryRow) else row.certificate_id
    check_if_match(identifier, row.version)
    return row


@blueprint.get("/certificates/<code>")
@blueprint.arguments(schemas.AsOfArguments, location="query")
def show_certificate(values: dict[str, Any], code: str) -> Response:
    """What the certificate of a code of either register says, or said."""
    with entrance().db.read() as session:
        return _reply(_find(session, code, values["as_of"]))


@blueprint.get("/certificates/<code>/versions")
def list_certificate_versions(code: str) -> Response:
    """How it changed: type and date of each version, and no content."""
    with entrance().db.read() as session:
        row = _find(session, code)
        if isinstance(row, EntryRow):
            found = queries.versions(session, Register.RESOURCES, row.code)
        else:
            found = queries.versions(session, Register.PROPERTY, row.certificate_id)
    return jsonify(items=schemas.VersionReply(many=True).dump(found))


@blueprint.post("/certificates/<code>/cancel")
@blueprint.arguments(schemas.EndingBody)
def cancel_certificate(values: dict[str, Any], code: str) -> Response:
    """Cancel ex officio, with reasons (S1 Art. 9(4), S4 Art. 36); needs If-Match."""
    here = entrance()
    row = _check_version(here, code)
    is_entry = isinstance(row, EntryRow)
    register = Register.RESOURCES if is_entry else Register.PROPERTY
    wanted = Ending(register, code, EntryVerb.CANCEL, row.version, values["reason"])
    service.end_entry(here.db, actor=here.actor, now=here.now, wanted=wanted, seal=here.seal)
    with here.db.read() as session:
        return _reply(_find(session, code))


@blueprint.post("/certificates/<code>/remarks")
@blueprint.arguments(schemas.RemarkBody)
def create_remark(values: dict[str, Any], code: str) -> tuple[Response, int]:
    """Record a note on a certificate of register B (S4 Art. 23); needs If-Match and Idempotency-Key."""
    here = entrance()
    _check_version(here, code)
    wanted = NewRemark(code, **values, idempotency_key=idempotency_key())
    made = service.record_remark(
        here.db, actor=here.actor, now=here.now, wanted=wanted, seal=here.seal
    )
    return jsonify(remark_id=made), 201


@blueprint.post("/certificates/<code>/remarks/<remark_id>/lift")
@blueprint.arguments(schemas.EndingBody)
def lift_remark(values: dict[str, Any], code: str, remark_id: str) -> Response:
    """Let a note bind no longer, with reasons; needs If-Match."""
    here = entrance()
    _check_version(here, code)
    wanted = Lifting(code, remark_id, values["reason"])
    service.lift_remark(here.db, actor=here.actor, now=here.now, wanted=wanted, seal=here.seal)
    with here.db.read() as session:
        return _reply(_find(session, code))


@blueprint.post("/certificates/<code>/objections")
@blueprint.arguments(schemas.ObjectionBody)
def object_later(values: dict[str, Any], code: str) -> tuple[Response, int]:
    """Object to a certificate of register B at any time (S4 Art. 29); open to everybody."""
    here = entrance()
    made = service.object_later(
        here.db,
        actor=here.actor,
        now=here.now,
        code=code,
        wanted=schemas.objection_of(values, "", optional_key()),
    )
    return jsonify(objection_id=made), 201
