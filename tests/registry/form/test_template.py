"""The Excel template of a batch."""

import io

import pytest
from openpyxl import Workbook, load_workbook
from openpyxl.worksheet.worksheet import Worksheet

from registry.form.batch import columns_of, judge_row, read_rows, template
from registry.form.batch.reading import letter_of
from registry.form.dictionaries import DICTIONARIES
from registry.form.fields import FieldKind
from tests.registry.form.samples import RESOURCE, TODAY


def letters_of(sheet: Worksheet) -> dict[str, str]:
    """The column of each field, from the first row."""
    return {str(cell.value): letter_of(at) for at, cell in enumerate(sheet[1])}


def opened(register: str, kind: str, language: str = "zh-Hans") -> Workbook:
    return load_workbook(io.BytesIO(template(register, kind, language)))


@pytest.mark.parametrize(
    ("register", "kind"),
    [("resources", "resource"), ("resources", "service"), ("property", "data")],
)
@pytest.mark.parametrize("language", ["zh-Hans", "en"])
def test_names_labels_help_and_lists_stand_where_they_belong(
    register: str, kind: str, language: str
) -> None:
    book = opened(register, kind, language)
    sheet, lists = book.worksheets
    fields = columns_of(register, kind)
    assert [cell.value for cell in sheet[1]] == [field.name for field in fields]
    assert str(sheet["A2"].value).startswith("# ")
    assert (sheet.freeze_panes, sheet["A1"].font.b) == ("A3", True)
    for cell, field in zip(sheet[1], fields, strict=True):
        assert cell.comment is not None
        assert field.help in cell.comment.text
    offered = {
        str(one.sqref).split(":")[0].rstrip("0123456789")
        for one in sheet.data_validations.dataValidation
    }
    wanted = {
        letters_of(sheet)[field.name]
        for field in fields
        if (field.choices and field.kind is not FieldKind.CHOICES)
        or field.kind in {FieldKind.FLAG, FieldKind.REGION}
    }
    assert offered == wanted
    shown = {str(column[0].value): column for column in lists.iter_cols()}
    for name, column in shown.items():
        texts = [cell.value for cell in column[1:] if cell.value is not None]
        assert texts == [f"{one.code} {one.words(language)}" for one in DICTIONARIES[name]]


def test_a_suggestion_may_be_overwritten_and_a_code_may_not() -> None:
    sheet = opened("resources", "resource").worksheets[0]
    letters = letters_of(sheet)
    strict = {
        str(one.sqref).split(":")[0]: one.showErrorMessage
        for one in sheet.data_validations.dataValidation
    }
    assert strict[f"{letters['update_cycle']}3"] in {False, None}
    assert strict[f"{letters['industry']}3"] is True


def test_codes_keep_their_zeros() -> None:
    sheet = opened("resources", "resource").worksheets[0]
    letters = letters_of(sheet)
    assert sheet.column_dimensions[letters["industry_division"]].number_format == "@"
    assert sheet.column_dimensions[letters["volume_records"]].number_format == "General"


def test_labels_are_said_in_the_reader_s_words() -> None:
    content = template("resources", "resource", "zh-Hans", say=lambda text: f"«{text}»")
    book = load_workbook(io.BytesIO(content))
    assert [sheet.title for sheet in book.worksheets] == ["«Forms»", "«Lists»"]
    sheet = book.worksheets[0]
    labels = {str(cell.value): sheet[f"{letter_of(at)}2"].value for at, cell in enumerate(sheet[1])}
    assert labels["name"] == "«Name» *"
    assert labels["keywords"] == "«Keywords»"


def test_a_filled_template_is_read_back() -> None:
    book = opened("resources", "resource")
    sheet = book.worksheets[0]
    for name, letter in letters_of(sheet).items():
        sheet[f"{letter}3"] = RESOURCE.get(name)
    written = io.BytesIO()
    book.save(written)
    written.seek(0)
    (row,) = read_rows(written, "template.xlsx")
    form, problems = judge_row(row, "resources", "initial", "resource", TODAY)
    assert (row.number, problems) == (3, ())
    assert form == {**RESOURCE, "scenario": "health", "update_cycle": "yearly"}
