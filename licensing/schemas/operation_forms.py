"""Forms of authorised operation: what a page sends, with one field for each item and topic."""

from typing import Any

from marshmallow import Schema, ValidationError, fields, post_load, validate

from licensing.queries import PlannedProduct
from licensing.rules import AGREEMENT_TOPICS, PLAN_ITEMS, PLAN_MODES, PRODUCT_CLASSES
from licensing.service import AgreementText, PlanText

_MOST_MONTHS = 60
#: The sentence that kernel.web.shapes knows for an empty field.
_EMPTY = "Write something here."


class _PlanFields(Schema):
    """The fields of a plan that are more than words."""

    mode = fields.String(required=True, validate=validate.OneOf(PLAN_MODES))
    codes = fields.String(load_default="")
    term_months = fields.Integer(required=True, validate=validate.Range(1, _MOST_MONTHS))
    product_class = fields.List(fields.String(validate=validate.OneOf(PRODUCT_CLASSES)))
    product_form = fields.List(fields.String())

    @post_load
    def make_text(self, values: dict[str, Any], **_: object) -> PlanText:
        """The plan's text; rows without any word are left out."""
        rows = zip(
            *(values.get(name, []) for name in ("product_name", "product_class", "product_form")),
            strict=False,
        )
        products = [
            PlannedProduct(name.strip(), class_, form.strip())
            for name, class_, form in rows
            if name.strip() or form.strip()
        ]
        if any(not one.name for one in products):
            raise ValidationError({"product_name": [_EMPTY]})
        if any(not one.form for one in products):
            raise ValidationError({"product_form": [_EMPTY]})
        items = {item: values[item] for item in PLAN_ITEMS if item in values}
        return PlanText(
            items, values["mode"], _lines(values["codes"]), tuple(products), values["term_months"]
        )


PlanForm = _PlanFields.from_dict(
    {
        "product_name": fields.List(fields.String()),
        **{item: fields.String(validate=validate.Length(1, 4000)) for item in PLAN_ITEMS},
    },
    name="PlanForm",
)


class _AgreementFields(Schema):
    """The fields of an agreement that are more than words."""

    codes = fields.String(required=True)
    starts_on = fields.Date(required=True)
    ends_on = fields.Date(required=True)
    affiliates = fields.String(load_default="")

    @post_load
    def make_text(self, values: dict[str, Any], **_: object) -> AgreementText:
        """The agreement's text."""
        return AgreementText(
            _lines(values["codes"]),
            {topic: values[topic] for topic in AGREEMENT_TOPICS},
            values["starts_on"],
            values["ends_on"],
            _lines(values["affiliates"]),
        )


AgreementForm = _AgreementFields.from_dict(
    {
        topic: fields.String(required=True, validate=validate.Length(1, 2000))
        for topic in AGREEMENT_TOPICS
    },
    name="AgreementForm",
)


#: What a new agreement has beside its text.
AgreementHead = Schema.from_dict(
    {
        "agreement_number": fields.String(required=True, validate=validate.Length(1, 60)),
        "selection_id": fields.String(required=True),
        "supersedes_id": fields.String(load_default=""),
    },
    name="AgreementHead",
)


def _lines(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(text.replace(",", " ").split()))
