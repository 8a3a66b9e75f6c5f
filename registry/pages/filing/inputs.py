"""What a browser sends for the fields of a form, as the form's own values.

A browser sends nothing for an unticked box, a table as cells with numbered names
(``items-0-name``), and a suggestion as its words; the form knows flags, rows and codes.
"""

import re
from typing import Any

from marshmallow import ValidationError
from werkzeug.datastructures import MultiDict

from registry.form import dictionaries
from registry.form.fields import Field, FieldKind, is_filled
from registry.schemas import FORMS
from registry.states import Register

Sent = MultiDict[str, str]
_SEPARATORS = re.compile(r"[\s,;，；、]+")
#: As many rows as the largest table may have (``registry.form.groups``).
_MOST_ROWS = 500


def read_values(fields: tuple[Field, ...], sent: Sent) -> dict[str, Any]:
    """The value of every field, as it was sent; what cannot be read stays the text that it is."""
    return {field.name: _read(field, sent, field.name) for field in fields}


def _read(field: Field, sent: Sent, name: str) -> Any:  # noqa: ANN401 - as many shapes as kinds
    if field.kind is FieldKind.FLAG:
        return name in sent
    if field.kind is FieldKind.CHOICES:
        return sent.getlist(name)
    if field.kind is FieldKind.TABLE:
        return read_rows(field, sent)
    return _read_text(field, _text(sent, name))


def _read_text(field: Field, text: str) -> Any:  # noqa: ANN401 - a text, a number or codes
    if field.kind is FieldKind.CODES:
        return [code for code in _SEPARATORS.split(text) if code]
    if field.kind is FieldKind.INTEGER:
        return _number(text)
    if field.kind is FieldKind.TEXT and field.choices:
        # Somebody who takes a suggestion sends its words.
        return dictionaries.code_of(field.choices, text) or text
    return text


def _text(sent: Sent, name: str) -> str:
    # PostgreSQL holds no NUL in JSON; browsers end lines as in MIME.
    return sent.get(name, "").replace("\x00", "").replace("\r\n", "\n").strip()


def _number(text: str) -> int | str | None:
    if not text:
        return None
    return int(text) if text.isascii() and text.isdigit() else text


def read_rows(field: Field, sent: Sent) -> list[dict[str, Any]]:
    """The rows of a table that have something in them and were not to be removed."""
    rows = []
    for number in range(row_count(field.name, sent)):
        prefix = f"{field.name}-{number}-"
        cells = {one.name: _read(one, sent, prefix + one.name) for one in field.columns}
        filled = {name: value for name, value in cells.items() if is_filled(value)}
        if filled and f"{prefix}remove" not in sent:
            rows.append(filled)
    return rows


def row_count(name: str, sent: Sent) -> int:
    """How many rows of a table were on the page."""
    text = sent.get(f"{name}-count", "")
    is_number = text.isascii() and text.isdigit()
    return min(int(text), _MOST_ROWS) if is_number else 0


def split_by_shape(
    register: Register, values: dict[str, Any]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """The values that have the shape of their field, and the messages for those that have not."""
    try:
        return dict(FORMS[register](only=tuple(values)).load(values)), {}
    except ValidationError as error:
        wrong = error.messages_dict
        return {name: value for name, value in values.items() if name not in wrong}, wrong


def changed_values(form: dict[str, Any], values: dict[str, Any]) -> dict[str, Any]:
    """What differs from the saved form; an empty value is none of a field that was never filled."""
    return {
        name: value
        for name, value in values.items()
        if form.get(name) != value and (is_filled(value) or is_filled(form.get(name)))
    }
