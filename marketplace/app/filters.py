"""Filters that templates use: amounts, days, moments, and the words for codes."""

from datetime import date, datetime

from flask import Flask
from flask_babel import format_date, format_datetime, get_locale, gettext
from jinja2 import pass_context
from jinja2.runtime import Context

from marketplace.portal.words import WORDS
from marketplace.rules import format_cents
from registry.public import field_labels

_MOMENT = {"zh": "y年M月d日 HH:mm", "en": "d MMM y, HH:mm"}
_DAY = {"zh": "y年M月d日", "en": "d MMM y"}


def install(app: Flask) -> None:
    """Give templates the filters ``words``, ``money``, ``yuan``, ``day`` and ``moment``."""
    app.jinja_env.filters.update(
        words=_words, money=format_cents, yuan=yuan, day=day, moment=moment
    )


@pass_context
def _words(_: Context, code: object) -> str:
    # Without the context Jinja takes the words of a constant code when it compiles a template, and
    # every later reader gets the language of the first one.
    return words(code)


def words(code: object) -> str:
    """The words for a code in the reader's language; an unknown code as it is."""
    text = str(getattr(code, "value", code))
    known = WORDS.get(text) or field_labels().get(text)
    return str(gettext(known)) if known else text


def yuan(cents: int | None) -> str:
    """An amount in 1/100 CNY with its sign; empty for nothing, which pages show as free."""
    return f"¥{format_cents(cents)}" if cents else ""


def day(value: date | None) -> str:
    """A day as people write it in the reader's language; a dash for none."""
    return str(format_date(value, _DAY[_language()])) if value else "—"


def moment(value: datetime | None) -> str:
    """A moment to the minute in China Standard Time; a dash for none."""
    return str(format_datetime(value, _MOMENT[_language()])) if value else "—"


def _language() -> str:
    locale = get_locale()
    return locale.language if locale and locale.language in _DAY else "zh"
