"""The airlock: held answers, two blind votes, and what leaves when."""

from collections.abc import Sequence
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlmodel import select

from kernel.errors import HexiError
from kernel.identity import Actor, Role
from kernel.trust import receipts
from kernel.trust.audit import AuditEntry
from licensing.public import LicenceRow
from licensing.service import LicenceMove, move_licence
from sandbox import errors, queries, rules, service
from sandbox.queries import ReviewRow, RunRow
from sandbox.service import Machine, RunQuery, reviewing
from sandbox.service.reviewing import Comment, Vote
from sandbox.states import ReviewState
from tests.make import Maker
from tests.marketplace.pagereader import PageReader

BY_SEX = "SELECT sex, COUNT(*) AS n FROM visits GROUP BY sex ORDER BY sex"
FIRST, SECOND = "output_checker", "output_checker_2"


class Airlock:
    """One licence whose answers two people look at."""

    def __init__(
        self,
        make: Maker,
        machine: Machine,
        review: str,
        like: LicenceRow | None = None,
        **terms: Any,
    ) -> None:
        self.make, self.machine = make, machine
        terms["output_review"] = review
        made = make.another_licence(like, **terms) if like else make.licence(**terms)
        self.licence_id = made.licence_id

    def run(self, sql: str = BY_SEX) -> RunRow:
        run_id = service.run_query(
            self.make.home.db,
            actor=self.make.actor("researcher"),
            now=self.make.clock(),
            wanted=RunQuery(self.licence_id, "", sql),
            seal=self.make.home.seal,
            machine=self.machine,
        )
        return self.read(run_id)

    def read(self, run_id: str) -> RunRow:
        with self.make.home.db.read() as session:
            return queries.find_run(session, run_id)

    def vote(self, run: RunRow, person: str, *, releases: bool, reason: str = "") -> ReviewState:
        return reviewing.vote(
            self.make.home.db,
            actor=self.make.actor(person),
            now=self.make.clock(),
            wanted=Vote(run.run_id, releases, reason),
            seal=self.make.home.seal,
            answers=self.machine.answers,
        )

    def see(self, run: RunRow, actor: str | Actor) -> ReviewRow:
        person = self.make.actor(actor) if isinstance(actor, str) else actor
        return reviewing.open_review(
            self.make.home.db, actor=person, now=self.make.clock(), run_id=run.run_id
        )

    def withdraw(self, run: RunRow, person: str = "researcher") -> None:
        reviewing.withdraw(
            self.make.home.db,
            actor=self.make.actor(person),
            now=self.make.clock(),
            run_id=run.run_id,
            seal=self.make.home.seal,
            answers=self.machine.answers,
        )

    def comment(self, run: RunRow, person: str, text: str, *, is_private: bool = False) -> None:
        reviewing.comment(
            self.make.home.db,
            actor=self.make.actor(person),
            now=self.make.clock(),
            wanted=Comment(run.run_id, text, is_private),
        )

    def predicate(self, run: RunRow) -> dict[str, Any]:
        with self.make.home.db.read() as session:
            found = receipts.find(session, self.read(run.run_id).receipt_id)
        predicate: dict[str, Any] = receipts.statement_of(found.payload)["predicate"]
        return predicate


@pytest.fixture
def airlock(make: Maker, machine: Machine) -> Airlock:
    return Airlock(make, machine, "always")


@pytest.mark.postgres
def test_two_votes_release_an_answer_with_a_receipt(make_any: Maker, machine: Machine) -> None:
    airlock = Airlock(make_any, machine, "always")
    held = airlock.run()
    assert held.state.value == "in_review"
    assert (held.rows, held.columns, held.row_count, held.receipt_id) == ((), (), 0, "")
    assert [one.state for one in held.meter] == ["reserved"]
    assert make_any.read_licence(airlock.licence_id).runs_taken == 1

    assert airlock.vote(held, FIRST, releases=True) is ReviewState.PARTIALLY_REVIEWED
    assert airlock.read(held.run_id).rows == ()
    assert airlock.vote(held, SECOND, releases=True) is ReviewState.RELEASED

    released = airlock.read(held.run_id)
    assert released.state.value == "finished"
    assert [row[0] for row in released.rows] == ["female", "male"]
    assert [one.state for one in released.meter] == ["settled"]
    told = airlock.predicate(held)
    assert told["outputReview"] == {
        "state": "released",
        "checkers": sorted(make_any.actor(one).account_id for one in (FIRST, SECOND)),
        "findings": {},
    }
    assert told["output"]["rows"] == "2"
    # Asked again it is the stored answer.
    assert airlock.run().is_replay


