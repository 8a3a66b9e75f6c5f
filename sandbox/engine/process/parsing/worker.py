"""Parser workers: one process each, asked one text at a time, killed at two seconds."""

import json
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any

from sandbox.engine.plan import Plan
from sandbox.engine.process import wire
from sandbox.engine.process.parsing.refusals import raise_refusal, too_large
from sandbox.errors.engine import EngineUnavailable

#: Decision 10.
_JUDGE_SECONDS = 2.0
_START_SECONDS = 30.0
_ROOT = Path(__file__).resolve().parents[4]


class ParserWorker:
    """A guard in a process of its own; usable for any number of texts in a row, by one thread."""

    def __init__(self) -> None:
        """Start nothing yet: the first text starts the process."""
        self._process: subprocess.Popen[bytes] | None = None
        self._talk: socket.socket | None = None

    def __enter__(self) -> "ParserWorker":
        """Give itself; ``close`` at the end of the block."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        failure: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End the process."""
        self.close()

    def analyse(self, sql: str, description: Mapping[str, Any]) -> Plan:
        """The plan of one text under a description in JSON form.

        Raises:
            SqlRefused, DescriptionMalformed: as the guard says.
            SqlTooLarge: the text took two seconds or a gigabyte; its process was killed.
            EngineUnavailable: no process can be started.
        """
        verdict = self.judge(sql, json.dumps(dict(description)))
        if "plan" not in verdict:
            raise_refusal(verdict)
        return Plan.from_json(verdict["plan"])

    def judge(self, sql: str, description: str) -> dict[str, Any]:
        """As ``analyse``, with the description as a JSON text, the plan or refusal still in JSON form.

        Raises:
            EngineUnavailable: no process can be started.
        """
        if (refusal := too_large(sql)) is not None:
            return refusal
        talk = self._talk or self._start()
        try:
            wire.send(talk, {"sql": sql, "description": description})
            talk.settimeout(_JUDGE_SECONDS)
            verdict: dict[str, Any] = wire.receive(talk)
        except (wire.WireBroken, TimeoutError):
            self.close()
            return too_large(None)
        return verdict

    def close(self) -> None:
        """Kill the process; the next text starts another."""
        if self._talk is not None:
            self._talk.close()
            self._talk = None
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def _start(self) -> socket.socket:
        ours, theirs = socket.socketpair()
        number = theirs.fileno()
        command = [
            sys.executable,
            "-m",
            "sandbox.engine.process.parsing.child",
            "--talk",
            str(number),
        ]
        try:
            self._process = subprocess.Popen(
                command, pass_fds=(number,), cwd=_ROOT, stdin=subprocess.DEVNULL
            )
        except OSError as failure:
            ours.close()
            raise EngineUnavailable(retry_after_seconds=5) from failure
        finally:
            theirs.close()
        self._talk = ours
        try:
            ours.settimeout(_START_SECONDS)
            wire.receive(ours)
        except (wire.WireBroken, TimeoutError) as failure:
            self.close()
            raise EngineUnavailable(retry_after_seconds=5) from failure
        return ours


class ParserPool:
    """So many workers shared by many threads."""

    def __init__(self, size: int) -> None:
        """Start nothing yet."""
        self._places = threading.BoundedSemaphore(size)
        self._lock = threading.Lock()
        self._idle: list[ParserWorker] = []

    def judge(self, sql: str, description: str) -> dict[str, Any]:
        """As ``ParserWorker.judge``, by the first worker that is free."""
        with self._borrowed() as worker:
            return worker.judge(sql, description)

    def close(self) -> None:
        """Kill the idle workers."""
        with self._lock:
            while self._idle:
                self._idle.pop().close()

    @contextmanager
    def _borrowed(self) -> Iterator[ParserWorker]:
        with self._places:
            with self._lock:
                worker = self._idle.pop() if self._idle else ParserWorker()
            try:
                yield worker
            finally:
                with self._lock:
                    self._idle.append(worker)
