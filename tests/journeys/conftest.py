"""One demonstration home for the whole run, made by the command itself, and the command at hand."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
Hexi = Callable[..., subprocess.CompletedProcess[str]]


@dataclass(frozen=True)
class Demo:
    """The demonstration's home and its answer."""

    home: Path
    answer: dict[str, Any]
    said: str

    def token(self, name: str) -> str:
        return str(self.account(name)["token"])

    def account(self, name: str) -> dict[str, Any]:
        return next(one for one in self.answer["accounts"] if one["name"] == name)


def run_hexi(*words: str, given: str = "", **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the command as a user would, in English, in the checkout."""
    plain = {name: value for name, value in os.environ.items() if not name.startswith("HEXI_")}
    return subprocess.run(
        [sys.executable, "-m", "marketplace.operations.command", *words],
        input=given,
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
        env={**plain, "HEXI_LANGUAGE": "en", **environment},
    )


@pytest.fixture
def hexi() -> Hexi:
    return run_hexi


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Demo:
    home = tmp_path_factory.mktemp("demo") / "home"
    done = run_hexi("demo", "--home", str(home), "--json")
    assert done.returncode == 0, done.stderr
    return Demo(home, json.loads(done.stdout), done.stderr)


@pytest.fixture
def demo_copy(demo: Demo, tmp_path: Path) -> Demo:
    """The same home once more, for tests that change it."""
    copy = tmp_path / "home"
    shutil.copytree(demo.home, copy)
    return Demo(copy, demo.answer, demo.said)