def test_nothing_is_released_under_a_licence_that_has_ended(airlock: Airlock) -> None:
    held = airlock.run()
    airlock.vote(held, FIRST, releases=True)
    row = airlock.make.read_licence(airlock.licence_id)
    move = LicenceMove(row.licence_id, "suspend", row.revision, "abuse")
    move_licence(
        airlock.make.home.db,
        actor=airlock.make.actor("operator"),
        now=airlock.make.clock(),
        wanted=move,
    )

    with pytest.raises(HexiError) as refused:
        airlock.vote(held, SECOND, releases=True)

    assert refused.value.code == "licensing-licence-not-in-force"
    assert airlock.read(held.run_id).state.value == "in_review"
    assert airlock.vote(held, SECOND, releases=False, reason="协议已中止") is ReviewState.CONFLICTED


def test_two_votes_against_leave_nothing_and_no_bill(airlock: Airlock) -> None:
    held = airlock.run()
    airlock.vote(held, FIRST, releases=False, reason="分组过细")
    assert airlock.vote(held, SECOND, releases=False, reason="分组过细") is ReviewState.NOT_RELEASED
    ended = airlock.read(held.run_id)
    assert (ended.state.value, ended.rows) == ("not_released", ())
    assert [one.state for one in ended.meter] == ["released"]
    assert airlock.predicate(held)["outputReview"]["state"] == "not_released"
    assert "output" not in airlock.predicate(held)
    # The answer is nowhere any more, for checkers neither.
    assert airlock.see(held, FIRST).rows == ()


def test_votes_and_private_comments_are_blind_until_both_have_voted(airlock: Airlock) -> None:
    held = airlock.run()
    airlock.vote(held, FIRST, releases=True)
    airlock.comment(held, FIRST, "只有我看见", is_private=True)
    airlock.comment(held, FIRST, "请说明用途")
    airlock.comment(held, "researcher", "用于年度报告", is_private=True)

    blind = airlock.see(held, SECOND)
    assert len(blind.rows) == 2
    assert blind.votes == ()
    assert {one.text for one in blind.comments} == {"请说明用途", "用于年度报告"}
    asked = airlock.see(held, "researcher")
    assert (asked.rows, asked.votes, asked.evidence) == ((), (), {})
    assert {one.text for one in asked.comments} == {"请说明用途", "用于年度报告"}

    assert airlock.vote(held, SECOND, releases=False, reason="分组过细") is ReviewState.CONFLICTED
    open_now = airlock.see(held, SECOND)
    assert sorted(one.releases for one in open_now.votes) == [False, True]
    assert len(open_now.comments) == 3
    # Where they differ each may change the own vote.
    assert airlock.vote(held, SECOND, releases=True) is ReviewState.RELEASED


def test_only_checkers_of_the_provider_vote_and_once(airlock: Airlock) -> None:
    held = airlock.run()
    for person in ("researcher", "operator", "regulator"):
        with pytest.raises(errors.ReviewUnknown):
            airlock.vote(held, person, releases=True)
    airlock.vote(held, FIRST, releases=True)
    with pytest.raises(errors.ReviewOver):
        airlock.vote(held, FIRST, releases=True)
    with pytest.raises(errors.ReasonMissing):
        airlock.vote(held, SECOND, releases=False, reason=" ")
    airlock.vote(held, SECOND, releases=True)
    with pytest.raises(errors.ReviewOver):
        airlock.vote(held, SECOND, releases=False, reason="晚了")
    with pytest.raises(errors.ReviewUnknown):
        airlock.see(held, "coder")


