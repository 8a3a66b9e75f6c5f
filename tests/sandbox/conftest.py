"""What the attack suite found, once more at the end of the run."""

from collections.abc import Callable
from typing import Any

import pytest

Rate = Callable[[str, str], None]


@pytest.fixture
def rate(record_property: Callable[[str, object], None]) -> Rate:
    """Note how well an attack went; shown at the end of the run."""
    return lambda attack, success: record_property("attack", f"{attack}: {success}")


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Show every attack and its success."""
    reports = [one for kind in ("passed", "failed") for one in terminalreporter.stats.get(kind, ())]
    lines = [value for one in reports if one.when == "call"
             for name, value in one.user_properties if name == "attack"]  # fmt: skip
    if lines:
        terminalreporter.section("attacks and their success")
        for line in sorted(lines):
            terminalreporter.write_line(line)
