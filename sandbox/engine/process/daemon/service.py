"""The daemon's socket: one request a connection, a thread for each, an orderly end."""

import fcntl
import os
import select
import signal
import socket
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from kernel.errors import HexiError
from sandbox.engine.process import wire
from sandbox.engine.process.daemon.nursery import Nursery
from sandbox.engine.process.daemon.running import Runs
from sandbox.engine.process.daemon.templates import Templates
from sandbox.engine.process.parsing.worker import ParserPool
from sandbox.errors.engine import EngineRunning, RunFailed

_BACKLOG = 128
_READ_SECONDS = 10.0
_DRAIN_SECONDS = 15.0


def serve(
    socket_path: Path,
    *,
    confinement: str,
    snapshots: Sequence[Path] = (),
    is_until_input_closes: bool = False,
) -> None:
    """Answer requests on the socket until SIGTERM or SIGINT; running queries may then end.

    ``confinement`` is ``required`` (bubblewrap, Landlock and seccomp, or nothing starts) or
    ``available`` (what the machine has). ``snapshots`` are the folders that extracts are read
    from. A private daemon also ends with its owner, when its standard input closes.

    Raises:
        ConfinementMissing: it is required and a part of it cannot work here.
        EngineRunning: another daemon serves this socket.
        EngineUnavailable: the engine's processes do not start.
    """
    folders = [one.absolute() for one in snapshots]
    for one in folders:
        # A folder that comes into being later would not be seen inside the wall.
        one.mkdir(parents=True, exist_ok=True)
    with _only_one(socket_path), _told_to_stop(is_until_input_closes=is_until_input_closes) as stop:
        nursery = Nursery(folders, confinement=confinement)
        try:
            with _listening(socket_path) as door:
                _Desk(nursery, folders).attend(door, stop)
        finally:
            nursery.close()


class _Desk:
    """What the daemon can be asked, by verb."""

    def __init__(self, nursery: Nursery, snapshots: list[Path]) -> None:
        cores = len(os.sched_getaffinity(0))
        self._nursery = nursery
        self._templates = Templates(nursery)
        self._runs = Runs(self._templates, snapshots, cores)
        self._parsers = ParserPool(cores)
        self._threads: set[threading.Thread] = set()
        self._verbs = {
            "alive": lambda _asked, _caller: {"is_alive": True},
            "confinement": lambda _asked, _caller: nursery.confinement(),
            "analyse": lambda asked, _: self._parsers.judge(asked["sql"], asked["description"]),
            "run": lambda asked, caller: {"answer": self._runs.execute(asked, caller)},
            "expect": lambda asked, _: self._runs.expect(asked),
            "cancel": lambda asked, _: {"was_running": self._runs.cancel(asked["run_id"])},
            "drop": self._drop,
            "forget": self._forget,
        }

    def attend(self, door: socket.socket, stop: socket.socket) -> None:
        """Take callers until told to stop, then let those inside finish."""
        while stop not in select.select((door, stop), (), ())[0]:
            caller = door.accept()[0]
            self._threads = {one for one in self._threads if one.is_alive()}
            thread = threading.Thread(target=self._answer, args=(caller,), daemon=True)
            self._threads.add(thread)
            thread.start()
        door.close()
        deadline = time.monotonic() + _DRAIN_SECONDS
        for thread in self._threads:
            thread.join(max(0.0, deadline - time.monotonic()))
        self._parsers.close()

    def _drop(self, asked: dict[str, Any], _: socket.socket) -> dict[str, Any]:
        self._templates.drop(asked["key"])
        return {}

    def _forget(self, asked: dict[str, Any], _: socket.socket) -> dict[str, Any]:
        self._templates.forget(asked["sha256"])
        return {}

    def _answer(self, caller: socket.socket) -> None:
        with caller:
            caller.settimeout(_READ_SECONDS)
            try:
                asked = wire.receive(caller)
                wire.send(caller, self._reply(asked, caller))
            except (wire.WireBroken, TimeoutError):
                return

    def _reply(self, asked: dict[str, Any], caller: socket.socket) -> dict[str, Any]:
        try:
            return self._verbs[asked["verb"]](asked, caller)
        except HexiError as failure:
            was_read = isinstance(failure, RunFailed) and failure.data_read
            return {"code": failure.code, "facts": failure.facts, "data_read": was_read}


@contextmanager
def _only_one(socket_path: Path) -> Iterator[None]:
    """Hold the lock beside the socket; the kernel lets go of it however this process ends."""
    socket_path.parent.mkdir(parents=True, exist_ok=True)
    lock = os.open(f"{socket_path}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as failure:
            raise EngineRunning from failure
        yield
    finally:
        os.close(lock)


@contextmanager
def _listening(socket_path: Path) -> Iterator[socket.socket]:
    # Whoever left this file behind is dead: we hold the lock.
    socket_path.unlink(missing_ok=True)
    door = socket.socket(socket.AF_UNIX)
    with wire.address_of(socket_path) as address:
        before = os.umask(0o177)
        try:
            door.bind(address)
        finally:
            os.umask(before)
    try:
        door.listen(_BACKLOG)
        yield door
    finally:
        door.close()
        socket_path.unlink(missing_ok=True)


@contextmanager
def _told_to_stop(*, is_until_input_closes: bool) -> Iterator[socket.socket]:
    """A socket that becomes readable when the process is asked to end."""
    ours, theirs = socket.socketpair()
    theirs.setblocking(False)  # noqa: FBT003 - the standard library's own signature
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: None)
    signal.set_wakeup_fd(theirs.fileno())
    if is_until_input_closes:
        threading.Thread(target=_watch_input, args=(theirs,), daemon=True).start()
    try:
        yield ours
    finally:
        signal.set_wakeup_fd(-1)
        ours.close()
        theirs.close()


def _watch_input(stop: socket.socket) -> None:
    while os.read(0, 1):
        pass
    stop.send(b"x")
