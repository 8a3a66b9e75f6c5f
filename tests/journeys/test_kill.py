"""``kill -9`` of every process at random moments: nothing is lost, doubled or left without an end."""

import http.client
import json
import os
import random
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.journeys.conftest import ROOT, Demo, Hexi

pytestmark = [pytest.mark.journey, pytest.mark.timeout(900)]
RUNS = 200
KILLS = 20
# What a caller sees of a process that dies: no connection, or an answer that breaks off in its head or its body.
BROKEN_OFF = (OSError, http.client.HTTPException)
PARTS = ("sandbox.engine.process", "operations.sequencer", "operations.jobs", "gunicorn", "serve")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Service:
    """``hexi serve`` over one home, started again whenever it died."""

    def __init__(self, home: Path) -> None:
        self.home, self.port = home, free_port()
        self.log = (home.parent / "serve.log").open("ab")
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        plain = {name: value for name, value in os.environ.items() if not name.startswith("HEXI_")}
        self.process = subprocess.Popen(
            [
                *(sys.executable, "-m", "marketplace.operations.command", "serve"),
                *("--home", str(self.home), "--port", str(self.port)),
            ],
            cwd=ROOT,
            env=plain,
            stdout=self.log,
            stderr=self.log,
        )

    def wait_ready(self) -> None:
        for _ in range(1200):
            if self.process is None or self.process.poll() is not None:
                # A port or a socket of the dead one may linger for a moment.
                time.sleep(0.5)
                self.start()
            try:
                with urllib.request.urlopen(f"{self.address}/readyz", timeout=2) as reply:
                    if reply.status == 200:
                        return
            except BROKEN_OFF:
                time.sleep(0.1)
        pytest.fail("the service did not come back")

    def members(self) -> dict[int, str]:
        """Its processes, by what they are; found from its own children only."""
        if self.process is None:
            return {}
        found = {self.process.pid: "serve"}
        for _ in range(6):
            for folder in Path("/proc").iterdir():
                if not folder.name.isdigit():
                    continue
                try:
                    parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
                    words = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode()
                except (OSError, ValueError):
                    continue
                if parent in found and int(folder.name) not in found:
                    part = next((name for name in PARTS if name in words), found[parent])
                    found[int(folder.name)] = part
        return found

    def stop(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            self.process.wait(60)
        self.log.close()


@contextmanager
def serving(home: Path) -> Iterator[Service]:
    service = Service(home)
    service.start()
    try:
        service.wait_ready()
        yield service
    finally:
        service.stop()


def ask(service: Service, demo: Demo, number: int) -> str:
    """One run with a key of its own, asked again until there is an answer; the outcome's word."""
    body = {
        "licence_id": demo.answer["licence_ids"]["open"],
        "purpose": "academic-research",
        "sql": f"SELECT COUNT(*) AS n FROM flights WHERE distance > {number}",
    }
    request = urllib.request.Request(
        f"{service.address}/api/v1/sandbox/runs",
        data=json.dumps(body).encode(),
        headers={
            "Authorization": f"Bearer {demo.token('researcher')}",
            "Content-Type": "application/json",
            "Idempotency-Key": f"kill-{number}",
        },
    )
    for _ in range(200):
        try:
            with urllib.request.urlopen(request, timeout=60) as reply:
                return str(json.load(reply)["state"])
        except urllib.error.HTTPError as refusal:
            if refusal.code == 503:
                time.sleep(0.2)
                continue
            return f"refused {refusal.code}"
        except BROKEN_OFF:
            time.sleep(0.2)
    return "no answer"


def test_kill_nine_leaves_no_run_without_an_end_and_no_gap_in_the_log(
    demo_copy: Demo, hexi: Hexi
) -> None:
    chance = random.Random(20260302)
    outcomes: dict[int, str] = {}
    killed: dict[str, int] = dict.fromkeys(PARTS, 0)
    with serving(demo_copy.home) as service:
        todo = iter(range(RUNS))
        lock = threading.Lock()

        def work() -> None:
            while True:
                with lock:
                    number = next(todo, None)
                if number is None:
                    return
                outcomes[number] = ask(service, demo_copy, number)

        workers = [threading.Thread(target=work) for _ in range(4)]
        for worker in workers:
            worker.start()
        # Each kind of process in turn, at moments that chance picks.
        for count in range(KILLS):
            part = PARTS[count % len(PARTS)]
            time.sleep(chance.uniform(0.05, 1.2))
            victims = [pid for pid, name in service.members().items() if name == part]
            if victims:
                os.kill(chance.choice(victims), signal.SIGKILL)
                killed[part] += 1
            service.wait_ready()
        for worker in workers:
            worker.join()
        finish(service, demo_copy)
    assert len(outcomes) == RUNS
    assert sum(killed.values()) >= KILLS // 2, killed
    assert "no answer" not in outcomes.values()
    verified = hexi("log", "verify", "--home", str(demo_copy.home))
    assert verified.returncode == 0, verified.stderr
    assert json.loads(verified.stdout)["waiting"] == 0
    examined = hexi("doctor", "--home", str(demo_copy.home))
    assert examined.returncode == 0, examined.stderr
    answers = list(outcomes.values())
    assert answers.count("finished") >= RUNS // 2


def finish(service: Service, demo: Demo) -> None:
    """Wait until the sweeper has closed what was lost; a lost run is given up after a minute."""
    for _ in range(180):
        if not started_runs(demo.home) and not waiting_receipts(demo.home):
            return
        service.wait_ready()
        time.sleep(1)
    pytest.fail("a run stayed without an end")


def _count(home: Path, statement: str) -> int:
    import sqlite3  # noqa: PLC0415 - looks from outside, behind the program's back

    db = sqlite3.connect(f"file:{home / 'hexi.db'}?mode=ro", uri=True, timeout=30)
    try:
        found: tuple[Any, ...] = db.execute(statement).fetchone()
        return int(found[0])
    finally:
        db.close()


def started_runs(home: Path) -> int:
    return _count(home, "SELECT count(*) FROM sandbox_run WHERE state = 'started'")


def waiting_receipts(home: Path) -> int:
    return _count(home, "SELECT count(*) FROM kernel_receipt WHERE leaf_index IS NULL")
