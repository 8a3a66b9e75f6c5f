"""Outside shapes of reviews: votes, comments, and what each person may see."""

from typing import Any

from marshmallow import Schema, fields, validate

from sandbox.queries import ReviewRow

_LONGEST = 2_000


class VoteBody(Schema):
    """One checker's vote; reasons are owed for one against release."""

    releases = fields.Boolean(required=True)
    reason = fields.String(load_default="", validate=validate.Length(max=_LONGEST))


class CommentBody(Schema):
    """A comment; a private one is read by checkers alone."""

    text = fields.String(required=True, validate=validate.Length(1, _LONGEST))
    private = fields.Boolean(load_default=False)


def review_reply(row: ReviewRow, *, with_rows: bool) -> dict[str, Any]:
    """A review as REST shows it; the answer only where it is asked for, since looking is recorded."""
    body: dict[str, Any] = {
        "run_id": row.run.run_id,
        "state": row.state.value,
        "dataset": row.run.dataset,
        "mode": row.run.mode,
        "purpose": row.run.purpose,
        "sql": row.run.sql,
        "submitted_at": row.submitted_at.isoformat(),
        "decided_at": row.decided_at.isoformat() if row.decided_at else None,
        "evidence": row.evidence,
        "votes": [
            {"account_id": one.account_id, "releases": one.releases, "reason": one.reason}
            for one in row.votes
        ],
        "comments": [
            {"account_id": one.account_id, "private": one.is_private, "text": one.text}
            for one in row.comments
        ],
    }
    if with_rows:
        body["columns"], body["rows"] = list(row.columns), list(row.rows)
        body["file"] = {**row.file, "media_type": row.run.media_type} if row.file else None
    return body
