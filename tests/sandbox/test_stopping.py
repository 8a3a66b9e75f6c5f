"""Who stops a run that is at work, that the log says who did, and that nobody learns how far it was."""

import threading
import time
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text
from sqlmodel import select
from werkzeug.test import TestResponse

from kernel.identity import Actor, NotPermitted
from kernel.trust import audit
from licensing import public as licensing
from marketplace.operations import doctor
from sandbox import errors, rules, service
from sandbox.errors.engine import EngineUnavailable, RunCancelled
from sandbox.models import PrivacyCap, ReleasedCells, Review, Run
from sandbox.service import Machine, runs
from sandbox.service.reviewing import filing
from sandbox.states import RunState
from tests.make import Maker
from tests.marketplace.pagereader import PageReader
from tests.sandbox.test_filed_answers import Desk as FileDesk
from tests.sandbox.test_runs import BY_SEX, Desk

#: Seconds that an answer takes where its time is fixed.
SLOT = 8.0
LICENCES: dict[str, dict[str, Any]] = {
    "dp": {"mode": "dp", "privacy_rho": 200_000_000, "min_cell_size": 0, "review": "none"},
    "aggregate": {"response_time": "fixed", "review": "none"},
    "held": {"response_time": "fixed", "review": "always"},
    "file": {"response_time": "fixed", "review": "always"},
    "plain": {"review": "none"},
}
#: Where in our code a run is when it is cancelled (None: the engine), and what comes of that there.
MOMENTS: dict[str, tuple[Any, str, Exception | None]] = {
    "the engine begins": (None, "run", RunCancelled(data_read=False)),
    "the engine reads": (None, "run", RunCancelled(data_read=True)),
    "there is no engine": (None, "run", EngineUnavailable(retry_after_seconds=5)),
    "the engine answers all the same": (None, "run", None),
    "all is done": (runs, "wait_for", None),
    "the file is stored": (filing, "_put", None),
}


@pytest.fixture
def desk(make: Maker, machine: Machine) -> Desk:
    return Desk(make, machine, make.licence().licence_id)


