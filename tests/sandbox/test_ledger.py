"""The privacy ledger: never overspent, never refunded, equal to its entries, in any order and after any death."""

import random
import signal
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
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
from sqlmodel import delete, select

from kernel.database import Database
from sandbox import errors
from sandbox.models import PrivacyCap, PrivacyEntry
from sandbox.service import ledger
from sandbox.service.ledger import Spend
from tests.killed import clients
from tests.make import Maker
from tests.sandbox.ledger_client import LICENCE_CAP, LINEAGE_CAP

CLIENT = "tests.sandbox.ledger_client"
PROCESSES, THREADS, LICENCES, ROUNDS = 8, 8, 16, 5


def check_books(db: Database) -> Counter[str]:
    """Every cap equals the sum of its entries; what is held and spent of the lineage."""
    with db.read() as session:
        if db.engine.dialect.name == "postgresql":
            # Two statements, one moment; SQLite reads that way by itself.
            session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
        caps = session.exec(select(PrivacyCap)).all()
        entries = session.exec(select(PrivacyEntry)).all()
    sums: Counter[tuple[str, str, str, str]] = Counter()
    for one in entries:
        scopes = [("lineage", one.lineage_id), ("licence", one.licence_id)]
        scopes += [("organisation", name) for name in set(one.organisations)]
        for scope, name in scopes:
            sums[one.lineage_id, scope, name, one.state] += one.rho
    for cap in caps:
        key = (cap.lineage_id, cap.scope, cap.scope_id)
        assert cap.reserved == sums[*key, "reserved"], key
        assert cap.spent == sums[*key, "spent"], key
        assert 0 <= cap.reserved + cap.spent <= cap.granted
    whole = next((one for one in caps if one.scope == "lineage"), None)
    return Counter(reserved=whole.reserved, spent=whole.spent) if whole else Counter()


class Ledger(RuleBasedStateMachine):
    """Two organisations with two licences on one lineage, and a licence on another."""

    make: ClassVar[Maker]
    runs: Bundle[str] = Bundle("runs")

    def __init__(self) -> None:
        super().__init__()
        with self.make.home.db.transaction() as session:
            session.execute(delete(PrivacyEntry))
            session.execute(delete(PrivacyCap))
        self.number = 0
        self.open: dict[str, Spend] = {}
        self.spent: Counter[tuple[str, str, str]] = Counter()

    def _left(self, spend: Spend) -> bool:
        held = Counter(self.spent)
        for one in self.open.values():
            for scope, name, _ in one.caps():
                held[one.lineage_id, scope, name] += one.rho
        return all(
            held[spend.lineage_id, scope, name] + spend.rho <= granted
            for scope, name, granted in spend.caps()
        )

    @rule(
        target=runs,
        licence=st.sampled_from(["a-1", "a-2", "b-1", "c-1"]),
        delegate=st.sampled_from(["a", "b"]),
        rho=st.integers(1, 60),
    )
    def reserve(self, licence: str, delegate: str, rho: int) -> str:
        run_id = f"run-{self.number}"
        self.number += 1
        lineage = "others" if licence == "c-1" else "people"
        spend = Spend(run_id, lineage, licence, (licence[0], delegate), rho, 400, 70)
        if self._left(spend):
            self._reserve(spend)
            self.open[run_id] = spend
        else:
            with pytest.raises(errors.BudgetSpent):
                self._reserve(spend)
        return run_id

    def _reserve(self, spend: Spend) -> None:
        with self.make.home.db.transaction() as session:
            ledger.reserve(session, spend, self.make.clock())

    @rule(run_id=runs)
    def commit(self, run_id: str) -> None:
        with self.make.home.db.transaction() as session:
            ledger.commit(session, run_id)
        if (spend := self.open.pop(run_id, None)) is not None:
            for scope, name, _ in spend.caps():
                self.spent[spend.lineage_id, scope, name] += spend.rho

    @rule(run_id=runs)
    def release(self, run_id: str) -> None:
        with self.make.home.db.transaction() as session:
            ledger.release(session, run_id)
        self.open.pop(run_id, None)

    @rule()
    def wait(self) -> None:
        """A year more refreshes nothing."""
        self.make.wait(200)

    @invariant()
    def the_books_are_the_model(self) -> None:
        check_books(self.make.home.db)
        with self.make.home.db.read() as session:
            caps = session.exec(select(PrivacyCap)).all()
        for cap in caps:
            assert cap.spent == self.spent[cap.lineage_id, cap.scope, cap.scope_id]


@pytest.fixture
def _model(make: Maker) -> Iterator[None]:
    Ledger.make = make
    yield
    del Ledger.make


@pytest.mark.usefixtures("_model")
@pytest.mark.timeout(300)
def test_the_ledger_follows_the_model_in_any_order() -> None:
    run_state_machine_as_test(
        Ledger,
        settings=settings(
            max_examples=20,
            stateful_step_count=25,
            deadline=None,
            suppress_health_check=[HealthCheck.too_slow],
            database=None,
        ),
    )


@pytest.mark.postgres
@pytest.mark.timeout(300)
def test_killed_in_the_middle_no_budget_is_overspent_and_nothing_comes_back(
    make_any: Maker,
) -> None:
    db, address = make_any.home.db, make_any.home.settings.database_url
    chance, spent = random.Random(20261126), 0
    words = (str(THREADS), str(LICENCES))
    with ExitStack() as stack:
        alive = [
            stack.enter_context(clients(CLIENT, address, f"p{n}", *words)) for n in range(PROCESSES)
        ]
        for number in range(ROUNDS):
            time.sleep(chance.uniform(0.05, 0.4))
            victim = alive.pop(chance.randrange(len(alive)))
            victim.send_signal(signal.SIGKILL)
            assert victim.wait(30) == -signal.SIGKILL
            now = check_books(db)
            assert now["spent"] >= spent
            spent = now["spent"]
            alive.append(
                stack.enter_context(clients(CLIENT, address, f"p{PROCESSES + number}", *words))
            )
    found = check_books(db)
    assert 0 < found["spent"] <= LINEAGE_CAP
    with db.read() as session:
        lost = session.exec(
            select(PrivacyEntry.run_id).where(PrivacyEntry.state == "reserved")
        ).all()
    assert lost, "no client died with something in hand"
    # Whether a lost run has read data nobody knows: it stays spent.
    for run_id in lost:
        with db.transaction() as session:
            ledger.commit(session, run_id)
            ledger.release(session, run_id)
    last = check_books(db)
    assert last["reserved"] == 0
    assert last["spent"] == found["spent"] + found["reserved"]
    with db.read() as session:
        licences = session.exec(select(PrivacyCap).where(PrivacyCap.scope == "licence")).all()
    assert len(licences) == LICENCES
    assert all(one.spent <= LICENCE_CAP for one in licences)
