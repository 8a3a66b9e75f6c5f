"""Outside shapes of applications and negotiations."""

from dataclasses import fields as dataclass_fields
from typing import Any

from marshmallow import Schema, fields, validate

from licensing.contract.terms import PURPOSES
from licensing.service import Wish

_DIGEST = validate.Regexp(r"[0-9a-f]{64}\Z")
_MOST_NAMES = 50


def _names(check: validate.Validator | None = None) -> fields.List[Any]:
    text = fields.String(validate=check or validate.Length(1, 60))
    return fields.List(text, load_default=list, validate=validate.Length(0, _MOST_NAMES))


class LicenceApplicationEditBody(Schema):
    """What an applicant says: purpose, reason, people and papers, and what it says of itself.

    ``researchers`` are account names of its own organisation, ``papers`` SHA-256 of preserved
    files, ``region`` a code of GB/T 2260, ``industry`` one of GB/T 4754.
    """

    purpose = fields.String(required=True, validate=validate.OneOf(PURPOSES))
    justification = fields.String(required=True, validate=validate.Length(5, 2000))
    researchers = _names()
    papers = _names(_DIGEST)
    region = fields.String(load_default="", validate=validate.Regexp(r"([0-9]{6})?\Z"))
    industry = fields.String(load_default="", validate=validate.Regexp(r"([A-T][0-9]{0,4})?\Z"))
    credentials = _names()


class LicenceCheckBody(LicenceApplicationEditBody):
    """The same under an offer, only to be judged."""

    offer_id = fields.String(required=True)


class LicenceApplicationBody(LicenceCheckBody):
    """An application for a licence under one offer; ``reopens`` names the licence it would replace."""

    reopens = fields.String(load_default="")
    submit = fields.Boolean(load_default=True)


class MoveBody(Schema):
    """Reasons for a decision; owed where it is against somebody."""

    reason = fields.String(load_default="", validate=validate.Length(0, 2000))


class LicenceApplicationReply(Schema):
    """An application for a licence."""

    application_id = fields.String()
    offer_id = fields.String()
    status = fields.String()
    revision = fields.Integer()
    applicant_name = fields.String()
    purpose = fields.String()
    justification = fields.String()
    researchers = fields.List(fields.Dict())
    papers = fields.List(fields.String())
    region = fields.String()
    industry = fields.String()
    credentials = fields.List(fields.String())
    trace = fields.List(fields.Dict())
    reopens_licence_id = fields.String()
    reply = fields.String()
    turn = fields.String()
    due_on = fields.Date()
    licence_id = fields.String()


class FindingReply(Schema):
    """One clause of an offer: what is wanted, what was seen, from where, and the verdict."""

    path = fields.String()
    operand = fields.String()
    operator = fields.String()
    wanted = fields.Raw()
    seen = fields.Raw()
    source = fields.String()
    verdict = fields.String()


class AcceptanceReply(Schema):
    """What the policy says as a whole, with every clause."""

    outcome = fields.String()
    trace = fields.List(fields.Nested(FindingReply))


class MessageReply(Schema):
    """One thing that a side said; ``document`` is an offer in ODRL."""

    number = fields.Integer()
    at = fields.AwareDateTime()
    side = fields.String()
    kind = fields.String()
    text = fields.String()
    document = fields.Dict()
    digest = fields.String()
    actor_name = fields.String()


class NegotiationReply(Schema):
    """Where the negotiation stands in the protocol's states, and the offer on the table."""

    negotiation_id = fields.String()
    state = fields.String()
    channel = fields.String()
    consumer_pid = fields.String()
    offer = fields.Dict()
    offer_digest = fields.String()


def wish_of(values: dict[str, Any]) -> Wish:
    """The wish of a body; its lists become tuples, its other members stay behind."""
    names = {one.name for one in dataclass_fields(Wish)}
    plain: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in values.items()
        if name in names
    }
    return Wish(**plain)
