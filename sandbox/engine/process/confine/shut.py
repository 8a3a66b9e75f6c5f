"""One verb that shuts a process in: limits first, then files, then system calls."""

import math
import os
import resource
from dataclasses import dataclass
from pathlib import Path

from sandbox.engine.process.confine.kernel_calls import PR_SET_DUMPABLE, set_process
from sandbox.engine.process.confine.landlock import deny_all_files, landlock_version
from sandbox.engine.process.confine.seccomp import (
    allow_only_listed_calls,
    filter_program,
    is_seccomp_known,
)

#: Descriptors a shut process may have; poll(2) fails where it is asked about more than this.
_MOST_FILES = 16


@dataclass(frozen=True, slots=True)
class Shutters:
    """What this kernel offers: Landlock's version (0 is none), and the filter (empty is none)."""

    landlock: int
    program: bytes


def find_shutters() -> Shutters:
    """Look what this machine offers, by trying it in a process of its own."""
    wanted = Shutters(landlock_version(), filter_program() if is_seccomp_known() else b"")
    return Shutters(
        wanted.landlock if _holds(Shutters(wanted.landlock, b"")) else 0,
        wanted.program if _holds(Shutters(0, wanted.program)) else b"",
    )


def mapped_bytes() -> int:
    """The address space that this process has mapped now."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    return pages * resource.getpagesize()


def limit_memory(most_bytes: int) -> None:
    """Allow so much address space in all."""
    resource.setrlimit(resource.RLIMIT_AS, (most_bytes, most_bytes))


def limit_rest(cpu_seconds: float | None) -> None:
    """No file may grow, no core be written, no process be made; processor time only if asked."""
    for what, most in (
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NPROC, 0),
        (resource.RLIMIT_NOFILE, _MOST_FILES),
    ):
        resource.setrlimit(what, (most, most))
    if cpu_seconds is not None:
        most = math.ceil(cpu_seconds) + 1
        resource.setrlimit(resource.RLIMIT_CPU, (most, most))


def shut(shutters: Shutters) -> None:
    """Close files and system calls, as far as this machine can.

    Raises:
        OSError: the kernel refuses what it offered before.
    """
    # Not dumpable: no process of the same user may look into this one's memory.
    set_process(PR_SET_DUMPABLE, 0)
    if shutters.landlock:
        deny_all_files(shutters.landlock)
    if shutters.program:
        allow_only_listed_calls(shutters.program)


def _holds(shutters: Shutters) -> bool:
    """Whether a process that is shut in so can no longer open a file."""
    if not (shutters.landlock or shutters.program):
        return False
    child = os.fork()
    if child == 0:
        try:
            shut(shutters)
            os.close(os.open("/", os.O_RDONLY | os.O_DIRECTORY))
        except PermissionError:
            os._exit(0)
        except BaseException:  # noqa: BLE001 - a forked child must never return into its parent's code
            os._exit(1)
        os._exit(1)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
