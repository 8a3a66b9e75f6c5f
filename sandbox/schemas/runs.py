"""Outside shapes of runs: request bodies to commands, rows to replies."""

from collections.abc import Mapping
from typing import Any

from marshmallow import Schema, fields, validate

from licensing.public import PURPOSES
from sandbox.engine.files import STORED
from sandbox.queries import RunRow

_LONGEST_SQL = 100_000
_CENTS = 100


class FileWish(Schema):
    """Whether the answer is wanted as a file, and of which type."""

    as_file = fields.Boolean(
        load_default=False,
        metadata={
            "description": "Ask for a file, which may have more rows than a table and always goes to review"
        },
    )
    file_type = fields.String(load_default=STORED[0], validate=validate.OneOf(STORED))


class CheckBody(FileWish):
    """A query to be judged."""

    licence_id = fields.String(required=True)
    sql = fields.String(required=True, validate=validate.Length(1, _LONGEST_SQL))
    purpose = fields.String(load_default="", validate=validate.OneOf(("", *PURPOSES)))
    accuracy = fields.Float(load_default=0)
    rho = fields.Integer(load_default=None, allow_none=True)


class RunBody(FileWish):
    """A query to be run; what is longer than the guard reads is refused by the guard."""

    licence_id = fields.String(required=True)
    purpose = fields.String(required=True, validate=validate.Length(1, 80))
    sql = fields.String(required=True, validate=validate.Length(1, _LONGEST_SQL))
    accuracy = fields.Float(
        load_default=0,
        metadata={
            "description": "By how much a count may be off at 95 %, in mode dp; 0: the usual"
        },
    )
    rho = fields.Integer(
        load_default=None,
        allow_none=True,
        metadata={
            "description": "What the answer may cost in nano-rho, in mode dp, instead of an accuracy"
        },
    )
    wait_seconds = fields.Float(
        validate=validate.Range(0, 60),
        metadata={"description": "How long to wait; an answer that is ready sooner comes sooner"},
    )


def media_type_of(values: Mapping[str, Any]) -> str:
    """The type of the file that a body asks for; empty for a table."""
    return str(values["file_type"]) if values["as_file"] else ""


def _privacy(row: RunRow) -> dict[str, Any]:
    """What stood between the data and the answer, and what it cost."""
    told = row.privacy
    names = [column["name"] for column in row.columns]
    plain = {"open": "none", "aggregate": "suppression-and-rounding"}.get(row.mode, "")
    return {
        "mechanism": told.get("mechanism", plain),
        "rho_spent": told.get("rho", "0"),
        "epsilon_at_delta": told.get("epsilon"),
        "delta": told.get("delta"),
        "sigma": told.get("sigmas"),
        "confidence_95": dict(zip(names, told["half_widths"], strict=False)) if told else None,
    }


def _file(row: RunRow) -> dict[str, Any] | None:
    """The file that was asked for; its length is 0 until it was released."""
    if not row.media_type:
        return None
    return {"media_type": row.media_type, "size_bytes": row.size_bytes}


def run_reply(row: RunRow) -> dict[str, Any]:
    """A run as REST shows it; of a protected mode no times are told."""
    body: dict[str, Any] = {
        "run_id": row.run_id,
        "licence_id": row.licence_id,
        "dataset": row.dataset,
        "mode": row.mode,
        "purpose": row.purpose,
        "sql": row.sql,
        "template": row.template or None,
        "state": row.state.value,
        "replay": row.is_replay,
        "refusal_code": row.refusal_code,
        "columns": list(row.columns),
        "row_count": row.row_count,
        "result_sha256": row.result_digest,
        "file": _file(row),
        "privacy": _privacy(row),
        "meter": [
            {
                "event_id": one.event_id,
                "meter": one.meter,
                "quantity": one.quantity,
                "state": one.state,
                "amount": f"{one.price_cents // _CENTS}.{one.price_cents % _CENTS:02d}",
                "currency": "CNY",
            }
            for one in row.meter
        ],
        "receipt_id": row.receipt_id,
    }
    if row.mode == "open":
        body["started_at"] = row.started_at.isoformat()
        body["finished_at"] = row.finished_at.isoformat() if row.finished_at else None
    return body
