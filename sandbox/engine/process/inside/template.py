"""A process that holds one extract and forks a child for each query; it never sees a query.

Also the checker's process, which holds the same tables without a row. Both come out of the
zygote by fork, one thread each.
"""

import gc
import os
import signal
import socket
from collections.abc import Callable, Mapping
from typing import Any

from sandbox.engine.process import wire
from sandbox.engine.process.confine.kernel_calls import die_with_parent
from sandbox.engine.process.confine.shut import (
    Shutters,
    limit_memory,
    limit_rest,
    mapped_bytes,
    shut,
)
from sandbox.engine.process.inside.checker import answer_checks
from sandbox.engine.process.inside.child import Case, answer_one, end
from sandbox.engine.process.inside.database import OpeningFailed, check_alone, open_extract

#: Address space that a checker may take beyond its empty tables, bytes.
_CHECKER_BYTES = 1_000_000_000


def fork_apart(talk: socket.socket, work: Callable[[socket.socket], None]) -> int:
    """Fork a process that does ``work`` with one end of a new socket and then ends.

    The other end and a pidfd travel over ``talk`` to the daemon: in a pid namespace it could not
    name the process by a number. Returns the process's number here.

    Raises:
        WireBroken: the daemon is gone.
    """
    ours, theirs = socket.socketpair()
    parent = os.getpid()
    child = os.fork()
    if child == 0:
        code = 1
        try:
            die_with_parent(parent)
            talk.close()
            ours.close()
            work(theirs)
            code = 0
        finally:
            # Nothing of a forked process may run on into its parent's code.
            end(code)
    theirs.close()
    handle = os.pidfd_open(child)
    try:
        wire.send(talk, {"is_made": True}, (ours.fileno(), handle))
    finally:
        os.close(handle)
        ours.close()
    return child


def serve_forks(
    talk: socket.socket, make: Callable[[Mapping[str, Any]], Callable[[socket.socket], None]]
) -> None:
    """Fork one process for each message that comes, until the daemon is gone.

    Raises:
        OpeningFailed: this process has a second thread and must not fork.
    """
    while True:
        try:
            asked = wire.receive(talk)
        except wire.WireBroken:
            return
        check_alone()
        try:
            fork_apart(talk, make(asked))
        except wire.WireBroken:
            return


def reap_quietly() -> None:
    """Let ended children vanish by themselves; the daemon learns of an end by the closed socket.

    A pidfd taken right after the fork is safe all the same: a child first waits for a message
    that only the pidfd's receiver sends.
    """
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)


def run_template(talk: socket.socket, asked: Mapping[str, Any], shutters: Shutters) -> None:
    """Load the extract, say so, and fork a child for each message."""
    _be_silent()
    try:
        connection = open_extract(asked["tables"], is_empty=False)
    except OpeningFailed:
        wire.send(talk, {"is_ready": False})
        return
    reap_quietly()
    gc.collect()
    gc.disable()
    gc.freeze()
    # Measured once: in a fresh child the measuring would cost two milliseconds of page faults.
    case = Case(connection, shutters, mapped_bytes())
    wire.send(talk, {"is_ready": True})
    serve_forks(talk, lambda asked: lambda own: answer_one(own, case, is_spare=asked["is_spare"]))


def run_checker(talk: socket.socket, asked: Mapping[str, Any], shutters: Shutters) -> None:
    """Load the extract's types alone, shut in, and judge each text that comes."""
    _be_silent()
    try:
        connection = open_extract(asked["tables"], is_empty=True)
    except OpeningFailed:
        wire.send(talk, {"is_ready": False})
        return
    limit_memory(mapped_bytes() + _CHECKER_BYTES)
    limit_rest(None)
    shut(shutters)
    wire.send(talk, {"is_ready": True})
    answer_checks(talk, connection, frozenset(table["name"] for table in asked["tables"]))


def _be_silent() -> None:
    # A library that aborts prints what was wrong, and that may be a value.
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, 2)
    os.close(nothing)
