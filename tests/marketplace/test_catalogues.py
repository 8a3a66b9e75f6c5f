"""Both catalogues hold every message id of code and templates, with equal places and nothing else."""

import re

import pytest
from babel.messages.catalog import Message

from scripts.update_translations import PLURALS, collect_ids, read_catalogue

_PLACE = re.compile(r"%\((\w+)\)s|%%\{(\w+)\}")
_CHINESE = re.compile(r"[\u4e00-\u9fff]")
#: Ids that are the same in both languages: punctuation.
_NO_WORDS = {"%(limit)s: %(name)s", ", ", ": ", "; "}


def messages(locale: str) -> list[Message]:
    return [message for message in read_catalogue(locale) if message.id]


def texts(value: str | tuple[str, ...] | list[str] | None) -> list[str]:
    return [value] if isinstance(value, str) else list(value or ())


@pytest.mark.parametrize("locale", list(PLURALS))
def test_a_catalogue_is_complete_and_not_older_than_the_code(locale: str) -> None:
    wanted = collect_ids()
    held = {message.id for message in messages(locale)}

    assert wanted - held == set(), "run `make translations` and translate what it names"
    assert held - wanted == set(), "run `make translations`: nobody uses these any more"


@pytest.mark.parametrize("locale", list(PLURALS))
def test_nothing_is_empty_fuzzy_or_obsolete(locale: str) -> None:
    assert [m.id for m in messages(locale) if not all(texts(m.string))] == []
    assert [m.id for m in messages(locale) if m.fuzzy] == []
    assert list(read_catalogue(locale).obsolete) == []


@pytest.mark.parametrize("locale", list(PLURALS))
def test_places_for_facts_are_the_same_as_in_the_id(locale: str) -> None:
    for message in messages(locale):
        wanted = set(_PLACE.findall(texts(message.id)[-1]))
        # "One query is granted": only the sentence for many has to say how many.
        assert set(_PLACE.findall(texts(message.string)[-1])) == wanted, message.id


def test_the_english_catalogue_holds_the_ids_themselves() -> None:
    for message in messages("en"):
        assert texts(message.string) == texts(message.id)


def test_the_chinese_catalogue_is_in_chinese() -> None:
    for message in messages("zh_Hans_CN"):
        if message.id not in _NO_WORDS:
            assert _CHINESE.search(texts(message.string)[0]), message.id
