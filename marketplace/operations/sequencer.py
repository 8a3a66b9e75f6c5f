"""The sequencer's process: integrate, sign, publish, until it is told to stop.

``python -m marketplace.operations.sequencer`` over ``HEXI_HOME``. It waits for the lead, so a
second one may stand by.
"""

import os
import signal
import sys
import threading
import time
from types import FrameType

import structlog

from kernel.clock import system_clock
from kernel.config import read_settings
from kernel.console import keep_logs_plain
from kernel.errors import Broken
from kernel.trust import log, publish
from marketplace.operations.home import Home, open_home

#: Between two batches that are not full: a receipt's proof is this much later at most. A batch takes whatever
#: came meanwhile with two commits, and those who wait for the database's one writer wait less often.
PAUSE_SECONDS = 0.2
#: Files are published at most this often: each time costs several flushes.
PUBLISH_SECONDS = 0.5
_BROKEN = 70
_log = structlog.get_logger("sequencer")


def run_sequencer(home: Home, stop: threading.Event) -> None:
    """Work until ``stop``.

    Raises:
        LogForked, LogInDoubt: the log must not go on.
    """
    keys = home.seal.keys
    with log.lead(home.db, keys, lock_folder=home.settings.run_folder, wait=True) as sequencer:
        if sequencer is None:
            return
        with home.db.read() as session:
            publish.check_extends(session, home.log_folder, keys.log_key)
        published_at, is_behind = 0.0, True
        while not stop.is_set():
            taken = sequencer.step(system_clock())
            is_behind = is_behind or taken > 0
            if taken < log.BATCH_ENTRIES:
                stop.wait(PAUSE_SECONDS)
            if is_behind and time.monotonic() - published_at > PUBLISH_SECONDS:
                publish.publish(home.db, home.log_folder, keys.log_key)
                published_at, is_behind = time.monotonic(), False
        while sequencer.step(system_clock()):
            pass
        publish.publish(home.db, home.log_folder, keys.log_key)


def main() -> int:
    """Run over the environment's home; 70 when the log is in doubt."""
    keep_logs_plain()
    stop = threading.Event()

    def end(_signal: int, _frame: FrameType | None) -> None:
        stop.set()

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)
    try:
        run_sequencer(open_home(read_settings(os.environ)), stop)  # noqa: TID251 - a process of its own reads its settings itself
    except Broken as doubt:
        _log.critical("log_stopped", code=doubt.code)
        return _BROKEN
    return 0


if __name__ == "__main__":
    sys.exit(main())
