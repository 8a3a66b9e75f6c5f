"""The engine as the rest of Hexi sees it: a socket, and whoever answers behind it."""

import json
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

from sandbox.engine.plan import Plan
from sandbox.engine.process import wire
from sandbox.engine.process.parsing.refusals import raise_refusal
from sandbox.engine.process.values import Answer, Extract, Limits
from sandbox.errors.engine import ConfinementMissing, EngineUnavailable, RunFailed

#: What waiting for a place, loading an extract and ending may add to a run's own seconds.
_PATIENCE_SECONDS = 200.0
_SHORT_SECONDS = 30.0
_START_SECONDS = 60.0
_LOOK_SECONDS = 0.02
#: sysexits.h EX_CONFIG: what the daemon ends with where confinement is missing.
EXIT_CONFINEMENT = 78
_ROOT = Path(__file__).resolve().parents[3]


class Engine:
    """The sandbox daemon behind a socket; usable by many threads, one connection a call."""

    def __init__(self, socket_path: Path) -> None:
        """Remember where the daemon is; nothing is opened."""
        self._path = socket_path

    def analyse(self, sql: str, description: Mapping[str, Any]) -> Plan:
        """The guard's plan of one text, judged in a process of its own.

        Raises:
            SqlRefused, DescriptionMalformed: as the guard says; SqlTooLarge also where the text
                took more than two seconds or a gigabyte.
            EngineUnavailable: the daemon does not answer.
        """
        # As a text: whoever passes it on need not read it, and the guard knows one that it has read.
        document = json.dumps(dict(description))
        reply = self._ask("analyse", sql=sql, description=document)
        return Plan.from_json(reply["plan"])

    def run(self, *, run_id: str, sql: str, extract: Extract, limits: Limits) -> Answer:
        """Run SQL that the guard generated, in a child of its own over the extract.

        Raises:
            RunFailed, RunTimedOut, RunCancelled, AnswerTooLarge: it ended without an answer;
                ``data_read`` says whether the query had begun.
            EngineUnavailable: the daemon does not answer or has no place; nothing was read.
        """
        try:
            reply = self._exchange(
                "run",
                _PATIENCE_SECONDS + limits.seconds,
                run_id=run_id,
                sql=sql,
                extract=extract.to_json(),
                limits=limits.to_json(),
            )
        except wire.WireBroken as failure:
            # The daemon had the query and is gone: it may have been executed.
            raise RunFailed(data_read=True) from failure
        return Answer.from_json(reply["answer"])

    def expect(self, *, sql: str, extract: Extract) -> None:
        """Say that such a query is about to be run: its second check is made meanwhile.

        Nothing is waited for, and nothing is told: the run itself finds out again what is wrong.
        """
        with suppress(OSError, wire.WireBroken), self._connected(_SHORT_SECONDS) as talk:
            wire.send(talk, {"verb": "expect", "sql": sql, "extract": extract.to_json()})

    def cancel(self, run_id: str) -> bool:
        """Kill a run; whether there was one.

        Raises:
            EngineUnavailable: the daemon does not answer.
        """
        return bool(self._ask("cancel", run_id=run_id)["was_running"])

    def drop(self, key: str) -> None:
        """Forget the extracts of that key at once: their processes are killed.

        Raises:
            EngineUnavailable: the daemon does not answer.
        """
        self._ask("drop", key=key)

    def forget(self, sha256: str) -> None:
        """Forget the extracts that hold that file at once: their processes are killed.

        Raises:
            EngineUnavailable: the daemon does not answer.
        """
        self._ask("forget", sha256=sha256)

    def confinement(self) -> dict[str, Any]:
        """Which walls stand: bubblewrap, Landlock (its version, 0 is none), seccomp, rlimits.

        Raises:
            EngineUnavailable: the daemon does not answer.
        """
        return self._ask("confinement")

    def is_alive(self) -> bool:
        """Whether a daemon answers."""
        try:
            return bool(self._ask("alive")["is_alive"])
        except EngineUnavailable:
            return False

    def _ask(self, verb: str, **asked: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON values
        try:
            return self._exchange(verb, _SHORT_SECONDS, **asked)
        except wire.WireBroken as failure:
            raise EngineUnavailable(retry_after_seconds=5) from failure

    def _exchange(self, verb: str, seconds: float, **asked: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON values
        """Ask and wait; WireBroken means that the question was taken and no answer came."""
        with ExitStack() as stack:
            try:
                talk = stack.enter_context(self._connected(seconds))
                wire.send(talk, {"verb": verb, **asked})
            except (OSError, wire.WireBroken) as failure:
                raise EngineUnavailable(retry_after_seconds=5) from failure
            try:
                reply: dict[str, Any] = wire.receive(talk)
            except TimeoutError as failure:
                raise wire.WireBroken from failure
        if "code" in reply:
            raise_refusal(reply)
        return reply

    @contextmanager
    def _connected(self, seconds: float) -> Iterator[socket.socket]:
        with socket.socket(socket.AF_UNIX) as talk:
            talk.settimeout(seconds)
            with wire.address_of(self._path) as address:
                talk.connect(address)
            yield talk


@contextmanager
def started_engine(
    run_folder: Path, *, confinement: str = "required", snapshots: Path
) -> Iterator[Engine]:
    """The daemon of this run folder, or a private one for the length of the block.

    Raises:
        ConfinementMissing: a private daemon cannot confine as ``confinement`` demands.
        EngineUnavailable: a private daemon does not start.
    """
    engine = Engine(run_folder / "sandbox.sock")
    if engine.is_alive():
        yield engine
        return
    with tempfile.TemporaryDirectory(prefix="hexi-") as folder:
        path = Path(folder) / "sandbox.sock"
        command = [
            *(sys.executable, "-m", "sandbox.engine.process", "--socket", str(path)),
            *("--confinement", confinement, "--snapshots", str(snapshots.absolute())),
            "--until-input-closes",
        ]
        # Its standard input closes when we end, also when we are killed.
        daemon = subprocess.Popen(command, stdin=subprocess.PIPE, cwd=_ROOT)
        try:
            private = Engine(path)
            _wait_until_ready(private, daemon)
            yield private
        finally:
            daemon.terminate()
            daemon.communicate()


def _wait_until_ready(engine: Engine, daemon: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while not engine.is_alive():
        code = daemon.poll()
        if code == EXIT_CONFINEMENT:
            raise ConfinementMissing
        if code is not None or time.monotonic() > deadline:
            raise EngineUnavailable(retry_after_seconds=5)
        time.sleep(_LOOK_SECONDS)
