"""What the attack suite finds; ``tests/conftest.py`` shows it once more at the end of the run."""

from collections.abc import Callable

import pytest

Rate = Callable[[str, str], None]


@pytest.fixture
def rate(record_property: Callable[[str, object], None]) -> Rate:
    """Note how well an attack went; shown at the end of the run."""
    return lambda attack, success: record_property("attack", f"{attack}: {success}")
