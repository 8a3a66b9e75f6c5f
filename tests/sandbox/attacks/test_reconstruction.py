"""Linear reconstruction (Dinur and Nissim 2003): a secret of each of 200 people from counts of random subsets."""

import math

import pytest

from sandbox import rules
from sandbox.engine.attacks import SUBSETS, exact_counts, modelled_secrets, solver, subsets
from sandbox.engine.noise import NANO, WIDTHS, cost_of
from tests.sandbox.attacks.conftest import Row, Target, noised
from tests.sandbox.conftest import Rate

pytestmark = pytest.mark.timeout(300)

AT_ONCE, DRAWS = 50, 120


def test_most_secrets_stay_secret_when_the_whole_budget_of_the_people_is_spent(
    target: Target, rate: Rate
) -> None:
    secrets = modelled_secrets()
    rows: list[Row] = [(str(one), one, secret, "1.00", 1.0) for one, secret in enumerate(secrets)]
    path = target.file(rows)
    # Everybody's budget together, shared by all counts.
    each = rules.DEFAULT_BUDGET / SUBSETS / NANO
    accuracy = WIDTHS / math.sqrt(2 * each)
    exact: list[int] = []
    draws: list[list[int]] = [[] for _ in range(DRAWS)]
    spent = 0
    for begin in range(0, SUBSETS, AT_ONCE):
        asked = ", ".join(
            f"COUNT(*) FILTER (WHERE secret = 1 AND {condition})"
            for condition, _ in subsets()[begin : begin + AT_ONCE]
        )
        plan, found = target.exact(path, f"SELECT {asked} FROM people")
        assert plan.noise is not None
        exact += found
        spent += cost_of(plan.noise, accuracy).rho
        for counts, row in zip(draws, noised(plan, found, accuracy, DRAWS), strict=True):
            counts.extend(row)
    assert spent == pytest.approx(rules.DEFAULT_BUDGET, rel=1e-4)
    # What the simulator counts by itself is what the engine counts.
    assert exact == exact_counts(secrets)
    bare = solver().share(exact, secrets)
    found_out = sum(solver().share(one, secrets) for one in draws) / DRAWS
    rate(
        "linear reconstruction, 200 people, 800 counts, the whole default budget",
        f"{found_out:.1%} of secrets (50 % is a coin, mean of {DRAWS} draws); {bare:.1%} without noise",
    )
    assert bare == 1
    assert found_out <= 0.60
