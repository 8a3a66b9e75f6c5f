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
from sandbox.engine.process.inside.database import WARMING
from sandbox.engine.process.inside.encode import encode_value

_ROWS_AT_ONCE = 1_000
_WARMING_LIMITS = {"rows": 100, "output_bytes": 10_000}


class _TooLarge(Exception):
    """The answer passes a limit of the run."""


@dataclass(frozen=True, slots=True)
class Case:
    """What a child has from its template; ``mapped_bytes`` is the address space of that."""

    connection: duckdb.DuckDBPyConnection
    shutters: Shutters
    mapped_bytes: int


def answer_one(talk: socket.socket, case: Case, *, is_spare: bool) -> None:
    """Answer the one message that comes, as far as its limits allow.

    The word ``begun`` goes out before the query is executed: whoever does not see it knows that
    no data was read. What the engine says when it fails stays here. A spare child was made before
    anybody asked.

    Raises:
        WireBroken: nobody wants the answer.
    """
    if is_spare and not select.select([talk], (), (), 0)[0]:
        # What most queries touch is then this process's own memory before one comes.
        _run(case.connection, WARMING, _WARMING_LIMITS)
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
