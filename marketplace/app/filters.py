"""Filters that templates use: amounts, days, moments, and the words for codes."""

from datetime import date, datetime

from flask import Flask
from flask_babel import format_date, format_datetime, get_locale, gettext
from jinja2 import pass_context
from jinja2.runtime import Context

from licensing.public import Clause, Shown, clauses_of
from marketplace.portal.words import WORDS
from marketplace.rules import format_cents
from registry.public import field_labels, place_words

_MOMENT = {"zh": "y年M月d日 HH:mm", "en": "d MMM y, HH:mm"}
_DAY = {"zh": "y年M月d日", "en": "d MMM y"}


def install(app: Flask) -> None:
    """Give templates the filters by their names below."""
    app.jinja_env.filters.update(
        words=_words,
        money=format_cents,
        yuan=yuan,
        day=day,
        moment=moment,
        sentence=sentence,
        clauses=clauses_of,
        place=_place,
    )


@pass_context
def _words(_context: Context, code: object) -> str:
    """As :func:`words`, asked for at each reading.

    Without a context the template's compiler would ask for a constant's words once, in the language
    of whoever came first.
    """
    return words(code)


def words(code: object) -> str:
    """The words for a code in the reader's language; an unknown code as it is."""
    text = str(getattr(code, "value", code))
    known = WORDS.get(text) or field_labels().get(text)
    return str(gettext(known)) if known else text


def sentence(clause: Clause) -> str:
    """A clause of a contract in the reader's language, its values as people write them."""
    values = {name: _shown(shown, value) for name, shown, value in clause.values}
    return str(gettext(clause.sentence)) % values


def _shown(shown: Shown, value: object) -> str:
    parts = value if isinstance(value, tuple) else (value,)
    if shown is Shown.MONEY:
        return format_cents(int(str(value)))
    if shown is Shown.MOMENT:
        return moment(value if isinstance(value, datetime) else None)
    say = words if shown is Shown.CODES else _place if shown is Shown.PLACES else str
    return str(gettext(", ")).join(say(part) for part in parts)


def _place(code: object) -> str:
    return place_words(str(code), "en" if _language() == "en" else "zh-Hans")


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
