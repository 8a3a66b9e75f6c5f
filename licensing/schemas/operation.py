"""Outside shapes of authorised operation: plans, selections, agreements, consents."""

from typing import Any

from marshmallow import Schema, fields, validate

from kernel.limits import Scope
from licensing.queries import PlannedProduct
from licensing.rules import (
    AGREEMENT_TOPICS,
    EVALUATION_RESULTS,
    PLAN_ITEMS,
    PLAN_MODES,
    PRODUCT_CLASSES,
    SELECTION_WAYS,
)
from licensing.service import AgreementText, CollectiveDecision, PlanText

_WORDS = validate.Length(1, 4000)
_LINE = validate.Length(1, 120)
_MOST_MONTHS = 60


class ProductBody(Schema):
    """One planned product or service, in one of the two classes of S2 Art. 9(7)."""

    name = fields.String(required=True, validate=_LINE)
    product_class = fields.String(required=True, validate=validate.OneOf(PRODUCT_CLASSES))
    form = fields.String(required=True, validate=_LINE)


class PlanEditBody(Schema):
    """New text of a plan; what is left out stays as it is. ``items`` are those of S2 Art. 9."""

    items = fields.Dict(
        keys=fields.String(validate=validate.OneOf(PLAN_ITEMS)),
        values=fields.String(validate=_WORDS),
    )
    mode = fields.String(validate=validate.OneOf(PLAN_MODES))
    scope = fields.List(fields.String(validate=_LINE), validate=validate.Length(0, 200))
    products = fields.List(fields.Nested(ProductBody), validate=validate.Length(0, 100))
    term_months = fields.Integer(validate=validate.Range(1, _MOST_MONTHS))


class PlanBody(PlanEditBody):
    """A new plan; one that changes a decided plan names it. It may be drafted bit by bit."""

    mode = fields.String(load_default=PLAN_MODES[0], validate=validate.OneOf(PLAN_MODES))
    term_months = fields.Integer(
        load_default=_MOST_MONTHS, validate=validate.Range(1, _MOST_MONTHS)
    )
    supersedes_id = fields.String(load_default="")


class CollectiveDecisionBody(Schema):
    """A collective decision; its minutes are preserved under their SHA-256."""

    meeting = fields.String(required=True, validate=_LINE)
    document_number = fields.String(required=True, validate=_LINE)
    decided_on = fields.Date(required=True)
    minutes_sha256 = fields.String(required=True, validate=validate.Regexp(r"[0-9a-f]{64}\Z"))


class FilingBody(Schema):
    """The number under which something was filed."""

    filing_number = fields.String(required=True, validate=_LINE)


class CollectiveDecisionReply(CollectiveDecisionBody):
    """A collective decision."""

    recorded_by_name = fields.String()


class PlanReply(Schema):
    """An implementation plan."""

    plan_id = fields.String()
    status = fields.String()
    revision = fields.Integer()
    body_name = fields.String()
    supersedes_id = fields.String()
    name = fields.String()
    mode = fields.String()
    scope = fields.List(fields.String())
    items = fields.Dict()
    products = fields.List(fields.Nested(ProductBody))
    term_months = fields.Integer()
    reply = fields.String()
    submitted_at = fields.AwareDateTime()
    decision = fields.Nested(CollectiveDecisionReply, allow_none=True)
    file_by = fields.Date()
    filing_number = fields.String()
    filed_on = fields.Date()


class SelectionBody(Schema):
    """A new selection for a plan."""

    plan_id = fields.String(required=True)
    way = fields.String(required=True, validate=validate.OneOf(SELECTION_WAYS))
    way_reasons = fields.String(load_default="", validate=validate.Length(0, 4000))
    published_on = fields.Date(required=True)
    published_where = fields.String(required=True, validate=_LINE)


class CandidateBody(Schema):
    """A candidate, its score or remarks, and whether it meets the conditions."""

    name = fields.String(required=True, validate=_LINE)
    credit_code = fields.String(required=True, validate=validate.Length(18, 18))
    remarks = fields.String(load_default="", validate=validate.Length(0, 2000))
    is_qualified = fields.Boolean(load_default=False)


class SelectionResultBody(Schema):
    """The result of a selection: the credit code of the chosen candidate and the reasons."""

    chosen_code = fields.String(load_default="")
    reason = fields.String(load_default="", validate=validate.Length(0, 4000))


class SelectionReply(Schema):
    """A selection."""

    selection_id = fields.String()
    plan_id = fields.String()
    status = fields.String()
    revision = fields.Integer()
    body_name = fields.String()
    way = fields.String()
    way_reasons = fields.String()
    published_on = fields.Date()
    published_where = fields.String()
    candidates = fields.List(fields.Nested(CandidateBody))
    chosen_code = fields.String()
    reasons = fields.String()


