"""Outside shapes of applications."""

from marshmallow import Schema, fields, validate

from licensing.contract.terms import PURPOSES


class LicenceApplicationBody(Schema):
    """An application for a licence under one offer."""

    offer_id = fields.String(required=True)
    purpose = fields.String(required=True, validate=validate.OneOf(PURPOSES))
    justification = fields.String(required=True, validate=validate.Length(5, 2000))
    submit = fields.Boolean(load_default=True)


class LicenceApplicationEditBody(Schema):
    """New words for an application."""

    purpose = fields.String(required=True, validate=validate.OneOf(PURPOSES))
    justification = fields.String(required=True, validate=validate.Length(5, 2000))


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
    reply = fields.String()
    licence_id = fields.String()
