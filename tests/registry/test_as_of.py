"""The register as it stood: revisions, parties, and the status that a day gave to a term."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy.exc import IntegrityError

from kernel.clock import CHINA
from kernel.identity import VISITOR
from registry import queries, service
from registry.models import Application
from registry.queries import EntrySearch
from registry.states import EntryStatus, Status, Type, Verb
from tests.make import Maker


def test_a_revision_is_the_one_that_people_saw_then(make: Maker) -> None:
    row = make.application(Status.FORMAL_REVIEW)
    with make.home.db.read() as session:
        steps = queries.history(session, row.application_id)
        for number, step in enumerate(steps, start=1):
            then = queries.find_application(session, row.application_id, as_of=step.at)
            assert (then.revision, then.status) == (number, step.target)
    assert row.revision == len(steps)


def test_a_party_had_not_agreed_before_it_did(make: Maker) -> None:
    code = str(make.application(Status.EFFECTIVE).code)
    request = service.CorrectionRequest(
        code, "张三", "13800000000", "名称有误请求更正", "证明材料一份", {"name": "更正"}
    )
    db = make.home.db
    made = service.ask_for_correction(db, actor=VISITOR, now=make.clock(), wanted=request)
    make.wait(1)
    make.decide(made, Verb.ACCEPT, "acceptor", "材料齐全")
    before = make.clock()
    make.wait(1)
    make.decide(made, Verb.AGREE, "entity_reviewer", "同意更正")
    with db.read() as session:
        then = queries.find_application(session, made, as_of=before)
        now = queries.find_application(session, made, as_of=make.clock())
    assert "agreed_by" not in then.party
    assert now.party["agreed_by"] == make.actor("entity_reviewer").account_id


@pytest.mark.postgres
def test_a_term_that_was_over_counts_as_expired_whether_or_not_it_was_noted(
    make_any: Maker,
) -> None:
    make = make_any
    code = str(make.application(Status.EFFECTIVE).code)
    with make.home.db.read() as session:
        last_day = queries.find_entry(session, code).valid_until
    on_last_day = datetime.combine(last_day, datetime.min.time(), CHINA) + timedelta(hours=23)

    def found(status: EntryStatus, moment: datetime) -> list[str]:
        wanted = EntrySearch(status=status, as_of=moment)
        with make.home.db.read() as session:
            return [row.code for row in queries.search_entries(session, wanted).rows]

    day_after = on_last_day + timedelta(days=1)
    assert found(EntryStatus.EFFECTIVE, on_last_day) == [code]
    assert found(EntryStatus.EXPIRED, on_last_day) == []
    assert found(EntryStatus.EFFECTIVE, day_after) == []
    assert found(EntryStatus.EXPIRED, day_after) == [code]
    make.clock.set(day_after + timedelta(days=3))
    assert service.expire_entries(make.home.db, now=make.clock(), seal=make.home.seal) == 1
    assert found(EntryStatus.EXPIRED, day_after) == [code]
    assert found(EntryStatus.EXPIRED, make.clock()) == [code]


@pytest.mark.postgres
def test_the_database_itself_takes_no_second_open_application_on_an_entry(make_any: Maker) -> None:
    make = make_any
    code = str(make.application(Status.EFFECTIVE).code)
    first = make.later(Type.CHANGE, code)
    with make.home.db.read() as session:
        second = Application(**{**session.get_one(Application, first).model_dump(), "id": "second"})
    with pytest.raises(IntegrityError), make.home.db.transaction() as session:
        session.add(second)
    make.decide(first, Verb.WITHDRAW, "handler", "撤回")
    assert make.later(Type.CHANGE, code) != first
