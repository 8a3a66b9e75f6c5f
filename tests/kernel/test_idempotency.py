"""One key, one act: repeated, changed, by strangers, and by two at the same moment."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date
from threading import Barrier

import pytest

from kernel.identity import VISITOR, Actor
from kernel.trust import idempotency
from registry import queries, service
from registry.states import Status
from tests.make import Maker


def once(make: Maker, actor: Actor, key: str, made: list[str], **request: str) -> str:
    def create() -> str:
        made.append(f"made-{len(made)}")
        return made[-1]

    with make.home.db.transaction() as session:
        return idempotency.make_once(
            session,
            actor=actor,
            now=make.clock(),
            key=key,
            request={"verb": "test", **request},
            make=create,
        )


def test_a_repeated_key_finds_what_was_made_and_another_request_is_refused(make: Maker) -> None:
    made: list[str] = []
    handler = make.actor("handler")
    assert once(make, handler, "k", made, name="a") == once(make, handler, "k", made, name="a")
    with pytest.raises(idempotency.KeyReused):
        once(make, handler, "k", made, name="b")
    assert once(make, make.actor("reviewer"), "k", made, name="b") == "made-1"
    assert once(make, handler, "", made, name="a") != once(make, handler, "", made, name="a")


def test_the_keys_of_visitors_never_meet(make: Maker) -> None:
    made: list[str] = []
    assert once(make, VISITOR, "1", made, name="a") == "made-0"
    # A stranger with the same key and other words is neither told of the first nor kept out.
    assert once(make, VISITOR, "1", made, name="b") == "made-1"
    assert once(make, VISITOR, "1", made, name="a") == "made-0"


@pytest.mark.postgres
def test_of_two_equal_requests_at_once_both_get_the_one_answer(make_any: Maker) -> None:
    make = make_any
    form, handler = make.form(), make.actor("handler")
    barrier = Barrier(8)

    def draft(_: int) -> str:
        barrier.wait()
        wanted = service.Draft("resource", form, idempotency_key="the-same")
        return service.draft(make.home.db, actor=handler, now=make.clock(), wanted=wanted)

    with ThreadPoolExecutor(8) as pool:
        found = set(pool.map(draft, range(8)))
    assert len(found) == 1
    with make.home.db.read() as session:
        rows = queries.list_applications(
            session, queries.ApplicationSearch(organisation_id=handler.organisation_id)
        )
    assert [row.application_id for row in rows] == list(found)


def test_what_failed_under_a_key_can_be_tried_again_with_it(make: Maker) -> None:
    row = make.application(Status.PUBLIC_NOTICE)
    wanted = service.NewObjection(
        row.application_id, "张三", "13900000000", "数据来源有争议", "合同", "once"
    )
    early = make.clock()
    make.clock.set(early.replace(year=2027))
    with pytest.raises(Exception, match="notice"):
        service.object_to(make.home.db, actor=VISITOR, now=make.clock(), wanted=wanted)
    make.clock.set(early)
    first = service.object_to(make.home.db, actor=VISITOR, now=early, wanted=wanted)
    assert service.object_to(make.home.db, actor=VISITOR, now=early, wanted=wanted) == first
    with make.home.db.read() as session:
        assert len(queries.objections(session, row.application_id)) == 1


def test_evidence_and_remarks_are_recorded_once_a_key(make: Maker) -> None:
    make.list_agency()
    code = str(make.property_application(Status.CERTIFIED).code)
    remark = service.NewRemark(
        code, "preservation", "兰州市中级人民法院", "1号", date(2026, 3, 1), idempotency_key="r"
    )
    coder, db, seal = make.actor("coder"), make.home.db, make.home.seal
    made = {
        service.record_remark(db, actor=coder, now=make.clock(), wanted=remark, seal=seal)
        for _ in range(2)
    }
    assert len(made) == 1
    handler = make.actor("handler")
    print_ = service.NewFingerprint("ac" * 32, "原始数据", idempotency_key="f")
    for _ in range(2):
        service.preserve_fingerprint(db, actor=handler, now=make.clock(), wanted=print_, seal=seal)
    with db.read() as session:
        assert len(queries.files_named(session, {"ac" * 32})) == 1
