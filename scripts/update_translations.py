"""Collect the message ids of code and templates into both catalogues; sorted, without dates.

English is the language of the ids, so its catalogue holds them as they are; a Chinese sentence
that is missing stays empty, and the tests name it. Ids that nobody uses any more are dropped.
"""

import sys
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parents[1]
CATALOGUES = ROOT / "marketplace" / "translations"
#: Plural rules of CLDR.
PLURALS = {"en": "nplurals=2; plural=(n != 1);", "zh_Hans_CN": "nplurals=1; plural=0;"}
_KEYWORDS = {"_": None, "gettext": None, "ngettext": (1, 2), "msgid": None}
_HEADER = """msgid ""
msgstr ""
"Language: {locale}\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Content-Transfer-Encoding: 8bit\\n"
"Plural-Forms: {plurals}\\n"

"""
Id = str | tuple[str, ...]


def collect_ids() -> set[Id]:
    """Every message id of the six packages and the templates, as ``babel.cfg`` says."""
    with (ROOT / "babel.cfg").open(encoding="utf-8") as file:
        methods, options = parse_mapping_cfg(file)  # type: ignore[no-untyped-call] # Babel has no types here
    folders = sorted({pattern.partition("/")[0] for pattern, _ in methods})
    found: set[Id] = set()
    for folder in folders:
        inside = [
            (pattern.partition("/")[2], method)
            for pattern, method in methods
            if pattern.partition("/")[0] == folder
        ]
        settings = {pattern.partition("/")[2]: chosen for pattern, chosen in options.items()}
        for _, _, text, _, _ in extract_from_dir(
            ROOT / folder, inside, settings, keywords=_KEYWORDS
        ):
            found.add(text)
    return {text for text in found if text}


def catalogue_path(locale: str) -> Path:
    """Where a language's catalogue is."""
    return CATALOGUES / locale / "LC_MESSAGES" / "messages.po"


def read_catalogue(locale: str) -> Catalog:
    """The catalogue as it is, or an empty one."""
    path = catalogue_path(locale)
    if not path.exists():
        return Catalog(locale=locale)
    with path.open("rb") as file:
        return read_po(file, locale=locale)


def update(locale: str, ids: set[Id]) -> list[Id]:
    """Write one catalogue anew; the ids without a sentence are returned."""
    known = {message.id: message.string for message in read_catalogue(locale) if message.id}
    made, missing = Catalog(locale=locale), []
    for text in ids:
        sentence = text if locale == "en" else known.get(text, "")
        made[text] = Message(text, sentence)
        if not sentence or sentence == ("",):
            missing.append(text)
    path = catalogue_path(locale)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        file.write(_HEADER.format(locale=locale, plurals=PLURALS[locale]).encode())
        write_po(file, made, no_location=True, omit_header=True, sort_output=True)
    return missing


def main() -> int:
    """Update both catalogues; 1 when a sentence is missing."""
    ids = collect_ids()
    missing = {locale: update(locale, ids) for locale in PLURALS}
    for locale, texts in missing.items():
        for text in texts:
            sys.stderr.write(f"{locale}: {text}\n")
    return 1 if any(missing.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
