"""What a held answer tells nobody: how long it is, and when it was done. And what it cannot outlive."""

import shutil
from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlmodel import select

from kernel.files import CSV
from kernel.trust.audit import AuditEntry
from licensing import public as licensing
from licensing.errors import UnitQuotaSpent
from marketplace.operations import doctor
from sandbox import errors, queries, rules
from sandbox.errors.engine import RunFailed
from sandbox.models import Run
from sandbox.service import Machine
from sandbox.service.versions import keeping
from sandbox.service.versions.keeping import VersionOf
from sandbox.states import ReviewState, RunState
from tests.make import Maker
from tests.sandbox.test_filed_answers import Desk
from tests.sandbox.test_reviewing import BY_SEX, FIRST, SECOND, Airlock

#: Answers of one row and of two.
ALL = "SELECT COUNT(*) AS n FROM visits"
LENGTHS = (ALL, BY_SEX)
#: Seconds that an answer takes under a licence with a fixed time.
SLOT = 8.0


def used(airlock: Airlock) -> dict[str, tuple[int, int]]:
    """Reserved and taken by unit, as the licensee sees them; the books agree with the runs."""
    with airlock.make.home.db.read() as session:
        broken = [
            one.sentence
            for one in doctor.INVARIANTS
            if session.execute(text(one.statement)).first()
        ]
        assert broken == []
        usage = licensing.usage(session, airlock.licence_id, airlock.make.clock())
        return {one.unit: (one.reserved, one.taken) for one in usage}


@pytest.mark.parametrize("sql", LENGTHS)
@pytest.mark.parametrize("is_withdrawn", [False, True])
def test_the_quota_does_not_tell_how_long_an_answer_is_that_did_not_leave(
    make: Maker, machine: Machine, sql: str, is_withdrawn: bool
) -> None:
    airlock = Airlock(make, machine, "always", row_quota=50_000, call_quota=5)
    held = airlock.run(sql)
    assert used(airlock) == {"runs": (0, 1), "rows": (rules.MOST_ROWS, 0), "calls": (0, 1)}

    if is_withdrawn:
        airlock.withdraw(held)
    else:
        airlock.vote(held, FIRST, releases=False, reason="分组过细")
        airlock.vote(held, SECOND, releases=False, reason="分组过细")

    assert used(airlock) == {"runs": (0, 1), "rows": (0, 0), "calls": (0, 1)}


@pytest.mark.postgres
def test_a_released_answer_takes_its_rows_and_no_more(make_any: Maker, machine: Machine) -> None:
    airlock = Airlock(make_any, machine, "always", row_quota=rules.MOST_ROWS + 1)
    held = [airlock.run(ALL), airlock.run(f"{ALL} WHERE site_no = '1'")]
    assert used(airlock)["rows"] == (rules.MOST_ROWS + 1, 0)
    with pytest.raises(UnitQuotaSpent):
        airlock.run(BY_SEX)

    for one in held:
        airlock.vote(one, FIRST, releases=True)
        airlock.vote(one, SECOND, releases=True)

    assert used(airlock) == {"runs": (0, 2), "rows": (0, 2)}
    assert airlock.run(BY_SEX).state is RunState.IN_REVIEW


def test_the_rows_of_a_held_file_are_taken_when_it_leaves(make: Maker, machine: Machine) -> None:
    desk = Desk(make, machine, "always", row_quota=50_000)
    held = desk.ask()
    assert used(desk)["rows"] == (rules.MOST_CELLS, 0)
    desk.decide(held, releases=True)
    assert used(desk)["rows"] == (0, 2)


@pytest.mark.parametrize("is_file", [False, True])
def test_a_review_does_not_tell_when_the_work_was_done(
    make: Maker, machine: Machine, monkeypatch: pytest.MonkeyPatch, is_file: bool
) -> None:
    """Where the licence has the time of an answer fixed: nothing is seen of it before the end of its slot."""
    desk = Desk(make, machine, "always", response_time="fixed")
    monkeypatch.setattr(rules, "slot_seconds", lambda *_: SLOT)
    seen: list[tuple[str, list[str]]] = []

    def wait(slot: float | None, _begun: float) -> None:
        assert slot == SLOT
        with make.home.db.read() as session:
            (run,) = session.exec(select(Run)).all()
        seen.append((run.state, desk.files() if machine.answers.is_dir() else []))

    monkeypatch.setattr("sandbox.service.runs.wait_for", wait)
    held = desk.ask() if is_file else desk.run()

    assert seen[0] == ("started", [])
    end = make.clock() + timedelta(seconds=SLOT)
    assert desk.see(held, FIRST).submitted_at == end
    with make.home.db.read() as session:
        entries = session.exec(select(AuditEntry).where(AuditEntry.subject_id == held.run_id)).all()
    assert [one.at for one in entries if one.action == "sandbox.run.hold"] == [end]
    assert len(desk.files() if is_file else [""]) == 1


def test_a_file_has_no_time_of_its_own_from_before_the_end_of_the_slot(
    make: Maker, machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = Desk(make, machine, "always", response_time="fixed")
    monkeypatch.setattr(rules, "slot_seconds", lambda *_: SLOT)
    moments: list[float] = []

    def wait(_slot: float | None, _begun: float) -> None:
        mark = machine.answers / ".mark"
        mark.touch()
        moments.append(mark.stat().st_mtime)

    monkeypatch.setattr("sandbox.service.runs.wait_for", wait)
    desk.ask(media_type=CSV)

    (name,) = desk.files()
    assert (machine.answers / name).stat().st_mtime >= moments[0]


def test_a_file_that_is_lost_before_the_end_of_the_slot_ends_the_run(
    make: Maker, machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = Desk(make, machine, "always", response_time="fixed")
    monkeypatch.setattr(rules, "slot_seconds", lambda *_: SLOT)

    def lose(_slot: float | None, _begun: float) -> None:
        for room in machine.answers.glob(".work-*"):
            shutil.rmtree(room)

    monkeypatch.setattr("sandbox.service.runs.wait_for", lose)
    with pytest.raises(RunFailed) as failed:
        desk.ask()

    run = desk.read(failed.value.facts["run_id"])
    assert (run.state, desk.files()) == (RunState.FAILED, [])
    assert run.receipt_id


def test_nothing_is_released_of_a_version_that_was_deleted_meanwhile(
    make: Maker, machine: Machine
) -> None:
    airlock = Airlock(make, machine, "always")
    held, other = airlock.run(), airlock.run(ALL)
    airlock.vote(held, FIRST, releases=True)
    keeping.delete_version(
        make.home.db,
        actor=make.actor("operator"),
        now=make.clock(),
        which=VersionOf(held.dataset, 1),
        reason="数据有误",
        seal=make.home.seal,
        machine=machine,
    )

    with pytest.raises(errors.VersionEnded):
        airlock.vote(held, SECOND, releases=True)

    assert airlock.see(held, FIRST).state is ReviewState.PARTIALLY_REVIEWED
    assert airlock.vote(held, SECOND, releases=False, reason="已删除") is ReviewState.CONFLICTED
    with pytest.raises(errors.VersionEnded):
        airlock.vote(held, SECOND, releases=True)
    assert airlock.vote(held, FIRST, releases=False, reason="已删除") is ReviewState.NOT_RELEASED
    airlock.withdraw(other)
    with make.home.db.read() as session:
        states = {queries.find_run(session, one.run_id).state for one in (held, other)}
    assert states == {RunState.NOT_RELEASED, RunState.WITHDRAWN}
