"""Outside shapes of the versions of a dataset: their last day, their deletion, and what is worse."""

from typing import Any

from marshmallow import Schema, fields, validate

from sandbox.queries import SnapshotRow

_LONGEST = 2_000


class LastDayBody(Schema):
    """The last day on which a version answers; none keeps it until it is deleted."""

    last_day = fields.Date(load_default=None, allow_none=True)


class DeletionBody(Schema):
    """Why a version is deleted."""

    reason = fields.String(load_default="", validate=validate.Length(max=_LONGEST))


class NoteBody(Schema):
    """What somebody says of data that became worse."""

    note = fields.String(load_default="", validate=validate.Length(max=_LONGEST))


def version_reply(row: SnapshotRow) -> dict[str, Any]:
    """A version as REST shows it to its provider and to regulators."""
    return {
        "dataset": row.dataset,
        "series": row.series or None,
        "version": row.version,
        "digest": row.digest,
        "state": row.state.value,
        "rows": row.rows,
        "created_at": row.created_at.isoformat(),
        "last_day": row.expires_on.isoformat() if row.expires_on else None,
        "quality": row.quality,
        "deletion": row.deletion,
        "deleted_at": row.deleted_at.isoformat() if row.deleted_at else None,
        "receipt_id": row.receipt_id,
    }
