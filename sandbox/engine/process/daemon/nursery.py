"""The zygote from outside: started inside the wall, asked for processes, replaced when it dies."""

import socket
import subprocess
import sys
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from sandbox.engine.process import wire
from sandbox.engine.process.confine.bubblewrap import wrap_command
from sandbox.engine.process.daemon.remote import Remote, ask_for_process
from sandbox.errors.engine import ConfinementMissing, EngineUnavailable

_START_SECONDS = 30.0
_FORK_SECONDS = 10.0
_ROOT = Path(__file__).resolve().parents[4]
#: The only code of ours that is visible inside; the folder of records beside it is not.
_CODE = (_ROOT / "sandbox", _ROOT / "kernel")


class Nursery:
    """Where processes come from; ``confinement`` is ``required`` or ``available``."""

    def __init__(self, snapshots: Sequence[Path], *, confinement: str) -> None:
        """Start the zygote.

        Raises:
            ConfinementMissing: confinement is required and a part of it cannot work here.
            EngineUnavailable: the zygote does not start.
        """
        self._is_required = confinement == "required"
        self._lock = threading.Lock()
        # bubblewrap dies with the *thread* that started it (PR_SET_PDEATHSIG), so this one stays.
        self._spawner = ThreadPoolExecutor(1, "spawner")
        self._command = self._wrapped(snapshots)
        self._process: subprocess.Popen[bytes] | None = None
        self._talk: socket.socket | None = None
        self._found: dict[str, Any] = {}
        try:
            with self._lock:
                self._start()
        except BaseException:
            self.close()
            raise

    def confinement(self) -> dict[str, Any]:
        """Which walls stand: bubblewrap, Landlock (its version, 0 is none), seccomp, rlimits."""
        return {
            "bubblewrap": self._is_wrapped,
            "landlock": int(self._found["landlock"]),
            "seccomp": bool(self._found["seccomp"]),
            "rlimits": True,
        }

    def make(self, asked: dict[str, Any]) -> Remote:
        """A process for a template or a checker; a dead zygote is replaced first.

        Raises:
            EngineUnavailable: no zygote can be started, or a new one dies at once.
        """
        with self._lock:
            for _ in range(2):
                talk = self._talk or self._start()
                try:
                    return ask_for_process(talk, asked)
                except (wire.WireBroken, TimeoutError):
                    self._stop()
        raise EngineUnavailable(retry_after_seconds=5)

    def close(self) -> None:
        """End the zygote and with it everything inside the wall."""
        with self._lock:
            self._stop()
        self._spawner.shutdown()

    def _wrapped(self, snapshots: Sequence[Path]) -> list[str]:
        plain = [sys.executable, "-s", "-m", "sandbox.engine.process.inside.zygote"]
        wrapped = wrap_command(plain, [*_CODE, *snapshots], work_folder=_ROOT)
        self._is_wrapped = wrapped is not None
        if self._is_required and not self._is_wrapped:
            raise ConfinementMissing
        return wrapped or plain

    def _start(self) -> socket.socket:
        ours, theirs = socket.socketpair()
        try:
            self._process = self._spawner.submit(self._spawn, theirs.fileno()).result()
            ours.settimeout(_START_SECONDS)
            self._found = wire.receive(ours)
        except (OSError, wire.WireBroken) as failure:
            ours.close()
            self._stop()
            raise EngineUnavailable(retry_after_seconds=5) from failure
        finally:
            theirs.close()
        if self._is_required and not (self._found["landlock"] and self._found["seccomp"]):
            ours.close()
            raise ConfinementMissing
        ours.settimeout(_FORK_SECONDS)
        self._talk = ours
        return ours

    def _spawn(self, number: int) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [*self._command, "--talk", str(number)],
            pass_fds=(number,),
            cwd=_ROOT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
        )

    def _stop(self) -> None:
        if self._talk is not None:
            self._talk.close()
            self._talk = None
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None
