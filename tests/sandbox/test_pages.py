"""How the workbench shows an answer: suppressed cells, numbers, bars; from plain values."""

from datetime import UTC, datetime
from typing import Any

from sandbox.pages.workbench import chart_of, result_of
from sandbox.queries import RunRow
from sandbox.states import RunState

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)


def run(mode: str, columns: list[tuple[str, str]], *rows: list[Any]) -> RunRow:
    return RunRow(
        run_id="r",
        licence_id="l",
        licensee_id="o",
        organisation_id="o",
        account_id="a",
        product_code="p",
        dataset="d",
        snapshot_id="s",
        mode=mode,
        purpose="statistical-analysis",
        sql="SELECT",
        state=RunState.FINISHED,
        is_replay=False,
        plan_digest="",
        refusal_code="",
        refusal_facts={},
        columns=tuple({"name": name, "type": kind} for name, kind in columns),
        rows=tuple(rows),
        row_count=len(rows),
        result_digest="",
        started_at=NOW,
        finished_at=NOW,
        receipt_id="",
        accuracy=0,
        privacy={},
        withheld={},
        template={},
        meter=(),
    )


COUNTS = [("sex", "VARCHAR"), ("n", "BIGINT"), ("suppressed", "BOOLEAN")]


def test_empty_cells_of_a_suppressed_row_are_marked_and_the_mark_is_not_a_column() -> None:
    result = result_of(run("aggregate", COUNTS, ["f", 15, False], ["m", None, True]), 10)

    assert [column["name"] for column in result["columns"]] == ["sex", "n"]
    assert [[cell["is_suppressed"] for cell in row] for row in result["rows"]] == [
        [False, False],
        [False, True],
    ]
    assert (result["suppressed_rows"], result["threshold"]) == (1, 10)


def test_an_empty_cell_of_a_row_that_is_not_suppressed_is_a_dash() -> None:
    result = result_of(run("aggregate", COUNTS, ["f", None, False]), 10)

    assert result["rows"][0][1] == {"text": "—", "is_suppressed": False}


def test_in_open_mode_a_column_named_suppressed_is_the_analysts_own() -> None:
    result = result_of(run("open", COUNTS, ["f", 1, True]), 0)

    assert [column["name"] for column in result["columns"]] == ["sex", "n", "suppressed"]
    assert result["suppressed_rows"] == 0


def test_numbers_are_shown_to_four_places_and_years_without_separators() -> None:
    columns = [("year", "BIGINT"), ("mean", "DOUBLE"), ("money", "DECIMAL(18,2)")]
    result = result_of(run("open", columns, [2013, 3.2758620689655173, "12.50"]), 0)

    assert [cell["text"] for cell in result["rows"][0]] == ["2013", "3.2759", "12.50"]
    assert all(column["is_number"] for column in result["columns"])


def test_bars_stand_over_the_fewest_columns_that_tell_rows_apart() -> None:
    columns = [("origin", "VARCHAR"), ("month", "BIGINT"), ("n", "BIGINT")]
    chart = chart_of(run("open", columns, ["EWR", 1, 10], ["EWR", 2, 20]))

    assert chart is not None
    assert (chart["label"], chart["categories"], chart["values"]) == (
        "n",
        ["EWR · 1", "EWR · 2"],
        [10.0, 20.0],
    )


def test_a_suppressed_bar_has_no_height() -> None:
    chart = chart_of(run("aggregate", COUNTS, ["f", 15, False], ["m", None, True]))

    assert chart is not None
    assert (chart["values"], chart["suppressed"]) == ([15.0, None], [False, True])


def test_there_are_no_bars_without_a_number_or_for_a_single_row() -> None:
    assert (
        chart_of(run("open", [("a", "VARCHAR"), ("b", "VARCHAR")], ["x", "y"], ["z", "y"])) is None
    )
    assert chart_of(run("open", [("a", "VARCHAR"), ("n", "BIGINT")], ["x", 1])) is None
