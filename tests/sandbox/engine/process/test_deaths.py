"""Whatever is killed, the caller gets an answer or a failure, and the next run works."""

import os
import signal
import threading
from pathlib import Path

import pytest

from sandbox.engine.process import Extract, Limits
from sandbox.errors.engine import EngineUnavailable, RunFailed
from tests.sandbox.engine.process.conftest import Stage, staged, start_daemon, wait_for

pytestmark = pytest.mark.timeout(120)

#: Of a hundred a second: more than waiting, forking or dying takes.
TICKS = 20
LONG = "SELECT max(sin(a.id) * b.id) FROM visits a, visits b, visits c"


def count(stage: Stage) -> int:
    answer = stage.engine.run(
        run_id="count", sql="SELECT count(*) FROM visits", extract=stage.extract, limits=Limits()
    )
    return int(answer.rows[0][0])


def is_dead(process_id: int) -> bool:
    try:
        state = Path(f"/proc/{process_id}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return True
    return state in {"Z", "X"}


def spent(process_id: int) -> int:
    """Processor time of a process, in ticks; nothing of one that is gone."""
    try:
        fields = Path(f"/proc/{process_id}/stat").read_text().rpartition(")")[2].split()
    except FileNotFoundError:
        return 0
    return int(fields[11]) + int(fields[12])


class Work:
    """Finds the child that works: all others wait, spare ones too."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._before = {one: spent(one) for one in stage.forked()}

    def child(self) -> int:
        found: list[int] = []

        def is_found() -> bool:
            found[:] = [
                one for one in self._stage.forked() if spent(one) - self._before.get(one, 0) > TICKS
            ]
            return bool(found)

        wait_for(is_found)
        return found[0]


class Caller:
    """A long run in a thread of its own, the child that executes it, and how it ended."""

    def __init__(self, stage: Stage) -> None:
        self.end: Exception | None = None
        self._stage = stage
        work = Work(stage)
        self._thread = threading.Thread(target=self._ask)
        self._thread.start()
        self.child = work.child()

    def _ask(self) -> None:
        try:
            self._stage.engine.run(
                run_id="long", sql=LONG, extract=self._stage.extract, limits=Limits(seconds=90)
            )
        except (RunFailed, EngineUnavailable) as failure:
            self.end = failure

    def wait(self) -> Exception | None:
        self._thread.join()
        return self.end


def test_a_killed_template_or_checker_is_replaced(stage: Stage) -> None:
    assert count(stage) == 20_000
    # A template, a checker, and what the template has made ready.
    wait_for(lambda: len(stage.forked()) >= 5)
    zygote, *forked = stage.forked()
    for one in forked:
        os.kill(one, signal.SIGKILL)

    assert count(stage) == 20_000
    assert stage.forked()[0] == zygote
    assert not set(forked) & set(stage.forked())


def test_a_killed_zygote_is_replaced(stage: Stage) -> None:
    assert count(stage) == 20_000
    before = stage.forked()
    os.kill(before[0], signal.SIGKILL)
    # A kill takes effect some time later; until then it would take the next run with it.
    wait_for(lambda: is_dead(before[0]))

    assert count(stage) == 20_000
    assert not set(before) & set(stage.forked())


@pytest.mark.parametrize("victim", ["child", "template", "zygote"])
def test_a_death_under_a_run_fails_that_run_only(stage: Stage, victim: str) -> None:
    count(stage)
    caller = Caller(stage)
    child, zygote = caller.child, stage.forked()[0]
    parent = int(Path(f"/proc/{child}/stat").read_text().rpartition(")")[2].split()[1])
    os.kill({"child": child, "template": parent, "zygote": zygote}[victim], signal.SIGKILL)

    assert isinstance(caller.wait(), RunFailed)
    assert count(stage) == 20_000


def test_a_dropped_extract_takes_its_processes_and_runs_along(stage: Stage) -> None:
    count(stage)
    caller = Caller(stage)

    stage.engine.drop(stage.extract.key)

    assert isinstance(caller.wait(), RunFailed)
    wait_for(lambda: len(stage.forked()) == 1)
    assert count(stage) == 20_000


def test_a_caller_that_hangs_up_takes_its_child_along(stage: Stage) -> None:
    import socket  # noqa: PLC0415 - only here

    from sandbox.engine.process import wire  # noqa: PLC0415 - only here

    count(stage)
    work = Work(stage)
    with socket.socket(socket.AF_UNIX) as talk:
        talk.connect(str(stage.engine._path))
        wire.send(
            talk,
            {"verb": "run", "run_id": "gone", "sql": LONG,
             "extract": stage.extract.to_json(), "limits": Limits(seconds=90).to_json()},
        )  # fmt: skip
        child = work.child()

    wait_for(lambda: child not in stage.forked())


def test_nothing_outlives_a_killed_daemon(
    tmp_path: Path, snapshots: Path, extract: Extract
) -> None:
    with staged(tmp_path, snapshots, extract) as stage:
        count(stage)
        caller = Caller(stage)
        below = set(stage.below())
        assert len(below) >= 4
        stage.process.kill()
        stage.process.wait()

        end = caller.wait()
        assert isinstance(end, RunFailed)
        assert end.data_read is True
        wait_for(lambda: not any(Path(f"/proc/{pid}").exists() for pid in below))


def test_without_bubblewrap_too_nothing_outlives_a_killed_daemon(
    tmp_path: Path, snapshots: Path, extract: Extract
) -> None:
    (tmp_path / "sandbox.sock").touch()
    process = start_daemon(tmp_path, snapshots, "available", PATH="/nowhere")
    from sandbox.engine.process import Engine  # noqa: PLC0415 - only here

    stage = Stage(Engine(tmp_path / "sandbox.sock"), process, extract, snapshots)
    wait_for(stage.engine.is_alive)
    count(stage)
    caller = Caller(stage)
    below = set(stage.below())
    process.kill()
    process.wait()

    assert isinstance(caller.wait(), RunFailed)
    wait_for(lambda: not any(Path(f"/proc/{pid}").exists() for pid in below))
