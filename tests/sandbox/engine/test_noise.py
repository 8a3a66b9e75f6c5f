"""Noise: as large as its cost says, of integers only, never none; the answer is made from it alone."""

import math
import statistics
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sandbox.engine.noise import (
    NANO,
    WIDTHS,
    Cost,
    accuracy_of,
    add_noise,
    cost_of,
    epsilon_at,
    numbers_of,
)
from sandbox.engine.released import half_widths, plain_rows


def noise_plan(*measured: tuple[str, float, int], rows: int = 1) -> dict[str, Any]:
    """One block of cells with one key; each column of the answer is one of theirs."""
    return {
        "rows_per_person": rows,
        "moved": rows,
        "kept": [None],
        "cells": [
            {
                "keys": ["VARCHAR"],
                "count": 4,
                "measured": [
                    {"kind": kind, "sensitivity": sensitivity, "scale": scale}
                    for kind, sensitivity, scale in measured
                ],
            }
        ],
        "errors": [
            None,
            *(
                {"kind": "value", "cells": 0, "measured": place, "factor": 1}
                for place in range(len(measured))
            ),
        ],
        "plain": [0, *(place + 1 for place in range(len(measured)))],
        "named": [],
        "body": "",
    }


@pytest.mark.parametrize(
    ("epsilon", "rho"), [(1, 24_400_000), (2, 88_200_000), (4, 311_100_000), (10, 1_539_300_000)]
)
def test_epsilon_is_that_of_the_published_conversion(epsilon: int, rho: int) -> None:
    assert epsilon_at(rho, 1e-6) == pytest.approx(epsilon, rel=2e-3)
    assert epsilon_at(0, 1e-6) == 0


@given(
    st.integers(1, 50),
    st.floats(1, 100_000),
    st.lists(st.integers(1, 10**9), min_size=1, max_size=4),
)
@settings(max_examples=60, deadline=None)
def test_the_cost_covers_what_the_mechanism_itself_says(
    rows: int, accuracy: float, sensitivities: list[int]
) -> None:
    plan = noise_plan(*(("sum", one, 0) for one in sensitivities), rows=rows)
    cost = cost_of(plan, accuracy)
    assert cost.rho == cost.each_rho * len(sensitivities)
    for sensitivity, sigma in zip(sensitivities, cost.sigmas, strict=True):
        assert sigma > 0
        exact = sensitivity**2 / (2 * sigma**2)
        assert exact <= cost.each_rho / NANO * (1 + 1e-9)
    # A count that a person moves by all of its rows has the width that was asked for.
    counted = cost_of(noise_plan(("count", rows, 0), rows=rows), accuracy)
    assert counted.sigmas[0] * WIDTHS <= accuracy * (1 + 1e-6)


@pytest.mark.parametrize("accuracy", [0, -1, math.inf, math.nan])
def test_no_accuracy_is_bought_without_noise(accuracy: float) -> None:
    with pytest.raises(ValueError, match=r".*"):
        cost_of(noise_plan(("count", 1, 0)), accuracy)
    with pytest.raises(ValueError, match=r".*"):
        add_noise([["A", 5]], noise_plan(("count", 1, 0)), Cost(1, (0.0,)))


def test_noise_has_the_claimed_deviation_and_no_bias() -> None:
    plan = noise_plan(("count", 3, 0), ("sum", 900, 0), rows=3)
    cost = cost_of(plan, 20.0)
    rows = [[str(number), 1_000, -50] for number in range(4_000)]
    (noised,) = add_noise(rows, plan, cost)
    for place, exact in ((1, 1_000), (2, -50)):
        found = [row[place] - exact for row in noised]
        assert all(isinstance(one, int) for one in found)
        sigma = cost.sigmas[place - 1]
        # Six standard errors of 4,000 draws: once in 500 million runs by chance.
        assert abs(statistics.fmean(found)) < 6 * sigma / math.sqrt(len(found))
        assert statistics.pstdev(found) == pytest.approx(sigma, rel=6 / math.sqrt(2 * len(found)))
    assert [row[0] for row in noised] == [row[0] for row in rows]


