"""Landlock with no rule at all: no file can be opened, made or changed, no socket connected.

Source: the kernel's userspace-api/landlock.rst and linux/landlock.h; numbers of the three calls
are the same on every machine since they came after the tables were unified.
"""

import ctypes

from sandbox.engine.process.confine.kernel_calls import PR_SET_NO_NEW_PRIVS, call, set_process

_CREATE_RULESET = 444
_RESTRICT_SELF = 446
_ASK_VERSION = 1

#: Highest file right of each version: 13 rights in the first, then REFER, TRUNCATE, IOCTL_DEV.
_FILE_RIGHTS = {1: 13, 2: 14, 3: 15, 4: 15, 5: 16}
_NEWEST_FILE_RIGHTS = 16
#: From version 4: LANDLOCK_ACCESS_NET_BIND_TCP and LANDLOCK_ACCESS_NET_CONNECT_TCP.
_NET_SINCE, _NET_RIGHTS = 4, 0b11
#: From version 6: LANDLOCK_SCOPE_ABSTRACT_UNIX_SOCKET and LANDLOCK_SCOPE_SIGNAL.
_SCOPES_SINCE, _SCOPES = 6, 0b11


class _Ruleset(ctypes.Structure):
    _fields_ = (
        ("handled_access_fs", ctypes.c_uint64),
        ("handled_access_net", ctypes.c_uint64),
        ("scoped", ctypes.c_uint64),
    )


def landlock_version() -> int:
    """The version that the kernel offers; 0 where it offers none."""
    try:
        return call(_CREATE_RULESET, None, ctypes.c_size_t(0), ctypes.c_uint32(_ASK_VERSION))
    except OSError:
        return 0


def deny_all_files(version: int) -> None:
    """Close the file system, TCP and signals to others for this process; open files stay usable.

    Raises:
        OSError: the kernel refuses.
    """
    rights = (1 << _FILE_RIGHTS.get(version, _NEWEST_FILE_RIGHTS)) - 1
    ruleset = _Ruleset(
        handled_access_fs=rights,
        handled_access_net=_NET_RIGHTS if version >= _NET_SINCE else 0,
        scoped=_SCOPES if version >= _SCOPES_SINCE else 0,
    )
    # An older kernel takes a longer structure as long as its unknown end is zero.
    size = ctypes.c_size_t(ctypes.sizeof(ruleset))
    handle = call(_CREATE_RULESET, ctypes.byref(ruleset), size, ctypes.c_uint32(0))
    set_process(PR_SET_NO_NEW_PRIVS, 1)
    call(_RESTRICT_SELF, ctypes.c_int(handle), ctypes.c_uint32(0))