class AgreementEditBody(Schema):
    """New text of an agreement; what is left out stays as it is."""

    scope = fields.List(fields.String(validate=_LINE), validate=validate.Length(1, 200))
    topics = fields.Dict(
        keys=fields.String(validate=validate.OneOf(AGREEMENT_TOPICS)),
        values=fields.String(validate=validate.Length(1, 2000)),
    )
    affiliates = fields.List(fields.String(validate=_LINE), validate=validate.Length(0, 100))
    starts_on = fields.Date()
    ends_on = fields.Date()


class AgreementBody(Schema):
    """A new operation agreement with whom a selection chose; ``topics`` are those of S2 Art. 14."""

    number = fields.String(required=True, validate=validate.Length(1, 60))
    selection_id = fields.String(required=True)
    supersedes_id = fields.String(load_default="")
    scope = fields.List(
        fields.String(validate=_LINE), required=True, validate=validate.Length(1, 200)
    )
    topics = fields.Dict(
        keys=fields.String(validate=validate.OneOf(AGREEMENT_TOPICS)),
        values=fields.String(validate=validate.Length(1, 2000)),
        required=True,
    )
    affiliates = fields.List(
        fields.String(validate=_LINE), load_default=list, validate=validate.Length(0, 100)
    )
    starts_on = fields.Date(required=True)
    ends_on = fields.Date(required=True)


class EvaluationBody(Schema):
    """An evaluation of an agreement's effect."""

    evaluated_on = fields.Date(required=True)
    result = fields.String(required=True, validate=validate.OneOf(EVALUATION_RESULTS))
    findings = fields.String(required=True, validate=_WORDS)
    next_on = fields.Date(load_default=None, allow_none=True)


class ExitBody(Schema):
    """One step by which the operator leaves."""

    done_on = fields.Date(required=True)
    step = fields.String(required=True, validate=_WORDS)


class EvaluationReply(EvaluationBody):
    """An evaluation and who recorded it."""

    recorded_by_name = fields.String()


class ExitReply(ExitBody):
    """A step of the exit and who recorded it."""

    recorded_by_name = fields.String()


class AgreementReply(Schema):
    """An operation agreement as it stands today."""

    agreement_id = fields.String()
    number = fields.String()
    status = fields.String()
    revision = fields.Integer()
    selection_id = fields.String()
    supersedes_id = fields.String()
    body_name = fields.String()
    operator_name = fields.String()
    scope = fields.List(fields.String())
    affiliates = fields.List(fields.String())
    topics = fields.Dict()
    starts_on = fields.Date()
    ends_on = fields.Date()
    reply = fields.String()
    decision = fields.Nested(CollectiveDecisionReply, allow_none=True)
    signed_at = fields.AwareDateTime()
    countersigned_at = fields.AwareDateTime()
    file_by = fields.Date()
    filing_number = fields.String()
    filed_on = fields.Date()
    evaluate_by = fields.Date()
    end_reason = fields.String()
    ended_on = fields.Date()


class ConsentBody(Schema):
    """A word of the providing body on one resource."""

    resource_code = fields.String(required=True, validate=_LINE)
    is_given = fields.Boolean(required=True)
    document_number = fields.String(required=True, validate=_LINE)
    reason = fields.String(load_default="", validate=validate.Length(0, 2000))


class ConsentReply(ConsentBody):
    """A consent, given or taken back."""

    organisation_name = fields.String()
    recorded_by_name = fields.String()
    recorded_at = fields.AwareDateTime()


class OperationLimitBody(Schema):
    """A value of a limit from a day on; null takes a provincial value back."""

    scope = fields.String(
        load_default=Scope.PROVINCIAL.value,
        validate=validate.OneOf([one.value for one in Scope]),
    )
    value = fields.Integer(required=True, allow_none=True)
    source = fields.String(required=True, validate=validate.Length(1, 200))
    effective_from = fields.Date(required=True)


class LimitForm(OperationLimitBody):
    """The same from a form, where an empty field is no value and takes a provincial one back."""

    value = fields.Integer(load_default=None, allow_none=True)


def plan_text_of(values: dict[str, Any]) -> PlanText:
    """The text of a plan from a body's values; what is not there is empty."""
    return PlanText(
        items=values.get("items", {}),
        mode=values["mode"],
        scope=tuple(values.get("scope", ())),
        products=tuple(PlannedProduct(**one) for one in values.get("products", ())),
        term_months=values["term_months"],
    )


def agreement_text_of(values: dict[str, Any]) -> AgreementText:
    """The text of an agreement from a body's values."""
    return AgreementText(
        scope=tuple(values["scope"]),
        topics=values["topics"],
        starts_on=values["starts_on"],
        ends_on=values["ends_on"],
        affiliates=tuple(values["affiliates"]),
    )


def decision_of(values: dict[str, Any]) -> CollectiveDecision:
    """The collective decision of a body."""
    return CollectiveDecision(**values)
