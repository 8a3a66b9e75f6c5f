"""Outside shapes of licences."""

from marshmallow import Schema, fields, validate


class SignBody(Schema):
    """The digest of the text that the signer read."""

    policy_digest = fields.String(required=True, validate=validate.Regexp(r"[0-9a-f]{64}\Z"))


class LicenceMoveBody(Schema):
    """Reasons, and the licensee's new contact where that is what changes."""

    reason = fields.String(load_default="", validate=validate.Length(0, 2000))
    representative = fields.String(load_default="", validate=validate.Length(0, 120))


class ContactForm(Schema):
    """The licensee's new contact."""

    representative = fields.String(required=True, validate=validate.Length(1, 120))


class PaperArguments(Schema):
    """In which language a contract is printed."""

    lang = fields.String(load_default="zh-Hans", validate=validate.OneOf(("zh-Hans", "en")))


class SignatureReply(Schema):
    """One side's signature."""

    side = fields.String()
    signer_name = fields.String()
    policy_digest = fields.String()
    signed_at = fields.AwareDateTime()


class LicenceReply(Schema):
    """A licence: policy, quota, signatures."""

    licence_id = fields.String()
    number = fields.String()
    product_code = fields.String()
    status = fields.String()
    revision = fields.Integer()
    licensee_name = fields.String()
    provider_name = fields.String()
    policy = fields.Dict()
    policy_digest = fields.String()
    starts_at = fields.AwareDateTime()
    expires_at = fields.AwareDateTime()
    runs_granted = fields.Integer()
    runs_reserved = fields.Integer()
    runs_taken = fields.Integer()
    representative = fields.String()
    replaces_id = fields.String()
    ended_as = fields.String()
    turn = fields.String()
    due_on = fields.Date()
    signatures = fields.List(fields.Nested(SignatureReply))
