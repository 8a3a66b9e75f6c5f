"""Batches of forms: what is read, what is refused, and where each problem is told."""

import csv
import io
import zipfile
from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import pytest
from openpyxl import Workbook

from kernel.errors import Malformed
from registry.form import refusals
from registry.form.batch import Row, cell_of, judge_row, read_rows, reading, values_of
from registry.form.batch.reading import letter_of
from registry.form.validate import Problem
from tests.registry.form.samples import CREDIT_CODE, PROPERTY, RESOURCE, TODAY

#: A row as an office writes it: words instead of codes, days in its own way.
FILLED: dict[str, Any] = {
    **RESOURCE,
    "industry": "Q 卫生和社会工作",
    "industry_division": "84 卫生",
    "region": "兰州市",
    "time_from": "2025/1/1",
    "time_to": "2025年12月31日",
    "volume_records": "20,190",
    "has_agent": "否",
    "entity_code": CREDIT_CODE.lower(),
    "data_form": "表格",
    "items": "姓名|字符型|卫健委；性别|code",
}
COLUMNS = list(FILLED)
#: (column, wrong text, code): each is planted once or more in the batch below.
WRONG = (
    ("name", "", "missing"),
    ("name", "2025年甘肃省医保平台", "system-name"),
    ("industry", "Z", "not-in-dictionary"),
    ("industry_division", "01", "division-not-in-section"),
    ("region", "620199", "region-unknown"),
    ("time_from", "去年", "not-a-date"),
    ("time_to", "2024-12-31", "dates-contradict"),
    ("volume_records", "约一千", "not-a-number"),
    ("has_agent", "也许", "not-a-flag"),
    ("entity_code", "91110000802100433C", "not-a-credit-code"),
    ("evidence_sha256", "没有", "not-a-digest"),
    ("items", "姓名|字符型;姓名|字符型", "item-twice"),
    ("items", "姓名|文字", "not-in-dictionary"),
)


def as_csv(rows: list[list[Any]], encoding: str = "utf-8-sig") -> io.BytesIO:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return io.BytesIO(text.getvalue().encode(encoding))


def as_gb18030(rows: list[list[Any]]) -> io.BytesIO:
    return as_csv(rows, "gb18030")


def as_xlsx(rows: list[list[Any]]) -> io.BytesIO:
    book = Workbook(write_only=True)
    sheet = book.create_sheet()
    for row in rows:
        sheet.append(row)
    written = io.BytesIO()
    book.save(written)
    written.seek(0)
    return written


def read(stream: io.BytesIO, name: str = "a.csv", **limits: int) -> list[Row]:
    return list(read_rows(stream, name, **limits))


def one_row(cells: dict[str, Any]) -> Row:
    return read(as_csv([list(cells), list(cells.values())]))[0]


def told(row: Row) -> list[tuple[str, str]]:
    _, problems = judge_row(row, "resources", "initial", "resource", TODAY)
    return [(cell_of(one, row), one.code) for one in problems if not one.is_advice]


@pytest.mark.parametrize(
    ("write", "name"), [(as_csv, "a.csv"), (as_gb18030, "a.CSV"), (as_xlsx, "批次.xlsx")]
)
def test_thirty_seven_planted_errors_in_a_thousand_rows_are_told_exactly(
    write: Callable[[list[list[Any]]], io.BytesIO], name: str
) -> None:
    rows = [COLUMNS, ["# 名称"]]
    planted: list[tuple[str, str]] = []
    for at in range(1000):
        cells = {**FILLED, "name": f"2025年甘肃省医疗保险第{at}批就诊记录"}
        if at % 27 == 13:
            column, text, code = WRONG[len(planted) % len(WRONG)]
            cells[column] = text
            cell = f"{letter_of(COLUMNS.index(column))}{at + 3}"
            planted.append((cell, f"registry-form-{code}"))
        rows.append([cells[column] for column in COLUMNS])
    assert len(planted) == 37
    found = [one for row in read_rows(write(rows), name) for one in told(row)]
    assert found == planted


def test_a_row_becomes_the_form_that_a_person_meant() -> None:
    form, problems = values_of(one_row(FILLED), "resources", "initial", "resource")
    assert problems == ()
    assert form == {
        **RESOURCE,
        "industry_division": "84",
        "region": "620100",
        "scenario": "health",
        "update_cycle": "yearly",
        "time_from": "2025-01-01",
        "time_to": "2025-12-31",
        "volume_records": 20190,
        "has_agent": False,
        "entity_code": CREDIT_CODE,
        "data_form": "table",
        "items": [
            {"name": "姓名", "type": "string", "source_department": "卫健委"},
            {"name": "性别", "type": "code"},
        ],
    }


def test_a_property_row_carries_its_rights() -> None:
    joined = {"rights": "兰州供热公司||持有;兰州供热公司|| hold "}
    row = one_row({**PROPERTY, "commitment_accepted": "是", **joined})
    form, problems = judge_row(row, "property", "initial", "data", TODAY)
    assert [(one.code, one.field) for one in problems] == [
        ("registry-form-not-in-dictionary", "rights/0/right")
    ]
    row = one_row({**PROPERTY, "commitment_accepted": "yes", "rights": "甲||数据持有权"})
    form, problems = judge_row(row, "property", "initial", "data", TODAY)
    assert problems == ()
    assert form["rights"] == [{"holder_name": "甲", "right": "hold"}]


