"""More answers than the budget allows: by other spellings, and by others who ask for one."""

import itertools
from datetime import UTC, datetime

import pytest

from marketplace.operations.home import Home
from sandbox import errors, rules
from sandbox.engine.attacks import spellings
from sandbox.engine.noise import NANO, epsilon_at
from sandbox.service import Machine, ledger, runs
from sandbox.service.ledger import Spend
from tests.make import Maker
from tests.sandbox.conftest import Rate
from tests.sandbox.test_privacy import BUDGET, Desk

MOMENT = datetime(2026, 3, 2, 9, tzinfo=UTC)
FORMS = (
    "SELECT sex, COUNT(*) AS n FROM visits WHERE age_years > '30' AND physician_visits >= 2 GROUP BY sex",
    "select SEX as s, count(*) from main.visits where physician_visits>=2 and age_years>'30' group by SEX",
    "SELECT v.sex, COUNT(*) FROM visits AS v WHERE (v.age_years > '30') AND (v.physician_visits >= 2) GROUP BY 1",
    'SELECT "sex", count( * ) "n" FROM "visits" WHERE ((physician_visits >= 2 AND age_years > \'30\')) GROUP BY ALL',
    "SELECT sex, COUNT(*) c FROM visits x WHERE x.physician_visits >= 2 AND age_years > '30' GROUP BY x.sex",
)  # fmt: skip


@pytest.fixture
def desk(make: Maker, machine: Machine, monkeypatch: pytest.MonkeyPatch) -> Desk:
    monkeypatch.setattr(rules, "_SLOTS", (8.0,))
    monkeypatch.setattr(runs, "wait_for", lambda *_: None)
    licence = make.licence(mode="dp", privacy_rho=BUDGET, min_cell_size=0)
    return Desk(make, machine, licence.licence_id)


def test_fifty_spellings_of_one_question_are_one_answer_and_one_charge(
    desk: Desk, rate: Rate
) -> None:
    asked = spellings(*FORMS)
    assert len(set(asked)) == 50
    answers = [desk.run(sql) for sql in asked]
    fresh = [one for one in answers if not one.is_replay]
    rate(
        "averaging by 50 spellings of one question",
        f"{len(fresh)} of 50 answers had noise of its own",
    )
    assert len(fresh) == 1
    assert all(one.rows == fresh[0].rows for one in answers)
    assert desk.caps()["licence"][2] == int(fresh[0].privacy["rho"])


def test_three_organisations_that_pool_their_answers_get_no_more_than_the_people_give(
    home: Home, rate: Rate
) -> None:
    """Each asks until it is refused, under licences of its own; a fourth and a fifth join them."""
    piece = 7_000_000
    spent: dict[str, int] = {}
    for name in ("first", "second", "third", "fourth", "fifth"):
        for number in itertools.count():
            spend = Spend(
                run_id=f"{name} {number}", lineage_id="people", licence_id=f"{name} {number // 5}",
                organisations=(name,), rho=piece, lineage_cap=rules.DEFAULT_BUDGET,
                licence_cap=rules.DEFAULT_BUDGET,
            )  # fmt: skip
            try:
                with home.db.transaction() as session:
                    ledger.reserve(session, spend, MOMENT)
                    ledger.commit(session, spend.run_id)
            except errors.BudgetSpent:
                break
            spent[name] = spent.get(name, 0) + piece
    share = rules.DEFAULT_BUDGET // 4
    three = sum(spent[one] for one in ("first", "second", "third"))
    every = sum(spent.values())
    rate(
        "collusion of three organisations, then five",
        f"epsilon {epsilon_at(three, rules.DELTA):.2f} of three and {epsilon_at(every, rules.DELTA):.2f} of five, "
        f"of {epsilon_at(rules.DEFAULT_BUDGET, rules.DELTA):.2f} (rho {every / NANO:.3f})",
    )
    assert all(one <= share for one in spent.values())
    assert three <= 3 * share
    assert every <= rules.DEFAULT_BUDGET
