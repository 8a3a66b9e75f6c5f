"""One process of clients for ``test_ledger``: reserves, commits and releases until it is killed.

Words: the database's address, a name, how many threads, and the identifiers of the licences.
It says ``ready`` once its clients are at work.
"""

import random
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

from kernel.database import Database
from sandbox import errors
from sandbox.service import ledger
from sandbox.service.ledger import Spend

LINEAGE_CAP, LICENCE_CAP, LARGEST = 40_000, 3_000, 90


def spend_of(name: str, licence: int, rho: int) -> Spend:
    """A run of one of eight organisations, two licences each, and sometimes a delegate."""
    organisations = (f"org-{licence % 8}", f"org-{(licence + rho) % 8}")
    return Spend(name, "people", f"licence-{licence}", organisations, rho, LINEAGE_CAP, LICENCE_CAP)


def work(db: Database, name: str, licences: int) -> None:
    """Take turns over all licences for ever."""
    chance, turn = random.Random(name), 0
    while True:
        turn += 1
        run_id = f"{name}-{turn}"
        spend = spend_of(run_id, chance.randrange(licences), chance.randint(1, LARGEST))
        try:
            with db.transaction() as session:
                ledger.reserve(session, spend, datetime.now(UTC))
        except errors.BudgetSpent:
            continue
        with db.transaction() as session:
            if chance.random() < 0.5:
                ledger.commit(session, run_id)
            else:
                ledger.release(session, run_id)


def main(address: str, name: str, threads: str, licences: str) -> None:
    """Run the clients of this process."""
    db = Database(address)
    with ThreadPoolExecutor(int(threads)) as pool:
        for number in range(int(threads)):
            pool.submit(work, db, f"{name}-{number}", int(licences))
        print("ready", flush=True)  # noqa: T201 - the parent waits for it


if __name__ == "__main__":
    main(*sys.argv[1:])