def test_the_same_question_waits_for_its_review_and_who_asked_may_withdraw(
    airlock: Airlock,
) -> None:
    held = airlock.run()
    with pytest.raises(errors.AnswerInReview) as refused:
        airlock.run()
    assert refused.value.facts["run_id"] == held.run_id
    with pytest.raises(errors.ReviewUnknown):
        airlock.withdraw(held, FIRST)
    airlock.withdraw(held)
    assert airlock.read(held.run_id).state.value == "withdrawn"
    with pytest.raises(errors.ReviewOver):
        airlock.vote(held, FIRST, releases=True)
    with pytest.raises(errors.ReviewOver):
        airlock.withdraw(held)
    assert airlock.run().state.value == "in_review"


def test_on_failure_only_an_answer_whose_check_fails_is_held(make: Maker, machine: Machine) -> None:
    airlock = Airlock(make, machine, "on_failure")
    whole = airlock.run("SELECT SUM(physician_visits) AS s FROM visits")
    assert whole.state.value == "finished"
    few = "age_years = '60+' AND self_rated_health = 'poor' AND site_no = '{}'"
    small = next(
        where
        for where in (few.format(site) for site in range(1, 7))
        if airlock.run(f"SELECT COUNT(*) AS n FROM visits WHERE {where}").rows[0][0] is None
    )

    held = airlock.run(f"SELECT SUM(physician_visits) AS s FROM visits WHERE NOT ({small})")

    assert held.state.value == "in_review"
    review = airlock.see(held, FIRST)
    assert review.evidence == {"reasons": {"near": 1}, "cells": [{}]}
    # The checkers see the cell that would have stayed back; they decide.
    assert review.rows[0][0] is not None
    airlock.vote(held, FIRST, releases=False, reason="与全体之差不足十人")
    airlock.vote(held, SECOND, releases=False, reason="与全体之差不足十人")
    assert airlock.read(held.run_id).rows == ()


#: One sum of these, among many, is mostly that of two people.
DOMINATED = (
    "SELECT site_no, coinsurance_percent, COUNT(*) AS n, SUM(hospital_admissions) AS stays FROM visits "
    "GROUP BY site_no, coinsurance_percent"
)
FEW = {"visits.site_no": "5", "visits.coinsurance_percent": "50"}


def cell_of(rows: Sequence[Sequence[Any]]) -> list[Any]:
    """The row of the cell that few people dominate."""
    (found,) = [list(row) for row in rows if [str(one) for one in row[:2]] == list(FEW.values())]
    return found


def test_a_sum_of_few_people_is_suppressed_or_looked_at(make: Maker, machine: Machine) -> None:
    plain = Airlock(make, machine, "none")
    run = plain.run(DOMINATED)
    bare = cell_of(run.rows)
    assert run.state.value == "finished"
    assert bare[2] is not None
    assert bare[3] is None

    held = Airlock(make, machine, "on_failure", make.read_licence(plain.licence_id))
    waiting = held.run(DOMINATED)
    assert waiting.state.value == "in_review"
    seen = held.see(waiting, FIRST)
    assert seen.evidence == {"reasons": {"dominance": 1}, "cells": [FEW]}
    whole = cell_of(seen.rows)
    assert whole[3] is not None
    held.vote(waiting, FIRST, releases=True)
    held.vote(waiting, SECOND, releases=True)
    assert cell_of(held.read(waiting.run_id).rows) == whole
    # Nothing fails in a count: it leaves at once.
    assert held.run(BY_SEX).state.value == "finished"


@pytest.mark.parametrize("least", [0, 1_000_000])
def test_whether_an_answer_is_held_does_not_follow_from_the_sum_of_few(
    make: Maker, machine: Machine, least: int
) -> None:
    """Else a HAVING would tell it, one bound after the other, without anybody who looks at it."""
    held = Airlock(make, machine, "on_failure")

    waiting = held.run(f"{DOMINATED} HAVING SUM(hospital_admissions) > {least}")

    assert waiting.state.value == "in_review"
    assert held.see(waiting, FIRST).evidence == {"reasons": {"dominance": 1}, "cells": [FEW]}


