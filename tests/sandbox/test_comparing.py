"""Answers in mode aggregate against earlier ones, through the real engine: across licences, at one moment, on receipts."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlmodel import select

from kernel.trust import receipts
from sandbox import queries, rules, service
from sandbox.engine.plan import Plan
from sandbox.engine.process import Answer, Limits
from sandbox.errors import SnapshotUnmarked
from sandbox.errors.engine import AnswerTooLarge, EngineUnavailable, RunFailed
from sandbox.models import ReleasedCells
from sandbox.queries import RunRow
from sandbox.service import Machine, RunQuery
from tests.make import Maker


class Desk:
    """Runs queries under any licence of one dataset."""

    def __init__(self, make: Maker, machine: Machine) -> None:
        self.make, self.machine = make, machine
        self.licence = make.licence()

    def run(self, sql: str, licence_id: str = "") -> RunRow:
        run_id = service.run_query(
            self.make.home.db,
            actor=self.make.actor("researcher"),
            now=self.make.clock(),
            wanted=RunQuery(licence_id or self.licence.licence_id, "", sql),
            seal=self.make.home.seal,
            machine=self.machine,
        )
        with self.make.home.db.read() as session:
            return queries.find_run(session, run_id)

    def receipt(self, run: RunRow) -> dict[str, Any]:
        with self.make.home.db.read() as session:
            found = receipts.find(session, run.receipt_id)
        predicate: dict[str, Any] = receipts.statement_of(found.payload)["predicate"]
        return predicate


@pytest.fixture
def desk(make_any: Maker, machine: Machine) -> Desk:
    return Desk(make_any, machine)


def few(desk: Desk) -> str:
    """A condition that leaves one to nine people out of all, found as an attacker could not."""
    for age in ("60+", "45-59", "0-5"):
        for site in "123456":
            for health in ("poor", "fair"):
                where = (
                    f"site_no = '{site}' AND age_years = '{age}' AND self_rated_health = '{health}'"
                )
                run = desk.run(f"SELECT COUNT(*) AS n FROM visits WHERE {where}")
                if run.rows[0][0] is None:
                    return where
    raise AssertionError("the data has no small group")


@pytest.mark.postgres
def test_two_answers_that_differ_by_few_people_do_not_both_leave(desk: Desk) -> None:
    where = few(desk)
    whole = desk.run("SELECT SUM(physician_visits) AS s FROM visits")
    assert whole.rows[0][0] is not None

    rest = desk.run(f"SELECT SUM(physician_visits) AS s FROM visits WHERE NOT ({where})")

    assert list(rest.rows) == [[None, True]]
    told = desk.receipt(rest)["disclosureControl"]
    assert told == {"earlierAnswers": "compared", "withheldCells": {"near": "1"}}
    assert desk.receipt(whole)["disclosureControl"]["withheldCells"] == {}
    # It stays so when it is asked again, and costs nothing then.
    again = desk.run(f"SELECT SUM(physician_visits) AS s FROM visits WHERE NOT ({where})")
    assert again.is_replay
    assert again.rows == rest.rows


def test_another_licence_on_the_same_people_does_not_help(make: Maker, machine: Machine) -> None:
    desk = Desk(make, machine)
    where = few(desk)
    second = make.another_licence(desk.licence)
    desk.run("SELECT COUNT(*) AS n FROM visits")

    rest = desk.run(f"SELECT COUNT(*) AS n FROM visits WHERE NOT ({where})", second.licence_id)

    assert list(rest.rows) == [[None, True]]
    # What was asked under the first may be asked under the second too.
    assert desk.run("SELECT COUNT(*) AS n FROM visits", second.licence_id).rows[0][0] is not None


def test_a_relative_that_calls_its_table_otherwise_is_held_against_it(
    make: Maker, machine: Machine
) -> None:
    desk = Desk(make, machine)
    where = few(desk)
    make.relative(desk.licence, "relative", "doctor_visits")
    columns = tuple(f"doctor_{one}" for one in desk.licence.terms.columns)
    other = make.another_licence(desk.licence, dataset="relative", columns=columns).licence_id
    total = "SELECT SUM(physician_visits) AS s FROM"
    assert desk.run(f"{total} visits").rows[0][0] is not None

    rest = desk.run(f"{total} doctor_visits WHERE NOT ({where})", other)

    assert list(rest.rows) == [[None, True]]
    assert desk.run(f"{total} doctor_visits", other).rows[0][0] is not None


@pytest.mark.postgres
def test_of_two_answers_at_one_moment_one_sees_the_other(desk: Desk) -> None:
    where = few(desk)
    pair = (
        "SELECT SUM(physician_visits) AS s FROM visits",
        f"SELECT SUM(physician_visits) AS s FROM visits WHERE NOT ({where})",
    )
    with ThreadPoolExecutor(2) as pool:
        runs = list(pool.map(desk.run, pair))

    assert sorted(run.rows[0][1] for run in runs) == [False, True]


def test_a_query_over_withheld_cells_is_made_again_without_them(
    make: Maker, machine: Machine
) -> None:
    desk = Desk(make, machine)
    where = few(desk)
    desk.run("SELECT COUNT(*) AS n FROM visits")

    share = desk.run(
        f"WITH c AS (SELECT COUNT(*) AS n FROM visits WHERE NOT ({where})) SELECT n, n * 2 AS m FROM c"
    )

    assert [row[:2] for row in share.rows] == [[None, None]]


def test_what_is_kept_of_an_answer_names_nobody(make: Maker, machine: Machine) -> None:
    desk = Desk(make, machine)
    run = desk.run("SELECT sex, COUNT(*) AS n FROM visits GROUP BY sex")
    with make.home.db.read() as session:
        (kept,) = session.exec(
            select(ReleasedCells).where(ReleasedCells.run_id == run.run_id)
        ).all()
    assert '"table":"visits"' in kept.families
    assert len(kept.families) < 1_000


def test_an_engine_that_goes_away_between_two_passes_has_read_data(
    make: Maker, machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = Desk(make, machine)
    where = few(desk)
    desk.run("SELECT COUNT(*) AS n FROM visits")
    before = make.read_licence(desk.licence.licence_id).runs_taken
    analyse = machine.engine.analyse

    def once(sql: str, description: dict[str, Any]) -> Plan:
        if description.get("blocked"):
            raise EngineUnavailable(retry_after_seconds=5)
        return analyse(sql, description)

    monkeypatch.setattr(machine.engine, "analyse", once)
    with pytest.raises(RunFailed) as failed:
        desk.run(f"SELECT COUNT(*) AS n FROM visits WHERE NOT ({where})")

    assert failed.value.data_read is True
    assert make.read_licence(desk.licence.licence_id).runs_taken == before + 1


@pytest.mark.parametrize("fails", [False, True])
def test_where_the_licence_asks_for_it_time_tells_nothing(
    make: Maker, machine: Machine, monkeypatch: pytest.MonkeyPatch, fails: bool
) -> None:
    plain = Desk(make, machine)
    fixed = make.another_licence(plain.licence, response_time="fixed")
    waits: list[float | None] = []
    monkeypatch.setattr("sandbox.service.runs.wait_for", lambda slot, _begun: waits.append(slot))
    seconds: list[float] = []
    real = machine.engine.run

    def run(*, run_id: str, sql: str, extract: Any, limits: Any) -> Any:
        seconds.append(limits.seconds)
        if fails:
            raise RunFailed(data_read=True)
        return real(run_id=run_id, sql=sql, extract=extract, limits=limits)

    monkeypatch.setattr(machine.engine, "run", run)
    for licence_id in (fixed.licence_id, plain.licence.licence_id):
        for where in ("", " WHERE self_rated_health = 'poor'"):
            sql = f"SELECT sex, COUNT(*) AS n FROM visits{where} GROUP BY sex"
            if fails:
                with pytest.raises(RunFailed):
                    plain.run(sql, licence_id)
            else:
                plain.run(sql, licence_id)

    # A slot of public size under the one licence, whatever the query meets; none under the other.
    assert waits[0] is not None
    assert waits == [waits[0], waits[0], None, None]
    assert seconds[0] <= waits[0] < seconds[-1]


@pytest.mark.parametrize("marks", [[], ["_mark_0", "_mark_1"]])
def test_a_version_with_older_marks_is_not_asked_in_aggregate(marks: list[str]) -> None:
    columns = [{"name": "id", "type": "VARCHAR", "class": "identifier"}]
    stored = {"person_column": "id", "rows_per_person": 1, "columns": columns, "marks": marks}
    manifest = {"count_base": 5, "joins": [], "tables": {"t": stored}}
    with pytest.raises(SnapshotUnmarked) as refused:
        rules.describe(manifest, rules.Sight("aggregate", {"t": ("id",)}, 10))
    assert refused.value.code == "sandbox-snapshot-unmarked"


def test_where_an_answer_is_too_large_for_its_cells_is_chance(
    make: Maker, machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else one cell that nobody is shown, with one person in it, could be the one that is too many."""
    desk, given = Desk(make, machine), list[Limits]()
    run = machine.engine.run

    def noting(**what: Any) -> Answer:
        given.append(what["limits"])
        return run(**what)

    monkeypatch.setattr(machine.engine, "run", noting)
    desk.run("SELECT COUNT(*) AS n FROM visits")
    desk.run("SELECT sex, COUNT(*) AS n FROM visits GROUP BY sex")

    first, second = given
    assert first.output_bytes != second.output_bytes
    assert min(one.rows for one in given) >= rules.MOST_CELLS
    assert max(one.output_bytes for one in given) < Limits().output_bytes + 2 * rules.CELL_BYTES


