"""Outside shapes of authorised operation."""

from typing import Any

from marshmallow import Schema, fields, validate

from licensing.rules import AGREEMENT_TOPICS
from licensing.service import NewAgreement


class AgreementBody(Schema):
    """A new operation agreement; ``topics`` holds the 13 topics of S2 Art. 14."""

    number = fields.String(required=True, validate=validate.Length(1, 60))
    operator_id = fields.String(required=True)
    operator_name = fields.String(required=True, validate=validate.Length(1, 120))
    scope = fields.List(fields.String(), required=True, validate=validate.Length(1, 200))
    topics = fields.Dict(
        keys=fields.String(validate=validate.OneOf(AGREEMENT_TOPICS)),
        values=fields.String(validate=validate.Length(1, 2000)),
        required=True,
    )
    starts_on = fields.Date(required=True)
    ends_on = fields.Date(required=True)


class AgreementReply(Schema):
    """An operation agreement."""

    agreement_id = fields.String()
    number = fields.String()
    status = fields.String()
    revision = fields.Integer()
    body_name = fields.String()
    operator_name = fields.String()
    scope = fields.List(fields.String())
    topics = fields.Dict()
    starts_on = fields.Date()
    ends_on = fields.Date()


def agreement_of(values: dict[str, Any], key: str) -> NewAgreement:
    """The agreement command of a body."""
    scope = tuple(values.pop("scope"))
    return NewAgreement(**values, scope=scope, idempotency_key=key)
