"""Outside shapes of datasets: signatures under the risk report of a version."""

from typing import Any

from marshmallow import Schema, fields, validate

from sandbox.queries import VersionRow


class SignatureBody(Schema):
    """A signature under the report of this digest."""

    report_digest = fields.String(required=True, validate=validate.Regexp(r"[0-9a-f]{64}\Z"))


def signatures_reply(version: VersionRow) -> dict[str, Any]:
    """Who has signed the report of a version, and whether queries read that version."""
    snapshot = version.snapshot
    return {
        "dataset": snapshot.dataset,
        "version": snapshot.version,
        "manifest_digest": snapshot.digest,
        "report_digest": snapshot.report_digest,
        "signatures_needed": snapshot.signatures_needed,
        "ready": version.is_ready,
        "signatures": [
            {"account_id": one.account_id, "at": one.at.isoformat()} for one in version.signatures
        ],
    }