class Working:
    """A run that is at work, and everything that was asked of the engine."""

    def __init__(self, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
        self.desk, self.stopped = desk, list[str]()
        self.run_id = desk.run(BY_SEX).run_id
        with desk.make.home.db.transaction() as session:
            found = session.get_one(Run, self.run_id)
            found.state = RunState.STARTED
            session.add(found)
        monkeypatch.setattr(desk.machine.engine, "cancel", self.stopped.append)

    def cancel(self, actor: Actor) -> None:
        service.cancel_run(
            self.desk.make.home.db,
            actor=actor,
            now=self.desk.make.clock(),
            run_id=self.run_id,
            machine=self.desk.machine,
        )

    def entries(self) -> list[str]:
        """Accounts that the audit log names as having cancelled."""
        with self.desk.make.home.db.read() as session:
            found = audit.history(session, self.run_id)
        return [one.actor_id for one in found if one.action == "sandbox.run.cancel"]


@pytest.fixture
def working(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Working:
    return Working(desk, monkeypatch)


@pytest.mark.parametrize("person", ["researcher", "enterprise"])
def test_who_asked_and_who_holds_the_licence_stop_a_run_on_record(
    working: Working, person: str
) -> None:
    actor = working.desk.make.actor(person)
    working.cancel(actor)
    assert (working.stopped, working.entries()) == ([working.run_id], [actor.account_id])


def test_nobody_else_stops_a_run(working: Working) -> None:
    make = working.desk.make
    with pytest.raises(NotPermitted) as refused:
        working.cancel(make.actor("regulator"))
    assert refused.value.facts["permission"] == "sandbox.run.cancel"
    with pytest.raises(errors.RunUnknown):
        working.cancel(make.acting_as("operator", "researcher"))
    # A colleague of who asked under a delegated licence sees the run, and does not stop it.
    with make.home.db.transaction() as session:
        found = session.get_one(Run, working.run_id)
        found.organisation_id = make.actor("operator").organisation_id
        session.add(found)
    with pytest.raises(errors.RunNotYours):
        working.cancel(make.acting_as("operator", "researcher"))
    with pytest.raises(errors.RunUnknown):
        service.cancel_run(
            make.home.db,
            actor=make.actor("researcher"),
            now=make.clock(),
            run_id="no such run",
            machine=working.desk.machine,
        )
    assert (working.stopped, working.entries()) == ([], [])


def test_a_run_that_has_ended_is_not_stopped(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    working = Working(desk, monkeypatch)
    with desk.make.home.db.transaction() as session:
        found = session.get_one(Run, working.run_id)
        found.state = RunState.FINISHED
        session.add(found)
    working.cancel(desk.make.actor("researcher"))
    assert (working.stopped, working.entries()) == ([], [])


def test_rest_stops_a_run_for_its_own_people_alone(working: Working, client: FlaskClient) -> None:
    def delete(person: str) -> TestResponse:
        bearer = {"Authorization": f"Bearer {working.desk.make.token(person)}"}
        return client.delete(f"/api/v1/sandbox/runs/{working.run_id}", headers=bearer)

    denied = delete("regulator")
    assert (denied.status_code, denied.get_json()["code"]) == (403, "kernel-not-permitted")
    assert delete("coder").status_code == 404
    assert working.stopped == []
    assert delete("researcher").get_json()["run_id"] == working.run_id
    assert working.stopped == [working.run_id]


@pytest.mark.parametrize(
    ("person", "sees"), [("researcher", True), ("enterprise", True), ("regulator", False)]
)
def test_the_page_of_a_run_at_work_stops_it_for_who_may(
    working: Working, app: Flask, person: str, sees: bool
) -> None:
    make, path = working.desk.make, f"/sandbox/runs/{working.run_id}"
    reader = PageReader(app.test_client())
    reader.sign_in(person, make.people[person].password)

    assert ("停止查询" in reader.get(path).get_data(as_text=True)) is sees
    answer = reader.decide(path, "cancel") if sees else reader.force(f"{path}/cancel")

    assert answer.status_code == (302 if sees else 403)
    assert working.stopped == ([working.run_id] if sees else [])


class Cancelled(FileDesk):
    """A licence whose runs are cancelled by who asked, at one moment or another."""

    def __init__(self, make: Maker, machine: Machine, kind: str, patch: pytest.MonkeyPatch) -> None:
        super().__init__(make, machine, **LICENCES[kind])
        self.is_file, self.patch = kind == "file", patch
        self.states: list[str] = []
        self.waits: list[float | None] = []

    def at_work(self) -> str:
        with self.make.home.db.read() as session:
            return session.exec(select(Run.id).where(Run.state == RunState.STARTED)).one()

    def cancel(self) -> None:
        """Cancel the run at work, twice, and note what it says then."""
        run_id = self.at_work()
        for _ in range(2):
            service.cancel_run(
                self.make.home.db,
                actor=self.make.actor("researcher"),
                now=self.make.clock(),
                run_id=run_id,
                machine=self.machine,
            )
        run = self.read(run_id)
        self.states.append(f"{run.state} {run.receipt_id}".strip())

    def at(self, moment: str) -> dict[str, Any]:
        """What is to be seen of a run that is cancelled at a moment."""
        owner, name, failure = MOMENTS[moment]
        target = self.machine.engine if owner is None else owner
        real, before = getattr(target, name), self.used()
        self.states.clear()

        def come(*given: Any, **named: Any) -> Any:
            if name == "wait_for":
                self.waits.append(given[0])
            if not self.states:
                self.cancel()
            if failure is not None:
                raise failure
            return None if name == "wait_for" else real(*given, **named)

        with self.patch.context() as patched:
            patched.setattr(runs, "wait_for", lambda slot, _begun: self.waits.append(slot))
            patched.setattr(target, name, come)
            with pytest.raises(RunCancelled) as told:
                self.ask() if self.is_file else self.run()
        # Nothing is told before the end of the slot.
        assert self.states == ["started"]
        run_id = told.value.facts.pop("run_id")
        assert told.value.facts == {}
        used = self.used()
        return {"used": [used[one] - before.get(one, 0) for one in used], **self.traces(run_id)}

    def used(self) -> dict[str, int]:
        """What was reserved and spent, by unit and by privacy cap."""
        with self.make.home.db.read() as session:
            usage = licensing.usage(session, self.licence_id, self.make.clock())
            caps = session.exec(select(PrivacyCap)).all()
            found = {f"{one.unit} reserved": one.reserved for one in usage}
            found |= {f"{one.unit} taken": one.taken for one in usage}
            found |= {f"{one.scope} {one.scope_id} reserved": one.reserved for one in caps}
            return found | {f"{one.scope} {one.scope_id} spent": one.spent for one in caps}

    def traces(self, run_id: str) -> dict[str, Any]:
        row = self.read(run_id)
        predicate = self.predicate(row)
        assert predicate["run"].pop("runId") == run_id
        del predicate["receiptId"], predicate["nonce"]
        with self.make.home.db.read() as session:
            broken = [one.sentence for one in doctor.INVARIANTS
                      if session.execute(text(one.statement)).first()]  # fmt: skip
            assert broken == []
            entries = audit.history(session, run_id)
            left = [
                *session.exec(select(ReleasedCells.run_id)),
                *session.exec(select(Review.run_id)),
                *(self.files() if self.machine.answers.is_dir() else []),
            ]
        return {
            "state": (row.state, row.refusal_code, row.finished_at, row.is_replay),
            "answer": (row.columns, row.rows, row.row_count, row.result_digest, row.withheld),
            "privacy": row.privacy,
            "meter": [(one.state, one.quantity, one.price_cents) for one in row.meter],
            "receipt": predicate,
            "log": sorted((one.action, one.facts["state"], one.at) for one in entries),
            "left": left,
        }


@pytest.mark.postgres
@pytest.mark.parametrize("kind", ["dp", "aggregate", "held", "file"])
def test_how_a_cancelled_run_ends_does_not_tell_how_far_it_was(
    make_any: Maker, machine: Machine, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    monkeypatch.setattr(rules, "slot_seconds", lambda *_: SLOT)
    # So that one budget reaches for all of them.
    monkeypatch.setattr(rules, "DEFAULT_ACCURACY", 200.0)
    desk = Cancelled(make_any, machine, kind, monkeypatch)
    moments = [one for one in MOMENTS if kind == "file" or one != "the file is stored"]

    seen = {moment: desk.at(moment) for moment in moments}

    end = make_any.clock() + timedelta(seconds=SLOT)
    first = seen["the engine begins"]
    assert first["state"] == (RunState.FAILED, "sandbox-run-cancelled", end, False)
    assert first["left"] == []
    assert [one[0] for one in first["meter"]] == ["released"]
    assert sum(first["used"]) > 0
    for moment, one in seen.items():
        assert [(moment, what) for what in first if one[what] != first[what]] == []
    assert set(desk.waits) == {SLOT}


def test_a_cancelled_run_takes_its_slot(
    make: Maker, machine: Machine, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With a real engine, which is done before it is asked to stop."""
    slot, told = 3.0, list[tuple[type[Exception], float]]()
    desk = Cancelled(make, machine, "aggregate", monkeypatch)
    monkeypatch.setattr(rules, "slot_seconds", lambda *_: slot)
    token, begun = make.token("researcher"), time.monotonic()

    def ask() -> None:
        with pytest.raises(RunCancelled) as refused:
            desk.run()
        told.append((refused.type, time.monotonic() - begun))

    asking = threading.Thread(target=ask)
    asking.start()
    time.sleep(slot / 2)
    run_id = desk.at_work()
    reply = client.delete(
        f"/api/v1/sandbox/runs/{run_id}", headers={"Authorization": f"Bearer {token}"}
    )
    assert reply.get_json()["state"] == "started"
    asking.join()

    assert [one for one, seconds in told if seconds >= slot] == [RunCancelled]
    assert desk.read(run_id).refusal_code == "sandbox-run-cancelled"


def test_a_run_without_a_fixed_time_ends_as_cancelled_too(
    make: Maker, machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = Cancelled(make, machine, "plain", monkeypatch)
    assert desk.at("the engine begins")["left"] == []
    assert desk.at("all is done")["left"] == []
    assert desk.waits == [None, None]
    # What was cancelled is not an answer that is known: the question is asked again.
    assert desk.run().is_replay is False


def test_a_cancelled_run_whose_process_died_ends_as_cancelled(
    make: Maker, machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = Cancelled(make, machine, "plain", monkeypatch)

    def die(**_: Any) -> None:
        desk.cancel()
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(machine.engine, "run", die)
        with pytest.raises(KeyboardInterrupt):
            desk.run()
    make.clock.advance(timedelta(seconds=rules.ABANDON_SECONDS + 1))
    assert service.close_lost_runs(make.home.db, now=make.clock(), seal=make.home.seal) == 1
    with make.home.db.read() as session:
        (run,) = session.exec(select(Run)).all()
    assert (run.state, run.refusal_code) == (RunState.FAILED, "sandbox-run-cancelled")
