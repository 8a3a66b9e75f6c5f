"""The guard's own process: read a text and a description, give the plan or the refusal."""

import argparse
import gc
import json
import resource
import signal
import socket
from functools import lru_cache
from typing import Any

from kernel.errors import HexiError
from sandbox.engine.guard import Description, analyse, read_description
from sandbox.engine.process import wire

#: Decision 10: address space in bytes, and the seconds after which the kernel itself ends us
#: should whoever asked have died before it could.
_MEMORY_BYTES = 1_000_000_000
_ALARM_SECONDS = 5.0


def main() -> None:
    """Answer until nobody asks any more."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--talk", type=int, required=True)
    talk = socket.socket(fileno=parser.parse_args().talk)
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY_BYTES, _MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    # Trees are cycles of many small objects: collecting them while one is made costs a third of the time.
    gc.disable()
    gc.freeze()
    wire.send(talk, {"is_ready": True})
    while True:
        try:
            asked = wire.receive(talk)
            signal.setitimer(signal.ITIMER_REAL, _ALARM_SECONDS)
            wire.send(talk, _judge(asked["sql"], asked["description"]))
        except wire.WireBroken:
            return
        signal.setitimer(signal.ITIMER_REAL, 0)
        gc.collect()


def _judge(sql: str, description: str) -> dict[str, Any]:
    try:
        plan = analyse(sql, _description(description))
    except HexiError as refusal:
        return {"code": refusal.code, "facts": refusal.facts}
    return {"plan": plan.to_json()}


@lru_cache(maxsize=32)
def _description(document: str) -> Description:
    return read_description(json.loads(document))


if __name__ == "__main__":
    main()
