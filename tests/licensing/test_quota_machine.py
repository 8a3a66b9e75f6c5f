"""Quotas against a model: any order of reserving, settling, releasing, suspending and waiting."""

from collections.abc import Iterator
from typing import ClassVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    invariant,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import text

from kernel.errors import HexiError
from licensing import errors, public, service
from licensing.public.quotas import limit_of
from licensing.queries import LicenceRow
from tests.make import Maker

RUNS, ROWS, CALLS = 4, 60, 5


class Quotas(RuleBasedStateMachine):
    """Two licences, one counted by the day, beside a model of what each period has left."""

    make: ClassVar[Maker]
    like: ClassVar[LicenceRow]
    holders: Bundle[int] = Bundle("holders")

    def __init__(self) -> None:
        super().__init__()
        make = self.make
        self.rows = [
            make.another_licence(
                self.like,
                run_quota=RUNS,
                row_quota=ROWS,
                call_quota=CALLS,
                quota_period=period,
            )
            for period in ("term", "day")
        ]
        self.number = 0
        self.suspended: set[str] = set()
        #: By licence, unit and period: what is held by whom, and what is used up.
        self.held: dict[tuple[str, str, str], dict[int, int]] = {}
        self.used: dict[tuple[str, str, str], int] = {}

    def _key(self, row: LicenceRow, unit: str) -> tuple[str, str, str]:
        limit = limit_of(row.licence_id, row.terms, self.make.clock())
        return row.licence_id, unit, str(limit.period_start)

    def _left(self, row: LicenceRow, unit: str) -> int:
        granted = {"runs": RUNS, "rows": ROWS, "calls": CALLS}[unit]
        key = self._key(row, unit)
        return granted - sum(self.held.get(key, {}).values()) - self.used.get(key, 0)

    @rule(target=holders, which=st.integers(0, 1), rows=st.integers(1, 50))
    def reserve(self, which: int, rows: int) -> int:
        row, holder = self.rows[which], self.number
        self.number += 1
        # What may be said of a refusal; a suspended licence may also name the unit that is used up.
        refusals: tuple[type[HexiError], ...] = ()
        if row.licence_id in self.suspended:
            refusals = (errors.LicenceNotInForce, errors.UnitQuotaSpent)
        elif not self._left(row, "runs"):
            refusals = (errors.QuotaSpent,)
        elif not (self._left(row, "rows") and self._left(row, "calls")):
            refusals = (errors.UnitQuotaSpent,)
        wanted = {"runs": 1, "rows": rows, "calls": 1}
        if refusals:
            with pytest.raises(refusals):
                self._reserve(row, holder, wanted)
            return holder
        got = self._reserve(row, holder, wanted)
        assert got == {"runs": 1, "rows": min(rows, self._left(row, "rows")), "calls": 1}
        for unit, amount in got.items():
            self.held.setdefault(self._key(row, unit), {})[holder] = amount
        return holder

    def _reserve(self, row: LicenceRow, holder: int, wanted: dict[str, int]) -> dict[str, int]:
        now = self.make.clock()
        limit = limit_of(row.licence_id, row.terms, now)
        name = f"{row.licence_id}-{holder}"
        with self.make.home.db.transaction() as session:
            return public.reserve(session, limit, holder=name, wanted=wanted, now=now)

    @rule(holder=holders, rows=st.integers(0, 60))
    def settle(self, holder: int, rows: int) -> None:
        self._close(holder, rows)

    @rule(holder=holders)
    def release(self, holder: int) -> None:
        self._close(holder, None)

    def _close(self, holder: int, rows: int | None) -> None:
        with self.make.home.db.transaction() as session:
            for row in self.rows:
                name = f"{row.licence_id}-{holder}"
                if rows is None:
                    public.release(session, name)
                else:
                    public.settle(session, name, {"rows": rows})
        for (licence, unit, start), held in self.held.items():
            amount = held.pop(holder, 0)
            if rows is not None:
                taken = min(rows, amount) if unit == "rows" else amount
                key = (licence, unit, start)
                self.used[key] = self.used.get(key, 0) + taken

    @rule(which=st.integers(0, 1))
    def suspend_or_resume(self, which: int) -> None:
        row = self.make.read_licence(self.rows[which].licence_id)
        is_suspended = row.licence_id in self.suspended
        verb = "resume" if is_suspended else "suspend"
        service.move_licence(
            self.make.home.db,
            actor=self.make.actor("operator"),
            now=self.make.clock(),
            wanted=service.LicenceMove(row.licence_id, verb, row.revision, "核查"),
        )
        self.suspended ^= {row.licence_id}

    @rule()
    def wait_for_another_day(self) -> None:
        self.make.wait(1)

    @invariant()
    def the_books_are_the_model(self) -> None:
        keys = {row.licence_id for row in self.rows}
        with self.make.home.db.read() as session:
            stored = session.execute(
                text(
                    "SELECT licence_id, unit, period_start, granted, reserved, taken "
                    "FROM licensing_quota"
                )
            ).all()
        for licence, unit, start, granted, reserved, taken in stored:
            if licence not in keys:
                continue
            key = (licence, unit, str(start))
            assert reserved == sum(self.held.get(key, {}).values()), key
            assert taken == self.used.get(key, 0), key
            assert 0 <= reserved + taken <= granted


@pytest.fixture
def _model(make: Maker) -> Iterator[None]:
    Quotas.make = make
    Quotas.like = make.licence()
    yield
    del Quotas.make, Quotas.like


@pytest.mark.usefixtures("_model")
@pytest.mark.timeout(300)
def test_quotas_follow_the_model_in_any_order() -> None:
    run_state_machine_as_test(
        Quotas,
        settings=settings(
            max_examples=20,
            stateful_step_count=25,
            deadline=None,
            suppress_health_check=[HealthCheck.too_slow],
            database=None,
        ),
    )
