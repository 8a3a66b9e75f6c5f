"""The dictionaries: complete, and each code in its place."""

import re

import pytest

from registry.form.dictionaries import (
    DICTIONARIES,
    code_of,
    divisions_of,
    has,
    region_path,
    words_of,
)


def test_there_are_twenty_sections_and_ninety_seven_divisions() -> None:
    assert "".join(one.code for one in DICTIONARIES["industries"]) == "ABCDEFGHIJKLMNOPQRST"
    expected = [f"{number:02d}" for number in range(1, 98)]
    assert [one.code for one in DICTIONARIES["divisions"]] == expected


def test_every_division_belongs_to_exactly_one_section() -> None:
    below = [one.code for section in "ABCDEFGHIJKLMNOPQRST" for one in divisions_of(section)]
    assert below == [one.code for one in DICTIONARIES["divisions"]]
    sizes = {section: len(divisions_of(section)) for section in "ACGT"}
    assert sizes == {"A": 5, "C": 31, "G": 8, "T": 1}
    assert divisions_of("Z") == ()


def test_gansu_has_fourteen_prefectures_and_eighty_six_counties() -> None:
    codes = [one.code for one in DICTIONARIES["regions"]]
    prefectures = [code for code in codes if code.endswith("00") and code != "620000"]
    counties = [code for code in codes if not code.endswith("00")]
    assert (len(prefectures), len(counties), len(codes)) == (14, 86, 101)
    assert {code[:4] + "00" for code in counties} <= set(prefectures)
    assert codes == sorted(set(codes))
    # Jiayuguan is a prefecture without counties.
    assert [one for one in prefectures if not any(c[:4] == one[:4] for c in counties)] == ["620200"]


def test_a_region_is_told_from_the_province_down() -> None:
    assert region_path("620102") == ("甘肃省", "兰州市", "城关区")
    assert region_path("623000") == ("甘肃省", "甘南藏族自治州")
    assert region_path("620000") == ("甘肃省",)
    assert region_path("110101") == ()


@pytest.mark.parametrize("name", sorted(DICTIONARIES))
def test_every_choice_has_a_code_of_its_own_and_both_languages(name: str) -> None:
    codes = [one.code for one in DICTIONARIES[name]]
    assert len(codes) == len(set(codes))
    for one in DICTIONARIES[name]:
        assert re.fullmatch(r"[a-z_0-9]+|[A-T]", one.code)
        assert one.chinese.strip() == one.chinese != ""
        assert one.english.isascii()


@pytest.mark.parametrize("name", sorted(DICTIONARIES))
def test_words_lead_back_to_their_code(name: str) -> None:
    for one in DICTIONARIES[name]:
        assert code_of(name, one.code) == one.code
        assert code_of(name, f"{one.code} {one.chinese}") == one.code
        assert code_of(name, f" {one.code} {one.english} ") == one.code
        assert code_of(name, one.chinese) == one.code


def test_words_follow_the_language_and_free_text_stays() -> None:
    assert words_of("industries", "Q", "en") == "Health and social work"
    assert words_of("industries", "Q", "zh-Hans") == "卫生和社会工作"
    assert words_of("data_forms", "结构化表", "en") == "结构化表"
    assert has("rights", "hold")
    assert not has("rights", "own")
    assert not has("rights", 1)
    assert len(list(DICTIONARIES)) == len(DICTIONARIES)
