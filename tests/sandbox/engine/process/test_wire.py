"""Frames: whole messages come through, anything else is an end of the talk."""

import os
import socket
from collections.abc import Iterator
from typing import Any

import pytest

from sandbox.engine.process import wire

pytestmark = pytest.mark.timeout(30)

Pair = tuple[socket.socket, socket.socket]


@pytest.fixture
def pair() -> Iterator[Pair]:
    left, right = socket.socketpair()
    with left, right:
        yield left, right


def test_messages_come_through_in_order(pair: Pair) -> None:
    messages: list[Any] = [{"a": [1, None, "名"]}, [], "x"]
    for message in messages:
        wire.send(pair[0], message)

    assert [wire.receive(pair[1]) for _ in range(3)] == messages


def test_files_travel_with_a_message(pair: Pair) -> None:
    read, write = os.pipe()
    wire.send(pair[0], {"is_made": True}, (read, write))
    message, copies = wire.receive_fds(pair[1], 2)
    os.write(copies[1], b"through")

    assert message == {"is_made": True}
    assert os.read(read, 10) == b"through"
    for one in (read, write, *copies):
        os.close(one)


def test_another_number_of_files_is_refused(pair: Pair) -> None:
    read, write = os.pipe()
    wire.send(pair[0], {}, (read,))
    with pytest.raises(wire.WireBroken):
        wire.receive_fds(pair[1], 2)
    os.close(read)
    os.close(write)


@pytest.mark.parametrize(
    "noise",
    [
        b"\0\0",
        b"\0\0\0\5ab",
        b"\0\0\0\2{]",
        b"\xff\xff\xff\xff",
        b"\0\x01\x86\xa0" + b"[" * 100_000,
    ],
)
def test_what_is_no_message_ends_the_talk(pair: Pair, noise: bytes) -> None:
    pair[0].sendall(noise)
    pair[0].close()

    with pytest.raises(wire.WireBroken):
        wire.receive(pair[1])


def test_a_message_over_the_readers_limit_is_not_read(pair: Pair) -> None:
    wire.send(pair[0], "x" * 100)

    with pytest.raises(wire.WireBroken):
        wire.receive(pair[1], most_bytes=50)


def test_an_inbox_joins_pieces(pair: Pair) -> None:
    inbox = wire.Inbox(1_000)
    wire.send(pair[0], "first")
    wire.send(pair[0], "second")
    whole = pair[1].recv(1_000)
    seen = []
    for place in range(len(whole)):
        pair[0].send(whole[place : place + 1])
        seen += list(inbox.take(pair[1]))

    assert seen == ["first", "second"]


def test_writing_to_nobody_is_an_end_too(pair: Pair) -> None:
    pair[1].close()

    with pytest.raises(wire.WireBroken):
        wire.send(pair[0], "x")
