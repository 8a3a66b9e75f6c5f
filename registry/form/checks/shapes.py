"""The shape of one value by the kind of its field: types, lengths, lists of codes, check characters."""

import re
from collections.abc import Callable, Iterator
from datetime import date

from kernel.errors import msgid
from registry.form.checks.problems import Problem, excerpt, found
from registry.form.credit_code import is_credit_code
from registry.form.dictionaries import has
from registry.form.fields import Field, FieldKind, is_filled

#: Characters, entries or the largest number where a field names no limit of its own.
_MOST = {
    FieldKind.TEXT: 200,
    FieldKind.LONG_TEXT: 2000,
    FieldKind.CODES: 50,
    FieldKind.CHOICES: 50,
    FieldKind.TABLE: 500,
    FieldKind.INTEGER: 10**18,
}
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}\Z")
_DIGEST = re.compile(r"[0-9a-f]{64}\Z")
_REGION = re.compile(r"[0-9]{6}\Z")
#: GB/T 2260 divisions of other provinces are not kept here.
_KNOWN_PROVINCE = "62"
_A_TEXT, _A_LIST, _A_TABLE = msgid("a text"), msgid("a list"), msgid("a table")

_Check = Callable[[Field, object, str], Iterator[Problem]]


def day_of(value: object) -> date | None:
    """The day that a value writes as ``2026-01-31``, if it does."""
    if not isinstance(value, str) or not _DAY.match(value):
        return None
    try:
        return date.fromisoformat(value)
    except ValueError:
        return None


def shape_problems(field: Field, value: object, path: str = "") -> Iterator[Problem]:
    """What is wrong with the shape of a filled value; ``path`` names a cell of a table."""
    yield from _CHECKS[field.kind](field, value, path or field.name)


def _check_text(field: Field, value: object, path: str) -> Iterator[Problem]:
    most = field.most or _MOST[field.kind]
    if not isinstance(value, str):
        yield found(path, "registry-form-wrong-type", label=field.label, expected=_A_TEXT)
    elif len(value) > most:
        length = len(value)
        yield found(path, "registry-form-too-long", label=field.label, length=length, most=most)
    elif field.pattern and not re.fullmatch(field.pattern, value):
        yield found(path, "registry-form-pattern", label=field.label)


def _check_choice(field: Field, value: object, path: str) -> Iterator[Problem]:
    if not has(field.choices, value):
        yield _not_in_dictionary(field, value, path)


def _not_in_dictionary(field: Field, value: object, path: str) -> Problem:
    return found(path, "registry-form-not-in-dictionary", label=field.label, value=excerpt(value))


def _check_choices(field: Field, value: object, path: str) -> Iterator[Problem]:
    for one in _entries(value):
        if not has(field.choices, one):
            yield _not_in_dictionary(field, one, path)
    yield from _check_count(field, value, path)


def _check_codes(field: Field, value: object, path: str) -> Iterator[Problem]:
    yield from _check_count(field, value, path)
    seen: set[str] = set()
    for one in _entries(value):
        if not isinstance(one, str) or not 1 <= len(one) <= 64:  # noqa: PLR2004 - opaque text of at most 64 (certificate/number.py)
            yield found(path, "registry-form-not-a-code", label=field.label)
        elif one in seen:
            yield found(path, "registry-form-code-twice", label=field.label, value=one)
        else:
            seen.add(one)


def _check_count(field: Field, value: object, path: str) -> Iterator[Problem]:
    most = field.most or _MOST[field.kind]
    if not isinstance(value, list | tuple):
        yield found(path, "registry-form-wrong-type", label=field.label, expected=_A_LIST)
    elif len(value) > most:
        count = len(value)
        yield found(path, "registry-form-too-many", label=field.label, count=count, most=most)


def _entries(value: object) -> tuple[object, ...]:
    return tuple(value) if isinstance(value, list | tuple) else ()


def _check_integer(field: Field, value: object, path: str) -> Iterator[Problem]:
    most = field.most or _MOST[field.kind]
    # True is an integer to Python, not to an officer.
    if not isinstance(value, int) or isinstance(value, bool):
        yield found(path, "registry-form-not-a-number", label=field.label, value=excerpt(value))
    elif not 0 <= value <= most:
        yield found(path, "registry-form-number-out-of-range", label=field.label, most=most)


def _check_date(field: Field, value: object, path: str) -> Iterator[Problem]:
    if day_of(value) is None:
        yield found(path, "registry-form-not-a-date", label=field.label, value=excerpt(value))


def _check_flag(field: Field, value: object, path: str) -> Iterator[Problem]:
    if not isinstance(value, bool):
        yield found(path, "registry-form-not-a-flag", label=field.label, value=excerpt(value))


def _check_digest(field: Field, value: object, path: str) -> Iterator[Problem]:
    if not isinstance(value, str) or not _DIGEST.match(value):
        yield found(path, "registry-form-not-a-digest", label=field.label)


def _check_credit_code(field: Field, value: object, path: str) -> Iterator[Problem]:
    if not isinstance(value, str) or not is_credit_code(value):
        yield found(path, "registry-form-not-a-credit-code", label=field.label)


def _check_region(field: Field, value: object, path: str) -> Iterator[Problem]:
    if not isinstance(value, str) or not _REGION.match(value):
        yield found(path, "registry-form-not-a-region", label=field.label)
    elif value.startswith(_KNOWN_PROVINCE) and not has("regions", value):
        yield found(path, "registry-form-region-unknown", label=field.label, value=value)


def _check_table(field: Field, value: object, path: str) -> Iterator[Problem]:
    yield from _check_count(field, value, path)
    for number, row in enumerate(_entries(value)):
        place = f"{path}/{number}"
        if isinstance(row, dict):
            yield from _check_row(field, row, place)
        else:
            yield found(place, "registry-form-wrong-type", label=field.label, expected=_A_TABLE)


def _check_row(field: Field, row: dict[str, object], place: str) -> Iterator[Problem]:
    for unknown in sorted(row.keys() - {column.name for column in field.columns}):
        name = excerpt(unknown)
        yield found(place, "registry-form-column-unknown", label=field.label, value=name)
    for column in field.columns:
        value, path = row.get(column.name), f"{place}/{column.name}"
        if is_filled(value):
            yield from shape_problems(column, value, path)
        elif column.required.is_owed:
            yield found(path, "registry-form-missing", label=column.label)


_CHECKS: dict[FieldKind, _Check] = {
    FieldKind.TEXT: _check_text,
    FieldKind.LONG_TEXT: _check_text,
    FieldKind.CHOICE: _check_choice,
    FieldKind.CHOICES: _check_choices,
    FieldKind.INTEGER: _check_integer,
    FieldKind.DATE: _check_date,
    FieldKind.FLAG: _check_flag,
    FieldKind.DIGEST: _check_digest,
    FieldKind.FILE: _check_digest,
    FieldKind.CREDIT_CODE: _check_credit_code,
    FieldKind.CODES: _check_codes,
    FieldKind.REGION: _check_region,
    FieldKind.TABLE: _check_table,
}
