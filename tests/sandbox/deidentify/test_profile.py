"""The profile: what columns hold, what is wrong with them, and a declaration that can be ingested."""

import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from marketplace.operations.demo.material import DATA
from registry.form.credit_code import check_character
from sandbox import errors
from sandbox.deidentify.declaration import read_declaration
from sandbox.deidentify.profile import Wish
from sandbox.deidentify.profile.suggesting import band_edges, nice
from sandbox.deidentify.sources.source import Source
from sandbox.deidentify.treat import Profiled, profile_table
from tests.sandbox.deidentify.tables import treat, write

ROWS = 200


def id_number(number: int) -> str:
    first = f"620102{1950 + number % 50}01{number % 28 + 1:02}{number:03}"
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    total = sum(int(digit) * weight for digit, weight in zip(first, weights, strict=True))
    return first + "10X98765432"[total % 11]


def credit_code(number: int) -> str:
    first = f"91620100{number:09}"
    return first + check_character(first)


COLUMNS: dict[str, list[Any]] = {
    # Two rows a person.
    "身份证号": [id_number(n // 2) for n in range(ROWS)],
    "姓名": [f"张{chr(0x4E00 + n)}" for n in range(ROWS)],
    "联系电话": [f"138{n:08}" for n in range(ROWS)],
    "单位": [credit_code(n) for n in range(ROWS)],
    "就诊日期": [f"2024-{n % 12 + 1:02}-{n % 28 + 1:02}" for n in range(ROWS)],
    "诊断编码": [f"J{n % 50:02}.{n % 9}" for n in range(ROWS)],
    "年龄": [18 + n % 60 for n in range(ROWS)],
    "性别": ["男" if n % 2 else "女" for n in range(ROWS)],
    "总费用": [f"{n * 13 + 0.5:.2f}" for n in range(ROWS)],
    "备注": [f"病人第{n}次来诊，主诉与上次不同，建议随访观察，无其他情况。" for n in range(ROWS)],
    "空列": [None] * ROWS,
}
KINDS = (
    *("id_number", "name", "mobile", "credit_code", "date", "code"),
    *("number", "category", "amount", "free_text", "empty"),
)
TREATMENTS = (
    *("pseudonym", "drop", "drop", "pseudonym", "date_shift", "drop"),
    *("band", "keep", "round", "drop", "drop"),
)


def write_csv(folder: Path, columns: dict[str, list[Any]]) -> Source:
    path = folder / "visits.csv"
    lines = [",".join(columns)]
    lines += [
        ",".join("" if one is None else str(one) for one in row)
        for row in zip(*columns.values(), strict=True)
    ]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return Source(str(path))


def profiled(source: Source, folder: Path, *, with_values: bool = False) -> Profiled:
    return profile_table(source, folder=folder, wish=Wish("t", with_values=with_values))


def test_every_kind_is_found_and_has_its_treatment(tmp_path: Path) -> None:
    found = profiled(write_csv(tmp_path, COLUMNS), tmp_path)
    columns = found.profile["columns"]
    assert tuple(one["kind"] for one in columns) == KINDS
    assert tuple(one["suggested"]["treatment"] for one in columns) == TREATMENTS
    assert (found.profile["person_column"], found.profile["rows_per_person"]) == ("身份证号", 2)
    quality = found.profile["quality"]
    assert quality == {
        "completeness": round(10 / 11, 6),
        "uniqueness": {"column": "姓名", "share": 1.0},
        "repeated_rows": 0,
        "validity": 1.0,
        "newest": "2024-12",
    }
    assert [one["nulls"] for one in columns] == [0] * 10 + [ROWS]
    assert columns[0]["distinct"] == ROWS // 2


def test_a_wrong_check_digit_is_counted_as_invalid(tmp_path: Path) -> None:
    wrong = [*COLUMNS["身份证号"]]
    for place in range(0, 60, 2):
        wrong[place] = wrong[place][:-1] + ("1" if wrong[place][-1] != "1" else "2")
    found = profiled(write_csv(tmp_path, {"身份证号": wrong, "值": [1] * ROWS}), tmp_path)
    column = found.profile["columns"][0]
    # Beside a title that says so, half of the values are enough.
    assert (column["kind"], column["valid_share"]) == ("id_number", 0.85)
    assert found.profile["quality"]["validity"] == 0.85
    without = profiled(write_csv(tmp_path, {"串": wrong, "值": [1] * ROWS}), tmp_path)
    assert without.profile["columns"][0]["kind"] == "code"


def test_no_value_is_shown_unless_the_manager_asks(tmp_path: Path) -> None:
    source = write_csv(tmp_path, COLUMNS)
    text = json.dumps(profiled(source, tmp_path).profile, ensure_ascii=False)
    values = {str(one) for name in ("身份证号", "姓名", "联系电话", "单位", "备注", "总费用")
              for one in COLUMNS[name]}  # fmt: skip
    assert [one for one in values if one in text] == []
    assert "2024-12-" not in text
    shown = profiled(source, tmp_path, with_values=True).profile["columns"]
    assert shown[6]["least"] == "18"
    assert shown[6]["most"] == "77"
    assert shown[7]["frequent"] == [["女", 100], ["男", 100]]


def test_the_suggested_declaration_can_be_ingested_after_an_edit(tmp_path: Path) -> None:
    source = write_csv(tmp_path, COLUMNS)
    declaration = profiled(source, tmp_path).declaration
    body = declaration["tables"]["t"]
    # Identity numbers of few people stand in the bands of ages alone.
    body["columns"]["年龄"] = {"class": "dimension", "treatment": "drop"}
    body["columns"]["就诊日期"] = {"class": "dimension", "treatment": "drop"}
    made = treat(
        source,
        tmp_path,
        body["columns"],
        person_column=body["person_column"],
    )
    assert made.report["level"] == 3
    assert made.rows_per_person == 2
    # Nothing of the raw file stays in the folder of what is half done.
    assert [one.name for one in tmp_path.glob(".source-*")] == [made.kept]


def test_what_is_about_nobody_stays_open(tmp_path: Path) -> None:
    found = profile_table(
        Source(str(DATA / "flights.parquet")), folder=tmp_path, wish=Wish("flights")
    )
    assert found.profile["person_column"] == ""
    by_name = {one["name"]: one for one in found.profile["columns"]}
    assert by_name["tailnum"]["kind"] == "code"
    assert by_name["dep_delay"]["suggested"] == {"class": "measure", "treatment": "keep"}
    assert by_name["month"]["suggested"] == {"class": "dimension", "treatment": "keep"}
    read_declaration(found.declaration)


def test_the_demonstration_is_seen_as_of_people(tmp_path: Path) -> None:
    source = Source(str(DATA / "health_insurance_visits.parquet"))
    found = profile_table(source, folder=tmp_path, wish=Wish("visits"))
    assert found.profile["person_column"] == "person_id"
    assert found.profile["rows_per_person"] == 5
    by_name = {one["name"]: one["suggested"] for one in found.profile["columns"]}
    assert by_name["age_years"]["treatment"] == "band"
    assert by_name["self_rated_health"]["sensitive"] is True
    read_declaration(found.declaration)


def test_an_unreadable_source_is_refused(tmp_path: Path) -> None:
    with pytest.raises(errors.SourceUnreadable):
        profiled(Source(str(tmp_path / "none.csv")), tmp_path)


def test_a_source_without_rows_has_a_profile(tmp_path: Path) -> None:
    table = pa.table({"a": pa.array([], pa.int64()), "b": pa.array([], pa.string())})
    pq.write_table(table, tmp_path / "t.parquet")
    found = profiled(Source(str(tmp_path / "t.parquet")), tmp_path)
    assert [one["kind"] for one in found.profile["columns"]] == ["empty", "empty"]
    assert found.profile["quality"]["completeness"] is None


def test_infinite_numbers_have_no_ends(tmp_path: Path) -> None:
    source = write(tmp_path / "t.parquet", 患者=["a", "b"], x=[float("inf"), float("nan")])
    rule = profiled(source, tmp_path).declaration["tables"]["t"]["columns"]["x"]
    read_declaration({"tables": {"t": {"columns": {"x": rule}}}})


@settings(max_examples=200, deadline=None)
@given(values=st.lists(st.floats(-1e12, 1e12), min_size=1, max_size=30))
def test_bands_cover_every_value_at_round_steps(values: list[float]) -> None:
    ordered = sorted(values)
    last = len(ordered) - 1
    ends = tuple(ordered[round(last * place)] for place in (0, 0.05, 0.5, 0.95, 1))
    edges = band_edges(ends)
    assert edges[0] <= ordered[0]
    assert edges == sorted(set(edges))
    assert 1 <= len(edges) <= 12
    steps = {later - edge for edge, later in pairwise(edges[1:])}
    assert len(steps) <= 1
    for step in steps:
        assert str(step).rstrip("0") in {"1", "2", "5"}
        assert [edge % step for edge in edges[1:]] == [0] * (len(edges) - 1)


@settings(max_examples=200, deadline=None)
@given(value=st.floats(1e-6, 1e12))
def test_a_nice_number_is_at_most_two_and_a_half_times_as_large(value: float) -> None:
    assert value * (1 - 1e-6) <= nice(value) <= 2.5 * value * (1 + 1e-6)
