"""Answers that leave as files: through review alone, whole or not at all, and nothing left behind."""

import fcntl
import stat
from dataclasses import replace
from pathlib import Path

import pyarrow.parquet
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlmodel import select
from werkzeug.test import TestResponse

from kernel.files import CSV, PARQUET, FileDamaged
from kernel.trust.audit import AuditEntry
from kernel.trust.idempotency import KeyReused
from licensing.errors import UnitQuotaSpent
from licensing.public import LicenceRow
from marketplace.errors import InvariantBroken
from marketplace.operations import doctor
from marketplace.operations.demo.material import FLIGHTS
from marketplace.operations.home import Home
from sandbox import errors, rules, service
from sandbox.engine.plan import OutputColumn, Plan
from sandbox.engine.process import Answer
from sandbox.errors.engine import AnswerTooLarge, RunFailed
from sandbox.queries import RunRow
from sandbox.service import Machine, RunQuery, reviewing
from sandbox.service.comparing import Compared
from tests.make import Maker
from tests.sandbox.test_reviewing import BY_SEX, FIRST, SECOND, Airlock, reader_of

#: More rows than a table may have.
JANUARY = "SELECT carrier, flight, day, distance FROM flights WHERE month = 1"


class Desk(Airlock):
    """The airlock of one licence, asked for files."""

    def ask(self, sql: str = BY_SEX, media_type: str = PARQUET, key: str = "") -> RunRow:
        run_id = service.run_query(
            self.make.home.db,
            actor=self.make.actor("researcher"),
            now=self.make.clock(),
            wanted=RunQuery(self.licence_id, "", sql, key, media_type=media_type),
            seal=self.make.home.seal,
            machine=self.machine,
        )
        return self.read(run_id)

    def decide(self, run: RunRow, *, releases: bool) -> RunRow:
        for person in (FIRST, SECOND):
            self.vote(run, person, releases=releases, reason="理由")
        return self.read(run.run_id)

    def download(self, run: RunRow, person: str) -> bytes:
        _, path = reviewing.open_file(
            self.make.home.db,
            actor=self.make.actor(person),
            now=self.make.clock(),
            run_id=run.run_id,
            answers=self.machine.answers,
        )
        return path.read_bytes()

    def files(self) -> list[str]:
        """The names in the store, that of its lock left out."""
        folder = self.machine.answers
        return sorted(one.name for one in folder.iterdir() if not one.name.startswith("."))

    def looks(self, run: RunRow) -> list[str]:
        with self.make.home.db.read() as session:
            rows = session.exec(select(AuditEntry).where(AuditEntry.subject_id == run.run_id)).all()
        return [row.action for row in rows if row.action.startswith("sandbox.review.")]


@pytest.fixture
def desk(make: Maker, machine: Machine) -> Desk:
    return Desk(make, machine, "always")


def flights(make: Maker, machine: Machine) -> Desk:
    """A desk over open data, where the licence itself would hold nothing back."""
    desk = Desk(make, machine, "on_failure", like(make))
    assert desk.run("SELECT COUNT(*) AS n FROM flights").state.value == "finished"
    return desk


def like(make: Maker) -> LicenceRow:
    return make.licence(FLIGHTS)


@pytest.mark.postgres
def test_two_votes_release_a_file_with_a_receipt_that_names_it(
    make_any: Maker, machine: Machine
) -> None:
    desk = Desk(make_any, machine, "always")
    held = desk.ask()
    assert (held.state.value, held.columns, held.row_count) == ("in_review", (), 0)
    assert (held.result_digest, held.size_bytes, held.receipt_id) == ("", 0, "")
    (name,) = desk.files()
    path = machine.answers / name
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(machine.answers.stat().st_mode) == 0o700
    assert desk.see(held, "researcher").file == {}
    assert desk.see(held, FIRST).file == {
        "sha256": name,
        "size_bytes": path.stat().st_size,
        "rows": 2,
    }

    released = desk.decide(held, releases=True)

    assert (released.state.value, released.rows, released.row_count) == ("finished", (), 2)
    assert [one["name"] for one in released.columns] == ["sex", "n", "suppressed"]
    told = desk.predicate(held)
    assert told["output"] == {
        "digest": {"sha256": name},
        "mediaType": PARQUET,
        "rows": "2",
        "released": True,
        "sizeBytes": str(path.stat().st_size),
    }
    assert told["outputReview"]["state"] == "released"
    table = pyarrow.parquet.read_table(reviewing.path_of(machine.answers, name))
    assert table.column("sex").to_pylist() == ["female", "male"]

    again = desk.ask()
    assert again.is_replay
    assert (again.result_digest, again.size_bytes) == (name, released.size_bytes)
    # The same question as a table, or as another type, is another answer.
    assert not desk.run().is_replay


