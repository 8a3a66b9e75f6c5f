"""Linear reconstruction (Dinur and Nissim 2003): a secret of each of 200 people from counts of random subsets."""

import math
import random

import pytest

from sandbox import rules
from sandbox.engine.noise import NANO, WIDTHS, cost_of
from tests.sandbox.attacks.conftest import Row, Target, noised
from tests.sandbox.conftest import Rate

pytestmark = pytest.mark.timeout(300)

PEOPLE, SUBSETS, AT_ONCE, DRAWS = 200, 800, 50, 120
PRIME = 401


def subset(number: int) -> tuple[str, int]:
    """A condition that takes about half of all people, and these people as bits."""
    chance = random.Random(number)
    a, b, c = (chance.randrange(1, PRIME) for _ in range(3))
    bits = sum(
        1 << code for code in range(PEOPLE) if (code * code * a + code * b + c) % PRIME < PRIME // 2
    )
    return f"(code * code * {a} + code * {b} + {c}) % {PRIME} < {PRIME // 2}", bits


class LeastSquares:
    """People from counts of subsets by the normal equations, which are solved once for all answers."""

    def __init__(self, subsets: list[int]) -> None:
        rows = [sum(((bits >> code) & 1) << n for n, bits in enumerate(subsets)) for code in range(PEOPLE)]  # fmt: skip
        self._of_person = [[n for n in range(len(subsets)) if (row >> n) & 1] for row in rows]
        matrix = [[float((a & b).bit_count()) for b in rows] for a in rows]
        for place in range(PEOPLE):
            matrix[place][place] += 1e-6
        self._inverse = inverted(matrix)

    def guess(self, counts: list[int]) -> list[int]:
        """Who has the secret, most probably."""
        sums = [math.fsum(counts[n] for n in places) for places in self._of_person]
        return [
            int(math.fsum(a * b for a, b in zip(row, sums, strict=True)) > 0.5)
            for row in self._inverse
        ]


def inverted(matrix: list[list[float]]) -> list[list[float]]:
    size = len(matrix)
    work = [[*row, *(float(i == j) for j in range(size))] for i, row in enumerate(matrix)]
    for place in range(size):
        best = max(range(place, size), key=lambda one: abs(work[one][place]))
        work[place], work[best] = work[best], work[place]
        pivot = work[place][place]
        work[place] = [one / pivot for one in work[place]]
        head = work[place]
        for other in range(size):
            if other != place and (factor := work[other][place]):
                work[other] = [a - factor * b for a, b in zip(work[other], head, strict=True)]
    return [row[size:] for row in work]


def test_most_secrets_stay_secret_when_the_whole_budget_of_the_people_is_spent(
    target: Target, rate: Rate
) -> None:
    chance = random.Random(7)
    secrets = [chance.randrange(2) for _ in range(PEOPLE)]
    rows: list[Row] = [(str(one), one, secret, "1.00", 1.0) for one, secret in enumerate(secrets)]
    path = target.file(rows)
    subsets = [subset(number) for number in range(SUBSETS)]
    # Everybody's budget together, shared by all counts.
    each = rules.DEFAULT_BUDGET / SUBSETS / NANO
    accuracy = WIDTHS / math.sqrt(2 * each)
    exact: list[int] = []
    draws: list[list[int]] = [[] for _ in range(DRAWS)]
    spent = 0
    for begin in range(0, SUBSETS, AT_ONCE):
        asked = ", ".join(
            f"COUNT(*) FILTER (WHERE secret = 1 AND {condition})"
            for condition, _ in subsets[begin : begin + AT_ONCE]
        )
        plan, found = target.exact(path, f"SELECT {asked} FROM people")
        assert plan.noise is not None
        exact += found
        spent += cost_of(plan.noise, accuracy).rho
        for counts, row in zip(draws, noised(plan, found, accuracy, DRAWS), strict=True):
            counts.extend(row)
    assert spent == pytest.approx(rules.DEFAULT_BUDGET, rel=1e-4)
    solver = LeastSquares([bits for _, bits in subsets])

    def success(counts: list[int]) -> float:
        return sum(a == b for a, b in zip(solver.guess(counts), secrets, strict=True)) / PEOPLE

    bare, found_out = success(exact), sum(map(success, draws)) / DRAWS
    rate(
        "linear reconstruction, 200 people, 800 counts, the whole default budget",
        f"{found_out:.1%} of secrets (50 % is a coin, mean of {DRAWS} draws); {bare:.1%} without noise",
    )
    assert bare == 1
    assert found_out <= 0.60
