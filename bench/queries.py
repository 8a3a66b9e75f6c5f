"""What one governed query takes: the guard alone, the engine's part of a fresh small one, and all of it over HTTP.

Fresh means that no stored answer and no verdict about the same text helps: each query has another literal. Times
are wall milliseconds; the guard's are its process's CPU. Nothing else should run beside.
"""

import json
import os
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import duckdb

from bench.engine import DESCRIPTION
from sandbox.engine.guard import analyse, read_description
from sandbox.engine.process import Engine, Extract, ExtractTable, Limits, started_engine
from sandbox.errors.engine import RunCancelled, RunFailed
from tests.sandbox.engine.guard.corpus import description, lines

ROOT = Path(__file__).resolve().parents[1]
ROWS, TURNS, CLIENTS, SECONDS = 20_000, 200, 8, 5.0
KILLS = 20
#: Between two queries of one client: the rest of a governed query takes longer, and people think longer.
PAUSE_SECONDS = 0.02
#: Requests before those that count: a worker that has just been forked is cold.
WARMING, ASKED = 60, 100
#: Over HTTP: a table of a few rows, and a join with the demonstration's largest one (336,776 rows).
SMALL = "SELECT carrier, COUNT(*) AS n FROM airlines GROUP BY carrier"
LARGE = "SELECT a.name, COUNT(*) AS n FROM flights AS f JOIN airlines AS a ON f.carrier = a.carrier GROUP BY a.name"
_HEXI = [sys.executable, "-m", "marketplace.operations.command"]
#: Eight million million rows: it runs until it is killed.
_ENDLESS = "SELECT max(sin(a.cost) * b.cost) FROM visits AS a, visits AS b, visits AS c"


def measure() -> list[dict[str, Any]]:
    """The findings, each beside its target."""
    return [*_guard(), *_engine(), *_http()]


def _guard() -> list[dict[str, Any]]:
    findings = []
    for mode in ("open", "aggregate"):
        times = []
        for one in lines("honest.jsonl"):
            if one["policy"] != mode or one.get("optional"):
                continue
            under = description(mode)
            for _ in range(3):
                begun = time.process_time()
                try:
                    analyse(one["sql"], under)
                except Exception:  # noqa: BLE001 - a refusal is no query to be measured
                    break
                spent = (time.process_time() - begun) * 1000
            else:
                times.append(spent)
        findings.append(_finding(f"guard, honest queries in mode {mode}", times, p50=8.0))
    return findings


def _finding(name: str, times: list[float], **targets: float) -> dict[str, Any]:
    ordered = sorted(times)
    seen = {
        "p50": round(statistics.median(ordered), 2),
        "p95": round(ordered[int(len(ordered) * 0.95)], 2),
    }
    return {
        "name": name,
        **{f"{key}_ms": value for key, value in seen.items()},
        "target": ", ".join(f"{key} <= {most:g} ms" for key, most in targets.items()),
        "is_met": all(seen[key] <= most for key, most in targets.items()),
        "queries": len(times),
    }


def _engine() -> list[dict[str, Any]]:
    with tempfile.TemporaryDirectory(prefix="hexi-bench-") as folder:
        path = Path(folder) / "visits.parquet"
        with duckdb.connect() as connection:
            connection.execute(
                f"COPY (SELECT i AS person_id, 'c' || hash(i) % 51 AS county, "
                f"(hash(i, 1) % 100000 / 100)::DECIMAL(9,2) AS cost FROM range({ROWS}) t(i)) TO '{path}'"
            )
        under = read_description({**DESCRIPTION, "mode": "open"})
        plans = [
            analyse(
                f"SELECT county, COUNT(*) AS n, SUM(cost) AS total FROM visits WHERE cost > {number} GROUP BY county",
                under,
            ).sql
            for number in range(TURNS + int(SECONDS * 400))
        ]
        extract = Extract("small", (ExtractTable("visits", str(path), ("county", "cost")),))
        with started_engine(
            Path(folder), confinement="available", snapshots=Path(folder)
        ) as engine:
            return [
                *_fresh(engine, extract, plans),
                _finding(
                    "a running query is reaped after its kill", _reaped(engine, extract), p95=50.0
                ),
            ]


def _run(engine: Engine, extract: Extract, sql: str) -> None:
    run_id = f"bench {time.monotonic_ns()} {threading.get_ident()}"
    engine.run(run_id=run_id, sql=sql, extract=extract, limits=Limits(seconds=20))