@pytest.mark.postgres
def test_a_file_that_does_not_leave_is_erased(make_any: Maker, machine: Machine) -> None:
    desk = Desk(make_any, machine, "always")
    held = desk.ask()
    assert len(desk.files()) == 1
    ended = desk.decide(held, releases=False)
    assert (ended.state.value, ended.result_digest, ended.size_bytes) == ("not_released", "", 0)
    assert desk.files() == []
    assert desk.see(held, FIRST).file == {}
    assert "output" not in desk.predicate(held)
    taken_back = desk.ask()
    assert len(desk.files()) == 1
    desk.withdraw(taken_back)
    assert desk.files() == []
    with pytest.raises(errors.ReviewWithoutFile):
        desk.download(taken_back, FIRST)


def test_the_same_bytes_of_another_answer_stay(make: Maker, machine: Machine) -> None:
    first = Desk(make, machine, "always")
    second = Desk(make, machine, "always", make.read_licence(first.licence_id))
    one, other = first.ask(), second.ask()
    (name,) = first.files()
    first.decide(one, releases=False)
    assert first.files() == [name]
    released = second.decide(other, releases=True)
    assert released.result_digest == name
    third = Desk(make, machine, "always", make.read_licence(first.licence_id))
    third.withdraw(third.ask())
    assert first.files() == [name]


def test_a_file_may_be_larger_than_a_table_and_is_always_looked_at(
    make: Maker, machine: Machine
) -> None:
    desk = flights(make, machine)
    with pytest.raises(AnswerTooLarge):
        desk.run(JANUARY)

    held = desk.ask(JANUARY, CSV)

    assert held.state.value == "in_review"
    seen = desk.see(held, FIRST)
    rows = seen.file["rows"]
    assert rows > rules.MOST_ROWS
    assert len(seen.rows) == rules.FIRST_ROWS
    lines = desk.download(held, FIRST).decode().splitlines()
    assert lines[0] == "carrier,flight,day,distance"
    assert len(lines) == rows + 1
    assert lines[1].split(",") == [str(one) for one in seen.rows[0]]


def test_rows_of_a_file_are_taken_from_the_quota(make: Maker, machine: Machine) -> None:
    licence = make.licence(FLIGHTS, output_review="always", row_quota=20_000)
    desk = Desk(make, machine, "always", licence)
    desk.licence_id = licence.licence_id
    with pytest.raises(AnswerTooLarge):
        desk.ask(JANUARY)
    held = desk.ask(f"{JANUARY} AND day < 20")
    # How many rows it has is not told while it is held: all that was left stays reserved.
    with pytest.raises(UnitQuotaSpent):
        desk.ask(f"{JANUARY} AND day > 20")
    desk.decide(held, releases=True)
    with pytest.raises(AnswerTooLarge):
        desk.ask(f"{JANUARY} AND day > 20")


