"""One run from the daemon's side: a place, a second check, a child, a deadline."""

import select
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sandbox.engine.process import wire
from sandbox.engine.process.daemon.remote import Remote
from sandbox.engine.process.daemon.templates import Templates
from sandbox.errors.engine import (
    AnswerTooLarge,
    EngineUnavailable,
    RunCancelled,
    RunFailed,
    RunTimedOut,
)

#: Runs that may wait for a place, and how long one does.
_MOST_WAITING = 128
_WAIT_SECONDS = 30.0
#: Room for column names and framing beside the answer's rows, bytes.
_HEAD_BYTES = 1_000_000
_ENDING_SECONDS = 5.0


class Run:
    """A run that waits or executes; ``cancel`` may come from another thread at any moment."""

    def __init__(self) -> None:
        """Begin as waiting."""
        self._lock = threading.Lock()
        self._child: Remote | None = None
        self.is_cancelled = False

    def cancel(self) -> None:
        """Kill the child, now or as soon as there is one."""
        with self._lock:
            self.is_cancelled = True
            if self._child is not None:
                self._child.kill()

    def take(self, child: Remote) -> None:
        """Go on with this child."""
        with self._lock:
            self._child = child
            if self.is_cancelled:
                child.kill()


class Runs:
    """All runs of this daemon; at most ``places`` of them execute at once."""

    def __init__(self, templates: Templates, snapshots: list[Path], places: int) -> None:
        """Start with none; files outside the snapshot folders are not loaded."""
        self._templates = templates
        self._folders = [one.resolve() for one in snapshots]
        self._places = threading.BoundedSemaphore(places)
        self._lock = threading.Lock()
        self._held: dict[str, Run] = {}

    def execute(self, asked: dict[str, Any], caller: socket.socket) -> dict[str, Any]:
        """The answer of one run as its child wrote it; a caller that hangs up cancels the run.

        Raises:
            RunFailed, RunTimedOut, RunCancelled, AnswerTooLarge: it ended without an answer.
            EngineUnavailable: there is no place, or no process.
        """
        extract = asked["extract"]
        self._check_paths(extract["tables"])
        with (
            self._registered(asked["run_id"]) as run,
            self._place(),
            self._templates.use(extract["key"], extract["tables"]) as template,
        ):
            template.check(asked["sql"])
            try:
                return _answer_of(template.fork(), run, caller, asked)
            except RunFailed as failure:
                # A spare child can have died unseen. Nothing was read: a fresh one answers instead.
                if type(failure) is not RunFailed or failure.data_read:
                    raise
                return _answer_of(template.fork(is_fresh=True), run, caller, asked)

    def expect(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Make the second check of a query that will come, so that its run finds the verdict.

        Raises:
            RunFailed, EngineUnavailable: as ``execute``; nobody hears of it.
        """
        extract = asked["extract"]
        self._check_paths(extract["tables"])
        with self._templates.use(extract["key"], extract["tables"]) as template:
            template.check(asked["sql"])
        return {}

    def cancel(self, run_id: str) -> bool:
        """Cancel a run; whether there was one."""
        with self._lock:
            run = self._held.get(run_id)
        if run is not None:
            run.cancel()
        return run is not None

    def _check_paths(self, tables: list[dict[str, Any]]) -> None:
        for table in tables:
            path = Path(table["path"]).resolve()
            if not any(path.is_relative_to(folder) for folder in self._folders):
                raise RunFailed(data_read=False)

    @contextmanager
    def _registered(self, run_id: str) -> Iterator[Run]:
        run = Run()
        with self._lock:
            if run_id in self._held or len(self._held) >= _MOST_WAITING:
                raise EngineUnavailable(retry_after_seconds=5)
            self._held[run_id] = run
        try:
            yield run
        finally:
            with self._lock:
                del self._held[run_id]

    @contextmanager
    def _place(self) -> Iterator[None]:
        if not self._places.acquire(timeout=_WAIT_SECONDS):
            raise EngineUnavailable(retry_after_seconds=5)
        try:
            yield
        finally:
            self._places.release()


def _answer_of(
    child: Remote, run: Run, caller: socket.socket, asked: dict[str, Any]
) -> dict[str, Any]:
    try:
        run.take(child)
        return _Watch(run, child, caller, asked).answer()
    finally:
        child.close()


class _Watch:
    """A child at work: its messages, its deadline, and whether anybody still waits for it."""

    def __init__(
        self, run: Run, child: Remote, caller: socket.socket, asked: dict[str, Any]
    ) -> None:
        self._run, self._child, self._caller = run, child, caller
        self._asked = asked
        self._inbox = wire.Inbox(asked["limits"]["output_bytes"] + _HEAD_BYTES)
        self._has_begun = False

    def answer(self) -> dict[str, Any]:
        seconds = self._asked["limits"]["seconds"]
        try:
            wire.send(
                self._child.talk, {"sql": self._asked["sql"], "limits": self._asked["limits"]}
            )
            return self._wait(time.monotonic() + seconds)
        except wire.WireBroken as failure:
            kind = RunCancelled if self._run.is_cancelled else RunFailed
            raise kind(data_read=self._has_begun) from failure

    def _wait(self, deadline: float) -> dict[str, Any]:
        sources = select.poll()
        for source in (self._child.talk, self._caller):
            sources.register(source, select.POLLIN)
        child, caller = self._child.talk.fileno(), self._caller.fileno()
        # The clock is looked at first: a child that chatters must not hold it up.
        while (left := deadline - time.monotonic()) > 0:
            ready = {number for number, _ in sources.poll(left * 1000)}
            if child in ready:
                for message in self._inbox.take(self._child.talk):
                    if (answer := self._read(message)) is not None:
                        return answer
            elif caller in ready:
                # Whoever asked sends nothing more, so this can only be that he hung up.
                self._run.cancel()
                break
        self._child.kill()
        self._run_out()
        raise (RunCancelled if self._run.is_cancelled else RunTimedOut)(data_read=self._has_begun)

    def _run_out(self) -> None:
        """Read what the killed child still said: whether it had begun decides what is charged."""
        self._child.talk.settimeout(_ENDING_SECONDS)
        try:
            while True:
                for message in self._inbox.take(self._child.talk):
                    self._read(message)
        except (wire.WireBroken, TimeoutError, RunFailed):
            return

    def _read(self, message: Any) -> dict[str, Any] | None:  # noqa: ANN401 - a child may be hostile
        state = message.get("state") if isinstance(message, dict) else None
        if state == "begun":
            self._has_begun = True
            return None
        if state == "too-large":
            raise AnswerTooLarge(data_read=True)
        if state == "finished" and _is_answer(message):
            return dict(message)
        raise RunFailed(data_read=True)


def _is_answer(message: dict[str, Any]) -> bool:
    columns, rows = message.get("columns"), message.get("rows")
    if not isinstance(columns, list) or not isinstance(rows, list):
        return False
    if not isinstance(message.get("cpu_milliseconds"), int):
        return False
    has_names = all(
        isinstance(one, list) and [type(part) for part in one] == [str, str] for one in columns
    )
    return has_names and all(isinstance(row, list) and len(row) == len(columns) for row in rows)