def test_the_whole_step_does_not_tell_neighbours_apart_better_than_it_costs() -> None:
    """The loss at the likeliest outcomes of two neighbours, against the Gaussian of that cost."""
    plan, draws = noise_plan(("count", 2, 0), rows=2), 30_000
    cost = cost_of(plan, 8.0)
    sigma = cost.sigmas[0]

    def shares(exact: int) -> dict[int, float]:
        rows = [["A", exact]] * draws
        found: dict[int, float] = {}
        for row in add_noise(rows, plan, cost)[0]:
            found[row[1]] = found.get(row[1], 0) + 1 / draws
        return found

    one, other = shares(100), shares(102)
    for outcome in range(100 - int(2 * sigma), 102 + int(2 * sigma)):
        a, b = one.get(outcome, 0), other.get(outcome, 0)
        claimed = abs((outcome - 102) ** 2 - (outcome - 100) ** 2) / (2 * sigma**2)
        # Five standard errors of each share.
        slack = 5 * (math.sqrt(1 / (draws * max(a, 1e-9))) + math.sqrt(1 / (draws * max(b, 1e-9))))
        assert abs(math.log(a / b)) <= claimed + slack, outcome


def test_a_sum_at_the_edge_saturates_instead_of_turning_round() -> None:
    plan = noise_plan(("sum", 1, 0))
    cost = cost_of(plan, 2.0)
    ((high, low),) = add_noise([["A", 2**70], ["B", -(2**70)]], plan, cost)
    assert high[1] > 2**61
    assert low[1] < -(2**61)


def test_cells_of_several_blocks_get_the_noise_of_their_own_columns() -> None:
    one, other = noise_plan(("count", 1, 0)), noise_plan(("sum", 1_000, 0))
    plan = {**one, "cells": [*one["cells"], {**other["cells"][0], "keys": []}]}
    cost = cost_of(plan, 5.0)
    rows: list[list[Any]] = [[1, "A", 70, None], [1, "B", 80, None], [2, None, None, 10**6]]
    first, second = add_noise(rows, plan, cost)
    assert [row[0] for row in first] == ["A", "B"]
    assert all(abs(row[1] - exact) < 40 for row, exact in zip(first, (70, 80), strict=True))
    assert len(second) == 1
    assert 0 < abs(second[0][0] - 10**6) < 40_000
    assert cost.rho == 2 * cost.each_rho
    assert numbers_of(plan) == 8


def test_cells_are_written_in_their_units() -> None:
    plan = noise_plan(("count", 1, 0), ("sum", 1, 2))
    rows: list[list[Any]] = [["A", 10, 1250], ["B", 2**60, -1], [None, 0, 10**18]]
    assert plain_rows([rows], {**plan, "plain": [2, 0, 1, 1]}) == [
        ["12.50", "A", 10, 10],
        ["-0.01", "B", str(2**60), str(2**60)],
        ["10000000000000000.00", None, 0, 0],
    ]


def test_half_widths_are_in_the_unit_of_each_column() -> None:
    plan = noise_plan(("count", 1, 0), ("sum", 100, 2))
    cost = cost_of(plan, 50.0)
    key, count, total = half_widths(plan, cost)
    assert key is None
    assert count == pytest.approx(50.0, rel=1e-6)
    # One unit is a hundredth; a person moves it by one whole.
    assert total == pytest.approx(50.0, rel=1e-6)
    means = {
        **plan,
        "errors": [
            {"kind": "mean", "cells": 0, "measured": 1, "factor": 1},
            {"kind": "rank", "cells": 0, "measured": 0, "factor": 4.0},
        ],
    }
    assert half_widths(means, cost) == [None, None]
    of_sum, nothing = half_widths(means, cost, "mean")
    assert nothing is None
    assert of_sum == pytest.approx(50.0, rel=1e-6)
    assert half_widths(means, cost, "rank") == [None, pytest.approx(200.0, rel=1e-6)]


@given(st.integers(1, 50), st.integers(1, 4), st.integers(1, 400_000_000))
@settings(max_examples=60, deadline=None)
def test_a_cost_buys_a_precision_that_costs_no_more(rows: int, columns: int, rho: int) -> None:
    plan = noise_plan(*[("count", rows, 0)] * columns, rows=rows)
    if rho < columns:
        with pytest.raises(ValueError, match=r".*"):
            accuracy_of(plan, rho)
        return
    accuracy = accuracy_of(plan, rho)
    assert f"{accuracy:g}" == f"{float(f'{accuracy:g}'):g}"
    assert float(f"{accuracy:g}") == accuracy
    assert cost_of(plan, accuracy).rho <= rho
    # It is the best of six digits: a little more precision costs more.
    if rho > 1_000 * columns:
        assert cost_of(plan, accuracy * (1 - 1e-4)).rho > rho - columns
