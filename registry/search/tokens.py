"""Words of the search index, and what a typed text asks of it. Pure.

Chinese has no spaces, and a dictionary would decide what can be found. So a run of Chinese becomes
its *bigrams* (住房公积金: 住房 房公 公积 积金) and, at its end, its last character: a word of two or
more characters is then a phrase of neighbouring bigrams, found wherever it stands, and one
character alone is the beginning of some token. That last character also keeps two runs apart, so
that 中国，国家 does not answer 中国家. Other words stay whole; a code gives its parts and the whole.

Two kinds of token hold an underscore, which no token of a text does: pairs of pinyin *initials*
(``_gj``), and *filters* (``region_6201``), so that text and filters are one question to one index.
"""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Final

#: What a typed text may ask for; the rest of it is left out.
MOST_WORDS: Final = 8
MOST_CHARACTERS: Final = 100
#: PostgreSQL keeps no positions beyond 16,383 (its documentation, section 12.11).
MOST_TOKENS: Final = 8000
#: A word of more letters is cut, in the index as in a question.
MOST_LETTERS: Final = 64

# Unified ideographs with their extensions, and the zero 〇 (Unicode 17.0, blocks).
_HAN: Final = "\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_LETTERS: Final = f"(?:(?![{_HAN}])[^\\W_])+"
_RUN: Final = re.compile(f"([{_HAN}]+)|({_LETTERS}(?:[-./:_]{_LETTERS})*)")
_SEPARATORS: Final = re.compile(r"[-./:_]")
_CODE: Final = re.compile(r"[0-9]")
_INITIALS_WORD: Final = re.compile(r"[a-z]{2,}")
# GB/T 2260: two digits each for province, prefecture and county; zeros mean all of them.
_REGION_LEVELS: Final = (2, 4, 6)
_FILTER_VALUE: Final = re.compile(r"[^0-9a-z]+")


#: The status of most entries, and all others.
_COMMON: Final = "effective"
_RARE: Final = ("coded", "expired", "cancelled", "revoked")


@dataclass(frozen=True, slots=True)
class Term:
    """Neighbouring tokens, anywhere or only in the title, or only the code.

    The last of them may be the beginning of a token.
    """

    tokens: tuple[str, ...]
    is_prefix: bool = False
    in_title: bool = False
    in_code: bool = False


@dataclass(frozen=True, slots=True)
class Phrase:
    """One typed word: an entry answers it when any of the alternatives is in it.

    ``code`` is the token of the code that the word may be, or empty.
    """

    alternatives: tuple[Term, ...]
    code: str = ""


@dataclass(frozen=True, slots=True)
class Filters:
    """What entries are narrowed to; an empty field narrows nothing.

    ``region`` is a code of GB/T 2260 (620000, 620100, 620102) and takes in what lies within;
    ``industry`` is a section or a division of GB/T 4754 (Q, Q84), a section taking in its divisions.
    """

    region: str = ""
    industry: str = ""
    kind: str = ""
    status: str = ""

    def tokens(self) -> tuple[str, ...]:
        """The tokens that an entry must all have."""
        tokens = []
        if self.region:
            tokens.append(_region_path(self.region)[-1])
        if self.industry:
            tokens.append(_industry_path(self.industry)[-1])
        return (*tokens, *_plain_filters(self.kind, self.status))

    def without(self) -> tuple[str, ...]:
        """Tokens that an entry must not have, in place of one that nearly all entries have.

        Nine of ten entries are in force: asking for that token reads them all, asking for the
        others and leaving those out reads one in ten.
        """
        if self.status != _COMMON:
            return ()
        return tuple(f"status_{value}" for value in _RARE)

    def index_tokens(self) -> tuple[str, ...]:
        """The tokens of an entry that has these values: each level of region and industry."""
        region = _region_path(self.region) if self.region else ()
        industry = _industry_path(self.industry) if self.industry else ()
        return (*region, *industry, *_plain_filters(self.kind, self.status))


def index_tokens(text: str) -> list[str]:
    """The tokens of a text in its order, at most 8,000."""
    tokens: list[str] = []
    for han, word in _RUN.findall(_normal(text)):
        if han:
            tokens.extend(_bigrams(han))
            tokens.append(han[-1])
        else:
            parts = _parts(word)
            tokens.extend(parts)
            if len(parts) > 1:
                tokens.append("".join(parts)[:MOST_LETTERS])
    return tokens[:MOST_TOKENS]