@pytest.mark.parametrize("least", [0, 1_000_000])
def test_nor_does_it_where_the_answer_would_be_too_large_for_one_of_them(
    make: Maker, machine: Machine, least: int
) -> None:
    held = Airlock(make, machine, "on_failure")
    many = ", ".join(f"({number})" for number in range(100))
    where = "site_no = 5 AND coinsurance_percent = 50"

    waiting = held.run(
        f"WITH t AS (SELECT SUM(hospital_admissions) AS s FROM visits WHERE {where}), "
        f"a AS (SELECT i FROM (VALUES {many}) v(i)), b AS (SELECT j FROM (VALUES {many}) w(j)), "
        "c AS (SELECT l FROM (VALUES (1), (2), (3), (4), (5)) x(l)) "
        f"SELECT a.i, b.j, c.l FROM t CROSS JOIN a CROSS JOIN b CROSS JOIN c WHERE t.s > {least}"
    )

    assert waiting.state.value == "in_review"
    assert held.see(waiting, FIRST).evidence["reasons"] == {"dominance": 1}


def test_every_look_at_a_held_answer_is_on_record(airlock: Airlock) -> None:
    held = airlock.run()
    airlock.see(held, FIRST)
    airlock.vote(held, FIRST, releases=True)
    with airlock.make.home.db.read() as session:
        rows = session.exec(select(AuditEntry).where(AuditEntry.subject_id == held.run_id)).all()
    assert [row.action for row in rows if row.action.startswith("sandbox.review.")] == [
        "sandbox.review.view",
        "sandbox.review.vote",
    ]


def test_nobody_reviews_an_own_answer() -> None:
    checker = Actor("a", "检", "o", "运", frozenset({Role.OUTPUT_CHECKER}))
    rules.check_may_vote(checker, "o", "b", "other")
    for account, asker in (("a", "other"), ("b", "o")):
        with pytest.raises(errors.OwnAnswer):
            rules.check_may_vote(checker, "o", account, asker)
    with pytest.raises(HexiError):
        rules.check_may_vote(checker, "p", "b", "other")


# Entrances


def reader_of(airlock: Airlock, app: Flask, person: str) -> PageReader:
    reader = PageReader(app.test_client())
    reader.sign_in(person, airlock.make.people[person].password)
    return reader


def test_the_pages_lead_two_checkers_to_a_decision(airlock: Airlock, app: Flask) -> None:
    held = airlock.run()
    page = f"/sandbox/reviews/{held.run_id}"
    asker, first, second = (reader_of(airlock, app, one) for one in ("researcher", FIRST, SECOND))
    assert "两人审查" in asker.get(f"/sandbox/runs/{held.run_id}").get_data(as_text=True)
    assert "female" not in asker.get(page).get_data(as_text=True)
    assert page in first.get("/tasks").get_data(as_text=True)
    assert page in first.get("/sandbox/reviews").get_data(as_text=True)
    assert "female" in first.get(page).get_data(as_text=True)

    missing = second.send(page, f"{page}/hold-back", reason="")
    assert missing.status_code == 422
    assert "理由" in missing.get_data(as_text=True)
    first.send(page, f"{page}/comment", text="请二审留意分组", private="yes")
    assert first.send(page, f"{page}/release", reason="").status_code == 302
    assert "请二审留意分组" not in second.get(page).get_data(as_text=True)
    assert page not in first.get("/tasks").get_data(as_text=True)
    assert second.send(page, f"{page}/release", reason="").status_code == 302

    assert "female" in asker.get(f"/sandbox/runs/{held.run_id}").get_data(as_text=True)
    assert "请二审留意分组" in second.get(page).get_data(as_text=True)
    assert asker.get("/sandbox/reviews").status_code == 403


