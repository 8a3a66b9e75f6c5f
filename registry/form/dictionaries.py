"""The lists of codes that a form chooses from, in both languages.

Industries follow GB/T 4754-2017 (sections A to T with 97 divisions), regions GB/T 2260 for Gansu
(the province, 14 prefectures, 86 counties and districts; a new area such as Lanzhou New Area has
no code there). The rest is domain 2.8, 5.5, 6 and 7. Each file is read once, when it is first
asked for, so that a start of the program does not pay for it.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

_FOLDER = Path(__file__).parent / "data"
_ENGLISH = "en"


@dataclass(frozen=True, slots=True)
class Choice:
    """A code and its words."""

    code: str
    chinese: str
    english: str

    def words(self, language: str) -> str:
        """The words in a language (``zh-Hans`` or ``en``)."""
        return self.english if language == _ENGLISH else self.chinese


class _Dictionaries(Mapping[str, tuple[Choice, ...]]):
    """All dictionaries by name; reading the names already reads the files."""

    def __getitem__(self, name: str) -> tuple[Choice, ...]:
        return _read_all()[name]

    def __iter__(self) -> Iterator[str]:
        return iter(_read_all())

    def __len__(self) -> int:
        return len(_read_all())


DICTIONARIES: Mapping[str, tuple[Choice, ...]] = _Dictionaries()


def has(dictionary: str, code: object) -> bool:
    """The dictionary knows the code."""
    return isinstance(code, str) and code in _by_code(dictionary)


def words_of(dictionary: str, code: str, language: str) -> str:
    """The words of a code, or the text itself where it is no code (a suggestion may be free text)."""
    choice = _by_code(dictionary).get(code)
    return code if choice is None else choice.words(language)


def code_of(dictionary: str, text: str) -> str | None:
    """The code that a person means by the code itself or by its words in either language."""
    return _by_words(dictionary).get(text.strip().casefold())


def divisions_of(section: str) -> tuple[Choice, ...]:
    """The divisions of an industry section; none for a letter that is no section."""
    return _divisions_by_section().get(section, ())


def region_path(code: str) -> tuple[str, ...]:
    """Province, prefecture and county of a region in Chinese, as far as the code is known."""
    known = _by_code("regions")
    above = dict.fromkeys((code[:2] + "0000", code[:4] + "00", code))
    return tuple(known[part].chinese for part in above if part in known)


@cache
def _read_all() -> dict[str, tuple[Choice, ...]]:
    industries = _read("industries.json")
    found = {name: _choices(rows) for name, rows in _read("choices.json").items()}
    found["industries"] = _choices(part["section"] for part in industries)
    found["divisions"] = _choices(row for part in industries for row in part["divisions"])
    found["regions"] = _choices(_read("regions.json"))
    return found


@cache
def _divisions_by_section() -> dict[str, tuple[Choice, ...]]:
    parts = _read("industries.json")
    return {part["section"][0]: _choices(part["divisions"]) for part in parts}


@cache
def _by_code(dictionary: str) -> dict[str, Choice]:
    return {choice.code: choice for choice in DICTIONARIES[dictionary]}


@cache
def _by_words(dictionary: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for choice in DICTIONARIES[dictionary]:
        # What a drop-down of the batch table shows comes first, then the words alone.
        for text in (
            choice.code,
            f"{choice.code} {choice.chinese}",
            f"{choice.code} {choice.english}",
        ):
            found.setdefault(text.casefold(), choice.code)
        found.setdefault(choice.chinese.casefold(), choice.code)
        found.setdefault(choice.english.casefold(), choice.code)
    return found


def _choices(rows: Any) -> tuple[Choice, ...]:  # noqa: ANN401 - parsed JSON
    return tuple(Choice(*row) for row in rows)


def _read(name: str) -> Any:  # noqa: ANN401 - parsed JSON
    return json.loads((_FOLDER / name).read_text(encoding="utf-8"))
