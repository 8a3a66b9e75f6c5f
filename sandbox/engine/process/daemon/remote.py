"""A process of another's making: the socket to it, and the right to kill it."""

import os
import select
import signal
import socket
import threading
from typing import Any

from sandbox.engine.process import wire


class Remote:
    """One template, checker or child, made by somebody inside the wall.

    It is killed through a pidfd, which names the process whatever number it has inside its
    namespace and never another one that got its number later (pidfd_open(2)).
    """

    def __init__(self, talk: socket.socket, handle: int) -> None:
        """Take over the socket and the pidfd."""
        self.talk = talk
        self._handle: int | None = handle
        self._lock = threading.Lock()

    def kill(self) -> None:
        """Send SIGKILL, the only limit that always works; nothing where it is gone already."""
        with self._lock:
            if self._handle is None:
                return
            try:
                signal.pidfd_send_signal(self._handle, signal.SIGKILL)
            except ProcessLookupError:
                return

    def is_waiting(self) -> bool:
        """Whether it is there and has said nothing: a dead one's socket can be read to its end."""
        return not select.select([self.talk], (), (), 0)[0]

    def close(self) -> None:
        """Kill it and let go of it."""
        self.kill()
        with self._lock:
            if self._handle is not None:
                os.close(self._handle)
                self._handle = None
        self.talk.close()


def ask_for_process(talk: socket.socket, asked: Any) -> Remote:  # noqa: ANN401 - any JSON value
    """Have the process behind ``talk`` fork another, and take that over.

    Raises:
        WireBroken: it is gone.
        TimeoutError: it does not answer in the socket's time.
    """
    wire.send(talk, asked)
    _, fds = wire.receive_fds(talk, 2)
    if len(fds) != 2:  # noqa: PLR2004 - the socket and the pidfd
        raise wire.WireBroken
    return Remote(socket.socket(fileno=fds[0]), fds[1])
