"""Unified social credit codes (GB 32100-2015)."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from registry.form.credit_code import (
    ALPHABET,
    authority_of,
    check_character,
    division_of,
    is_credit_code,
)

FIRST = st.builds(
    lambda a, b, c: a + b + c,
    st.text(ALPHABET, min_size=2, max_size=2),
    st.text("0123456789", min_size=6, max_size=6),
    st.text(ALPHABET, min_size=9, max_size=9),
)
CODES = FIRST.map(lambda first: first + check_character(first))


@pytest.mark.parametrize(
    ("code", "division"),
    [
        # As published by the companies themselves.
        ("91110000802100433B", "110000"),
        ("91330100799655058B", "330100"),
        ("9144030071526726XG", "440300"),
        ("914403001922038216", "440300"),
    ],
)
def test_published_codes_hold(code: str, division: str) -> None:
    assert is_credit_code(code)
    assert division_of(code) == division
    assert authority_of(code) == "工商"


def test_the_check_character_by_hand() -> None:
    # 1 in the second place weighs 3, so 31 - 3 = 28, and the 28th of the alphabet is W.
    assert check_character("01" + "0" * 15) == "W"
    assert check_character("0" * 17) == "0"


@given(CODES, st.integers(0, 17), st.sampled_from(ALPHABET))
def test_every_wrong_character_is_found(code: str, place: int, other: str) -> None:
    assume(code[place] != other)
    assert not is_credit_code(code[:place] + other + code[place + 1 :])


@given(CODES, st.integers(0, 16))
def test_every_swap_of_two_neighbours_is_found(code: str, place: int) -> None:
    first, second = code[place], code[place + 1]
    assume(first != second)
    assert not is_credit_code(code[:place] + second + first + code[place + 2 :])


@given(st.text(max_size=20))
def test_any_text_gets_an_answer(text: str) -> None:
    assert is_credit_code(text) in {True, False}


@pytest.mark.parametrize(
    "text",
    ["", "91110000802100433", "91110000802100433b", "91110000802100433B\n", "I" * 18, "1A" * 9],
)
def test_another_shape_is_no_code(text: str) -> None:
    assert not is_credit_code(text)


def test_a_letter_outside_the_alphabet_has_no_check_character() -> None:
    with pytest.raises(KeyError):
        check_character("I" * 17)
    with pytest.raises(ValueError, match="zip"):
        check_character("1")


def test_an_unknown_authority_has_no_name() -> None:
    assert authority_of("Z") == ""
    assert authority_of("12") == "机构编制"