def test_lists_in_a_cell_are_split_by_semicolons_of_both_widths() -> None:
    cells = {**RESOURCE, "inputs": "L1; L2；L3;", "product_form": "报告"}
    form, problems = values_of(one_row(cells), "resources", "initial", "product")
    assert problems == ()
    assert form["inputs"] == ["L1", "L2", "L3"]


def test_a_cell_that_nobody_asked_for_is_told() -> None:
    row = one_row({**RESOURCE, "inputs": "L1"})
    assert told(row) == [("J2", "registry-form-not-asked")]
    row = one_row({**RESOURCE, "rights": "甲||hold"})
    assert told(row) == [("J2", "registry-form-not-asked")]


def test_a_part_too_many_in_a_joined_line_is_told() -> None:
    row = one_row({**RESOURCE, "items": "姓名|string|卫健委|多余"})
    assert told(row) == [("J2", "registry-form-column-unknown")]


def test_a_shifted_row_is_told() -> None:
    rows = [list(RESOURCE), [*RESOURCE.values(), "", "多余"]]
    row = read(as_csv(rows))[0]
    assert told(row) == [("2", "registry-form-row-uneven")]
    assert told(read(as_xlsx([list(RESOURCE), [*RESOURCE.values(), "多余"]]), "a.xlsx")[0]) == [
        ("2", "registry-form-row-uneven")
    ]


def test_a_missing_column_is_told_by_its_row() -> None:
    cells = {name: value for name, value in RESOURCE.items() if name != "industry"}
    assert told(one_row(cells)) == [("2", "registry-form-missing")]
    problem = Problem("items/3/type", "x", "", {})
    assert cell_of(problem, Row(17, {}, {"items": "C"})) == "C17"


def test_a_short_row_lacks_its_last_cells() -> None:
    row = read(as_csv([list(RESOURCE), [RESOURCE["name"]]]))[0]
    assert row.cells == {**dict.fromkeys(RESOURCE, ""), "name": RESOURCE["name"]}


def test_blank_rows_are_left_out_and_numbers_stay_those_of_the_sheet() -> None:
    rows = [["name"], ["# 名称 *"], [], ["甲"], ["  "], ["#乙"]]
    for stream, name in ((as_csv(rows), "a.csv"), (as_xlsx(rows), "a.xlsx")):
        assert [(row.number, row.cells["name"]) for row in read(stream, name)] == [
            (4, "甲"),
            (6, "#乙"),
        ]


def test_cells_of_excel_become_texts() -> None:
    values = [7, 7.0, 7.5, True, False, None, date(2025, 1, 31), datetime(2025, 1, 31, 8, 30)]  # noqa: DTZ001 - Excel knows no zones
    names = ["name", "summary", "industry", "region", "scenario", "sample", "time_from", "time_to"]
    row = read(as_xlsx([names, values]), "a.xlsx")[0]
    assert list(row.cells.values()) == [
        *("7", "7", "7.5", "true", "false", "", "2025-01-31", "2025-01-31T08:30:00")
    ]


@pytest.mark.parametrize("text", ["=1+1", "+86 931", "-", "@SUM(A1)", "=HYPERLINK(1)"])
def test_what_looks_like_a_formula_stays_text(text: str) -> None:
    assert read(as_csv([["name"], [text]]))[0].cells["name"] == text
    book = Workbook()
    sheet = book.worksheets[0]
    sheet["A1"] = "name"
    sheet["A2"] = text
    # As Excel keeps a text that begins like a formula.
    sheet["A2"].data_type = "s"
    assert sheet["A2"].data_type == "s"
    written = io.BytesIO()
    book.save(written)
    written.seek(0)
    assert read(written, "a.xlsx")[0].cells["name"] == text


def test_a_formula_is_not_computed() -> None:
    # Written by a program, it has no stored value beside it.
    assert read(as_xlsx([["name", "summary"], ["甲", "=1+1"]]), "a.xlsx")[0].cells["summary"] == ""


def test_a_number_in_powers_of_ten_is_written_out() -> None:
    part = (
        b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
        b'<row r="1"><c r="A1" t="inlineStr"><is><t>volume_records</t></is></c></row>'
        b'<row r="2"><c r="A2"><v>2.019E4</v></c></row></sheetData></worksheet>'
    )
    row = read(repacked({"xl/worksheets/sheet1.xml": part}), "a.xlsx")[0]
    assert row.cells == {"volume_records": "20190"}


def refuse(kind: type[Malformed], stream: io.BytesIO, name: str, **limits: int) -> Malformed:
    with pytest.raises(kind) as caught:
        read(stream, name, **limits)
    assert "%(" not in str(caught.value)
    return caught.value


