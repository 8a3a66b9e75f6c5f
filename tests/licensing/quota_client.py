"""One process of clients for ``test_quota_kill``: reserves, settles and releases until it is killed.

Words: the database's address, a name, how many threads, and ``licence:granted`` for each licence.
It says ``ready`` once its clients are at work.
"""

import random
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

from kernel.database import Database
from kernel.errors import Exhausted
from licensing import public
from licensing.public import Limit
from licensing.public.quotas import TERM_START

_MOST_ROWS = 40


def work(db: Database, name: str, limits: list[Limit]) -> None:
    """Take turns over all licences for ever."""
    chance = random.Random(name)
    turn = 0
    while True:
        turn += 1
        holder, limit = f"{name}-{turn}", chance.choice(limits)
        try:
            with db.transaction() as session:
                public.reserve(
                    session,
                    limit,
                    holder=holder,
                    wanted={"runs": 1, "rows": _MOST_ROWS},
                    now=datetime.now(UTC),
                )
        except Exhausted:
            continue
        with db.transaction() as session:
            if chance.random() < 0.5:
                public.settle(session, holder, {"rows": chance.randrange(_MOST_ROWS)})
            else:
                public.release(session, holder)


def main(address: str, name: str, threads: str, *licences: str) -> None:
    """Run the clients of this process."""
    granted = [one.split(":") for one in licences]
    limits = [
        Limit(licence, {"runs": int(runs), "rows": int(rows)}, TERM_START)
        for licence, runs, rows in granted
    ]
    db = Database(address)
    with ThreadPoolExecutor(int(threads)) as pool:
        for number in range(int(threads)):
            pool.submit(work, db, f"{name}-{number}", limits)
        print("ready", flush=True)  # noqa: T201 - the parent waits for it


if __name__ == "__main__":
    main(*sys.argv[1:])
