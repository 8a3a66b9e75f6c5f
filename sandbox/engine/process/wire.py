"""Messages between our processes: a length in four bytes, then JSON; open files travel beside it.

Never pickle: a child that a query took over would run its own code in whoever reads the answer.
"""

import json
import os
import socket
import struct
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

_HEADER = struct.Struct(">I")
#: Bytes of one message between trusted processes.
MOST_BYTES = 64_000_000
#: sockaddr_un holds 108 bytes with its final zero (unix(7)).
_MOST_PATH_BYTES = 107


class WireBroken(Exception):
    """The other side is gone, or sent what is no message."""


def send(to: socket.socket, message: Any, fds: Sequence[int] = ()) -> None:  # noqa: ANN401 - any JSON value
    """Send one message, and copies of open files with it.

    Raises:
        WireBroken: nobody reads any more.
    """
    body = json.dumps(message, separators=(",", ":"), ensure_ascii=False).encode()
    send_bytes(to, body, fds)


def send_bytes(to: socket.socket, body: bytes, fds: Sequence[int] = ()) -> None:
    """Send a message that is JSON already.

    Raises:
        WireBroken: nobody reads any more.
    """
    header = _HEADER.pack(len(body))
    try:
        if fds:
            socket.send_fds(to, [header], list(fds))
            to.sendall(body)
        else:
            to.sendall(header + body)
    except OSError as failure:
        raise WireBroken from failure


def receive(of: socket.socket, most_bytes: int = MOST_BYTES) -> Any:  # noqa: ANN401 - any JSON value
    """Wait for one message.

    Raises:
        WireBroken: the other side closed, or sent too much or no JSON.
        TimeoutError: the socket has a time limit and it passed.
    """
    return _decode(_take(of, _size(_take(of, _HEADER.size), most_bytes)))


def receive_fds(of: socket.socket, count: int) -> tuple[Any, list[int]]:
    """Wait for one message that brings ``count`` open files, or none where it reports a failure.

    Raises:
        WireBroken: as for ``receive``, or another number of files came.
        TimeoutError: as for ``receive``.
    """
    try:
        header, fds, _, _ = socket.recv_fds(of, _HEADER.size, count)
    except TimeoutError:
        raise
    except OSError as failure:
        raise WireBroken from failure
    try:
        header += _take(of, _HEADER.size - len(header)) if header else b""
        message = _decode(_take(of, _size(header, MOST_BYTES)))
    except BaseException:
        _close(fds)
        raise
    if len(fds) not in (0, count):
        _close(fds)
        raise WireBroken
    return message, fds


def _close(fds: Sequence[int]) -> None:
    for one in fds:
        os.close(one)


def _size(header: bytes, most_bytes: int) -> int:
    if len(header) != _HEADER.size:
        raise WireBroken
    size: int = _HEADER.unpack(header)[0]
    if size > most_bytes:
        raise WireBroken
    return size


def _take(of: socket.socket, count: int) -> bytes:
    taken = bytearray()
    while len(taken) < count:
        taken += _take_some(of, min(count - len(taken), 1 << 20))
    return bytes(taken)


def _take_some(of: socket.socket, most_bytes: int) -> bytes:
    try:
        piece = of.recv(most_bytes)
    except TimeoutError:
        raise
    except OSError as failure:
        raise WireBroken from failure
    if not piece:
        raise WireBroken
    return piece


def _decode(body: bytes) -> Any:  # noqa: ANN401 - any JSON value
    try:
        return json.loads(body)
    except (ValueError, RecursionError) as failure:
        raise WireBroken from failure


class Inbox:
    """Messages that arrive in pieces, for a reader that also watches a clock."""

    def __init__(self, most_bytes: int) -> None:
        """Take messages of at most so many bytes."""
        self._most_bytes = most_bytes
        self._held = bytearray()

    def take(self, of: socket.socket) -> Iterator[Any]:
        """Read what is there, waiting for one piece at most, and give each complete message.

        Raises:
            WireBroken: the other side closed, or sent too much or no JSON.
            TimeoutError: the socket has a time limit and it passed.
        """
        self._held += _take_some(of, 1 << 20)
        while len(self._held) >= _HEADER.size:
            end = _HEADER.size + _size(bytes(self._held[: _HEADER.size]), self._most_bytes)
            if len(self._held) < end:
                return
            body = bytes(self._held[_HEADER.size : end])
            del self._held[:end]
            yield _decode(body)


@contextmanager
def address_of(path: Path) -> Iterator[str]:
    """An address for a socket file, also where its path is longer than an address may be.

    A long path is reached through an open descriptor of its folder, which Linux shows as a short
    path of its own.
    """
    full = path.absolute()
    if len(os.fsencode(full)) <= _MOST_PATH_BYTES:
        yield str(full)
        return
    folder = os.open(full.parent, os.O_PATH | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{folder}/{full.name}"
    finally:
        os.close(folder)
