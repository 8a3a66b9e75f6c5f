"""What the attack suite printed, once more at the end of the run."""

from collections.abc import Callable

import pytest

_TOLD: list[str] = []


@pytest.fixture
def report_attack() -> Callable[[str, int, int], None]:
    """Print how often an attack found what it looked for."""

    def report(name: str, hits: int, trials: int) -> None:
        line = f"attack: {name}: {hits} of {trials} ({hits / trials:.0%})"
        _TOLD.append(line)
        print(line)  # noqa: T201 - the suite's own report

    return report


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """The success rates of all attacks."""
    if _TOLD:
        terminalreporter.section("attacks")
        for line in sorted(_TOLD):
            terminalreporter.write_line(line)
