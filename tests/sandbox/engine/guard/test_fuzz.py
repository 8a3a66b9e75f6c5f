"""Guard, engine's parser and engine's binder agree on statements that nobody wrote."""

import pytest

from tests.sandbox.engine.guard.fuzz import fuzz


@pytest.mark.parametrize("seed", range(4))
def test_guard_and_engine_agree_on_random_statements(seed: int) -> None:
    counts = fuzz(1_000, seed)

    # Random text is mostly refused; enough must pass for the agreement to mean something.
    assert sum(n for what, n in counts.items() if what.endswith("accepted")) > 25, counts
