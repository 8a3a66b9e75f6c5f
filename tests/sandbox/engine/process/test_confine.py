"""Each wall alone: what a process can no longer do once it is shut in."""

import platform
import subprocess
import sys

import pytest

from sandbox.engine.process.confine.landlock import landlock_version
from sandbox.engine.process.confine.seccomp import filter_program

pytestmark = pytest.mark.timeout(60)

DEEDS = {
    "open": "open('/etc/hostname').read()",
    "list": "os.listdir('/')",
    "write": "open('/tmp/hexi-should-not-be', 'w').close()",
    "remove": "os.unlink('/nonexistent')",
    "link": "os.symlink('a', '/tmp/hexi-should-not-be')",
    "fork": "os.fork()",
    "exec": "os.execv('/bin/true', ['true'])",
    "thread": "__import__('_thread').start_new_thread(print, ())",
    "connect": "socket.socket(socket.AF_INET)",
    "unix": "socket.socket(socket.AF_UNIX)",
    "pair": "socket.socketpair()",
    "signal others": "os.kill(os.getppid(), 0)",
    "look into others": "open('/proc/1/mem')",
    "machine code": "mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)",
    "new user": "os.setuid(12345)",
    "more time": "resource.setrlimit(resource.RLIMIT_CPU, (9, 9))",
}
PROGRAM = """
import mmap, os, resource, socket, sys
from sandbox.engine.process.confine.shut import Shutters, find_shutters, shut
found = find_shutters()
shut(Shutters(found.landlock if {landlock} else 0, found.program if {seccomp} else b""))
try:
    {deed}
except (PermissionError, RuntimeError, ValueError):
    os._exit(3)
except OSError:
    os._exit(4)
os._exit(0)
"""


def attempt(deed: str, *, landlock: bool, seccomp: bool) -> int:
    program = PROGRAM.format(deed=deed, landlock=landlock, seccomp=seccomp)
    return subprocess.run(
        [sys.executable, "-c", program], check=False, stderr=subprocess.DEVNULL
    ).returncode


@pytest.mark.parametrize("deed", DEEDS)
def test_a_shut_process_cannot(deed: str) -> None:
    assert attempt(DEEDS[deed], landlock=True, seccomp=True) == 3


@pytest.mark.parametrize("deed", ["open", "list", "write", "exec"])
def test_landlock_alone_closes_the_files(deed: str) -> None:
    assert attempt(DEEDS[deed], landlock=True, seccomp=False) == 3


def test_a_shut_process_still_computes_and_speaks() -> None:
    deed = "assert sum(range(10**6)) and len(bytearray(10**7)) and os.write(2, b'x')"

    assert attempt(deed, landlock=True, seccomp=True) == 0


def test_without_walls_the_same_deeds_succeed() -> None:
    assert attempt("os.listdir('/')", landlock=False, seccomp=False) == 0
    assert attempt("socket.socketpair()", landlock=False, seccomp=False) == 0


def test_limits_hold_without_any_wall() -> None:
    program = (
        "import os, tempfile\n"
        "from sandbox.engine.process.confine.shut import limit_memory, limit_rest, mapped_bytes\n"
        "file = os.open(tempfile.mkdtemp() + '/a', os.O_CREAT | os.O_WRONLY)\n"
        "import signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "limit_memory(mapped_bytes() + 50_000_000); limit_rest(5)\n"
        "try:\n    bytearray(200_000_000)\nexcept MemoryError:\n    pass\nelse:\n    os._exit(1)\n"
        "try:\n    os.write(file, b'x')\nexcept OSError:\n    os._exit(0)\n"
        "os._exit(2)\n"
    )

    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


def test_the_filter_exists_for_both_machines(monkeypatch: pytest.MonkeyPatch) -> None:
    assert landlock_version() >= 1
    for machine in ("x86_64", "aarch64"):
        monkeypatch.setattr(platform, "machine", lambda machine=machine: machine)
        program = filter_program()
        assert len(program) % 8 == 0
        assert 40 < len(program) // 8 < 64
    monkeypatch.setattr(platform, "machine", lambda: "riscv64")
    with pytest.raises(KeyError):
        filter_program()
