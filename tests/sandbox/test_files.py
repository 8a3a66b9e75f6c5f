"""An answer as CSV, Parquet and an Arrow stream: the same values, typed, and nothing a spreadsheet computes."""

import csv
import datetime
import io
from decimal import Decimal
from typing import Any

import pyarrow.ipc
import pyarrow.parquet
import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from marketplace.operations.demo.material import HEALTH
from sandbox.queries import RunRow
from sandbox.schemas import FILES
from tests.make import Maker
from tests.marketplace.pagereader import PageReader
from tests.sandbox.test_pages import run as run_row

PARQUET, ARROW = "application/vnd.apache.parquet", "application/vnd.apache.arrow.stream"
TYPED: list[tuple[str, str, list[Any], list[Any]]] = [
    ("whole", "BIGINT", [1, None, "9007199254740993"], [1, None, 9007199254740993]),
    ("huge", "HUGEINT", ["1" * 30, -2, None], [Decimal("1" * 30), Decimal(-2), None]),
    (
        "money",
        "DECIMAL(10,2)",
        ["12.50", "-0.01", None],
        [Decimal("12.50"), Decimal("-0.01"), None],
    ),
    ("share", "DOUBLE", [0.5, "inf", None], [0.5, float("inf"), None]),
    ("flag", "BOOLEAN", [True, False, None], [True, False, None]),
    (
        "day",
        "DATE",
        ["2026-03-02", None, "1999-12-31"],
        [datetime.date(2026, 3, 2), None, datetime.date(1999, 12, 31)],
    ),
    (
        "moment",
        "TIMESTAMP",
        ["2026-03-02 09:00:00.5", None, "2026-03-02T09:00:00"],
        [
            datetime.datetime(2026, 3, 2, 9, 0, 0, 500000),  # noqa: DTZ001 - the engine's own, without zone
            None,
            datetime.datetime(2026, 3, 2, 9),  # noqa: DTZ001 - as above
        ],
    ),
    ("text", "VARCHAR", ["=1+1", "甘肃", None], ["=1+1", "甘肃", None]),
    # Declared as whole, computed as a fraction: kept as text rather than cut.
    ("wrong", "INTEGER", [1.5, 2, None], ["1.5", "2", None]),
]


def answer() -> RunRow:
    columns = [(name, kind) for name, kind, _, _ in TYPED]
    rows = [list(values) for values in zip(*(given for _, _, given, _ in TYPED), strict=True)]
    return run_row("open", columns, *rows)


def tables(row: RunRow) -> list[pyarrow.Table]:
    return [
        pyarrow.parquet.read_table(io.BytesIO(FILES[PARQUET].write(row))),
        pyarrow.ipc.open_stream(FILES[ARROW].write(row)).read_all(),
    ]


def test_typed_files_hold_the_values_in_their_types() -> None:
    for table in tables(answer()):
        for place, (name, _, _, wanted) in enumerate(TYPED):
            assert table.schema.names[place] == name
            assert table.column(place).to_pylist() == wanted


def test_two_columns_of_one_name_and_no_rows_are_fine() -> None:
    twice = run_row("open", [("n", "BIGINT"), ("n", "BIGINT")], [1, 2])
    for table in tables(twice):
        assert table.to_pydict() == {"n": [1], "n_2": [2]}
    for table in tables(run_row("open", [("n", "BIGINT")])):
        assert (table.num_rows, table.schema.names) == (0, ["n"])
    assert FILES["text/csv"].write(run_row("open", [("n", "BIGINT")])) == b"n\r\n"


def test_a_spreadsheet_computes_nothing_of_it() -> None:
    text = FILES["text/csv"].write(answer()).decode()
    rows = list(csv.reader(io.StringIO(text)))
    assert rows[1][rows[0].index("text")] == "'=1+1"
    # Numbers are no formulas, though they begin with a sign.
    assert rows[2][rows[0].index("money")] == "-0.01"


@given(st.lists(st.integers(-(2**63), 2**63 - 1) | st.none(), max_size=20))
def test_whole_numbers_survive_exactly(values: list[int | None]) -> None:
    sent = [one if one is None or abs(one) < 2**53 else str(one) for one in values]
    row = run_row("open", [("n", "BIGINT")], *[[one] for one in sent])
    for table in tables(row):
        assert table.column(0).to_pylist() == values


@pytest.mark.parametrize(
    ("media_type", "ending", "begins"),
    [
        ("text/csv", "csv", b"sex,n,suppressed"),
        (PARQUET, "parquet", b"PAR1"),
        (ARROW, "arrows", b"\xff\xff\xff\xff"),
    ],
)
def test_rest_and_pages_hand_the_file_out(
    make: Maker, app: Flask, media_type: str, ending: str, begins: bytes
) -> None:
    row = make.licence()
    bearer = {"Authorization": f"Bearer {make.token('researcher')}", "Idempotency-Key": "k"}
    sql = "SELECT sex, COUNT(*) AS n FROM visits GROUP BY sex"
    body = {"licence_id": row.licence_id, "purpose": HEALTH.purpose, "sql": sql}
    client = app.test_client()
    run_id = client.post("/api/v1/sandbox/runs", json=body, headers=bearer).get_json()["run_id"]
    reply = client.get(
        f"/api/v1/sandbox/runs/{run_id}/result", headers={**bearer, "Accept": media_type}
    )
    assert reply.mimetype == media_type
    assert reply.data.startswith(begins)
    reader = PageReader(app.test_client(), "en")
    reader.sign_in("researcher", make.people["researcher"].password)
    path = f"/sandbox/runs/{run_id}/result.{ending}"
    assert path in reader.get(f"/sandbox/runs/{run_id}").text
    kept = reader.get(path)
    assert kept.data == reply.data
    assert f"run-{run_id}.{ending}" in kept.headers["Content-Disposition"]
    assert reader.get(f"/sandbox/runs/{run_id}/result.exe").status_code == 404
    stranger = PageReader(app.test_client(), "en")
    stranger.sign_in("handler", make.people["handler"].password)
    assert stranger.get(path).status_code == 404