def test_a_regulator_lists_the_reviews_of_everybody(
    airlock: Airlock, client: FlaskClient, app: Flask
) -> None:
    held = airlock.run()
    regulator = reader_of(airlock, app, "regulator")

    listed = regulator.get("/sandbox/reviews").get_data(as_text=True)
    bearer = {"Authorization": f"Bearer {airlock.make.token('regulator')}"}
    items = client.get("/api/v1/sandbox/reviews", headers=bearer).get_json()["items"]
    coder = {"Authorization": f"Bearer {airlock.make.token('coder')}"}

    assert f"/sandbox/reviews/{held.run_id}" in listed
    assert "运营机构" in listed
    # One place in the navigation is the present one, on the list and on a review.
    shown = regulator.get(f"/sandbox/reviews/{held.run_id}").get_data(as_text=True)
    assert [one.count("govuk-service-navigation__item--active") for one in (listed, shown)] == [
        1,
        1,
    ]
    assert [one["run_id"] for one in items] == [held.run_id]
    assert items[0]["votes"] == []
    assert client.get("/api/v1/sandbox/reviews", headers=coder).status_code == 403


def test_rest_shows_a_held_answer_to_checkers_alone(airlock: Airlock, client: FlaskClient) -> None:
    held = airlock.run()

    def headers(person: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {airlock.make.token(person)}"}

    run = client.get(
        f"/api/v1/sandbox/runs/{held.run_id}", headers=headers("researcher")
    ).get_json()
    assert (run["state"], run["row_count"], run["columns"]) == ("in_review", 0, [])
    result = f"/api/v1/sandbox/runs/{held.run_id}/result"
    assert client.get(result, headers=headers("researcher")).status_code == 409
    path = f"/api/v1/sandbox/reviews/{held.run_id}"
    assert client.get(path, headers=headers("researcher")).get_json()["rows"] == []
    assert client.get(path, headers=headers("coder")).status_code == 404
    queue = client.get("/api/v1/sandbox/reviews", headers=headers(FIRST)).get_json()["items"]
    assert [one["run_id"] for one in queue] == [held.run_id]
    assert "rows" not in queue[0]
    assert len(client.get(path, headers=headers(FIRST)).get_json()["rows"]) == 2
    client.post(f"{path}/comments", headers=headers(SECOND), json={"text": "好", "private": True})
    for person, state in ((FIRST, "partially_reviewed"), (SECOND, "released")):
        vote = client.post(f"{path}/votes", headers=headers(person), json={"releases": True})
        assert (vote.status_code, vote.get_json()["state"]) == (201, state)
    assert client.get(result, headers=headers("researcher")).status_code == 200
    late = client.post(f"{path}/withdraw", headers=headers("researcher"))
    assert late.get_json()["code"] == "sandbox-review-over"


def test_a_regulator_reads_a_review_and_not_the_held_answer(
    airlock: Airlock, app: Flask, client: FlaskClient
) -> None:
    held = airlock.run()
    airlock.vote(held, FIRST, releases=False, reason="分组过细")
    airlock.comment(held, FIRST, "只有审查人看见", is_private=True)

    seen = airlock.see(held, "regulator")

    assert (seen.rows, seen.columns, seen.file) == ((), (), {})
    assert [one.reason for one in seen.votes] == ["分组过细"]
    assert [one.text for one in seen.comments] == ["只有审查人看见"]
    assert set(seen.evidence) == {"reasons", "cells"}
    with pytest.raises(errors.ReviewUnknown):
        airlock.comment(held, "regulator", "监管意见")
    path = f"/sandbox/reviews/{held.run_id}"
    bearer = {"Authorization": f"Bearer {airlock.make.token('regulator')}"}
    told = client.get(f"/api/v1{path}", headers=bearer).get_json()
    assert (told["rows"], told["columns"], told["file"]) == ([], [], None)
    assert [one["releases"] for one in told["votes"]] == [False]
    page = reader_of(airlock, app, "regulator").get(path).get_data(as_text=True)
    assert "分组过细" in page
    assert "female" not in page
    assert f"{path}/comment" not in page
    with airlock.make.home.db.read() as session:
        looks = session.exec(
            select(AuditEntry.actor_id).where(AuditEntry.action == "sandbox.review.view")
        ).all()
    assert list(looks) == [airlock.make.actor("regulator").account_id] * 3

    airlock.vote(held, SECOND, releases=True)
    airlock.vote(held, FIRST, releases=True)
    assert len(airlock.see(held, "regulator").rows) == 2
