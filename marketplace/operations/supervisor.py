"""One supervisor for one machine: web, sandbox daemon, sequencer and jobs as its children.

A child that dies is started again, slower each time; a sequencer that found its log in doubt is
not. Children die with the supervisor, also when it is killed. SIGTERM drains: the web stops first,
so that nothing new begins while the others finish.
"""

import ctypes
import os
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

import structlog

from kernel.config import Settings
from marketplace.errors import PortInUse

ROOT = Path(__file__).resolve().parents[2]
#: Linux: the signal that a process gets when its parent dies (prctl(2)).
_PR_SET_PDEATHSIG = 1
_DRAIN_SECONDS = 20.0
#: Head start of the web and the sandbox over what nobody waits for.
_LATER_SECONDS = 2.0
_LOOK_SECONDS = 0.1
_SLOWEST_RESTART_SECONDS = 10.0
#: The sequencer's word for a log in doubt.
_BROKEN = 70
_log = structlog.get_logger("supervisor")


@dataclass(slots=True)
class _Part:
    """One child: its command, and how it fared so far."""

    name: str
    command: list[str]
    process: subprocess.Popen[bytes] | None = None
    failures: int = 0
    start_at: float = field(default=0.0)
    is_over: bool = False


def check_port(host: str, port: int) -> None:
    """Let only a free port pass.

    Raises:
        PortInUse: somebody listens there.
    """
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise PortInUse(host=host, port=port) from error


def supervise(settings: Settings, *, host: str, port: int, workers: int) -> int:
    """Run everything until SIGTERM or SIGINT; returns the exit code.

    Raises:
        PortInUse: nothing was started.
    """
    check_port(host, port)
    settings.run_folder.mkdir(parents=True, exist_ok=True)
    parts = _parts(settings, host=host, port=port, workers=workers)
    stopping = False

    def stop(_signal: int, _frame: FrameType | None) -> None:
        nonlocal stopping
        stopping = True

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    environment = {**os.environ, "HEXI_HOME": str(settings.home)}  # noqa: TID251 - handed on to the children as it is
    while not stopping:
        for part in parts:
            _look_after(part, environment)
        time.sleep(_LOOK_SECONDS)
    return _drain(parts)


def _parts(settings: Settings, *, host: str, port: int, workers: int) -> list[_Part]:
    python = sys.executable
    sandbox_socket = settings.run_folder / "sandbox.sock"
    later = time.monotonic() + _LATER_SECONDS
    return [
        _Part(
            "sandbox",
            [
                *(python, "-m", "sandbox.engine.process"),
                *("--socket", str(sandbox_socket)),
                *("--confinement", settings.confinement),
                *("--snapshots", str(settings.home / "snapshots")),
            ],
        ),
        _Part(
            "web",
            [
                *(python, "-m", "gunicorn", "wsgi:app", "--bind", f"{host}:{port}"),
                *("--workers", str(workers), "--threads", "8", "--worker-class", "gthread"),
                *("--graceful-timeout", "15", "--timeout", "60", "--keep-alive", "5"),
                # Imported once, then forked; create_app leaves no connection open.
                *("--preload", "--no-control-socket"),
            ],
        ),
        # People wait for the web; these two may come a moment later.
        _Part("sequencer", [python, "-m", "marketplace.operations.sequencer"], start_at=later),
        _Part("jobs", [python, "-m", "marketplace.operations.jobs"], start_at=later),
    ]


def _look_after(part: _Part, environment: dict[str, str]) -> None:
    if part.is_over:
        return
    if part.process is None:
        if time.monotonic() >= part.start_at:
            part.process = _start(part, environment)
        return
    code = part.process.poll()
    if code is None:
        return
    if code == _BROKEN:
        _log.critical("part_in_doubt", part=part.name)
        part.is_over = True
        return
    part.failures += 1
    wait = min(0.2 * 2**part.failures, _SLOWEST_RESTART_SECONDS)
    part.process, part.start_at = None, time.monotonic() + wait
    _log.error("part_died", part=part.name, exit_code=code, again_in_seconds=wait)


def _start(part: _Part, environment: dict[str, str]) -> subprocess.Popen[bytes]:
    _log.info("part_started", part=part.name)
    return subprocess.Popen(  # noqa: S603 - our own commands, no shell
        part.command, cwd=ROOT, env=environment, preexec_fn=_die_with_parent
    )


def _die_with_parent() -> None:
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


def _drain(parts: list[_Part]) -> int:
    # The web first; then those that finish what it began.
    for part in sorted(parts, key=lambda part: part.name != "web"):
        if part.process is None or part.process.poll() is not None:
            continue
        part.process.terminate()
        try:
            part.process.wait(_DRAIN_SECONDS)
        except subprocess.TimeoutExpired:
            _log.error("part_killed", part=part.name)
            part.process.kill()
            part.process.wait()
    _log.info("drained")
    return 0
