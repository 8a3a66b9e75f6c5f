"""What one person moves in a whole answer: guard, engine over a real snapshot, noise; measured.

The worst person is added with all of its rows. The engine answers once for each data set, which is
exact; the noise is drawn many times. Everything released is projected on the direction in which the two
exact answers differ: no other reading of it tells the two apart better (Neyman and Pearson).
"""

import math
import statistics
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from sandbox.engine.guard import Plan, analyse
from sandbox.engine.noise import NANO, WIDTHS, Cost, add_noise, blocks_of, cost_of, measured_of
from sandbox.engine.process import Engine, Extract, ExtractTable, Limits
from tests.sandbox.engine.guard.test_noised import PLACES, ROWS, connect, describe
from tests.sandbox.engine.loss import profile, share_bounds, violations

pytestmark = pytest.mark.timeout(300)

DRAWS = 1_500
#: All columns of an answer together: a shift of one deviation.
RHO = 0.5
Row = tuple[Any, ...]
COLUMNS = tuple(one.name for one in describe().tables[0].columns if one.name != "word")
IN_ONE_CELL: list[Row] = [(99, "A", "f", 40, 10**9, "2.50", 0.0)] * ROWS
IN_MANY_CELLS: list[Row] = [(99, place, "m", 40, -(10**9), "2.50", 0.0) for place in PLACES[:ROWS]]
QUERIES: tuple[tuple[str, list[Row]], ...] = (
    ("SELECT COUNT(*) FROM people", IN_ONE_CELL),
    ("SELECT place, COUNT(*) FROM people GROUP BY place", IN_ONE_CELL),
    ("SELECT place, COUNT(DISTINCT id) FROM people GROUP BY place", IN_MANY_CELLS),
    ("SELECT sex, SUM(pay), COUNT(pay) FROM people WHERE age > 30 GROUP BY sex", IN_ONE_CELL),
    ("SELECT place, SUM(rate) FROM people GROUP BY place", IN_ONE_CELL),
    ("SELECT sex, VAR_POP(pay) FROM people GROUP BY sex", IN_ONE_CELL),
    ("SELECT place, MEDIAN(pay) FROM people GROUP BY place", IN_ONE_CELL),
)


@dataclass(frozen=True)
class Stage:
    """The engine over snapshots of a test's own."""

    engine: Engine
    folder: Path

    def exact(self, plan: Plan, rows: list[Row]) -> list[Row]:
        """What the engine hands to the trusted side."""
        name = uuid4().hex
        path = self.folder / f"{name}.parquet"
        with connect(rows) as connection:
            connection.execute(f"COPY people TO '{path}' (FORMAT parquet)")
        extract = Extract(name, (ExtractTable("people", str(path), COLUMNS),))
        answer = self.engine.run(run_id=name, sql=plan.sql, extract=extract, limits=Limits())
        self.engine.drop(name)
        return list(answer.rows)


@pytest.fixture
def path(engine: Engine, snapshots: Path) -> Stage:
    return Stage(engine, snapshots)


def crowd() -> list[Row]:
    return [
        (person, PLACES[person % 4], "fm"[person % 2], 20 + person, 10 * person, "1.25", 0.0)
        for person in range(40)
        for _ in range(ROWS)
    ]


def claimed(plan: Plan, rho: float) -> Cost:
    """The cost of an answer that may lose so much in all."""
    assert plan.noise is not None
    each = rho / len(measured_of(plan.noise))
    return cost_of(plan.noise, WIDTHS * plan.noise["moved"] / math.sqrt(2 * each))


def draws_of(plan: Plan, rows: list[Row], cost: Cost) -> list[list[list[int]]]:
    """Many draws of the noised rows."""
    assert plan.noise is not None
    (noised,) = add_noise(rows * DRAWS, plan.noise, cost)
    size = len(rows)
    return [noised[place : place + size] for place in range(0, len(noised), size)]


def projected(
    plan: Plan, before: Sequence[Any], after: Sequence[Any], cost: Cost
) -> Callable[[list[list[int]]], float]:
    """The one number of an answer that tells the two data sets apart best."""
    assert plan.noise is not None
    keys = len(plan.noise["cells"][0]["keys"])
    (before,), (after,) = (blocks_of(one, plan.noise["cells"]) for one in (before, after))
    weights = [
        [
            (new[keys + place] - old[keys + place]) / sigma**2
            for place, sigma in enumerate(cost.sigmas)
        ]
        for new, old in zip(after, before, strict=True)
    ]
    return lambda rows: math.fsum(
        weight * value
        for row, row_weights in zip(rows, weights, strict=True)
        for weight, value in zip(row_weights, row[keys:], strict=True)
    )


