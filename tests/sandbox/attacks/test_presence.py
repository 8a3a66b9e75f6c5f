"""Is this person in the data? Asked by one who knows everybody else, and reads everything that is told."""

import math
import time

import pytest

from sandbox import rules
from sandbox.engine.attacks import best_rate
from sandbox.engine.guard import analyse
from sandbox.engine.noise import NANO, WIDTHS, cost_of, numbers_of
from sandbox.errors.engine import RunFailed
from tests.sandbox.attacks.conftest import Row, Target, describe, noised, units
from tests.sandbox.conftest import Rate
from tests.sandbox.engine.loss import share_bounds

pytestmark = pytest.mark.timeout(300)

DRAWS = 4_000
CROWD: list[Row] = [(str(one), one, one % 2, "50.00", 1.5) for one in range(100)]
#: What one organisation may spend on the people of a dataset.
SHARE = rules.DEFAULT_BUDGET / 4 / NANO


def success(target: Target, sql: str, person: list[Row], rho: float) -> tuple[float, float]:
    """How often the likelier of both data sets is the right one, and its least by the draws."""
    rows = max(len(person), 1)
    plan, without = target.exact(target.file(CROWD), sql, rows)
    _, with_person = target.exact(target.file(CROWD + person), sql, rows)
    accuracy = WIDTHS * rows / math.sqrt(2 * rho / len(without))
    assert plan.noise is not None
    sigmas = cost_of(plan.noise, accuracy).sigmas
    pairs = list(zip(units(plan, without), units(plan, with_person), strict=True))
    edge = [(a + b) / 2 for a, b in pairs]
    direction = [(b - a) / sigma**2 for (a, b), sigma in zip(pairs, sigmas, strict=True)]

    def is_with(row: list[int]) -> bool:
        return sum(d * (v - e) for d, v, e in zip(direction, row, edge, strict=True)) > 0

    right = sum(map(is_with, noised(plan, with_person, accuracy, DRAWS)))
    right += sum(not is_with(row) for row in noised(plan, without, accuracy, DRAWS))
    return right / (2 * DRAWS), share_bounds(right, 2 * DRAWS)[0]


def test_membership_of_a_person_is_known_no_better_than_its_cost_says(
    target: Target, rate: Rate
) -> None:
    person: list[Row] = [("target", 777, 1, "100.00", 1.5)]
    found, least = success(target, "SELECT COUNT(*) FROM people WHERE code = 777", person, SHARE)
    rate(
        "membership of one person, a quarter of the budget on one count",
        f"{found:.1%} right (50 % is a coin), at most {best_rate(SHARE):.1%} by its cost",
    )
    assert least <= best_rate(SHARE)


def test_a_person_with_twenty_rows_is_hidden_as_well_as_one_with_one(
    target: Target, rate: Rate
) -> None:
    person: list[Row] = [("target", 777, 1, "100.00", 1.5)] * 20
    sql = "SELECT COUNT(*), SUM(amount) FROM people"
    found, least = success(target, sql, person, SHARE)
    rate(
        "presence of a person with 20 rows, a quarter of the budget on count and sum",
        f"{found:.1%} right (50 % is a coin), at most {best_rate(SHARE):.1%} by its cost",
    )
    assert least <= best_rate(SHARE)


def test_the_last_digits_of_sums_tell_nothing(target: Target, rate: Rate) -> None:
    """Noise of floats has gaps that betray the sum below it (Mironov 2012); here all is on one grid."""
    # The sums of the two differ by 1 in the last digit of their grid.
    odd: list[Row] = [("target", 777, 1, "0.01", 0.01)]
    sql = "SELECT SUM(amount), SUM(weight), COUNT(*) FROM people"
    shares, sums = [], []
    for rows in (CROWD, CROWD + odd):
        plan, exact = target.exact(target.file(rows), sql)
        sums.append(units(plan, exact))
        values = noised(plan, exact, 50.0, DRAWS)
        assert all(type(one) is int for row in values for one in row)
        shares.append([sum(row[place] % 2 for row in values) for place in (0, 1)])
    assert [b - a for a, b in zip(*sums, strict=True)] == [1, 1, 1]
    right = max(abs(a - b) / DRAWS / 2 + 0.5 for a, b in zip(*shares, strict=True))
    rate("last digits of noised sums", f"{right:.1%} right (50 % is a coin)")
    for place in (0, 1):
        lows, highs = zip(*(share_bounds(one[place], DRAWS) for one in shares), strict=True)
        assert max(lows) <= min(highs)


