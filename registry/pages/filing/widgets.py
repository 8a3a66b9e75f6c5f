"""The fields of a form as a page shows them: with their lists, their words and their messages."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from flask_babel import gettext

from kernel.web.language import language_tag
from kernel.web.shapes import pointers
from registry.form import dictionaries
from registry.form.fields import Field, FieldKind
from registry.form.validate import Problem
from registry.queries import FileRow
from registry.service import Reader, sentence_of

#: Up to so many choices are shown all at once.
_MOST_RADIOS = 4
_SHOWN_DIGEST = 12
_COUNTY_DIGITS, _PROVINCE_ENDING = "00", "0000"


@dataclass(frozen=True, slots=True)
class Option:
    """One choice; ``group`` is the heading that it stands under, empty for none."""

    value: str
    text: str
    group: str = ""


@dataclass(frozen=True, slots=True)
class Widget:
    """One field on a page: ``shape`` is the macro's word for how it is asked for."""

    name: str
    shape: str
    label: str
    help: str
    value: Any
    errors: tuple[str, ...] = ()
    advice: tuple[str, ...] = ()
    options: tuple[Option, ...] = ()
    is_needed: bool = False
    most: int = 0
    rows: tuple[tuple["Widget", ...], ...] = field(default=())


@dataclass(frozen=True, slots=True)
class Told:
    """What is said about the fields, and which files there are to choose from."""

    problems: Mapping[str, Sequence[Problem]]
    shapes: Mapping[str, Any]
    files: Sequence[FileRow]
    needed: frozenset[str] = frozenset()
    more_rows: str = ""


def reader() -> Reader:
    """In which language this request wants its sentences."""
    return Reader(lambda text: str(gettext(text)), language_tag())


def widget_of(one: Field, value: Any, told: Told) -> Widget:  # noqa: ANN401 - form values
    """One field with its value and everything that is said about it."""
    problems = told.problems.get(one.name, ())
    language = reader()
    return Widget(
        one.name,
        _shape_of(one, is_needed=one.name in told.needed),
        language.say(one.label),
        language.say(one.help),
        shown_input(one, value),
        errors=_sentences(one, problems, told),
        advice=tuple(sentence_of(p, language) for p in problems if p.is_advice),
        options=options_of(one, value, told.files),
        is_needed=one.name in told.needed,
        most=one.most if one.kind in {FieldKind.TEXT, FieldKind.LONG_TEXT} else 0,
        rows=_rows(one, value, told) if one.kind is FieldKind.TABLE else (),
    )


def _sentences(one: Field, problems: Sequence[Problem], told: Told) -> tuple[str, ...]:
    if one.name in told.shapes:
        # Its shape is told by the schema; what the saved value lacks is not the matter now.
        return tuple(dict.fromkeys(found["detail"] for found in pointers(told.shapes[one.name])))
    language = reader()
    own = [problem for problem in problems if not problem.is_advice]
    return tuple(
        sentence_of(problem, language)
        for problem in own
        if one.kind is not FieldKind.TABLE or "/" not in problem.field
    )


_SHAPES = {
    FieldKind.LONG_TEXT: "area",
    FieldKind.INTEGER: "number",
    FieldKind.DATE: "date",
    FieldKind.FLAG: "flag",
    FieldKind.CHOICE: "select",
    FieldKind.CHOICES: "ticks",
    FieldKind.CODES: "codes",
    FieldKind.REGION: "grouped",
    FieldKind.FILE: "file",
    FieldKind.DIGEST: "file",
    FieldKind.TABLE: "table",
}


def _shape_of(one: Field, *, is_needed: bool) -> str:
    if one.choices == "divisions":
        return "grouped"
    # A choice that is not owed must be possible to take back, which radios do not let.
    if one.kind is FieldKind.CHOICE and is_needed:
        return "radios" if len(dictionaries.DICTIONARIES[one.choices]) <= _MOST_RADIOS else "select"
    return _SHAPES.get(one.kind, "suggested" if one.choices else "text")


def shown_input(one: Field, value: Any) -> Any:  # noqa: ANN401 - form values
    """The value as its input holds it."""
    if one.kind in {FieldKind.TABLE, FieldKind.FLAG, FieldKind.CHOICES}:
        return value or []
    if one.kind is FieldKind.CODES:
        return "\n".join(map(str, value)) if isinstance(value, list) else str(value or "")
    if one.kind is FieldKind.TEXT and one.choices:
        return dictionaries.words_of(one.choices, str(value or ""), language_tag())
    return "" if value is None else str(value)


def options_of(one: Field, value: Any, files: Sequence[FileRow]) -> tuple[Option, ...]:  # noqa: ANN401 - form values
    """What a field may be chosen from; a value that is in no list stays in it."""
    if one.kind is FieldKind.REGION:
        found = _regions()
    elif one.kind in {FieldKind.FILE, FieldKind.DIGEST}:
        found = tuple({row.sha256: _file_option(row) for row in files}.values())
    elif one.choices == "divisions":
        found = _divisions()
    elif one.choices:
        choices = dictionaries.DICTIONARIES[one.choices]
        found = tuple(Option(c.code, c.words(language_tag())) for c in choices)
    else:
        return ()
    if one.kind is FieldKind.TEXT or not isinstance(value, str) or not value:
        return found
    return found if value in {option.value for option in found} else (*found, Option(value, value))


def _file_option(row: FileRow) -> Option:
    return Option(row.sha256, f"{row.name} ({row.sha256[:_SHOWN_DIGEST]}…)")


def _regions() -> tuple[Option, ...]:
    language, heading, found = language_tag(), "", []
    for choice in dictionaries.DICTIONARIES["regions"]:
        words = choice.words(language)
        if choice.code.endswith(_PROVINCE_ENDING):
            heading = ""
        elif choice.code.endswith(_COUNTY_DIGITS):
            heading = words
        found.append(Option(choice.code, f"{choice.code} {words}", heading))
    return tuple(found)


def _divisions() -> tuple[Option, ...]:
    language = language_tag()
    return tuple(
        Option(
            division.code,
            f"{division.code} {division.words(language)}",
            f"{section.code} {section.words(language)}",
        )
        for section in dictionaries.DICTIONARIES["industries"]
        for division in dictionaries.divisions_of(section.code)
    )


def _rows(one: Field, value: Any, told: Told) -> tuple[tuple[Widget, ...], ...]:  # noqa: ANN401 - form values
    filled = [row for row in value if isinstance(row, dict)] if isinstance(value, list) else []
    spare = 1 if told.more_rows == one.name or not filled else 0
    return tuple(
        tuple(_cell(one, column, number, row, told) for column in one.columns)
        for number, row in enumerate([*filled, *({} for _ in range(spare))])
    )


def _cell(one: Field, column: Field, number: int, row: Mapping[str, Any], told: Told) -> Widget:
    path, language = f"{one.name}/{number}/{column.name}", reader()
    value = row.get(column.name)
    problems = [p for p in told.problems.get(one.name, ()) if p.field == path]
    shape = _shape_of(column, is_needed=False)
    return Widget(
        f"{one.name}-{number}-{column.name}",
        shape,
        language.say(column.label),
        language.say(column.help),
        shown_input(column, value),
        errors=tuple(sentence_of(problem, language) for problem in problems),
        options=options_of(column, value, told.files),
        is_needed=column.required.is_owed,
    )
