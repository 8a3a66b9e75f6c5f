"""How long a demonstration takes, and how long an existing home needs until it is ready."""

import json
import os
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
READY_SECONDS = 3.0
DEMO_SECONDS = 60.0
TURNS = 5
_HEXI = [sys.executable, "-m", "marketplace.operations.command"]


def measure() -> list[dict[str, Any]]:
    """One demonstration, then several starts over its home; wall seconds."""
    with tempfile.TemporaryDirectory(prefix="hexi-bench-") as folder:
        home = Path(folder) / "home"
        begun = time.monotonic()
        subprocess.run(
            [*_HEXI, "demo", "--home", str(home), "--json"],
            cwd=ROOT,
            check=True,
            capture_output=True,
        )
        demo = time.monotonic() - begun
        bare = [_import_flask() for _ in range(TURNS)]
        ready = [_ready(home) for _ in range(TURNS)]
    return [
        _finding("hexi demo", [demo], DEMO_SECONDS),
        {
            **_finding("hexi serve: start to ready", ready, READY_SECONDS),
            "beside_import_of_flask_and_sqlmodel_seconds": round(statistics.median(bare), 3),
            "ratio": round(statistics.median(ready) / statistics.median(bare), 2),
        },
    ]


def _finding(name: str, seconds: list[float], target: float) -> dict[str, Any]:
    median = statistics.median(seconds)
    return {
        "name": name,
        "median_seconds": round(median, 3),
        "least_seconds": round(min(seconds), 3),
        "most_seconds": round(max(seconds), 3),
        "turns": len(seconds),
        "target_seconds": target,
        "is_met": median <= target,
    }


def _import_flask() -> float:
    begun = time.monotonic()
    subprocess.run([sys.executable, "-c", "import flask, sqlmodel"], check=True)
    return time.monotonic() - begun


def _ready(home: Path) -> float:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    begun = time.monotonic()
    process = subprocess.Popen(
        [*_HEXI, "serve", "--home", str(home), "--port", str(port)],
        cwd=ROOT,
        env={**os.environ, "HEXI_HOME": str(home)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        while not _answers(port):
            time.sleep(0.01)
        return time.monotonic() - begun
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait()


def _answers(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=2) as reply:
            return bool(json.load(reply) == {"status": "ready"})
    except OSError:
        return False
