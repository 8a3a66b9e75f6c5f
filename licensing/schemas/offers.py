"""Outside shapes of offers, of counter-offers, and of policies that somebody wants to read."""

from dataclasses import fields as dataclass_fields
from typing import Any

from marshmallow import Schema, ValidationError, fields, validate

from kernel.clock import CHINA
from licensing.contract.terms import MODES, OUTPUT_REVIEWS, PERIODS, PURPOSES, RESPONSE_TIMES, Terms
from licensing.service import NewOffer
from licensing.states import Approval

_LARGEST_PRICE_CENTS = 100_000_000
_LARGEST_AMOUNT = 10**12


def _each_once(names: list[str]) -> None:
    if len(set(names)) != len(names):
        message = "Name each one once."
        raise ValidationError(message)


def _amount() -> fields.Integer:
    return fields.Integer(load_default=0, validate=validate.Range(0, _LARGEST_AMOUNT))


def _texts(pattern: str) -> fields.List[Any]:
    text = fields.String(validate=validate.Regexp(pattern))
    return fields.List(text, load_default=list, validate=[validate.Length(0, 50), _each_once])


class TermsBody(Schema):
    """Terms of a contract; ``columns`` as ``table.column``, the price in 1/100 CNY a run.

    Quotas count per ``quota_period``; 0 and an empty list mean that there is no such clause.
    """

    mode = fields.String(required=True, validate=validate.OneOf(MODES))
    dataset = fields.String(required=True, validate=validate.Length(1, 80))
    columns = fields.List(
        fields.String(validate=validate.Regexp(r"[^.\s]+\.[^.\s]+\Z")),
        required=True,
        validate=[validate.Length(1, 500), _each_once],
    )
    purposes = fields.List(
        fields.String(validate=validate.OneOf(PURPOSES)),
        required=True,
        validate=[validate.Length(1, 20), _each_once],
    )
    run_quota = fields.Integer(required=True, validate=validate.Range(1, 1_000_000))
    price_cents = fields.Integer(required=True, validate=validate.Range(0, _LARGEST_PRICE_CENTS))
    min_cell_size = fields.Integer(load_default=10, validate=validate.Range(0, 1000))
    term_days = fields.Integer(required=True, validate=validate.Range(1, 1826))
    starts_at = fields.AwareDateTime(load_default=None, allow_none=True, default_timezone=CHINA)
    quota_period = fields.String(load_default="term", validate=validate.OneOf(PERIODS))
    row_quota = _amount()
    compute_quota = _amount()
    call_quota = _amount()
    privacy_rho = _amount()
    output_review = fields.String(load_default="none", validate=validate.OneOf(OUTPUT_REVIEWS))
    response_time = fields.String(load_default="when_done", validate=validate.OneOf(RESPONSE_TIMES))
    regions = _texts(r"(CN|[0-9]{6})\Z")
    industries = _texts(r"[A-T][0-9]{0,4}\Z")
    credentials = _texts(r"[a-z0-9-]{1,60}\Z")
    most_users = fields.Integer(load_default=0, validate=validate.Range(0, 1000))
    delegation_depth = fields.Integer(load_default=0, validate=validate.Range(0, 5))
    report_months = fields.Integer(load_default=0, validate=validate.Range(0, 12))
    must_attribute = fields.Boolean(load_default=False)
    must_delete = fields.Boolean(load_default=False)


class OfferBody(TermsBody):
    """Terms of an offer; ``replaces`` names the open version that it takes over."""

    product_code = fields.String(required=True)
    approval = fields.Enum(Approval, by_value=True, load_default=Approval.REVIEWED)
    replaces = fields.String(load_default="")


class OfferArguments(Schema):
    """What a first offer is for: one's own registered product, and the mode."""

    product_code = fields.String(required=True)
    # Not "mode": in the words of an error that is the mode of an authorisation.
    offer_mode = fields.String(required=True, validate=validate.OneOf(MODES))


class CounterOfferBody(TermsBody):
    """Other terms for an application, with a word that explains them."""

    text = fields.String(load_default="", validate=validate.Length(0, 2000))


class PolicyBody(Schema):
    """An ODRL document to be read."""

    policy = fields.Raw(required=True)


class OfferReply(Schema):
    """An offer with its ODRL policy."""

    offer_id = fields.String()
    series_id = fields.String()
    version = fields.Integer()
    approval = fields.Enum(Approval, by_value=True)
    product_code = fields.String()
    mode = fields.String()
    dataset = fields.Function(lambda row: row.terms.dataset)
    operator_name = fields.String()
    policy = fields.Dict()
    policy_digest = fields.String()
    price_cents = fields.Integer()
    ceiling_cents = fields.Integer()
    is_open = fields.Boolean()


def terms_of(values: dict[str, Any]) -> Terms:
    """The terms of a body; only aggregate mode has a smallest cell."""
    names = {one.name for one in dataclass_fields(Terms)}
    plain: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in values.items()
        if name in names
    }
    if plain["mode"] != "aggregate":
        plain["min_cell_size"] = 0
    if plain.get("starts_at"):
        plain["starts_at"] = plain["starts_at"].replace(microsecond=0)
    return Terms(**plain)


def offer_of(values: dict[str, Any], key: str) -> NewOffer:
    """The offer command of a body."""
    return NewOffer(
        values["product_code"], terms_of(values), key, values["approval"], values["replaces"]
    )
