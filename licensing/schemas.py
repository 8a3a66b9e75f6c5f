"""Outside shapes of licensing: request bodies to commands, rows to replies."""

from typing import Any

from marshmallow import Schema, fields, validate

from licensing.contract.terms import MODES, PURPOSES, Terms
from licensing.rules import AGREEMENT_TOPICS
from licensing.service import NewAgreement, NewOffer

_LARGEST_PRICE_CENTS = 100_000_000


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


class CeilingBody(Schema):
    """A ceiling charge in 1/100 CNY a run."""

    product_code = fields.String(required=True)
    ceiling_cents = fields.Integer(required=True, validate=validate.Range(0, _LARGEST_PRICE_CENTS))
    is_trial = fields.Boolean(load_default=True)


class OfferBody(Schema):
    """Terms of an offer; ``columns`` as ``table.column``, the price in 1/100 CNY a run."""

    product_code = fields.String(required=True)
    mode = fields.String(required=True, validate=validate.OneOf(MODES))
    dataset = fields.String(required=True, validate=validate.Length(1, 80))
    columns = fields.List(
        fields.String(validate=validate.Regexp(r"[^.\s]+\.[^.\s]+\Z")),
        required=True,
        validate=validate.Length(1, 500),
    )
    purposes = fields.List(
        fields.String(validate=validate.OneOf(PURPOSES)),
        required=True,
        validate=validate.Length(1, 20),
    )
    run_quota = fields.Integer(required=True, validate=validate.Range(1, 1_000_000))
    price_cents = fields.Integer(required=True, validate=validate.Range(0, _LARGEST_PRICE_CENTS))
    min_cell_size = fields.Integer(load_default=10, validate=validate.Range(0, 1000))
    term_days = fields.Integer(required=True, validate=validate.Range(1, 1826))


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


class SignBody(Schema):
    """The digest of the text that the signer read."""

    policy_digest = fields.String(required=True, validate=validate.Regexp(r"[0-9a-f]{64}\Z"))


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


class OfferReply(Schema):
    """An offer with its ODRL policy."""

    offer_id = fields.String()
    product_code = fields.String()
    mode = fields.String()
    dataset = fields.Function(lambda row: row.terms.dataset)
    operator_name = fields.String()
    policy = fields.Dict()
    policy_digest = fields.String()
    price_cents = fields.Integer()
    ceiling_cents = fields.Integer()
    is_open = fields.Boolean()


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
    signatures = fields.List(fields.Nested(SignatureReply))


def agreement_of(values: dict[str, Any], key: str) -> NewAgreement:
    """The agreement command of a body."""
    scope = tuple(values.pop("scope"))
    return NewAgreement(**values, scope=scope, idempotency_key=key)


def offer_of(values: dict[str, Any], key: str) -> NewOffer:
    """The offer command of a body; open mode has no smallest cell."""
    code = values.pop("product_code")
    if values["mode"] == "open":
        values["min_cell_size"] = 0
    values["columns"], values["purposes"] = tuple(values["columns"]), tuple(values["purposes"])
    return NewOffer(code, Terms(**values), key)
