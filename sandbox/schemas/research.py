"""Outside shapes of saved queries."""

from typing import Any

from marshmallow import Schema, fields, validate

from sandbox.queries import SavedRow

_LONGEST_SQL = 20_000
#: PostgreSQL stores no NUL in a text.
_NO_NUL = validate.Regexp(r"[^\x00]*\Z")


def _title(**more: Any) -> fields.String:  # noqa: ANN401 - marshmallow's own arguments
    return fields.String(validate=[validate.Length(1, 80), _NO_NUL], **more)


def _sql(**more: Any) -> fields.String:  # noqa: ANN401 - as above
    return fields.String(validate=[validate.Length(1, _LONGEST_SQL), _NO_NUL], **more)


class SavedBody(Schema):
    """A query to keep under a licence."""

    licence_id = fields.String(required=True)
    title = _title(required=True)
    sql = _sql(required=True)
    private = fields.Boolean(load_default=False)


class SavedChangeBody(Schema):
    """What a saved query becomes; what is left out stays."""

    title = _title(load_default=None)
    sql = _sql(load_default=None)
    private = fields.Boolean(load_default=None)


class SavedArguments(Schema):
    """Under which licence saved queries are listed."""

    licence_id = fields.String(required=True)


def saved_reply(row: SavedRow) -> dict[str, Any]:
    """A saved query as REST shows it."""
    return {
        "query_id": row.query_id,
        "licence_id": row.licence_id,
        "account_id": row.account_id,
        "title": row.title,
        "sql": row.sql,
        "private": row.is_private,
        "revision": row.revision,
        "changed_at": row.changed_at.isoformat(),
    }