def code_token(code: str) -> str:
    """The one token of an entry's code: its letters and digits without what stands between."""
    return "".join(han or "".join(_parts(word)) for han, word in _RUN.findall(_normal(code)))


def initials(text: str) -> str:
    """The pinyin initials of the Chinese in a text, a word for each run: 住房公积金 is ``zfgjj``.

    Characters with several readings are read by the phrase that they stand in: 重庆 is ``cq``.
    """
    runs = (han for han, _ in _RUN.findall(_normal(text)) if han)
    return " ".join(filter(None, map(_initials_of, runs)))


# The same names of places and fields come again and again, and each costs a third of a millisecond.
@lru_cache(maxsize=4096)
def _initials_of(run: str) -> str:
    # A tenth of a second and a dictionary of phrases that only writing to the index needs.
    from pypinyin import Style, lazy_pinyin  # noqa: PLC0415 - keeps every other start short

    letters = lazy_pinyin(run, style=Style.FIRST_LETTER)
    # A character that the dictionary does not know comes back as it is.
    return "".join(letter for letter in letters if letter.isascii())


def initial_tokens(letters: str) -> list[str]:
    """The index tokens of initials: pairs of letters, and each word's last one to end it."""
    return [
        token
        for word in letters.split()
        for token in (*(f"_{pair}" for pair in _bigrams(word)), f"_{word[-1]}")
    ][:MOST_TOKENS]


def query_phrases(text: str) -> tuple[Phrase, ...]:
    """What a typed text asks for: each of its words, in any order; nothing when it holds no word.

    A word of two or more Latin letters may also be initials of a title, and a single Chinese
    character is looked for in titles only, because nearly every text holds the frequent ones.
    """
    words = _normal(text[: 4 * MOST_CHARACTERS])[:MOST_CHARACTERS].split()
    phrases = (_phrase_of(word) for word in words[:MOST_WORDS])
    return tuple(phrase for phrase in phrases if phrase.alternatives)


def _phrase_of(word: str) -> Phrase:
    runs: list[tuple[str, str]] = _RUN.findall(word)
    tokens: list[str] = []
    for han, letters in runs:
        tokens.extend((*_bigrams(han), han[-1]) if han else _parts(letters))
    if not tokens:
        return Phrase(())
    last_han = runs[-1][0]
    if len(last_han) > 1:
        # The run may go on in the text, so its last character need not end it there.
        tokens.pop()
    is_single = len(last_han) == 1
    alternatives = [Term(tuple(tokens), is_prefix=is_single, in_title=is_single and len(runs) == 1)]
    joined = ""
    if len(runs) == 1 and not last_han:
        joined = "".join(tokens)[:MOST_LETTERS]
        if len(tokens) > 1:
            alternatives.append(Term((joined,)))
        if _INITIALS_WORD.fullmatch(joined):
            alternatives.append(Term(tuple(f"_{pair}" for pair in _bigrams(joined))))
    return Phrase(tuple(alternatives), code=joined if _CODE.search(joined) else "")


def _parts(word: str) -> list[str]:
    return [part[:MOST_LETTERS] for part in _SEPARATORS.split(word)]


def _normal(text: str) -> str:
    # Full-width and compatibility forms become the plain ones (Unicode UAX 15).
    return unicodedata.normalize("NFKC", text).lower()


def _bigrams(run: str) -> list[str]:
    return [first + second for first, second in pairwise(run)]


def _region_path(region: str) -> tuple[str, ...]:
    digits = _FILTER_VALUE.sub("", region.lower())
    while len(digits) > _REGION_LEVELS[0] and digits.endswith("00"):
        digits = digits[:-2]
    return tuple(
        f"region_{digits[:level]}" for level in _REGION_LEVELS if level <= len(digits)
    ) or (f"region_{digits}",)


def _industry_path(industry: str) -> tuple[str, ...]:
    code = _FILTER_VALUE.sub("", industry.lower())
    return tuple(dict.fromkeys((f"industry_{code[:1]}", f"industry_{code}")))


def _plain_filters(kind: str, status: str) -> tuple[str, ...]:
    values = (("kind", kind), ("status", status))
    return tuple(
        f"{name}_{_FILTER_VALUE.sub('', value.lower())}" for name, value in values if value
    )
