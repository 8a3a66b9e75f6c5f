"""Quotas: never overspent, never lost, each holder settled once, on both engines."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlmodel import Session

from kernel.errors import HexiError
from licensing import errors, public, service
from licensing.public.quotas import Limit, Usage, limit_of
from licensing.queries import LicenceRow
from tests.make import Maker


def limit(make: Maker, row: LicenceRow) -> Limit:
    return limit_of(row.licence_id, row.terms, make.clock())


def used(make: Maker, row: LicenceRow) -> dict[str, tuple[int, int]]:
    with make.home.db.read() as session:
        found: tuple[Usage, ...] = public.usage(session, row.licence_id, make.clock())
    return {one.unit: (one.reserved, one.taken) for one in found}


@contextmanager
def transaction(make: Maker) -> Iterator[Session]:
    with make.home.db.transaction() as session:
        yield session


def reserve(make: Maker, row: LicenceRow, holder: str, **wanted: int) -> dict[str, int]:
    with transaction(make) as session:
        return public.reserve(
            session, limit(make, row), holder=holder, wanted=wanted, now=make.clock()
        )


@pytest.mark.postgres
def test_sixty_four_clients_reserve_exactly_what_is_left(make_any: Maker) -> None:
    make = make_any
    row = make.licence(run_quota=10)

    def attempt(number: int) -> str:
        try:
            reserve(make, row, f"run-{number}", runs=1)
        except HexiError as refusal:
            return refusal.code
        return "reserved"

    with ThreadPoolExecutor(64) as pool:
        outcomes = list(pool.map(attempt, range(64)))
    assert outcomes.count("reserved") == 10
    assert outcomes.count("licensing-run-quota-spent") == 54
    held = [f"run-{number}" for number, found in enumerate(outcomes) if found == "reserved"]
    with transaction(make) as session:
        for holder in held[:6]:
            public.settle(session, holder, {})
        for holder in held[6:]:
            public.release(session, holder)
    assert used(make, row)["runs"] == (0, 6)
    assert make.read_licence(row.licence_id).runs_taken == 6


@pytest.mark.postgres
def test_a_holder_is_settled_once_whoever_asks(make_any: Maker) -> None:
    make = make_any
    row = make.licence(run_quota=3)
    reserve(make, row, "run-1", runs=1)

    def close(number: int) -> None:
        with transaction(make) as session:
            if number % 2:
                public.settle(session, "run-1", {})
            else:
                public.release(session, "run-1")

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(close, range(8)))
    reserved, taken = used(make, row)["runs"]
    assert reserved == 0
    assert taken in {0, 1}
    with transaction(make) as session:
        public.settle(session, "nobody", {})


@pytest.mark.postgres
def test_the_table_itself_refuses_an_overspent_quota(make_any: Maker) -> None:
    make = make_any
    row = make.licence(run_quota=3)
    reserve(make, row, "run-1", runs=1)
    with pytest.raises(IntegrityError), transaction(make) as session:
        session.execute(text("UPDATE licensing_quota SET taken = 4"))


def test_of_rows_as_much_is_held_as_is_left_and_the_rest_comes_back(make: Maker) -> None:
    row = make.licence(row_quota=100, compute_quota=50, call_quota=3)
    held = reserve(make, row, "run-1", runs=1, rows=10_000, compute=20, calls=1)
    assert held == {"runs": 1, "rows": 100, "compute": 20, "calls": 1}
    with pytest.raises(errors.UnitQuotaSpent):
        reserve(make, row, "run-2", runs=1, rows=10_000, compute=20, calls=1)
    assert used(make, row)["runs"] == (1, 0)
    with transaction(make) as session:
        public.settle(session, "run-1", {"rows": 7})
    assert used(make, row) == {"runs": (0, 1), "rows": (0, 7), "compute": (0, 20), "calls": (0, 1)}
    with transaction(make) as session:
        public.take_call(session, limit(make, row))
        public.take_call(session, limit(make, row))
    with pytest.raises(errors.UnitQuotaSpent), transaction(make) as session:
        public.take_call(session, limit(make, row))
    with pytest.raises(errors.UnitQuotaSpent):
        reserve(make, row, "run-3", runs=1, compute=31)
    assert used(make, row)["runs"] == (0, 1)


def test_a_unit_that_is_settled_later_stays_reserved_until_then(make: Maker) -> None:
    row = make.licence(row_quota=100, call_quota=3)
    for holder in ("run-1", "run-2"):
        reserve(make, row, holder, runs=1, rows=40, calls=1)
        with transaction(make) as session:
            public.settle(session, holder, {}, later=("rows",))
    assert used(make, row) == {"runs": (0, 2), "rows": (80, 0), "calls": (0, 2)}
    with transaction(make) as session:
        public.settle(session, "run-1", {"runs": 0, "rows": 7})
        public.release(session, "run-2")
    assert used(make, row) == {"runs": (0, 2), "rows": (0, 7), "calls": (0, 2)}


@pytest.mark.parametrize(
    ("period", "moment", "start"),
    [
        ("term", datetime(2026, 3, 31, 15, 59, tzinfo=UTC), "1970-01-01"),
        ("month", datetime(2026, 3, 31, 15, 59, tzinfo=UTC), "2026-03-01"),
        # 16:00 UTC is midnight in China: the next month has begun.
        ("month", datetime(2026, 3, 31, 16, 0, tzinfo=UTC), "2026-04-01"),
        ("day", datetime(2026, 3, 31, 15, 59, tzinfo=UTC), "2026-03-31"),
        ("day", datetime(2026, 3, 31, 16, 0, tzinfo=UTC), "2026-04-01"),
    ],
)
def test_periods_begin_at_midnight_in_china(
    make: Maker, period: str, moment: datetime, start: str
) -> None:
    row = make.licence(quota_period=period, run_quota=1)
    assert str(limit_of(row.licence_id, row.terms, moment).period_start) == start


def test_a_new_period_begins_whole(make: Maker) -> None:
    row = make.licence(quota_period="day", run_quota=1)
    reserve(make, row, "run-1", runs=1)
    with pytest.raises(errors.QuotaSpent):
        reserve(make, row, "run-2", runs=1)
    make.wait(1)
    reserve(make, row, "run-2", runs=1)
    # Yesterday's run is settled in yesterday's period.
    with transaction(make) as session:
        public.settle(session, "run-1", {})
    assert used(make, row)["runs"] == (1, 0)


def test_a_suspended_licence_reserves_nothing(make: Maker) -> None:
    row = make.licence()
    service.move_licence(
        make.home.db,
        actor=make.actor("operator"),
        now=make.clock(),
        wanted=service.LicenceMove(row.licence_id, "suspend", row.revision, "违约核查"),
    )
    with pytest.raises(errors.LicenceNotInForce):
        reserve(make, row, "run-1", runs=1)


@pytest.mark.postgres
def test_one_licence_never_waits_for_another_where_rows_are_locked(make_postgres: Maker) -> None:
    # SQLite has one writer at a time, whatever it writes: there is no such promise there.
    make = make_postgres
    first = make.licence(run_quota=4)
    other = make.another_licence(first, run_quota=4)
    for row in (first, other):
        reserve(make, row, f"begin-{row.licence_id}", runs=1)

    def reserve_within(row: LicenceRow, holder: str, timeout: str) -> None:
        with transaction(make) as session:
            session.execute(text(f"SET LOCAL lock_timeout = '{timeout}'"))
            public.reserve(
                session, limit(make, row), holder=holder, wanted={"runs": 1}, now=make.clock()
            )

    with transaction(make) as held:
        public.reserve(held, limit(make, first), holder="a", wanted={"runs": 1}, now=make.clock())
        # The first one's transaction is still open: a wait would end in an error here.
        reserve_within(other, "b", "2s")
        with pytest.raises(OperationalError):
            reserve_within(first, "c", "200ms")
    assert used(make, first)["runs"] == (2, 0)
    assert used(make, other)["runs"] == (2, 0)


@pytest.mark.postgres
def test_sixteen_licences_at_once_each_keep_to_their_own_quota(make_any: Maker) -> None:
    make = make_any
    first = make.licence(run_quota=4)
    rows = [first, *(make.another_licence(first, run_quota=4) for _ in range(15))]

    def attempt(number: int) -> str:
        try:
            reserve(make, rows[number % 16], f"run-{number}", runs=1)
        except HexiError as refusal:
            return refusal.code
        return "reserved"

    with ThreadPoolExecutor(64) as pool:
        outcomes = list(pool.map(attempt, range(128)))
    assert outcomes.count("reserved") == 64
    assert all(used(make, row)["runs"] == (4, 0) for row in rows)
