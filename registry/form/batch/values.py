"""The texts of a row as the values of a form, with what is wrong by cell."""

import re
from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

from registry.form.batch.columns import BAR, JOINED_COLUMNS
from registry.form.batch.reading import Row
from registry.form.checks.problems import Problem, found
from registry.form.checks.shapes import shape_problems
from registry.form.dictionaries import code_of
from registry.form.fields import Field, FieldKind
from registry.form.groups import all_fields, fields_by_name
from registry.form.validate import problems_between

_SEPARATORS = re.compile(r"[;；]")
_NUMBER = re.compile(r"[0-9]{1,30}|[0-9]{1,3}(,[0-9]{3}){1,9}")
_DAY = re.compile(r"([0-9]{4})[-/.年]([0-9]{1,2})[-/.月]([0-9]{1,2})日?")
_FLAGS = {
    **dict.fromkeys(("true", "yes", "y", "1", "是", "有"), True),
    **dict.fromkeys(("false", "no", "n", "0", "否", "无"), False),
}


def values_of(
    row: Row, register: str, registration: str, kind: str
) -> tuple[dict[str, Any], tuple[Problem, ...]]:
    """The form of a row, and the cells that could not be read; those are left out of the form."""
    asked = fields_by_name(register, registration, kind)
    form: dict[str, Any] = {}
    problems: list[Problem] = []
    for name, text in row.cells.items():
        if not text:
            continue
        if name not in asked:
            problems.append(found(name, "registry-form-not-asked", label=_label(register, name)))
            continue
        value = _value_of(asked[name], text)
        if wrong := list(shape_problems(asked[name], value)):
            problems += wrong
        else:
            form[name] = value
    if row.has_surplus:
        problems.append(found("", "registry-form-row-uneven"))
    return form, tuple(problems)


def judge_row(
    row: Row, register: str, registration: str, kind: str, today: date
) -> tuple[dict[str, Any], tuple[Problem, ...]]:
    """The form of a row with all its problems; an unreadable cell is not called missing as well."""
    form, problems = values_of(row, register, registration, kind)
    told = {problem.field.partition("/")[0] for problem in problems}
    further = problems_between(register, registration, kind, form, today)
    return form, problems + tuple(problem for problem in further if problem.field not in told)


def cell_of(problem: Problem, row: Row) -> str:
    """The cell of a problem, such as ``C17``; only the row where the file has no such column."""
    column = problem.field.partition("/")[0]
    return f"{row.letters.get(column, '')}{row.number}"


def _label(register: str, name: str) -> str:
    return next((field.label for field in all_fields(register) if field.name == name), name)


def _value_of(field: Field, text: str) -> object:
    """The value that the text means, or the text itself where it means none of that kind."""
    read = _READERS.get(field.kind)
    return text if read is None else read(field, text)


def _read_choice(field: Field, text: str) -> object:
    return (code_of(field.choices, text) or text) if field.choices else text


def _read_region(_: Field, text: str) -> object:
    return code_of("regions", text) or text


def _read_list(field: Field, text: str) -> object:
    return [_read_choice(field, part) for part in _parts(text)]


def _parts(text: str) -> Iterator[str]:
    return (part.strip() for part in _SEPARATORS.split(text) if part.strip())


def _read_number(_: Field, text: str) -> object:
    return int(text.replace(",", "")) if _NUMBER.fullmatch(text) else text


def _read_day(_: Field, text: str) -> object:
    if not (parts := _DAY.fullmatch(text)):
        return text
    year, month, day = parts.groups()
    return f"{year}-{month:0>2}-{day:0>2}"


def _read_flag(_: Field, text: str) -> object:
    return _FLAGS.get(text.casefold(), text)


def _read_digest(_: Field, text: str) -> object:
    return text.lower()


def _read_credit_code(_: Field, text: str) -> object:
    return text.upper()


def _read_table(field: Field, text: str) -> object:
    columns = {column.name: column for column in field.columns}
    joined = [columns[name] for name in JOINED_COLUMNS.get(field.name, ())]
    return [_read_line(joined, line) for line in _parts(text)]


def _read_line(columns: list[Field], line: str) -> dict[str, object]:
    parts = [part.strip() for part in line.split(BAR)]
    pairs = zip(columns, parts, strict=False)
    row = {column.name: _value_of(column, part) for column, part in pairs if part}
    # A part too many is named by its place and told as an unknown column.
    return row | {str(at + 1): part for at, part in enumerate(parts) if at >= len(columns)}


_READERS: dict[FieldKind, Callable[[Field, str], object]] = {
    FieldKind.TEXT: _read_choice,
    FieldKind.CHOICE: _read_choice,
    FieldKind.CHOICES: _read_list,
    FieldKind.CODES: _read_list,
    FieldKind.REGION: _read_region,
    FieldKind.INTEGER: _read_number,
    FieldKind.DATE: _read_day,
    FieldKind.FLAG: _read_flag,
    FieldKind.DIGEST: _read_digest,
    FieldKind.FILE: _read_digest,
    FieldKind.CREDIT_CODE: _read_credit_code,
    FieldKind.TABLE: _read_table,
}
