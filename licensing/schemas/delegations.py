"""Outside shapes of delegations."""

from datetime import date
from typing import Any

from marshmallow import Schema, fields, validate

from licensing.rules import Delegated


class DelegationBody(Schema):
    """To whom, until which day, over how many further steps, and why."""

    credit_code = fields.String(required=True, validate=validate.Regexp(r"[0-9A-Z]{18}\Z"))
    ends_on = fields.Date(required=True)
    further_steps = fields.Integer(load_default=0, validate=validate.Range(0, 5))
    reason = fields.String(required=True, validate=validate.Length(1, 2000))


class RevocationBody(Schema):
    """Why a delegation is taken back."""

    reason = fields.String(load_default="", validate=validate.Length(0, 2000))


class DelegationReply(Schema):
    """A delegation as it is kept; the organisations by their names."""

    delegation_id = fields.String()
    parent_id = fields.String()
    depth = fields.Integer()
    further_steps = fields.Integer()
    delegator_name = fields.String()
    delegate_name = fields.String()
    ends_on = fields.Date()
    reason = fields.String()


def delegation_reply(row: Delegated, standing: list[Delegated], today: date) -> dict[str, Any]:
    """A delegation with its status on a day: standing, revoked, or over with what it rests on."""
    status = "standing" if row in standing else "revoked" if row.is_revoked else "over"
    return {**DelegationReply().dump(row), "status": status, "as_of": str(today)}
