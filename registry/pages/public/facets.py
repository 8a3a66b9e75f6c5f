"""The filters of the register's search as links: what they would find, and which are chosen."""

from dataclasses import dataclass
from typing import Any

from flask import url_for
from flask_babel import gettext as _

from kernel.clock import CHINA
from kernel.web.language import language_tag, word_of
from registry.form import dictionaries
from registry.queries import EntrySearch, Found

_FILTERS = ("region", "industry", "kind", "status")
_PROVINCE_DIGITS, _PREFECTURE_DIGITS = 2, 4
_PROVINCE_ENDING, _PREFECTURE_ENDING = "0000", "00"


@dataclass(frozen=True, slots=True)
class Option:
    """A value of a filter: without ``href`` nothing narrower can be asked for."""

    text: str
    count: int
    href: str
    is_chosen: bool = False


@dataclass(frozen=True, slots=True)
class Facet:
    """A filter with its values, the frequent ones first."""

    name: str
    legend: str
    options: tuple[Option, ...]


def arguments_of(wanted: EntrySearch) -> dict[str, str]:
    """The search as it stands in an address, without its place in the list."""
    as_of = wanted.as_of.isoformat() if wanted.as_of else ""
    given = {name: getattr(wanted, name) for name in _FILTERS}
    return {
        name: value for name, value in {"q": wanted.text, **given, "as_of": as_of}.items() if value
    }


def minute_of(wanted: EntrySearch) -> str:
    """The asked moment as a browser's field for day and time holds it; empty for now."""
    return wanted.as_of.astimezone(CHINA).strftime("%Y-%m-%dT%H:%M") if wanted.as_of else ""


def href_with(wanted: EntrySearch, **changes: str) -> str:
    """The address of the same search with some arguments changed; an empty one is taken away."""
    arguments = {**arguments_of(wanted), **changes}
    kept: dict[str, Any] = {name: value for name, value in arguments.items() if value}
    return url_for("registry.search_entries", **kept)


def chips_of(wanted: EntrySearch) -> list[dict[str, str]]:
    """What was chosen, each with the address that takes it away."""
    chosen = {"q": wanted.text, **{name: getattr(wanted, name) for name in _FILTERS}}
    return [
        {
            "text": value if name == "q" else words_of(name, value),
            "href": href_with(wanted, **{name: ""}),
        }
        for name, value in chosen.items()
        if value
    ]


def facets_of(found: Found, wanted: EntrySearch) -> list[Facet]:
    """The filters with how many entries each value would find; none where nothing was counted."""
    legends = {
        "region": _("Region"),
        "industry": _("Industry"),
        "kind": _("Kind"),
        "status": _("Status"),
    }
    made = []
    for name, legend in legends.items():
        counts = {value: count for value, count in found.facets.get(name, {}).items() if value}
        if name == "region":
            options = _regions(counts, wanted)
        else:
            options = tuple(_option(name, value, count, wanted) for value, count in counts.items())
        if options:
            made.append(Facet(name, str(legend), options))
    return made


def _option(name: str, value: str, count: int, wanted: EntrySearch) -> Option:
    is_chosen = getattr(wanted, name) == value
    href = href_with(wanted, **{name: "" if is_chosen else value})
    return Option(words_of(name, value), count, href, is_chosen)


def _regions(counts: dict[str, int], wanted: EntrySearch) -> tuple[Option, ...]:
    """Prefectures; below a chosen prefecture its counties."""
    depth = _depth_of(wanted.region)
    within: dict[str, int] = {}
    for code, count in counts.items():
        above = code[:depth].ljust(len(code), "0")
        within[above] = within.get(above, 0) + count
    ordered = sorted(within.items(), key=lambda one: (-one[1], one[0]))
    return tuple(_region(code, count, wanted) for code, count in ordered)


def _depth_of(region: str) -> int:
    is_wide = not region or region.endswith(_PROVINCE_ENDING)
    return _PREFECTURE_DIGITS if is_wide else len("620102")


def _region(code: str, count: int, wanted: EntrySearch) -> Option:
    option = _option("region", code, count, wanted)
    # Asking for the province or the chosen prefecture takes in all that lies within, so that the
    # bodies of that level alone cannot be asked for.
    is_level_itself = code.endswith(_PROVINCE_ENDING) or code == wanted.region.ljust(len(code), "0")
    if not is_level_itself or not code.endswith(_PREFECTURE_ENDING):
        return option
    text = _("%(region)s: its own bodies", region=option.text)
    return Option(str(text), count, "")


def words_of(name: str, value: str) -> str:
    """The words of a filter's value in the reader's language."""
    if name == "region":
        return dictionaries.words_of("regions", value, language_tag())
    if name == "industry":
        listed = "industries" if len(value) == 1 else "divisions"
        return f"{value} {dictionaries.words_of(listed, value, language_tag())}"
    return word_of(value)


def choices_of(name: str) -> list[dict[str, str]]:
    """All values of a filter, for a search where none are counted."""
    listed = {"region": "regions", "industry": "industries"}[name]
    codes = [choice.code for choice in dictionaries.DICTIONARIES[listed]]
    return [{"value": code, "text": _indented(name, code)} for code in codes]


def _indented(name: str, code: str) -> str:
    # An option holds no markup; an ideographic space sets counties below their prefecture.
    is_county = name == "region" and not code.endswith(_PREFECTURE_ENDING)
    return f"\u3000{words_of(name, code)}" if is_county else words_of(name, code)
