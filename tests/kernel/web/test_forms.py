"""A refusal is linked to the field of the form that it is about, where the form has one."""

import pytest
from flask import Flask

from kernel.errors import HexiError
from kernel.web import forms
from licensing import errors

ABOUT = (
    (errors.PriceAboveCeiling(ceiling_cents=100, price_cents=101), "price_cents"),
    (errors.PurposeOutsideOffer(purposes="academic-research"), "purposes"),
    (errors.CounterOfferOutside(clause="min_cell_size"), "min_cell_size"),
    (errors.ResearchersMissing(most=2), "researchers"),
    (errors.ReasonMissing(), "reason"),
)


@pytest.mark.parametrize(("error", "field"), ABOUT)
def test_a_refusal_is_linked_to_a_field_of_the_form_and_to_no_other(
    app: Flask, error: HexiError, field: str
) -> None:
    with app.test_request_context("/"):
        linked = forms.describe(error, (field,))
        assert linked["errors"] == {field: linked["detail"]}
        assert forms.describe(error, ("elsewhere",))["errors"] == {}


def test_codes_in_a_refusal_are_words_in_the_readers_language(app: Flask) -> None:
    with app.test_request_context("/"):
        said = forms.describe(errors.ClauseNotMet(clauses="purpose, spatial"))["detail"]
        assert "使用用途、被许可方" in said
        assert "最小单元格" in forms.describe(ABOUT[2][0])["detail"]
