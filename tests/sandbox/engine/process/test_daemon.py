"""The daemon as a program: its socket, its lock, its walls and its end."""

import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from sandbox.engine.process import Engine, Extract, Limits, started_engine
from sandbox.errors.engine import ConfinementMissing, EngineRunning, EngineUnavailable
from tests.sandbox.engine.process.conftest import Stage, start_daemon, wait_for

pytestmark = pytest.mark.timeout(120)


def test_all_walls_stand_where_confinement_is_required(shared: Stage) -> None:
    found = shared.engine.confinement()

    assert found.pop("landlock") >= 1
    assert found == {"bubblewrap": True, "seccomp": True, "rlimits": True}


def test_without_bubblewrap_a_daemon_that_requires_it_does_not_start(
    tmp_path: Path, snapshots: Path
) -> None:
    assert start_daemon(tmp_path, snapshots, PATH="/nowhere").wait() == 78
    assert not (tmp_path / "sandbox.sock").exists()


def test_a_command_says_that_confinement_is_missing(
    tmp_path: Path, snapshots: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "/nowhere")

    with pytest.raises(ConfinementMissing), started_engine(tmp_path, snapshots=snapshots):
        pass


def test_without_bubblewrap_what_is_available_is_used_and_reported(
    tmp_path: Path, snapshots: Path, extract: Extract, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "/nowhere")

    with started_engine(tmp_path, confinement="available", snapshots=snapshots) as engine:
        assert engine.confinement()["bubblewrap"] is False
        assert engine.confinement()["seccomp"] is True
        answer = engine.run(
            run_id="a", sql="SELECT count(*) FROM visits", extract=extract, limits=Limits()
        )
    assert answer.rows == ((20_000,),)


def test_only_the_owner_may_speak_to_the_daemon(shared: Stage) -> None:
    assert stat.S_IMODE(shared.engine._path.stat().st_mode) == 0o600


def test_a_second_daemon_on_one_socket_is_refused(stage: Stage, tmp_path: Path) -> None:
    command = [
        *(sys.executable, "-m", "sandbox.engine.process"),
        *("--socket", str(tmp_path / "sandbox.sock")),
    ]
    second = subprocess.run(command, capture_output=True, text=True, check=False)

    assert second.returncode == 75
    assert EngineRunning.code in second.stderr
    assert stage.engine.is_alive()


def test_a_socket_left_behind_is_replaced(tmp_path: Path, snapshots: Path) -> None:
    first = start_daemon(tmp_path, snapshots)
    engine = Engine(tmp_path / "sandbox.sock")
    wait_for(engine.is_alive)
    first.kill()
    first.wait()
    assert (tmp_path / "sandbox.sock").exists()
    assert not engine.is_alive()

    second = start_daemon(tmp_path, snapshots)
    wait_for(engine.is_alive)
    second.send_signal(signal.SIGTERM)
    assert second.wait() == 0
    assert not (tmp_path / "sandbox.sock").exists()


def test_a_long_path_serves_as_well(tmp_path: Path, snapshots: Path) -> None:
    folder = tmp_path / ("d" * 80) / ("e" * 80)
    daemon = start_daemon(folder, snapshots)
    wait_for(Engine(folder / "sandbox.sock").is_alive)
    daemon.send_signal(signal.SIGTERM)

    assert daemon.wait() == 0


def test_a_command_uses_the_daemon_that_runs(stage: Stage, tmp_path: Path) -> None:
    with started_engine(tmp_path, snapshots=stage.snapshots) as engine:
        assert engine._path == tmp_path / "sandbox.sock"
    assert stage.engine.is_alive()


def test_a_private_daemon_ends_with_its_block(tmp_path: Path, snapshots: Path) -> None:
    with started_engine(tmp_path, snapshots=snapshots) as engine:
        assert engine.is_alive()
    assert not engine.is_alive()


def test_a_private_daemon_ends_with_its_owner(tmp_path: Path, snapshots: Path) -> None:
    program = (
        "import pathlib, sys\nfrom sandbox.engine.process import started_engine\n"
        f"with started_engine(pathlib.Path({str(tmp_path)!r}), snapshots=pathlib.Path({str(snapshots)!r})) as engine:\n"
        "    print(engine._path, flush=True)\n    sys.stdin.read()\n"
    )
    owner = subprocess.Popen(
        [sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert owner.stdout is not None
    engine = Engine(Path(owner.stdout.readline().strip()))
    assert engine.is_alive()
    owner.kill()
    owner.communicate()

    wait_for(lambda: not engine.is_alive())


def test_a_daemon_that_cannot_start_is_reported(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(EngineUnavailable), started_engine(tmp_path, snapshots=tmp_path / "file"):
        pass


def test_the_client_never_loads_the_query_engine() -> None:
    program = "import sys, sandbox.engine.process; print('duckdb' in sys.modules, 'sqlglot' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )

    assert done.stdout.split() == ["False", "False"]
