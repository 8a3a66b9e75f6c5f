"""The use cases of register A on both databases: deadlines, four eyes, objections, codes, history."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError
from sqlmodel import select

from kernel.errors import HexiError
from kernel.identity import VISITOR
from kernel.trust import audit, receipts
from kernel.trust.idempotency import KeyReused
from registry import errors, public, queries, service
from registry.certificate.manifest import manifest_digest, manifest_of
from registry.models import Application
from registry.states import Status, Verb
from tests.make import Maker


@pytest.mark.postgres
def test_the_straight_path_ends_with_a_code_in_force_and_a_receipt(make_any: Maker) -> None:
    row = make_any.application(Status.EFFECTIVE)
    assert row.code is not None
    assert row.code.startswith("L620000-2026-1-")
    with make_any.home.db.read() as session:
        today = row.coded_at.date() if row.coded_at else date.min
        assert public.in_force(session, row.code, today)
        assert not public.in_force(session, row.code, date(2030, 1, 1))
        (receipt,) = receipts.list_for(session, row.application_id)
        statement = receipts.statement_of(receipt.payload)
    manifest = manifest_of(
        code=row.code, kind=row.kind, entity=row.organisation_name, form=row.form
    )
    assert statement["subject"][0]["digest"]["sha256"] == manifest_digest(manifest)
    assert statement["predicate"]["registrationCode"] == row.code


def test_every_deadline_is_counted_in_working_days(make: Maker) -> None:
    # Monday 2 March 2026; Qingming on Monday 6 April is free.
    submitted = make.application(Status.SUBMITTED)
    assert submitted.due_on == date(2026, 3, 5)
    make.wait(2)
    make.decide(submitted.application_id, Verb.ACCEPT, "acceptor")
    accepted = make.read_application(submitted.application_id)
    # 20 working days after Wednesday 4 March, without weekends.
    assert accepted.due_on == date(2026, 4, 1)
    make.wait(1)
    make.decide(submitted.application_id, Verb.BEGIN_REVIEW, "reviewer")
    assert make.read_application(submitted.application_id).due_on == date(2026, 4, 1)
    make.wait(17)
    make.decide(submitted.application_id, Verb.PUBLISH_NOTICE, "reviewer")
    notice = make.read_application(submitted.application_id)
    assert notice.notice_starts_on == date(2026, 3, 30)
    assert notice.notice_ends_on == date(2026, 4, 14)
    assert not notice.due_is_provisional


def test_a_supplement_stops_the_clock_and_refiling_restarts_it(make: Maker) -> None:
    row = make.application(Status.SUBMITTED)
    make.wait(1)
    make.decide(row.application_id, Verb.REQUEST_SUPPLEMENT, "acceptor", "缺少风险评估结论页")
    assert make.read_application(row.application_id).due_on is None
    make.wait(10)
    make.decide(row.application_id, Verb.REFILE, "handler")
    again = make.read_application(row.application_id)
    assert again.due_on == date(2026, 3, 20)
    with pytest.raises(errors.SupplementOnlyOnce):
        make.decide(row.application_id, Verb.REQUEST_SUPPLEMENT, "acceptor", "还缺一页")
    assert make.read_application(row.application_id) == again


def test_a_review_by_the_acceptor_is_refused_and_changes_nothing(make: Maker) -> None:
    row = make.application(Status.ACCEPTED)
    acceptor = make.actor("acceptor")
    both = type(acceptor)(
        acceptor.account_id,
        acceptor.display_name,
        acceptor.organisation_id,
        acceptor.organisation_name,
        acceptor.roles | make.actor("reviewer").roles,
    )
    wanted = service.Decision(row.application_id, Verb.BEGIN_REVIEW, row.revision)
    with pytest.raises(errors.SamePerson):
        service.decide(
            make.home.db, actor=both, now=make.clock(), wanted=wanted, seal=make.home.seal
        )
    assert make.read_application(row.application_id) == row


@pytest.mark.postgres
def test_the_table_itself_refuses_one_person_for_both_steps(make_any: Maker) -> None:
    row = make_any.application(Status.ACCEPTED)
    statement = text("UPDATE registry_application SET reviewed_by = accepted_by")
    assert row.status is Status.ACCEPTED
    with pytest.raises(DatabaseError), make_any.home.db.transaction() as session:
        session.execute(statement)


@pytest.mark.postgres
def test_of_two_officers_at_once_one_is_told_to_look_again(make_any: Maker) -> None:
    row = make_any.application(Status.SUBMITTED)
    wanted = service.Decision(row.application_id, Verb.ACCEPT, row.revision)

    def accept(_: int) -> str:
        try:
            service.decide(
                make_any.home.db,
                actor=make_any.actor("acceptor"),
                now=make_any.clock(),
                wanted=wanted,
                seal=make_any.home.seal,
            )
        except HexiError as refusal:
            return refusal.code
        return "done"

    with ThreadPoolExecutor(8) as pool:
        outcomes = sorted(pool.map(accept, range(8)))
    assert outcomes == ["done", *["registry-application-changed"] * 7]


def test_the_code_waits_for_the_end_of_the_notice(make: Maker) -> None:
    row = make.application(Status.PUBLIC_NOTICE)
    make.wait(10)
    with pytest.raises(errors.NoticeRunning):
        make.decide(row.application_id, Verb.ISSUE_CODE, "coder")
    make.wait(1)
    make.decide(row.application_id, Verb.ISSUE_CODE, "coder")
    assert make.read_application(row.application_id).code


def _objection(application_id: str) -> service.NewObjection:
    return service.NewObjection(
        application_id,
        "张三",
        "13800000000",
        "数据名称与本单位在先登记相同",
        "附件一：在先登记凭证",
    )


def test_an_objection_stops_the_code_until_it_is_decided(make: Maker) -> None:
    row = make.application(Status.PUBLIC_NOTICE)
    make.wait(3)
    for _ in range(2):
        service.object_to(
            make.home.db, actor=VISITOR, now=make.clock(), wanted=_objection(row.application_id)
        )
    make.wait(11)
    with pytest.raises(errors.VerbUnlawful):
        make.decide(row.application_id, Verb.ISSUE_CODE, "coder")
    make.decide(row.application_id, Verb.DISMISS_OBJECTION, "reviewer", "在先登记的是另一数据")
    with make.home.db.read() as session:
        heard = queries.objections(session, row.application_id)
    assert [one.decision for one in heard] == ["dismissed", "dismissed"]
    make.decide(row.application_id, Verb.ISSUE_CODE, "coder")


def test_an_upheld_objection_ends_the_registration(make: Maker) -> None:
    row = make.application(Status.PUBLIC_NOTICE)
    service.object_to(
        make.home.db, actor=VISITOR, now=make.clock(), wanted=_objection(row.application_id)
    )
    make.decide(row.application_id, Verb.UPHOLD_OBJECTION, "reviewer", "异议成立")
    assert make.read_application(row.application_id).status is Status.TERMINATED


def test_an_objection_after_the_notice_is_refused(make: Maker) -> None:
    row = make.application(Status.PUBLIC_NOTICE)
    make.wait(11)
    with pytest.raises(errors.NoticeOver):
        service.object_to(
            make.home.db, actor=VISITOR, now=make.clock(), wanted=_objection(row.application_id)
        )


def test_a_product_waits_for_its_resource(make: Maker) -> None:
    form = make.form(inputs=["L620000-2026-1-999999"], product_form="报告")
    row = make.application(Status.INTERNAL_REVIEW, kind="product", form=form)
    with pytest.raises(errors.InputNotInForce):
        make.decide(row.application_id, Verb.SUBMIT, "operator_reviewer")
    assert make.read_application(row.application_id) == row


def test_an_incomplete_form_is_not_filed(make: Maker) -> None:
    row = make.application(Status.INTERNAL_REVIEW, form={"name": "只有名称"})
    with pytest.raises(errors.FormIncomplete):
        make.decide(row.application_id, Verb.SUBMIT, "entity_reviewer")


@pytest.mark.postgres
def test_a_repeated_key_finds_the_first_draft_and_another_request_is_refused(
    make_any: Maker,
) -> None:
    def draft(name: str) -> str:
        return service.draft(
            make_any.home.db,
            actor=make_any.actor("handler"),
            now=make_any.clock(),
            wanted=service.Draft("resource", {"name": name}, "key-1"),
        )

    assert draft("甲") == draft("甲")
    with pytest.raises(KeyReused):
        draft("乙")
    with make_any.home.db.read() as session:
        assert len(session.exec(select(Application)).all()) == 1


def test_history_and_as_of_tell_where_it_stood(make: Maker) -> None:
    row = make.application(Status.EFFECTIVE)
    with make.home.db.read() as session:
        steps = queries.history(session, row.application_id)
        for step in steps:
            assert queries.status_as_of(session, row.application_id, step.at) == step.target
        before = steps[0].at - timedelta(seconds=1)
        assert queries.status_as_of(session, row.application_id, before) == ""
        entries = audit.history(session, row.application_id)
        with pytest.raises(errors.EntryUnknown):
            queries.find_entry(session, str(row.code), as_of=steps[2].at)
    assert [step.verb for step in steps] == [entry.action.rsplit(".", 1)[1] for entry in entries]
    assert all(entry.actor_id for entry in entries)


@pytest.mark.postgres
def test_the_register_is_searched_by_name_code_and_entity(make_any: Maker) -> None:
    row = make_any.application(Status.CODED)
    for words in ("就诊", str(row.code), "卫生健康", ""):
        with make_any.home.db.read() as session:
            found = queries.search_entries(session, queries.EntrySearch(text=words))
        assert [one.application_id for one in found.rows] == [row.application_id], words
    with make_any.home.db.read() as session:
        nothing = queries.search_entries(session, queries.EntrySearch(text="没有这样的数据"))
    assert nothing.rows == []
