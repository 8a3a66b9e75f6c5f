"""64 clients in eight processes on sixteen licences, killed in the middle: nothing exceeded, nothing leaks."""

import random
import signal
import time
from contextlib import ExitStack

import pytest
from sqlalchemy import text

from kernel.database import Database
from licensing import public
from tests.killed import clients
from tests.make import Maker

CLIENT = "tests.licensing.quota_client"
PROCESSES, THREADS, LICENCES, ROUNDS = 8, 8, 16, 6
RUNS, ROWS = 150, 4_000
#: Every second licence has so much more that on no machine all quotas are used up before the last kill.
MORE = 100
_SUMS = text(
    "SELECT q.licence_id, q.unit, q.granted, q.reserved, q.taken,"
    " COALESCE(SUM(CASE WHEN r.state = 'reserved' THEN r.amount END), 0) AS held,"
    " COALESCE(SUM(CASE WHEN r.state = 'settled' THEN r.used END), 0) AS used,"
    " COALESCE(SUM(CASE WHEN r.state = 'released' THEN r.used END), 0) AS given_back"
    " FROM licensing_quota q LEFT JOIN licensing_reservation r"
    " ON r.licence_id = q.licence_id AND r.unit = q.unit AND r.period_start = q.period_start"
    " GROUP BY q.licence_id, q.unit, q.granted, q.reserved, q.taken"
)


def check_books(db: Database) -> tuple[int, int]:
    """Every quota equals the sum of its reservations; returns what is held and used in runs."""
    held = used = 0
    with db.read() as session:
        for row in session.execute(_SUMS).all():
            assert 0 <= row.reserved + row.taken <= row.granted, row
            assert (row.reserved, row.taken, 0) == (row.held, row.used, row.given_back), row
            if row.unit == "runs":
                held, used = held + row.held, used + row.used
    return held, used


@pytest.mark.postgres
@pytest.mark.timeout(300)
def test_killed_in_the_middle_no_quota_is_exceeded_and_none_leaks(make_any: Maker) -> None:
    make = make_any
    first = make.licence(run_quota=RUNS, row_quota=ROWS)
    quotas = [(RUNS * times, ROWS * times) for times in (1, MORE)] * (LICENCES // 2)
    rows = [
        first,
        *(make.another_licence(first, run_quota=a, row_quota=b) for a, b in quotas[1:]),
    ]
    licences = [row.licence_id for row in rows]
    words = [f"{one}:{a}:{b}" for one, (a, b) in zip(licences, quotas, strict=True)]
    db = make.home.db
    address = make.home.settings.database_url
    chance = random.Random(20261126)
    killed = 0
    with ExitStack() as stack:
        alive = [
            stack.enter_context(clients(CLIENT, address, f"p{number}", str(THREADS), *words))
            for number in range(PROCESSES)
        ]
        for number in range(ROUNDS):
            time.sleep(chance.uniform(0.05, 0.4))
            victim = alive.pop(chance.randrange(len(alive)))
            victim.send_signal(signal.SIGKILL)
            assert victim.wait(30) == -signal.SIGKILL
            killed += 1
            # While the others go on, the books are right at each moment.
            check_books(db)
            alive.append(
                stack.enter_context(
                    clients(CLIENT, address, f"p{PROCESSES + number}", str(THREADS), *words)
                )
            )
    assert killed == ROUNDS
    held, used = check_books(db)
    assert used > 0
    # What the dead held is still held, by a row that says who: nothing else is missing.
    with db.read() as session:
        lost = session.execute(
            text("SELECT DISTINCT holder FROM licensing_reservation WHERE state = 'reserved'")
        ).scalars()
        holders = list(lost)
    assert len(holders) == held
    assert holders, "no client died with something in hand"
    for number, holder in enumerate(holders):
        with db.transaction() as session:
            if number % 2:
                public.settle(session, holder, {"rows": 0})
            else:
                public.release(session, holder)
    assert check_books(db) == (0, used + len(holders) // 2)
    # And what was given back can be used to the last run.
    with db.read() as session:
        for licence in licences:
            for one in public.usage(session, licence, make.clock()):
                assert one.left == one.granted - one.taken