@pytest.mark.parametrize("name", ["a.xls", "a.ods", "a", "a.xlsx.exe", ".csv.pdf"])
def test_other_formats_are_not_read(name: str) -> None:
    refuse(refusals.BatchUnreadable, as_xlsx([["name"], ["甲"]]), name)


@pytest.mark.parametrize("content", [b"", b"name", b"PK\x03\x04" + b"x" * 99])
def test_a_damaged_workbook_is_not_read(content: bytes) -> None:
    refuse(refusals.BatchUnreadable, io.BytesIO(content), "a.xlsx")


def test_a_workbook_cut_short_is_not_read() -> None:
    whole = as_xlsx([["name"], ["甲"]]).getvalue()
    for size in range(1, len(whole), 97):
        refuse(refusals.BatchUnreadable, io.BytesIO(whole[:size]), "a.xlsx")


@pytest.mark.parametrize("damage", ["xl/workbook.xml", "xl/worksheets/sheet1.xml"])
def test_a_workbook_with_a_broken_part_is_not_read(damage: str) -> None:
    refuse(refusals.BatchUnreadable, repacked({damage: b"<worksheet><sheetData><row"}), "a.xlsx")


def repacked(changed: dict[str, bytes]) -> io.BytesIO:
    """A workbook with some of its parts replaced."""
    written = io.BytesIO()
    with (
        zipfile.ZipFile(as_xlsx([["name"], ["甲"]])) as source,
        zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as target,
    ):
        for name in source.namelist():
            if name not in changed:
                target.writestr(name, source.read(name))
        for name, content in changed.items():
            target.writestr(name, content)
    written.seek(0)
    return written


def test_macros_are_refused_by_name_and_by_content() -> None:
    refuse(refusals.BatchHasMacros, as_xlsx([["name"]]), "a.XLSM")
    refuse(refusals.BatchHasMacros, repacked({"xl/vbaProject.bin": b"x"}), "a.xlsx")


def test_a_bomb_is_refused_before_it_is_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "MOST_MEGABYTES", 1)
    bomb = repacked({"xl/media/a.bin": b"\0" * (2 << 20)})
    assert len(bomb.getvalue()) < 20_000
    assert refuse(refusals.BatchTooLarge, bomb, "a.xlsx").facts == {"most_megabytes": 1}
    refuse(refusals.BatchTooLarge, io.BytesIO(b"name\n" * 300_000), "a.csv")
    many = repacked({f"xl/media/{number}": b"" for number in range(1000)})
    refuse(refusals.BatchTooLarge, many, "a.xlsx")


def test_a_document_type_is_refused() -> None:
    part = b'<!DOCTYPE x [<!ENTITY a "aaaa">]><worksheet/>'
    refuse(refusals.BatchUnreadable, repacked({"xl/worksheets/sheet1.xml": part}), "a.xlsx")


def test_a_row_number_beyond_excel_is_refused() -> None:
    part = (
        b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
        b'<row r="1"><c r="A1" t="inlineStr"><is><t>name</t></is></c></row>'
        b'<row r="9999999999"><c r="A9999999999" t="inlineStr"><is><t>x</t></is></c></row>'
        b"</sheetData></worksheet>"
    )
    refuse(refusals.BatchTooLong, repacked({"xl/worksheets/sheet1.xml": part}), "a.xlsx")


@pytest.mark.parametrize("content", [b"name\n\xff\xff\xff\n", b"name\na\0b\n", b"\n\n", b""])
def test_a_csv_that_is_no_text_or_has_no_names_is_not_read(content: bytes) -> None:
    refuse(refusals.BatchUnreadable, io.BytesIO(content), "a.csv")


def test_a_cell_of_no_end_is_not_read() -> None:
    refuse(refusals.BatchUnreadable, io.BytesIO(b'name\n"' + b"x" * 200_000), "a.csv")


def test_unknown_and_doubled_columns_are_named() -> None:
    error = refuse(refusals.BatchColumnUnknown, as_csv([["name", "", "colour"], ["甲"]]), "a.csv")
    assert error.facts == {"columns": "B, colour"}
    error = refuse(refusals.BatchColumnTwice, as_csv([["name", "region", "name"]]), "a.csv")
    assert error.facts == {"columns": "name"}
    refuse(refusals.BatchUnreadable, as_csv([["name"] * 301]), "a.csv")


def test_more_rows_than_allowed_are_refused_and_as_many_are_read() -> None:
    rows = [["name"], *[["甲"]] * 5]
    assert len(read(as_csv(rows), most_rows=5)) == 5
    assert refuse(refusals.BatchTooLong, as_csv(rows), "a.csv", most_rows=4).facts == {
        "most_rows": 4
    }


def test_the_stream_stays_open_for_its_owner() -> None:
    stream = as_csv([["name"], ["甲"]])
    read(stream)
    assert not stream.closed


def test_columns_are_lettered_as_excel_does() -> None:
    letters = [letter_of(number) for number in (0, 25, 26, 51, 52, 701, 702)]
    assert letters == ["A", "Z", "AA", "AZ", "BA", "ZZ", "AAA"]
