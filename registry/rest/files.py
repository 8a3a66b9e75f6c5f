"""Evidence preservation (S1 Art. 7): files, fingerprints, what one has preserved, and downloads."""

from typing import Any

from flask import Response, jsonify, send_file, url_for

from kernel.files import FileStore, FileUnknown
from kernel.identity import Permission, check_permission
from kernel.web.context import attached, entrance
from kernel.web.paging import cut, link, read_window
from kernel.web.preconditions import idempotency_key
from registry import queries, schemas, service
from registry.rest.door import blueprint, reads_all, sent_file, signed_in, takes_file
from registry.service import NewFile, NewFingerprint
from registry.service.evidence import MOST_FILE_BYTES


@blueprint.post("/files")
@takes_file
def preserve_file() -> tuple[Response, int, dict[str, str]]:
    """Preserve a file of at most 200 MB; what is larger is preserved by its fingerprint. Needs Idempotency-Key."""
    here = entrance()
    # Before the body is read: nobody else's megabytes are taken in.
    check_permission(here.actor, Permission.REGISTRY_FILE_PRESERVE)
    key = idempotency_key()
    with sent_file(MOST_FILE_BYTES) as (stream, name):
        sha256 = service.preserve_file(
            here.db,
            actor=here.actor,
            now=here.now,
            wanted=NewFile(stream, name, key),
            store=attached("evidence", FileStore),
            seal=here.seal,
        )
    return _made(sha256)


@blueprint.post("/files/fingerprints")
@blueprint.arguments(schemas.FingerprintBody)
def preserve_fingerprint(values: dict[str, Any]) -> tuple[Response, int, dict[str, str]]:
    """Preserve the digests of data that stays where it is."""
    here = entrance()
    wanted = NewFingerprint(**values, idempotency_key=idempotency_key())
    sha256 = service.preserve_fingerprint(
        here.db, actor=here.actor, now=here.now, wanted=wanted, seal=here.seal
    )
    return _made(sha256)


def _made(sha256: str) -> tuple[Response, int, dict[str, str]]:
    here = entrance()
    with here.db.read() as session:
        row = queries.find_file(session, sha256, organisation_id=here.actor.organisation_id)
    headers = {"Location": url_for("registry_rest.download_file", sha256=sha256)}
    return jsonify(schemas.FileReply().dump(row)), 201, headers


@blueprint.get("/files")
def list_files() -> Response:
    """What one's organisation has preserved, the newest first."""
    here, window = signed_in(), read_window()
    with here.db.read() as session:
        rows = queries.list_files(
            session, here.actor.organisation_id, after=window.after, limit=window.limit
        )
    page = cut(rows, [row.file_id for row in rows], window)
    return link(jsonify(items=schemas.FileReply(many=True).dump(page.rows)), page)


@blueprint.get("/files/<sha256>")
def download_file(sha256: str) -> Response:
    """A preserved file, for its own organisation and the institution; always as an attachment."""
    here = signed_in()
    own = "" if reads_all(here) else here.actor.organisation_id
    with here.db.read() as session:
        row = queries.find_file(session, sha256, organisation_id=own)
    if not row.is_stored:
        raise FileUnknown(sha256=sha256)
    reply = send_file(
        attached("evidence", FileStore).open(sha256),
        # Whatever it is, a browser must not show it under our name.
        mimetype="application/octet-stream",
        as_attachment=True,
        download_name=row.name or sha256,
        etag=sha256,
    )
    reply.headers["X-Content-Type-Options"] = "nosniff"
    reply.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    return reply
