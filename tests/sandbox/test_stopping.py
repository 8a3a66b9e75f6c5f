"""Who stops a run that is at work, and that the log says who did."""

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from kernel.identity import Actor, NotPermitted
from kernel.trust import audit
from sandbox import errors, service
from sandbox.models import Run
from sandbox.service import Machine
from sandbox.states import RunState
from tests.make import Maker
from tests.marketplace.pagereader import PageReader
from tests.sandbox.test_runs import BY_SEX, Desk


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
