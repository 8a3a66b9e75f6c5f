"""The Excel template of a batch: columns, labels, help, drop-down lists and the dictionaries."""

import io
from collections.abc import Callable
from typing import TYPE_CHECKING

from kernel.errors import msgid
from registry.form.batch.columns import BAR, JOINED_COLUMNS, columns_of, is_owed
from registry.form.batch.reading import letter_of
from registry.form.dictionaries import DICTIONARIES
from registry.form.fields import Field, FieldKind

if TYPE_CHECKING:
    # At run time it is loaded only by whoever asks for a template.
    from openpyxl import Workbook
    from openpyxl.worksheet.worksheet import Worksheet

_FORMS, _LISTS = msgid("Forms"), msgid("Lists")
_JOINED_HELP = msgid("One line for each, split by semicolons: %(columns)s.")
_LIST_HELP = msgid("Split several by semicolons.")
_YES_NO = {"en": "yes,no", "zh-Hans": "是,否"}
#: The first row under the names and the labels, and the last one that has drop-down lists.
_FIRST, _LAST = 3, 10_002
_WIDTH_CHARACTERS = 22
#: Excel's format for text: leading zeros of codes stay, days are not turned into numbers.
_AS_TEXT = "@"


def template(register: str, kind: str, language: str, say: Callable[[str], str] = str) -> bytes:
    """An empty workbook for initial registrations of a kind.

    ``language`` (``zh-Hans`` or ``en``) is that of the dictionaries; ``say`` puts a message id into
    it, and leaves English where it is not given.
    """
    from openpyxl import Workbook  # noqa: PLC0415 - takes a third of a second; only batches need it

    book = Workbook()
    sheet = book.worksheets[0]
    sheet.title = say(_FORMS)
    columns = columns_of(register, kind)
    ranges = _write_lists(book, columns, say(_LISTS), language)
    for at, field in enumerate(columns):
        _write_column(sheet, at, field, say)
        sheet.cell(2, at + 1).value = _label(at, field, kind, say)
        if (formula := _formula(field, ranges, language)) is not None:
            _offer(sheet, at, formula, is_strict=field.kind is not FieldKind.TEXT)
    sheet.freeze_panes = f"A{_FIRST}"
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()


def _label(at: int, field: Field, kind: str, say: Callable[[str], str]) -> str:
    # The mark at the first label tells the reader of the file that this row is no form.
    mark = "# " if at == 0 else ""
    return f"{mark}{say(field.label)}{' *' if is_owed(field, kind) else ''}"


def _write_column(sheet: "Worksheet", at: int, field: Field, say: Callable[[str], str]) -> None:
    from openpyxl.comments import Comment  # noqa: PLC0415 - as above
    from openpyxl.styles import Font  # noqa: PLC0415 - as above

    head = sheet.cell(1, at + 1)
    head.value = field.name
    head.font = Font(bold=True)
    head.comment = Comment(_help(field, say), "Hexi")
    layout = sheet.column_dimensions[letter_of(at)]
    layout.width = _WIDTH_CHARACTERS
    if field.kind is not FieldKind.INTEGER:
        layout.number_format = _AS_TEXT


def _help(field: Field, say: Callable[[str], str]) -> str:
    text = say(field.help)
    if field.kind is FieldKind.TABLE:
        labels = {column.name: say(column.label) for column in field.columns}
        joined = BAR.join(labels[name] for name in JOINED_COLUMNS[field.name])
        return f"{text} {say(_JOINED_HELP) % {'columns': joined}}"
    if field.kind in {FieldKind.CODES, FieldKind.CHOICES}:
        return f"{text} {say(_LIST_HELP)}"
    return text


def _dictionary_of(field: Field) -> str:
    return "regions" if field.kind is FieldKind.REGION else field.choices


def _write_lists(
    book: "Workbook", columns: tuple[Field, ...], title: str, language: str
) -> dict[str, str]:
    """Write a column for each dictionary; returns where each one stands."""
    from openpyxl.utils import quote_sheetname  # noqa: PLC0415 - as above

    sheet = book.create_sheet(title)
    ranges: dict[str, str] = {}
    for at, name in enumerate(dict.fromkeys(filter(None, map(_dictionary_of, columns)))):
        choices, letter = DICTIONARIES[name], letter_of(at)
        sheet.cell(1, at + 1).value = name
        for number, choice in enumerate(choices, start=2):
            sheet.cell(number, at + 1).value = f"{choice.code} {choice.words(language)}"
        ranges[name] = f"{quote_sheetname(title)}!${letter}$2:${letter}${len(choices) + 1}"
    return ranges


def _formula(field: Field, ranges: dict[str, str], language: str) -> str | None:
    if field.kind is FieldKind.FLAG:
        return f'"{_YES_NO.get(language, _YES_NO["zh-Hans"])}"'
    # A drop-down takes one value only, so a field for several has none.
    return None if field.kind is FieldKind.CHOICES else ranges.get(_dictionary_of(field))


def _offer(sheet: "Worksheet", at: int, formula: str, *, is_strict: bool) -> None:
    from openpyxl.worksheet.datavalidation import DataValidation  # noqa: PLC0415 - as above

    offered = DataValidation(
        type="list", formula1=formula, allow_blank=True, showErrorMessage=is_strict
    )
    letter = letter_of(at)
    offered.add(f"{letter}{_FIRST}:{letter}{_LAST}")
    sheet.add_data_validation(offered)