def told_apart(path: Stage, plan: Plan, person: list[Row], cost: Cost) -> Iterator[list[float]]:
    before, after = path.exact(plan, crowd()), path.exact(plan, crowd() + person)
    measure = projected(plan, before, after, cost)
    for rows in (after, before):
        yield [measure(one) for one in draws_of(plan, rows, cost)]


@pytest.mark.parametrize(("sql", "person"), QUERIES)
def test_the_worst_person_is_told_apart_no_better_than_the_cost_says(
    path: Stage, sql: str, person: list[Row]
) -> None:
    plan = analyse(sql, describe())
    cost = claimed(plan, RHO)
    assert cost.rho / NANO == pytest.approx(RHO, rel=1e-6)
    with_person, without = told_apart(path, plan, person, cost)
    assert violations(with_person, without, cost.rho / NANO) == []


@pytest.mark.parametrize(("sql", "person"), QUERIES)
def test_a_sensitivity_that_is_too_small_by_a_half_is_caught(
    path: Stage, sql: str, person: list[Row]
) -> None:
    """What the test before would find: the same answer under a claim that is wrong."""
    plan = analyse(sql, describe())
    assert plan.noise is not None
    cost = claimed(plan, RHO)
    wrong = Cost(cost.each_rho, tuple(sigma / 1.5 for sigma in cost.sigmas))
    with_person, without = told_apart(path, plan, person, wrong)
    assert violations(with_person, without, cost.rho / NANO)


def test_shift_and_deviation_give_the_claimed_cost(path: Stage) -> None:
    """Concentrated loss of a Gaussian is shift^2 / (2 sigma^2): both are measured."""
    plan = analyse("SELECT place, COUNT(*), SUM(pay) FROM people GROUP BY place", describe())
    cost = claimed(plan, RHO)
    before, after = path.exact(plan, crowd()), path.exact(plan, crowd() + IN_ONE_CELL)
    old, new = draws_of(plan, before, cost), draws_of(plan, after, cost)
    rho = 0.0
    for cell in range(len(PLACES)):
        for place, sigma in enumerate(cost.sigmas):
            one, other = ([row[cell][1 + place] for row in found] for found in (old, new))
            # Six standard errors of a deviation that was estimated from so many draws.
            slack = 6 / math.sqrt(2 * DRAWS)
            assert statistics.pstdev(one) == pytest.approx(sigma, rel=slack)
            shift = after[cell][1 + place] - before[cell][1 + place]
            seen = statistics.fmean(other) - statistics.fmean(one)
            assert abs(seen - shift) < 6 * sigma * math.sqrt(2 / DRAWS)
            rho += shift**2 / (2 * statistics.pstdev(one) ** 2)
    assert rho <= cost.rho / NANO * (1 + 2 * slack)
    # A claim that is too small by half would be over it by far.
    assert rho * 1.5**2 > cost.rho / NANO * (1 + 2 * slack)


def test_the_measure_itself_is_right() -> None:
    """Known values: the profile at 0 is the total variation distance of two unit Gaussians."""
    assert profile(0, 1) == pytest.approx(0.382925, abs=1e-6)
    low, high = share_bounds(0, 1_000)
    assert low == 0
    # (1 - p)^1000 = 10^-6.
    assert high == pytest.approx(1 - 10**-0.006, abs=1e-6)
    assert share_bounds(500, 1_000)[0] < 0.5 < share_bounds(500, 1_000)[1]


def test_nobody_and_a_single_person_are_answered_with_the_same_noise(path: Stage) -> None:
    plan = analyse("SELECT place, COUNT(*) FROM people GROUP BY place", describe())
    cost = claimed(plan, RHO)
    nobody, single = path.exact(plan, []), path.exact(plan, IN_ONE_CELL)
    assert [row[0] for row in nobody] == [row[0] for row in single] == PLACES
    assert [row[1] for row in nobody] == [0, 0, 0, 0]
    measure = projected(plan, nobody, single, cost)
    with_person, without = (
        [measure(one) for one in draws_of(plan, rows, cost)] for rows in (single, nobody)
    )
    assert violations(with_person, without, cost.rho / NANO) == []
