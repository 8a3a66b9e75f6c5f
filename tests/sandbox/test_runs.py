"""A governed run on both databases, through the real, confined engine."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text
from sqlmodel import select

from kernel.errors import HexiError
from kernel.identity import Actor
from kernel.trust import log, receipts
from kernel.trust.examine import examine_log
from kernel.trust.idempotency import KeyReused
from kernel.trust.receipts import Receipt
from ledger.encoding import canonical_bytes
from ledger.receipt import bundle_json
from ledger.verify import Trust, verify_bundle
from licensing import errors as licensing_errors
from licensing import service as licensing
from marketplace.operations.demo.material import FLIGHTS, HEALTH
from sandbox import queries, service
from sandbox.engine.process import Engine
from sandbox.errors.engine import RunFailed
from sandbox.errors.guard import ColumnUnknown, OneQueryOnly, TableUnknown
from sandbox.models import Run
from sandbox.queries import RunRow
from sandbox.service import Machine, RunQuery
from sandbox.states import RunState
from tests.make import Maker

BY_SEX = "SELECT sex, COUNT(*) AS n FROM visits GROUP BY sex ORDER BY sex"


class Desk:
    """Runs queries as the researcher under one licence."""

    def __init__(self, make: Maker, machine: Machine, licence_id: str) -> None:
        self.make, self.machine, self.licence_id = make, machine, licence_id

    def run(
        self, sql: str, *, purpose: str = HEALTH.purpose, key: str = "", actor: Actor | None = None
    ) -> RunRow:
        run_id = service.run_query(
            self.make.home.db,
            actor=actor or self.make.actor("researcher"),
            now=self.make.clock(),
            wanted=RunQuery(self.licence_id, purpose, sql, key),
            seal=self.make.home.seal,
            machine=self.machine,
        )
        return self.read(run_id)

    def read(self, run_id: str) -> RunRow:
        with self.make.home.db.read() as session:
            return queries.find_run(session, run_id)

    def runs(self) -> list[RunRow]:
        with self.make.home.db.read() as session:
            return queries.list_runs(session, licence_id=self.licence_id, limit=1000)

    def quota(self) -> tuple[int, int]:
        row = self.make.read_licence(self.licence_id)
        return row.runs_reserved, row.runs_taken

    def statement(self, run: RunRow) -> dict[str, Any]:
        with self.make.home.db.read() as session:
            return receipts.statement_of(receipts.find(session, run.receipt_id).payload)


@pytest.fixture
def desk(make: Maker, machine: Machine) -> Desk:
    return Desk(make, machine, make.licence().licence_id)


@pytest.fixture
def desk_any(make_any: Maker, machine: Machine) -> Desk:
    return Desk(make_any, machine, make_any.licence(run_quota=10).licence_id)


@pytest.mark.postgres
def test_a_finished_run_has_rows_a_meter_event_and_a_receipt_that_verifies(desk_any: Desk) -> None:
    run = desk_any.run(BY_SEX)
    home, clock = desk_any.make.home, desk_any.make.clock
    assert run.state is RunState.FINISHED
    # 19,892 person-years by sex (small classes are suppressed), rounded to the nearest five.
    assert [list(row) for row in run.rows] == [["female", 10295, False], ["male", 9595, False]]
    assert [(one.state, one.quantity, one.price_cents) for one in run.meter] == [("settled", 1, 80)]
    assert desk_any.quota() == (0, 1)
    log.integrate_now(home.db, home.seal.keys, lock_folder=home.settings.run_folder, now=clock())
    key = home.seal.keys.log_key
    with home.db.read() as session:
        row = receipts.find(session, run.receipt_id)
        inclusion = receipts.inclusion_of(session, row)
        bundle = canonical_bytes(bundle_json(receipts.envelope_of(row), inclusion, key))
        examine_log(session, home.seal.keys, home.log_folder)
    verified = verify_bundle(bundle, Trust(frozenset({row.public_key}), key))
    predicate = verified.statement["predicate"]
    assert verified.statement["subject"][0]["digest"]["sha256"] == run.result_digest
    assert predicate["policy"]["decision"] == "permit"
    assert (
        predicate["licenceVersionDigest"]
        == desk_any.make.read_licence(run.licence_id).policy_digest
    )
    assert predicate["metering"][0]["amount"] == "0.80"
    # Public facts only: no rows scanned, no times, no true counts of a protected run.
    assert "execution" not in predicate
    assert "rowCount" not in predicate["datasetSnapshot"][0]


def test_groups_below_ten_people_show_nothing(desk: Desk) -> None:
    run = desk.run(
        "SELECT site_no, study_year, self_rated_health, COUNT(*) AS n, SUM(medical_usd) AS usd "
        "FROM visits WHERE physician_visits > 20 GROUP BY site_no, study_year, self_rated_health"
    )
    hidden = [row for row in run.rows if row[-1]]
    assert hidden, "some cells of this table hold fewer than ten people"
    assert all(row[3] is None and row[4] is None for row in hidden)
    assert all(row[3] % 5 == 0 and row[3] >= 10 for row in run.rows if not row[-1])


@pytest.mark.parametrize(
    ("sql", "refusal"),
    [
        ("SELECT nothing FROM visits", ColumnUnknown),
        ("SELECT COUNT(*) FROM secrets", TableUnknown),
        ("SELECT COUNT(*) FROM visits; SELECT 1", OneQueryOnly),
    ],
)
def test_a_refused_query_is_a_run_with_a_receipt_that_says_deny(
    desk: Desk, sql: str, refusal: type[HexiError]
) -> None:
    with pytest.raises(refusal) as refused:
        desk.run(sql)
    run = desk.read(refused.value.facts["run_id"])
    assert run.state is RunState.REFUSED
    assert run.refusal_code == refusal.code
    assert desk.quota() == (0, 0)
    assert [(one.state, one.quantity) for one in run.meter] == [("released", 0)]
    policy = desk.statement(run)["predicate"]["policy"]
    assert (policy["decision"], policy["reason"]) == ("deny", refusal.code)


def test_a_wrong_purpose_is_denied_with_a_receipt(desk: Desk) -> None:
    with pytest.raises(licensing_errors.PurposeNotLicensed) as refused:
        desk.run(BY_SEX, purpose="public-governance")
    assert desk.read(refused.value.facts["run_id"]).state is RunState.REFUSED


def test_a_foreign_licence_is_denied(desk: Desk) -> None:
    stranger = desk.make.actor("operator")
    stranger = Actor("x", "x", stranger.organisation_id, "x", desk.make.actor("researcher").roles)
    with pytest.raises(licensing_errors.NotYourLicence):
        desk.run(BY_SEX, actor=stranger)
    assert desk.quota() == (0, 0)


def test_an_expired_licence_is_denied(desk: Desk) -> None:
    desk.make.clock.advance(timedelta(days=366))
    with pytest.raises(licensing_errors.LicenceExpired):
        desk.run(BY_SEX)
    assert desk.quota() == (0, 0)


def test_suspension_stops_the_next_query(desk: Desk) -> None:
    desk.run(BY_SEX)
    revision = desk.make.read_licence(desk.licence_id).revision
    licensing.move_licence(
        desk.make.home.db,
        actor=desk.make.actor("operator"),
        now=desk.make.clock(),
        wanted=licensing.LicenceMove(desk.licence_id, "suspend", revision, "核查用途"),
    )
    with pytest.raises(licensing_errors.LicenceNotInForce):
        desk.run(BY_SEX)


def test_the_same_plan_in_another_spelling_is_answered_from_the_stored_answer(desk: Desk) -> None:
    first = desk.run(BY_SEX)
    again = desk.run("select  Sex , count(*)  as n from visits v group by 1 order by 1 -- again")
    assert again.is_replay
    assert again.rows == first.rows
    assert again.result_digest == first.result_digest
    assert desk.quota() == (0, 1)
    assert [(one.state, one.price_cents) for one in again.meter] == [("released", 0)]
    assert desk.statement(again)["predicate"]["run"]["replay"] is True


def test_a_repeated_key_finds_the_first_run(desk: Desk) -> None:
    first = desk.run(BY_SEX, key="key-1")
    assert desk.run(BY_SEX, key="key-1").run_id == first.run_id
    with pytest.raises(KeyReused):
        desk.run("SELECT COUNT(*) AS n FROM visits", key="key-1")
    assert len(desk.runs()) == 1


def test_a_repeated_key_of_a_refused_run_is_refused_again_and_changes_nothing(desk: Desk) -> None:
    said = []
    for _ in range(2):
        with pytest.raises(ColumnUnknown) as refused:
            desk.run("SELECT nothing FROM visits", key="key-1")
        said.append(refused.value.facts)
    assert said[0] == said[1]
    assert len(desk.runs()) == 1


def test_a_check_goes_through_the_same_gate_and_changes_nothing(desk: Desk) -> None:
    def check(sql: str) -> service.Verdict:
        return service.check_query(
            desk.make.home.db,
            actor=desk.make.actor("researcher"),
            now=desk.make.clock(),
            wanted=RunQuery(desk.licence_id, HEALTH.purpose, sql),
            machine=desk.machine,
        )

    good, bad = check(BY_SEX), check("SELECT person_id FROM visits")
    assert (good.refusal, good.price_cents, good.columns) == (None, 80, ("sex", "n"))
    assert isinstance(bad.refusal, HexiError)
    assert desk.runs() == []
    desk.run(BY_SEX)
    assert check(BY_SEX).is_replay


@pytest.mark.parametrize("fault", [RunFailed(data_read=True), ValueError("a value of somebody")])
def test_a_run_that_fails_after_reading_keeps_its_run_and_is_not_billed(
    desk: Desk, snapshots: Any, monkeypatch: pytest.MonkeyPatch, fault: Exception
) -> None:
    """A fault of ours is one of those, too, and its text stays inside."""

    def break_down(*_: object, **__: object) -> None:
        raise fault

    monkeypatch.setattr(Engine, "run", break_down)
    with pytest.raises(RunFailed) as failed:
        desk.run(BY_SEX)
    assert "somebody" not in f"{failed.value} {failed.value.facts}"
    run = desk.read(failed.value.facts["run_id"])
    assert (run.state, desk.quota()) == (RunState.FAILED, (0, 1))
    assert [one.state for one in run.meter] == ["released"]
    assert desk.statement(run)["predicate"]["run"]["state"] == "failed"


def test_a_run_that_fails_before_reading_gives_its_run_back(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def break_down(*_: object, **__: object) -> None:
        raise RunFailed(data_read=False)

    monkeypatch.setattr(Engine, "run", break_down)
    with pytest.raises(RunFailed):
        desk.run(BY_SEX)
    assert desk.quota() == (0, 0)


@pytest.mark.postgres
def test_an_abandoned_run_is_closed_with_a_receipt_and_stays_taken(desk_any: Desk) -> None:
    run = desk_any.run(BY_SEX)
    home = desk_any.make.home
    # As a crash between both transactions leaves it.
    with home.db.transaction() as session:
        found = session.exec(select(Run)).one()
        found.state, found.receipt_id, found.finished_at = RunState.STARTED, "", None
        session.add(found)
        session.execute(text("UPDATE sandbox_meter_event SET state = 'reserved'"))
        session.execute(text("UPDATE licensing_quota SET reserved = 1, taken = 0"))
        session.execute(text("UPDATE licensing_reservation SET state = 'reserved', used = 0"))
        old = session.exec(select(Receipt).where(Receipt.subject_id == run.run_id)).one()
        session.delete(old)
    clock = desk_any.make.clock
    assert service.close_lost_runs(home.db, now=clock(), seal=home.seal) == 0
    clock.advance(timedelta(seconds=61))
    assert service.close_lost_runs(home.db, now=clock(), seal=home.seal) == 1
    closed = desk_any.read(run.run_id)
    assert (closed.state, desk_any.quota()) == (RunState.ABANDONED, (0, 1))
    assert [one.state for one in closed.meter] == ["released"]
    assert desk_any.statement(closed)["predicate"]["run"]["state"] == "abandoned"
    assert service.close_lost_runs(home.db, now=clock(), seal=home.seal) == 0


@pytest.mark.postgres
def test_of_sixty_four_plans_at_once_exactly_the_ten_that_are_left_run(desk_any: Desk) -> None:
    desk_any.make.actor("researcher")

    def run(number: int) -> str:
        try:
            desk_any.run(
                f"SELECT COUNT(*) AS n FROM visits WHERE physician_visits >= {number % 64}"
            )
        except HexiError as refusal:
            return refusal.code
        return "ran"

    with ThreadPoolExecutor(64) as pool:
        outcomes = list(pool.map(run, range(64)))
    assert outcomes.count("ran") == 10
    assert outcomes.count("licensing-run-quota-spent") == 54
    assert desk_any.quota() == (0, 10)
    runs = desk_any.runs()
    assert len(runs) == 64
    assert all(one.receipt_id for one in runs)


@pytest.mark.postgres
@pytest.mark.parametrize("sql", [BY_SEX, "SELECT nothing FROM visits"], ids=["run", "refused"])
def test_of_equal_requests_with_one_key_at_once_one_runs_and_all_are_answered_alike(
    desk_any: Desk, sql: str
) -> None:
    desk_any.make.actor("researcher")

    def run(_number: int) -> str:
        try:
            return desk_any.run(sql, key="key-1").run_id
        except ColumnUnknown as refusal:
            return str(refusal.facts["run_id"])

    with ThreadPoolExecutor(8) as pool:
        said = set(pool.map(run, range(8)))
    assert said == {one.run_id for one in desk_any.runs()}
    assert len(said) == 1


def test_open_mode_answers_rows_of_tables_without_people(make: Maker, machine: Machine) -> None:
    desk = Desk(make, machine, make.licence(FLIGHTS).licence_id)
    run = desk.run(
        "SELECT a.name, COUNT(*) AS n FROM flights f JOIN airlines a ON f.carrier = a.carrier "
        "GROUP BY a.name ORDER BY n DESC LIMIT 2",
        purpose=FLIGHTS.purpose,
    )
    assert [list(row) for row in run.rows] == [
        ["United Air Lines Inc.", 58665],
        ["JetBlue Airways", 54635],
    ]
