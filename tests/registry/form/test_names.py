"""Names of data: the same, noisy, of a system, or well formed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.form.checks.names import cleaned_name, is_system_name, missing_parts, normalised_name


@pytest.mark.parametrize(
    "other",
    [
        "２０２５年 甘肃省就诊记录",
        "2025年甘肃省就诊记录。",
        "《2025年甘肃省》就诊-记录",
        "2025年\u200b甘肃省就诊记录",
    ],
)
def test_width_case_blanks_and_punctuation_do_not_tell_names_apart(other: str) -> None:
    assert normalised_name(other) == normalised_name("2025年甘肃省就诊记录")
    assert normalised_name("GDP Data") == normalised_name("gdp－data")


def test_other_words_tell_names_apart() -> None:
    assert normalised_name("2025年就诊记录") != normalised_name("2024年就诊记录")
    assert normalised_name("C++") != normalised_name("C")


@pytest.mark.parametrize(
    "name",
    [
        "2025年甘肃省就诊记录",
        "研究年度 1 至 5 的 API 数据（脱敏）",
        "Hospital visits, 2025",
        "2020——2025年兰州市空气质量监测",
    ],
)
def test_a_clean_name_stays(name: str) -> None:
    assert cleaned_name(name) == name


@pytest.mark.parametrize(
    ("name", "clean"),
    [
        (" 就诊记录", "就诊记录"),
        ("就诊 记录", "就诊记录"),
        ("就诊记录，，2025", "就诊记录，2025"),
        ("visits  2025", "visits 2025"),
        ("就诊\u200b记录", "就诊记录"),
        ("就诊记录；", "就诊记录"),
    ],
)
def test_noise_is_removed(name: str, clean: str) -> None:
    assert cleaned_name(name) == clean


@given(st.text(alphabet="就诊记录 a1，。-《》\u3000\u200b", max_size=20))
def test_a_cleaned_name_is_clean_and_the_same_name(name: str) -> None:
    once = cleaned_name(name)
    assert cleaned_name(once) == once
    assert normalised_name(once) == normalised_name(name)


@pytest.mark.parametrize(
    "name", ["医保信息系统", "一体化平台", "人口数据库", "政府网站", "Visits Database"]
)
def test_a_system_is_told_from_its_data(name: str) -> None:
    assert is_system_name(name)
    assert not is_system_name(f"{name}运行记录")


def test_what_a_good_name_says() -> None:
    assert list(missing_parts("2025年兰州市就诊记录")) == []
    assert list(missing_parts("2025年榆中就诊记录")) == []
    assert list(missing_parts("就诊")) == ["time", "region", "type"]
