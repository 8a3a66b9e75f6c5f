"""The reader's language: Chinese first, English by a switch or, for programs, by Accept-Language.

Only this module and ``kernel.console`` turn message ids into sentences.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from flask import Flask, Response, current_app, g, has_request_context, request
from flask_babel import Babel, get_locale, gettext

from kernel.errors import HexiError, said_facts

LANGUAGE_COOKIE = "hexi_language"
DEFAULT = "zh_Hans_CN"
LANGUAGES = {"zh-Hans": DEFAULT, "en": "en"}
#: Gives the words for a code (a status, a verb, a purpose) in the reader's language.
Words = Callable[[object], str]
_WORDS = "hexi_words"
#: Facts of errors that are codes, or lists of codes.
_CODES = frozenset(
    {"status", "state", "verb", "earlier", "purpose", "mode", "product_class", "clause", "scope"}
)
_CODE_LISTS = frozenset({"purposes", "fields", "topics", "items", "points", "right"})
#: Facts of errors that are lists of operands of a policy.
_OPERANDS = frozenset({"clauses"})
_TAGS = {locale: tag for tag, locale in LANGUAGES.items()}


def install(app: Flask, translations: Path, words: Words) -> None:
    """Set up the catalogues, the words for codes, and say the language of each answer."""
    app.extensions[_WORDS] = words
    app.config["BABEL_TRANSLATION_DIRECTORIES"] = str(translations)
    app.config["BABEL_DEFAULT_LOCALE"] = DEFAULT
    app.config["BABEL_DEFAULT_TIMEZONE"] = "Asia/Shanghai"
    Babel(app, locale_selector=choose_locale)
    app.jinja_env.add_extension("jinja2.ext.i18n")
    app.jinja_env.globals["language"] = language_tag

    @app.after_request
    def say_language(response: Response) -> Response:
        if response.mimetype in {"text/html", "application/problem+json"}:
            response.headers["Content-Language"] = language_tag()
            response.vary.add("Accept-Language")
        return response


def choose_locale() -> str:
    """The locale of this request: the switch's cookie, for the API the header, else Chinese."""
    if not has_request_context():
        return DEFAULT
    if request.path.startswith("/api/"):
        wanted = request.accept_languages.best_match(["zh-Hans", "zh-CN", "zh", "en"], "zh-Hans")
        return "en" if wanted == "en" else DEFAULT
    chosen = g.get("language") or request.cookies.get(LANGUAGE_COOKIE, "")
    return LANGUAGES.get(chosen, DEFAULT)


def language_tag() -> str:
    """BCP 47 tag of the language in use: ``zh-Hans`` or ``en``."""
    return _TAGS.get(str(get_locale()), "zh-Hans")


def word_of(code: object) -> str:
    """The words for a code in the reader's language."""
    words: Words = current_app.extensions[_WORDS]
    return words(code)


def title_of(error: HexiError) -> str:
    """The error's title in the reader's language."""
    return str(gettext(error.title)) if error.title else error.code


def facts_of(error: HexiError) -> dict[str, Any]:
    """The error's facts, those that are phrases in the reader's language."""
    return said_facts(error.facts, lambda phrase: str(gettext(phrase)))


def detail_of(error: HexiError) -> str:
    """The error's sentence with its facts, in the reader's language; codes become words."""
    if not error.detail:
        return ""
    facts = {name: _say(name, value) for name, value in facts_of(error).items()}
    return str(gettext(error.detail, **facts))


def _say(name: str, value: object) -> object:
    if name in _CODES:
        return word_of(value)
    if name in _CODE_LISTS:
        return gettext(", ").join(word_of(code) for code in str(value).split(", "))
    if name in _OPERANDS:
        return gettext(", ").join(word_of(f"operand-{code}") for code in str(value).split(", "))
    return value
