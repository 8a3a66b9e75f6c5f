"""One query in one process: shut in, take one message, give one answer, end without a trace."""

import json
import os
import resource
import select
import socket
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import duckdb

from sandbox.engine.process import wire
from sandbox.engine.process.confine.shut import Shutters, limit_memory, limit_rest, shut
from sandbox.engine.process.inside.database import USUAL
from sandbox.engine.process.inside.encode import encode_value

_ROWS_AT_ONCE = 1_000
#: A child that was forked for a waiting query has its message sooner.
_IDLE_SECONDS = 0.004


class _TooLarge(Exception):
    """The answer passes a limit of the run."""


@dataclass(frozen=True, slots=True)
class Case:
    """What a child has from its template; ``mapped_bytes`` is the address space of that."""

    connection: duckdb.DuckDBPyConnection
    shutters: Shutters
    mapped_bytes: int


def answer_one(talk: socket.socket, case: Case) -> None:
    """Answer the one message that comes, as far as its limits allow.

    The word ``begun`` goes out before the query is executed: whoever does not see it knows that
    no data was read. What the engine says when it fails stays here.

    Raises:
        WireBroken: nobody wants the answer.
    """
    # Nobody asks yet: what most queries touch is then in memory before one comes.
    if not select.select([talk], (), (), _IDLE_SECONDS)[0]:
        case.connection.execute(USUAL).fetchall()
    asked = wire.receive(talk)
    limits = asked["limits"]
    limit_memory(case.mapped_bytes + limits["memory_bytes"])
    limit_rest(limits["seconds"])
    shut(case.shutters)
    wire.send(talk, {"state": "begun"})
    try:
        body = _run(case.connection, asked["sql"], limits)
    except _TooLarge:
        body = b'{"state":"too-large"}'
    except Exception:  # noqa: BLE001 - the text of whatever went wrong may hold data
        body = b'{"state":"failed"}'
    wire.send_bytes(talk, body)


def _run(connection: duckdb.DuckDBPyConnection, sql: str, limits: Mapping[str, Any]) -> bytes:
    cursor = connection.execute(sql)
    columns = [[name, str(kind)] for name, kind, *_ in cursor.description or ()]
    parts: list[bytes] = []
    size = 0
    for count, row in enumerate(_rows(cursor), start=1):
        part = json.dumps([encode_value(one) for one in row], separators=(",", ":")).encode()
        size += len(part) + 1
        if count > limits["rows"] or size > limits["output_bytes"]:
            raise _TooLarge
        parts.append(part)
    head = {"state": "finished", "columns": columns, "cpu_milliseconds": _cpu_milliseconds()}
    opening = json.dumps(head, separators=(",", ":")).encode()
    return opening[:-1] + b',"rows":[' + b",".join(parts) + b"]}"


def _rows(cursor: duckdb.DuckDBPyConnection) -> Iterator[tuple[Any, ...]]:
    while rows := cursor.fetchmany(_ROWS_AT_ONCE):
        yield from rows


def _cpu_milliseconds() -> int:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return round((used.ru_utime + used.ru_stime) * 1000)


def end(code: int) -> None:
    """Leave at once: no destructor, no buffer, no exit handler of the process we came from."""
    os._exit(code)
