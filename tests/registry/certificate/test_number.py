"""The codes of both registers: their form, their order, and their end."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.certificate.number import (
    PROPERTY_CODE,
    PropertyCodesExhausted,
    property_code,
    provisional_code,
)

NOVEMBER = date(2026, 11, 22)


def test_the_first_code_of_a_month_is_the_guides_own_example() -> None:
    code = property_code(region_digits="62", agency_digit=1, day=NOVEMBER, serial=1)

    assert code == "SJ6212026110001"


@given(
    region=st.integers(10, 99),
    agency=st.integers(0, 9),
    day=st.dates(date(2024, 1, 1), date(2099, 12, 31)),
    serial=st.integers(1, 9999),
)
def test_every_code_has_the_form_of_annex_six(
    region: int, agency: int, day: date, serial: int
) -> None:
    code = property_code(region_digits=str(region), agency_digit=agency, day=day, serial=serial)

    assert PROPERTY_CODE.fullmatch(code)
    assert len(code) == 15
    assert int(code[-4:]) == serial


def test_a_months_codes_end_at_9999() -> None:
    last = property_code(region_digits="62", agency_digit=1, day=NOVEMBER, serial=9999)
    assert last.endswith("9999")

    with pytest.raises(PropertyCodesExhausted) as refusal:
        property_code(region_digits="62", agency_digit=1, day=NOVEMBER, serial=10_000)
    assert "2026-11" in str(refusal.value)


@pytest.mark.parametrize(
    ("region", "agency", "serial"), [("6", 1, 1), ("620", 1, 1), ("62", 10, 1), ("62", 1, 0)]
)
def test_no_code_is_made_from_parts_that_are_none(region: str, agency: int, serial: int) -> None:
    with pytest.raises(ValueError, match="no certificate code"):
        property_code(region_digits=region, agency_digit=agency, day=NOVEMBER, serial=serial)


@pytest.mark.parametrize(
    "wrong",
    [
        "SJ6212026130001",
        "SJ6212026110000",
        "sj6212026110001",
        "SJ62120261100011",
        "SJ６212026110001",
    ],
)
def test_what_is_no_certificate_code_does_not_pass(wrong: str) -> None:
    assert not PROPERTY_CODE.fullmatch(wrong)


@pytest.mark.parametrize(("kind", "digit"), [("resource", "1"), ("product", "2"), ("service", "3")])
def test_a_provisional_code_tells_the_object_class(kind: str, digit: str) -> None:
    assert provisional_code(year=2026, kind=kind, serial=17) == f"L620000-2026-{digit}-000017"