def test_files_have_bounds_of_their_own_by_mode(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert rules.most_rows("open", is_file=True) == rules.FILE_ROWS
    assert rules.most_rows("aggregate", is_file=True) == rules.MOST_CELLS
    assert {rules.most_rows(mode, is_file=False) for mode in ("open", "aggregate", "dp")} == {
        rules.MOST_ROWS
    }
    monkeypatch.setattr(rules, "FILE_BYTES", 10)
    monkeypatch.setattr(rules, "CELL_BYTES", 1)
    with pytest.raises(AnswerTooLarge) as failed:
        desk.ask()
    assert desk.read(failed.value.facts["run_id"]).state.value == "failed"
    assert not desk.machine.answers.exists()


def test_a_file_in_aggregate_has_as_many_rows_as_cells_can_be_compared(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rules, "MOST_CELLS", 1)
    with pytest.raises(AnswerTooLarge):
        desk.ask()


def test_a_store_that_cannot_be_written_ends_the_run_without_a_bill(
    make: Maker, machine: Machine, tmp_path: Path
) -> None:
    blocked = tmp_path / "blocked"
    blocked.write_text("no folder")
    desk = Desk(make, replace(machine, answers=blocked), "always")
    with pytest.raises(RunFailed) as failed:
        desk.ask()
    run = desk.read(failed.value.facts["run_id"])
    assert run.state.value == "failed"
    assert run.receipt_id
    assert [one.state for one in run.meter] == ["released"]


def test_without_review_no_file_leaves(make: Maker, machine: Machine) -> None:
    desk = Desk(make, machine, "none")
    with pytest.raises(errors.FileNotReviewed) as refused:
        desk.ask()
    run = desk.read(refused.value.facts["run_id"])
    assert (run.state.value, run.refusal_code) == ("refused", "sandbox-file-not-reviewed")
    assert run.receipt_id


def test_answers_with_noise_are_no_files(make: Maker, machine: Machine) -> None:
    licence = make.licence(
        mode="dp", privacy_rho=1_000_000, min_cell_size=0, output_review="always"
    )
    desk = Desk(make, machine, "always", licence)
    with pytest.raises(errors.FileOfNoise) as refused:
        desk.ask("SELECT COUNT(*) AS n FROM visits")
    assert desk.read(refused.value.facts["run_id"]).state.value == "refused"


def test_a_key_is_for_one_form_of_an_answer(desk: Desk) -> None:
    first = desk.ask(key="k")
    assert desk.ask(key="k").run_id == first.run_id
    with pytest.raises(KeyReused):
        desk.ask(key="k", media_type=CSV)


def test_only_checkers_read_a_held_file_and_each_time_is_recorded(desk: Desk) -> None:
    held = desk.ask()
    for person in ("researcher", "regulator", "coder"):
        with pytest.raises(errors.ReviewUnknown):
            desk.download(held, person)
    assert desk.looks(held) == []
    desk.download(held, FIRST)
    assert desk.looks(held) == ["sandbox.review.download"]
    table = desk.run("SELECT COUNT(*) AS n FROM visits")
    with pytest.raises(errors.ReviewWithoutFile):
        desk.download(table, FIRST)


def test_a_file_that_is_being_recorded_is_not_erased_and_one_that_never_was_is(
    home: Home, tmp_path: Path
) -> None:
    store = tmp_path / "answers"
    plan = Plan("open", {}, (OutputColumn("n", "BIGINT", is_suppressible=False),), "", {}, "", 1)
    found = Compared(plan, Answer((("n", "BIGINT"),), ((1,), (2,)), 0), {})
    with reviewing.stored(store, CSV, found) as file:
        assert (store / file.sha256).read_bytes() == b"n\r\n1\r\n2\r\n"
        assert (file.size_bytes, file.rows) == (9, 2)
        # Whoever erases waits for this lock.
        with (store / ".lock").open() as lock, pytest.raises(BlockingIOError):
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    (store / ".work-of-the-dead").mkdir()
    (store / ".work-of-the-dead" / "answer").write_bytes(b"n\r\n1\r\n")
    assert reviewing.erase_unnamed(home.db, store) == 1
    assert [one.name for one in store.iterdir()] == [".lock"]
    assert reviewing.erase_unnamed(home.db, tmp_path / "no such folder") == 0


def test_no_receipt_names_a_file_that_was_changed_while_it_was_held(desk: Desk) -> None:
    held = desk.ask()
    (name,) = desk.files()
    (desk.machine.answers / name).write_bytes(b"something else")
    with pytest.raises(FileDamaged):
        desk.download(held, FIRST)
    desk.vote(held, FIRST, releases=True)
    with pytest.raises(FileDamaged):
        desk.vote(held, SECOND, releases=True)
    waiting = desk.read(held.run_id)
    assert (waiting.state.value, waiting.receipt_id) == ("in_review", "")
    desk.withdraw(held)
    assert desk.files() == []


def test_while_one_form_is_in_review_the_question_waits(desk: Desk) -> None:
    held = desk.ask()
    with pytest.raises(errors.AnswerInReview) as refused:
        desk.ask(media_type=CSV)
    assert refused.value.facts["run_id"] == held.run_id


def test_doctor_reads_files_again_and_finds_what_is_left(desk: Desk) -> None:
    store, home = desk.machine.answers, desk.make.home
    # The doctor reads snapshots from the home; those of the tests lie elsewhere.
    home.snapshots.mkdir(exist_ok=True)
    for one in desk.machine.snapshots.glob("*.parquet"):
        (home.snapshots / one.name).write_bytes(one.read_bytes())
    released = desk.decide(desk.ask(), releases=True)
    said: list[str] = []
    doctor.examine(home, said.append)
    assert "ok: every answer that is a file is whole (1)" in said

    left = store / ("0" * 64)
    left.write_bytes(b"an answer that did not leave")
    with pytest.raises(InvariantBroken) as found:
        doctor.examine(home, said.append)
    assert found.value.facts["invariant"] == "nothing of an answer that did not leave is left"
    assert reviewing.erase_unnamed(home.db, store) == 1
    assert desk.files() == [released.result_digest]

    (store / released.result_digest).write_bytes(b"something else")
    with pytest.raises(FileDamaged):
        reviewing.path_of(store, released.result_digest)
    with pytest.raises(InvariantBroken) as broken:
        doctor.examine(home, said.append)
    assert broken.value.facts["invariant"] == "every answer that is a file is whole"


# Entrances


def read(reply: TestResponse) -> bytes:
    """The file in a reply, which is open until somebody closes it."""
    with reply:
        content: bytes = reply.data
    return content


def test_rest_hands_the_file_out_in_its_own_form(desk: Desk, client: FlaskClient) -> None:
    def headers(person: str, **more: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {desk.make.token(person)}", **more}

    body = {
        "licence_id": desk.licence_id,
        "purpose": desk.make.read_licence(desk.licence_id).terms.purposes[0],
        "sql": BY_SEX,
        "as_file": True,
    }
    asker = headers("researcher", **{"Idempotency-Key": "k"})
    made = client.post("/api/v1/sandbox/runs", json=body, headers=asker).get_json()
    assert (made["state"], made["file"]) == ("in_review", {"media_type": PARQUET, "size_bytes": 0})
    result = f"/api/v1/sandbox/runs/{made['run_id']}/result"
    assert client.get(result, headers=headers("researcher")).status_code == 409
    review = f"/api/v1/sandbox/reviews/{made['run_id']}"
    assert client.get(f"{review}/file", headers=headers("researcher")).status_code == 404
    reply = client.get(f"{review}/file", headers=headers(FIRST))
    assert (reply.mimetype, reply.status_code) == (PARQUET, 200)
    held = read(reply)
    told = client.get(review, headers=headers(FIRST)).get_json()["file"]
    assert (told["media_type"], told["rows"]) == (PARQUET, 2)
    for person in (FIRST, SECOND):
        client.post(f"{review}/votes", headers=headers(person), json={"releases": True})

    for accepted in ("*/*", PARQUET, f"text/csv;q=0.9, {PARQUET};q=0.1"):
        reply = client.get(result, headers=headers("researcher", Accept=accepted))
        assert (reply.status_code, reply.mimetype) == (200, PARQUET)
        assert read(reply) == held
    assert read(client.get(result, headers=headers("researcher"))) == held
    for other in ("text/csv", "application/json"):
        refused = client.get(result, headers=headers("researcher", Accept=other))
        assert refused.status_code == 406
        assert refused.get_json()["code"] == "sandbox-file-other-form"
    check = {key: body[key] for key in ("licence_id", "sql", "as_file")}
    verdict = client.post("/api/v1/sandbox/checks", json=check, headers=headers("researcher"))
    assert verdict.get_json()["replay"]
    odd = {**body, "file_type": "application/pdf"}
    assert client.post("/api/v1/sandbox/runs", json=odd, headers=asker).status_code == 422


def test_the_pages_ask_for_a_file_show_it_to_checkers_and_hand_it_out(
    desk: Desk, app: Flask
) -> None:
    asker, first, second = (reader_of(desk, app, one) for one in ("researcher", FIRST, SECOND))
    bench = f"/sandbox/licences/{desk.licence_id}"
    assert 'name="as_file"' in asker.get(bench).text
    sent = asker.send(bench, f"{bench}/runs", sql=BY_SEX, as_file="yes", file_type=CSV)
    run_id = sent.headers["Location"].partition("run=")[2]
    page = f"/sandbox/reviews/{run_id}"
    (name,) = desk.files()
    shown = first.get(page).text
    assert name in shown
    assert "female" in shown
    reply = first.get(f"{page}/file")
    assert f"held-{run_id}.csv" in reply.headers["Content-Disposition"]
    held = read(reply)
    assert held.startswith(b"sex,n,suppressed")
    assert asker.get(f"{page}/file").status_code == 404
    for reader in (first, second):
        reader.send(page, f"{page}/release", reason="")

    run = asker.get(f"/sandbox/runs/{run_id}").text
    link = f"/sandbox/runs/{run_id}/result.csv"
    assert name in run
    assert link in run
    kept = asker.get(link)
    assert read(kept) == held
    assert f"run-{run_id}.csv" in kept.headers["Content-Disposition"]
    assert asker.get(f"/sandbox/runs/{run_id}/result.parquet").status_code == 406


def test_the_workbench_offers_no_file_where_nobody_looks(
    make: Maker, machine: Machine, app: Flask
) -> None:
    desk = Desk(make, machine, "none")
    reader = reader_of(desk, app, "researcher")
    bench = f"/sandbox/licences/{desk.licence_id}"
    assert 'name="as_file"' not in reader.get(bench).text
    sent = reader.send(bench, f"{bench}/runs", sql=BY_SEX, as_file="yes")
    assert sent.status_code == 422
    assert "sandbox-file-not-reviewed" in sent.text