BLOW = (
    "WITH t AS (SELECT SUM(physician_visits) AS s FROM visits WHERE NOT ({where})), "
    "a AS (SELECT i FROM (VALUES {many}) v(i)), b AS (SELECT j FROM (VALUES {many}) w(j)), "
    "c AS (SELECT l FROM (VALUES (1), (2), (3), (4), (5)) x(l)) "
    "SELECT a.i, b.j, c.l FROM t CROSS JOIN a CROSS JOIN b CROSS JOIN c WHERE t.s > {least}"
)


@pytest.mark.parametrize("least", [0, 1_000_000_000])
def test_a_cell_is_judged_before_a_query_over_it_can_tell_what_it_is(
    make: Maker, machine: Machine, least: int
) -> None:
    """By an answer that is too large, or takes long, for one bound and not for another."""
    desk = Desk(make, machine)
    where = few(desk)
    desk.run("SELECT SUM(physician_visits) AS s FROM visits")
    many = ", ".join(f"({number})" for number in range(100))

    run = desk.run(BLOW.format(where=where, many=many, least=least))

    assert (run.state.value, list(run.rows)) == ("finished", [])
    assert run.withheld == {"near": 1}


def test_of_a_cell_that_may_leave_an_answer_can_be_too_large(make: Maker, machine: Machine) -> None:
    many = ", ".join(f"({number})" for number in range(100))
    with pytest.raises(AnswerTooLarge):
        Desk(make, machine).run(BLOW.format(where="FALSE", many=many, least=0))
