"""The answers of a form in words, for the list that is checked before it is sent."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from flask_babel import format_date, gettext
from flask_babel import gettext as _

from kernel.web.language import language_tag
from registry.form import dictionaries
from registry.form.fields import Field, FieldKind, Group, is_filled
from registry.queries import FileRow

_SHOWN_DIGEST = 12


def answers_of(
    group: Group, form: Mapping[str, Any], files: Mapping[str, FileRow]
) -> list[dict[str, Any]]:
    """The filled fields of a group: ``field``, its ``name`` in words and its ``value`` in words."""
    return [
        {
            "field": field.name,
            "name": str(gettext(field.label)),
            "value": words_of_value(field, form[field.name], files),
        }
        for field in group.fields
        if is_filled(form.get(field.name))
    ]


def words_of_value(field: Field, value: Any, files: Mapping[str, FileRow]) -> str:  # noqa: ANN401 - form values
    """A value as people read it; lists are joined, rows stand one after the other."""
    if isinstance(value, list):
        return _words_of_list(field, value, files)
    if isinstance(value, bool):
        return str(_("Yes") if value else _("No"))
    text = str(value)
    if field.kind in {FieldKind.FILE, FieldKind.DIGEST}:
        return _words_of_file(text, files)
    if field.choices:
        return dictionaries.words_of(field.choices, text, language_tag())
    read = _READINGS.get(field.kind)
    return read(text) if read else text


def _words_of_list(field: Field, value: list[Any], files: Mapping[str, FileRow]) -> str:
    if field.kind is not FieldKind.TABLE:
        words = (
            dictionaries.words_of(field.choices, str(one), language_tag())
            if field.choices
            else str(one)
            for one in value
        )
        return ", ".join(words)
    return "\n".join(_words_of_row(field, row, files) for row in value if isinstance(row, dict))


def _words_of_row(field: Field, row: Mapping[str, Any], files: Mapping[str, FileRow]) -> str:
    filled = (column for column in field.columns if is_filled(row.get(column.name)))
    return " · ".join(words_of_value(column, row[column.name], files) for column in filled)


def _words_of_file(sha256: str, files: Mapping[str, FileRow]) -> str:
    shown = f"{sha256[:_SHOWN_DIGEST]}…" if len(sha256) > _SHOWN_DIGEST else sha256
    return f"{files[sha256].name} ({shown})" if sha256 in files else shown


def _words_of_day(text: str) -> str:
    try:
        return str(format_date(date.fromisoformat(text), "long"))
    except ValueError:
        return text


def _words_of_region(code: str) -> str:
    return "".join(dictionaries.region_path(code)) or code


_READINGS: Mapping[FieldKind, Callable[[str], str]] = {
    FieldKind.DATE: _words_of_day,
    FieldKind.REGION: _words_of_region,
}