def test_a_fixed_point_sum_has_as_many_digits_as_its_grid(target: Target) -> None:
    plan = analyse("SELECT SUM(amount) AS a, SUM(weight) AS b FROM people", describe())
    assert [one.type for one in plan.columns] == ["DECIMAL(38,2)", "DECIMAL(38,2)"]
    assert plan.noise is not None
    assert [one["scale"] for one in plan.noise["cells"][0]["measured"]] == [2, 2]


ORACLES = (
    "SELECT COUNT(*) FROM people WHERE 1 / (code - 777) > 0",
    "SELECT COUNT(*) FROM people WHERE 1 % (code - 777) > 0",
    "SELECT COUNT(*) FROM people WHERE code // (code - 777) > 0",
    "SELECT COUNT(*) FROM people WHERE (code * 2147483647) * (code * 2147483647) > 0",
    "SELECT COUNT(*) FROM people WHERE sqrt(776 - code) > 0",
    "SELECT COUNT(*) FROM people WHERE ln(776 - code) > 0",
    "SELECT SUM(amount) FROM people WHERE CAST(CASE WHEN code = 777 THEN 'x' ELSE '1' END AS INTEGER) = 1",
    "SELECT COUNT_IF(TRY_CAST(concat(code, 'e999') AS DOUBLE) > 1) FROM people",
    "SELECT COUNT(*) FROM people WHERE power(code, 300) > power(777, 300)",
    "SELECT COUNT(*) FROM people WHERE code = 777 AND regexp_matches(concat(code, ''), '(7+)+8')",
)  # fmt: skip


def test_no_error_tells_whether_a_person_is_there(target: Target, rate: Rate) -> None:
    """An operation that would fail on one row alone: both data sets must end alike."""
    files = [target.file(CROWD), target.file([*CROWD, ("target", 777, 1, "100.00", 1.5)])]

    def ends(path_number: int, sql: str) -> str:
        try:
            target.answer(files[path_number], analyse(sql, describe()))
        except RunFailed as failure:
            return failure.code
        return "answered"

    pairs = [(ends(0, sql), ends(1, sql)) for sql in ORACLES * 10]
    differ = sum(a != b for a, b in pairs)
    advantage = share_bounds(differ, len(pairs))[1]
    rate(
        "error oracle, ten operations that fail on one row alone, ten times each",
        f"{differ} of {len(pairs)} differ (advantage at most {advantage:.0%} at 1 - 10^-6)",
    )
    assert differ == 0
    assert {one for pair in pairs for one in pair} == {"answered"}


def test_time_is_told_in_slots_that_both_data_sets_keep(target: Target, rate: Rate) -> None:
    """What work takes may depend on data; what is told of it is the end of a slot of public size."""
    heavy = "SELECT COUNT(*) FROM people WHERE code = 777 AND ln(power(code, 3)) > sqrt(abs(code))"
    plan = analyse(heavy, describe())
    assert plan.noise is not None
    slot = rules.slot_seconds(len(CROWD), plan.size, numbers_of(plan.noise))
    person: Row = ("target", 777, 1, "100.00", 1.5)
    files = [target.file(CROWD), target.file([*CROWD, person])]
    took: list[list[float]] = [[], []]
    for _ in range(40):
        for number, path in enumerate(files):
            begun = time.perf_counter()
            rows = target.answer(path, plan).rows
            noised(plan, [int(one) for one in rows[0]], 50.0, 1)
            took[number].append(time.perf_counter() - begun)
    edge = sorted(took[0] + took[1])[len(took[0])]
    raw = (sum(one > edge for one in took[1]) + sum(one <= edge for one in took[0])) / 80
    late = sum(one > slot for both in took for one in both)
    rate(
        "time, 80 runs by turns with and without a person",
        f"{max(raw, 1 - raw):.0%} right by bare time, {late} of 80 past a slot of {slot:g} s",
    )
    assert rules.slot_seconds(len(CROWD) + 1, plan.size, numbers_of(plan.noise)) == slot
