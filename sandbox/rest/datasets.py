"""Versions of datasets, for their provider and for regulators: signatures, the last day, deletion."""

from typing import Any

from flask import Response, jsonify

from kernel.web.context import Entrance
from sandbox import errors, queries, rules, schemas
from sandbox.rest.door import blueprint, machine, signed_in
from sandbox.service.versions import keeping, signing
from sandbox.service.versions.keeping import VersionOf


@blueprint.get("/datasets/<name>/versions")
def list_versions(name: str) -> Response:
    """Every version of a dataset, the newest first, for its provider and for regulators."""
    here = signed_in()
    return jsonify(items=[schemas.version_reply(row) for row in _versions(here, name)])


@blueprint.post("/datasets/<name>/versions/<int:version>/keep-until")
@blueprint.arguments(schemas.LastDayBody)
def keep_version(values: dict[str, Any], name: str, version: int) -> Response:
    """Set the last day on which a version answers; it is deleted on the day after."""
    here = signed_in()
    keeping.keep_until(
        here.db, actor=here.actor, now=here.now, which=VersionOf(name, version), **values
    )
    return _version(here, name, version)


@blueprint.post("/datasets/<name>/versions/<int:version>/note-alarms")
@blueprint.arguments(schemas.NoteBody)
def note_alarms(values: dict[str, Any], name: str, version: int) -> Response:
    """Take note of what is worse than in the version before."""
    here = signed_in()
    keeping.note_alarms(
        here.db, actor=here.actor, now=here.now, which=VersionOf(name, version), **values
    )
    return _version(here, name, version)


@blueprint.post("/datasets/<name>/versions/<int:version>/delete")
@blueprint.arguments(schemas.DeletionBody)
def delete_version(values: dict[str, Any], name: str, version: int) -> Response:
    """Delete a version for good; its files are erased as soon as no run reads them."""
    here = signed_in()
    keeping.delete_version(
        here.db,
        actor=here.actor,
        now=here.now,
        which=VersionOf(name, version),
        seal=here.seal,
        machine=machine(),
        **values,
    )
    return _version(here, name, version)


def _versions(here: Entrance, name: str) -> list[queries.SnapshotRow]:
    with here.db.read() as session:
        rows = queries.list_versions(session, name)
    if not rows:
        raise errors.DatasetUnknown(name=name)
    rules.check_may_see_budget(here.actor, rows[0].provider_id, name)
    return rows


def _version(here: Entrance, name: str, version: int) -> Response:
    found = next(row for row in _versions(here, name) if row.version == version)
    return jsonify(schemas.version_reply(found))


@blueprint.get("/datasets/<name>/signatures")
def list_signatures(name: str) -> Response:
    """The digest of the newest version's risk report, and who has signed it."""
    here = signed_in()
    with here.db.read() as session:
        version = queries.version_of(session, queries.newest_snapshot(session, name))
    rules.check_may_see_budget(here.actor, version.snapshot.provider_id, name)
    return jsonify(schemas.signatures_reply(version))


@blueprint.post("/datasets/<name>/signatures")
@blueprint.arguments(schemas.SignatureBody)
def create_signature(values: dict[str, Any], name: str) -> tuple[Response, int]:
    """Sign the risk report of the newest version; the second person's signature makes its receipt."""
    here = signed_in()
    wanted = signing.SignReport(name, values["report_digest"])
    version = signing.sign_report(
        here.db, actor=here.actor, now=here.now, wanted=wanted, seal=here.seal
    )
    return jsonify(schemas.signatures_reply(version)), 201
