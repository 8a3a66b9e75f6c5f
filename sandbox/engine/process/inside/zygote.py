"""The process that has DuckDB loaded and no data; templates and checkers are forked from it.

Started by the daemon inside bubblewrap as a program of its own, with one end of a socket as an
inherited descriptor.
"""

import argparse
import socket
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from sandbox.engine.process import wire
from sandbox.engine.process.confine.shut import Shutters, find_shutters
from sandbox.engine.process.inside.database import open_extract
from sandbox.engine.process.inside.template import (
    reap_quietly,
    run_checker,
    run_template,
    serve_forks,
)


def main() -> None:
    """Say what confinement holds here, then fork on demand until the daemon is gone."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--talk", type=int, required=True)
    talk = socket.socket(fileno=parser.parse_args().talk)
    # The daemon's end closes when it dies, however it dies; that ends this loop and all below.
    shutters = find_shutters()
    # Once opened and closed, the engine's libraries are warm for every process forked from here.
    open_extract((), is_empty=True).close()
    reap_quietly()
    wire.send(talk, {"landlock": shutters.landlock, "seccomp": bool(shutters.program)})
    serve_forks(talk, partial(_make, shutters))


def _make(shutters: Shutters, asked: Mapping[str, Any]) -> Callable[[socket.socket], None]:
    work = run_checker if asked["kind"] == "checker" else run_template
    return lambda own: work(own, asked, shutters)


if __name__ == "__main__":
    main()
