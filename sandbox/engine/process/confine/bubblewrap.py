"""The outermost wall: namespaces of its own, no capability, read-only Python, nothing else.

Source: bwrap(1) 0.8. The process keeps the daemon's user outside its namespace, so that it reads
snapshots that only this user may read; inside it is nobody and holds no capability.
"""

import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

_NOBODY = "65534"
_TRIAL_SECONDS = 10


def wrap_command(
    command: Sequence[str], readable: Sequence[Path], *, work_folder: Path
) -> list[str] | None:
    """The command inside bubblewrap, or None where bubblewrap is absent or cannot work here.

    ``readable`` are folders that appear at the same path inside, read-only.
    """
    program = shutil.which("bwrap")
    if program is None:
        return None
    wall = [program, *_wall(readable), "--chdir", str(work_folder)]
    trial = [*wall, "--", sys.executable, "-I", "-S", "-c", "pass"]
    try:
        subprocess.run(
            trial, check=True, timeout=_TRIAL_SECONDS,
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
    except (OSError, subprocess.SubprocessError):
        return None
    return [*wall, "--", *command]


def _wall(readable: Sequence[Path]) -> list[str]:
    wall = [
        "--unshare-all", "--die-with-parent", "--new-session", "--cap-drop", "ALL",
        "--uid", _NOBODY, "--gid", _NOBODY, "--hostname", "sandbox",
        "--clearenv", "--setenv", "TZ", "UTC", "--setenv", "LC_ALL", "C.UTF-8",
        "--proc", "/proc", "--dev", "/dev", "--tmpfs", "/tmp",  # noqa: S108 - the sandbox's own, empty
        "--ro-bind", "/usr", "/usr",
    ]  # fmt: skip
    for folder in map(Path, ("/lib", "/lib64", "/lib32", "/bin")):
        if folder.is_symlink():
            wall += ["--symlink", str(folder.readlink()), str(folder)]
        elif folder.is_dir():
            wall += ["--ro-bind", str(folder), str(folder)]
    wall += ["--ro-bind-try", "/etc/ld.so.cache", "/etc/ld.so.cache"]
    for path in _folders(readable):
        wall += ["--ro-bind", path, path]
    return wall


def _folders(readable: Sequence[Path]) -> list[str]:
    """Python's own folders and the readable ones, each by the path that is used and its real one."""
    used = [Path(sys.prefix), Path(sys.base_prefix), *readable]
    both = [one for path in used for one in (str(path.absolute()), str(path.resolve()))]
    return [one for one in dict.fromkeys(both) if not one.startswith("/usr/")]
