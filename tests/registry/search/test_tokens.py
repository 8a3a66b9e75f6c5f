"""The tokens of the search: what is written is found by each part of it, and nothing else is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.search.tokens import (
    MOST_TOKENS,
    MOST_WORDS,
    Filters,
    Term,
    code_token,
    index_tokens,
    initial_tokens,
    initials,
    query_phrases,
)

HAN = st.text(st.sampled_from("住房公积金登记数据一二三国家中"), min_size=1, max_size=12)


def answers(text: str, query: str) -> bool:
    """Whether a text answers a query, read off the tokens as the engines read them."""
    tokens = index_tokens(text)

    def stands(term: Term) -> bool:
        count = len(term.tokens)
        for start in range(len(tokens) - count + 1):
            *first, last = tokens[start : start + count]
            fits = last.startswith(term.tokens[-1]) if term.is_prefix else last == term.tokens[-1]
            if fits and tuple(first) == term.tokens[:-1]:
                return True
        return False

    phrases = query_phrases(query)
    return bool(phrases) and all(any(map(stands, phrase.alternatives)) for phrase in phrases)


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("住房公积金", ["住房", "房公", "公积", "积金", "金"]),
        ("金", ["金"]),
        ("ＡＰＩ 2026", ["api", "2026"]),
        ("数据API", ["数据", "据", "api"]),
        ("L620000-2026-2-000017", ["l620000", "2026", "2", "000017", "l62000020262000017"]),
        ("", []),
        ("，。—", []),
    ],
)
def test_a_text_becomes_these_tokens(text: str, tokens: list[str]) -> None:
    assert index_tokens(text) == tokens


@given(text=HAN, start=st.integers(0, 11), length=st.integers(1, 12))
def test_every_part_of_a_chinese_text_finds_it(text: str, start: int, length: int) -> None:
    part = text[start : start + length] or text
    assert answers(f"某{text}，另一段", part)


@given(texts=st.lists(HAN, min_size=1, max_size=4), query=HAN)
def test_chinese_is_found_where_it_stands_and_nowhere_else(texts: list[str], query: str) -> None:
    assert answers("，".join(texts), query) == any(query in text for text in texts)


def test_two_runs_do_not_answer_for_a_word_across_them() -> None:
    assert not answers("中国，国家", "中国家")
    assert answers("中国，国家", "国家 中国")


@pytest.mark.parametrize(
    "query", ["L620000-2026-2-000017", "l62000020262000017", "000017", "Ｌ620000"]
)
def test_a_code_is_found_whole_by_its_parts_and_without_its_strokes(query: str) -> None:
    assert answers("编码 L620000-2026-2-000017 已登记", query)


def test_years_are_found_however_the_stroke_between_them_is_written() -> None:
    for text in ("2021—2025年", "2021-2025年", "２０２１－２０２５年"):
        assert answers(text, "2021-2025")


@pytest.mark.parametrize(
    ("text", "letters"),
    [("住房公积金", "zfgjj"), ("重庆银行", "cqyh"), ("甘肃省2026年数据", "gss nsj"), ("API", "")],
)
def test_initials_are_read_by_the_phrase_they_stand_in(text: str, letters: str) -> None:
    assert initials(text) == letters


def test_initials_are_found_anywhere_in_a_run_of_them() -> None:
    tokens = initial_tokens("zfgjj dj")
    assert tokens == ["_zf", "_fg", "_gj", "_jj", "_j", "_dj", "_j"]
    (phrase,) = query_phrases("gjj")
    assert [term.tokens for term in phrase.alternatives] == [("gjj",), ("_gj", "_jj")]


@given(text=st.text(max_size=200))
def test_no_text_makes_a_token_that_a_filter_or_an_initial_has(text: str) -> None:
    tokens = index_tokens(text) + [
        token
        for phrase in query_phrases(text)
        for term in phrase.alternatives[:1]
        for token in term.tokens
    ]
    # Nor one that could end a quoted word of either engine's questions.
    assert not any(set(token) & set("_'\"\\ \t\n\0") for token in tokens)


@given(text=st.text(max_size=3000))
def test_a_question_stays_small(text: str) -> None:
    phrases = query_phrases(text)
    assert len(phrases) <= MOST_WORDS
    assert sum(len(term.tokens) for phrase in phrases for term in phrase.alternatives) < 600


def test_a_very_long_text_is_cut() -> None:
    assert len(index_tokens("数据" * 10_000)) == MOST_TOKENS


def test_one_chinese_character_is_looked_for_in_titles() -> None:
    (phrase,) = query_phrases("房")
    assert phrase.alternatives == (Term(("房",), is_prefix=True, in_title=True),)


def test_a_question_without_words_asks_for_nothing() -> None:
    assert query_phrases(" ，。!! ' \" ") == ()


def test_a_code_is_one_token_without_what_stands_between() -> None:
    assert code_token("L620000-2026-2-000017") == "l62000020262000017"
    assert code_token("SJ6212026110001") == "sj6212026110001"


@pytest.mark.parametrize(
    ("wide", "narrow"),
    [
        (Filters(region="620000"), Filters(region="620102")),
        (Filters(region="620100"), Filters(region="620102")),
        (Filters(region="620102"), Filters(region="620102")),
        (Filters(industry="Q"), Filters(industry="Q84")),
        (Filters(kind="product", status="effective"), Filters("", "", "product", "effective")),
        (Filters(), Filters(region="110000")),
    ],
)
def test_a_filter_takes_in_what_lies_within_it(wide: Filters, narrow: Filters) -> None:
    assert set(wide.tokens()) <= set(narrow.index_tokens())


@pytest.mark.parametrize(
    ("filters", "entry"),
    [
        (Filters(region="620102"), Filters(region="620100")),
        (Filters(region="620100"), Filters(region="620200")),
        (Filters(industry="Q84"), Filters(industry="Q")),
        (Filters(status="revoked"), Filters(status="effective")),
    ],
)
def test_a_filter_leaves_out_what_does_not(filters: Filters, entry: Filters) -> None:
    assert not set(filters.tokens()) <= set(entry.index_tokens())
