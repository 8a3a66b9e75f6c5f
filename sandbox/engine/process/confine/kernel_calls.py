"""System calls that Python has no name for, through the C library."""

import ctypes
import os

_libc = ctypes.CDLL(None, use_errno=True)

#: linux/prctl.h
PR_SET_PDEATHSIG = 1
PR_SET_DUMPABLE = 4
PR_SET_SECCOMP = 22
PR_SET_NO_NEW_PRIVS = 38


def set_process(option: int, *values: int) -> None:
    """Call prctl(2).

    Raises:
        OSError: the kernel refuses.
    """
    padded = [ctypes.c_ulong(one) for one in (*values, 0, 0, 0, 0)[:4]]
    _check(_libc.prctl(ctypes.c_int(option), *padded))


def call(number: int, *values: object) -> int:
    """Make one system call by its number and return what it returns.

    Raises:
        OSError: the kernel refuses.
    """
    return _check(_libc.syscall(ctypes.c_long(number), *values))


def _check(result: int) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return result


def die_with_parent(parent: int) -> None:
    """Be killed when the thread that started this process ends (PR_SET_PDEATHSIG, prctl(2)).

    ``parent`` is who was the parent before the call: it may have ended in between.
    """
    set_process(PR_SET_PDEATHSIG, 9)
    if os.getppid() != parent:
        os._exit(1)