def _fresh(engine: Engine, extract: Extract, plans: list[str]) -> list[dict[str, Any]]:
    waiting = iter(plans)
    for _ in range(20):
        _run(engine, extract, next(waiting))
    times = []
    for _ in range(TURNS - 20):
        begun = time.perf_counter()
        _run(engine, extract, next(waiting))
        times.append((time.perf_counter() - begun) * 1000)
        time.sleep(PAUSE_SECONDS)
    lock, done, end = threading.Lock(), [0], time.monotonic() + SECONDS

    def client() -> None:
        while time.monotonic() < end:
            with lock:
                sql = next(waiting)
            _run(engine, extract, sql)
            with lock:
                done[0] += 1

    with ThreadPoolExecutor(CLIENTS) as pool:
        for _ in range(CLIENTS):
            pool.submit(client)
    rate = round(done[0] / SECONDS, 1)
    return [
        _finding(
            f"engine's part of a fresh query, {ROWS:,} rows, {PAUSE_SECONDS * 1000:.0f} ms apart",
            times,
            p50=8.0,
            p95=12.0,
        ),
        {
            "name": f"fresh queries a second, {CLIENTS} clients",
            "per_second": rate,
            "target": ">= 60 on 2 cores",
            "is_met": rate >= 60,
            "cores": os.cpu_count(),
        },
    ]


def _reaped(engine: Engine, extract: Extract) -> list[float]:
    """From the kill until the caller is told, which is after the child was reaped."""
    times = []
    for number in range(KILLS):
        run_id, ended = f"kill {number}", list[float]()

        def run(run_id: str = run_id, ended: list[float] = ended) -> None:
            try:
                engine.run(run_id=run_id, sql=_ENDLESS, extract=extract, limits=Limits(seconds=20))
            except (RunCancelled, RunFailed):
                ended.append(time.perf_counter())

        thread = threading.Thread(target=run)
        thread.start()
        time.sleep(0.3)
        begun = time.perf_counter()
        assert engine.cancel(run_id)
        thread.join()
        times += [(one - begun) * 1000 for one in ended]
    return times


def _http() -> list[dict[str, Any]]:
    """Fresh queries of the demonstration's open licence, one at a time, receipt and log entry included."""
    with tempfile.TemporaryDirectory(prefix="hexi-bench-") as folder:
        home = Path(folder) / "home"
        made = subprocess.run(
            [*_HEXI, "demo", "--home", str(home), "--json"],
            cwd=ROOT,
            check=True,
            capture_output=True,
        )
        demo = json.loads(made.stdout)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        served = subprocess.Popen(
            [*_HEXI, "serve", "--home", str(home), "--port", str(port)],
            cwd=ROOT,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            _wait(port)
            small, large = (_ask(port, demo, sql) for sql in (SMALL, LARGE))
        finally:
            served.send_signal(signal.SIGTERM)
            served.wait(timeout=30)
    return [
        _finding("a fresh small query over HTTP, with everything", small, p50=30.0),
        _finding("a fresh join with 336,776 rows over HTTP, with everything", large),
    ]


def _wait(port: int) -> None:
    for _ in range(300):
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=2).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise TimeoutError


def _ask(port: int, demo: dict[str, Any], sql: str) -> list[float]:
    token = next(one["token"] for one in demo["accounts"] if one["name"] == "researcher")
    sample = next(one for one in demo["runs"] if one["mode"] == "open")
    licence = demo["licence_ids"]["open"]
    terms = urllib.request.Request(
        f"http://127.0.0.1:{port}/api/v1/sandbox/runs/{sample['run_id']}",
        headers={"Authorization": f"Bearer {token}"},
    )
    with urllib.request.urlopen(terms) as reply:
        purpose = json.load(reply)["purpose"]
    talk, times = HTTPConnection("127.0.0.1", port), []
    for number in range(WARMING + ASKED):
        body = json.dumps(
            {
                "licence_id": licence,
                "purpose": purpose,
                "sql": _another(sql, number),
            }
        )
        head = {
            "Authorization": f"Bearer {token}",
            "Content-Type": "application/json",
            "Idempotency-Key": f"bench-{len(sql)}-{number}",
        }
        begun = time.perf_counter()
        talk.request("POST", "/api/v1/sandbox/runs", body, head)
        reply = talk.getresponse()
        told = reply.read()
        if reply.status != 201:
            raise RuntimeError(told.decode())
        if number >= WARMING:
            times.append((time.perf_counter() - begun) * 1000)
    talk.close()
    return times


def _another(sql: str, number: int) -> str:
    return f"SELECT *, {number} AS asked FROM ({sql}) AS answer"


if __name__ == "__main__":
    for finding in measure():
        print(finding)
