"""A seccomp filter that allows some forty system calls and answers EPERM to every other.

Left out on purpose: everything that opens a file, makes a socket, starts a process or thread, or
makes memory executable. Source: seccomp(2), linux/filter.h, linux/seccomp.h, linux/audit.h;
call numbers from the kernel's arch/x86/entry/syscalls/syscall_64.tbl and
asm-generic/unistd.h (which aarch64 uses).
"""

import ctypes
import platform
import struct
from dataclasses import dataclass

from sandbox.engine.process.confine.kernel_calls import (
    PR_SET_NO_NEW_PRIVS,
    PR_SET_SECCOMP,
    set_process,
)


@dataclass(frozen=True, slots=True)
class _Machine:
    """An architecture: its audit number, its calls by name, those whose third argument counts."""

    audit_arch: int
    calls: dict[str, int]
    mapping_calls: dict[str, int]


_X86_64 = _Machine(
    audit_arch=0xC000003E,
    calls={
        "read": 0, "write": 1, "close": 3, "fstat": 5, "poll": 7, "lseek": 8, "munmap": 11,
        "brk": 12, "rt_sigaction": 13, "rt_sigprocmask": 14, "rt_sigreturn": 15, "select": 23,
        "sched_yield": 24, "mremap": 25, "madvise": 28, "getpid": 39, "sendto": 44,
        "recvfrom": 45, "exit": 60, "uname": 63, "gettimeofday": 96, "getrusage": 98,
        "sysinfo": 99, "times": 100, "getppid": 110, "sigaltstack": 131, "gettid": 186,
        "time": 201, "futex": 202, "sched_getaffinity": 204, "restart_syscall": 219,
        "clock_gettime": 228, "clock_getres": 229, "exit_group": 231, "tgkill": 234,
        "pselect6": 270, "ppoll": 271, "set_robust_list": 273, "getcpu": 309, "getrandom": 318,
        "membarrier": 324, "rseq": 334,
    },
    mapping_calls={"mmap": 9, "mprotect": 10},
)  # fmt: skip

_AARCH64 = _Machine(
    audit_arch=0xC00000B7,
    calls={
        "close": 57, "lseek": 62, "read": 63, "write": 64, "pselect6": 72, "ppoll": 73,
        "fstat": 80, "exit": 93, "exit_group": 94, "futex": 98, "set_robust_list": 99,
        "clock_gettime": 113, "clock_getres": 114, "sched_getaffinity": 123, "sched_yield": 124,
        "restart_syscall": 128, "tgkill": 131, "sigaltstack": 132, "rt_sigaction": 134,
        "rt_sigprocmask": 135, "rt_sigreturn": 139, "times": 153, "uname": 160,
        "getrusage": 165, "getcpu": 168, "gettimeofday": 169, "getpid": 172, "getppid": 173,
        "gettid": 178, "sysinfo": 179, "sendto": 206, "recvfrom": 207, "brk": 214,
        "munmap": 215, "mremap": 216, "madvise": 233, "getrandom": 278, "membarrier": 283,
        "rseq": 293,
    },
    mapping_calls={"mmap": 222, "mprotect": 226},
)  # fmt: skip

_MACHINES = {"x86_64": _X86_64, "aarch64": _AARCH64}

#: linux/bpf_common.h: load a word at an offset, jump if equal, jump if a bit is set, return.
_LOAD, _IF_EQUAL, _IF_BITS, _RETURN = 0x20, 0x15, 0x45, 0x06
#: struct seccomp_data: nr at 0, arch at 4, args from 16 at 8 bytes each, low word first.
_AT_NUMBER, _AT_ARCH, _AT_THIRD_ARGUMENT = 0, 4, 32
#: linux/seccomp.h; the refusal carries EPERM.
_ALLOW, _REFUSE, _KILL_PROCESS = 0x7FFF0000, 0x00050001, 0x80000000
_MODE_FILTER = 2
_PROT_EXEC = 4


class _Program(ctypes.Structure):
    _fields_ = (("count", ctypes.c_ushort), ("instructions", ctypes.c_void_p))


def is_seccomp_known() -> bool:
    """Whether we have call numbers for this machine."""
    return platform.machine() in _MACHINES


def filter_program() -> bytes:
    """The filter for this machine, as the kernel takes it.

    Raises:
        KeyError: there are no call numbers for this machine.
    """
    machine = _MACHINES[platform.machine()]
    plain, mapping = sorted(machine.calls.values()), sorted(machine.mapping_calls.values())
    steps = [
        (_LOAD, 0, 0, _AT_ARCH),
        (_IF_EQUAL, 1, 0, machine.audit_arch),
        # Another calling convention has other numbers: its calls would be read as ours.
        (_RETURN, 0, 0, _KILL_PROCESS),
        (_LOAD, 0, 0, _AT_NUMBER),
    ]
    # After all tests stand: refuse, allow, look at the third argument; jumps count from the next.
    tests = [(number, 1) for number in plain] + [(number, 2) for number in mapping]
    steps += [
        (_IF_EQUAL, len(tests) - 1 - place + step, 0, number)
        for place, (number, step) in enumerate(tests)
    ]
    steps += [
        (_RETURN, 0, 0, _REFUSE),
        (_RETURN, 0, 0, _ALLOW),
        (_LOAD, 0, 0, _AT_THIRD_ARGUMENT),
        (_IF_BITS, 0, 1, _PROT_EXEC),
        (_RETURN, 0, 0, _REFUSE),
        (_RETURN, 0, 0, _ALLOW),
    ]
    return b"".join(struct.pack("=HBBI", *step) for step in steps)


def allow_only_listed_calls(program: bytes) -> None:
    """Put this process under the filter, for good.

    Raises:
        OSError: the kernel refuses.
    """
    buffer = ctypes.create_string_buffer(program, len(program))
    listing = _Program(len(program) // 8, ctypes.cast(buffer, ctypes.c_void_p))
    set_process(PR_SET_NO_NEW_PRIVS, 1)
    set_process(PR_SET_SECCOMP, _MODE_FILTER, ctypes.addressof(listing))
