"""A process of clients that a test starts and kills in the middle of their work."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parents[1]


@contextmanager
def clients(module: str, *words: str) -> Iterator[subprocess.Popen[str]]:
    """The process of a module that says ``ready`` once its clients are at work; killed at the end."""
    with subprocess.Popen(
        [sys.executable, "-m", module, *words], cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
            yield process
        finally:
            process.kill()
