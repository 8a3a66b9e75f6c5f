"""What somebody tries who wants more of the register than is his."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from threading import Barrier
from typing import Any

import pytest
from flask.testing import FlaskClient

from kernel.errors import HexiError
from kernel.identity import VISITOR, Role
from kernel.limits import NewValue, Scope
from kernel.workdays import local_day
from marketplace.operations.demo.people import CREDIT_CODES, ENTERPRISE, HEALTH
from registry import errors, queries, service
from registry.queries import CertificateRow
from registry.states import EntryStatus, EntryVerb, Register, Status, Type, Verb
from tests.make import Maker
from tests.marketplace.test_rest import Caller

REGISTRY = "/registry"
_RENEWAL = (
    (Verb.FILE, "operator_handler", 0),
    (Verb.ACCEPT, "acceptor", 1),
    (Verb.BEGIN_REVIEW, "reviewer", 0),
    (Verb.APPROVE, "reviewer", 0),
)
_TRANSFER = (
    (Verb.FILE, "operator_handler", 0),
    (Verb.ACCEPT, "acceptor", 1),
    (Verb.BEGIN_REVIEW, "reviewer", 0),
    (Verb.PUBLISH_NOTICE, "reviewer", 0),
    (Verb.RECORD_EVIDENCE, "coder", 6),
)


@pytest.fixture
def call(client: FlaskClient, make: Maker) -> Any:
    return lambda name: Caller(client, make.token(name) if name else "", "en")


def certified(make: Maker, **form: Any) -> str:
    make.list_agency()
    filled = make.property_form(**form)
    return str(make.property_application(Status.CERTIFIED, form=filled).code)


def certificate(make: Maker, code: str) -> CertificateRow:
    with make.home.db.read() as session:
        return queries.find_certificate(session, code)


def walk(make: Maker, application_id: str, steps: tuple[tuple[Verb, str, int], ...]) -> None:
    for verb, person, workdays in steps:
        make.wait(workdays)
        make.decide(application_id, verb, person)


def end(make: Maker, register: Register, code: str, verb: EntryVerb, version: int) -> None:
    service.end_entry(
        make.home.db,
        actor=make.actor("coder"),
        now=make.clock(),
        wanted=service.Ending(register, code, verb, version, "经核实"),
        seal=make.home.seal,
    )


def transfer(make: Maker, code: str, *rights: str, **more: Any) -> str:
    form = {
        **make.property_form(),
        "transferee_name": ENTERPRISE,
        "transferee_code": CREDIT_CODES[ENTERPRISE],
        "transferred_rights": list(rights),
        "contract_file": "1b" * 32,
        **more,
    }
    make.preserve(make.actor("operator_handler"), form)
    return make.later(
        Type.TRANSFER, code, register=Register.PROPERTY, person="operator_handler", **form
    )


def agree(make: Maker, application_id: str) -> None:
    row = make.read_application(application_id)
    agreeing = replace(make.actor("enterprise"), roles=frozenset({Role.ENTITY_REVIEWER}))
    service.decide(
        make.home.db,
        actor=agreeing,
        now=make.clock(),
        wanted=service.Decision(application_id, Verb.AGREE, row.revision),
        seal=make.home.seal,
    )


def test_a_renewal_does_not_bring_a_revoked_entry_back(make: Maker) -> None:
    row = make.application(Status.EFFECTIVE)
    code = str(row.code)
    with make.home.db.read() as session:
        last = queries.find_entry(session, code).valid_until
    make.clock.set(make.clock().replace(year=last.year, month=last.month, day=1))
    renewal = make.later(Type.RENEWAL, code, renewal_until=str(last.replace(year=last.year + 1)))
    walk(
        make,
        renewal,
        (
            (Verb.SEND_TO_INTERNAL_REVIEW, "handler", 0),
            (Verb.SUBMIT, "entity_reviewer", 0),
            (Verb.ACCEPT, "acceptor", 0),
            (Verb.BEGIN_REVIEW, "reviewer", 0),
        ),
    )
    end(make, Register.RESOURCES, code, EntryVerb.REVOKE, 2)
    with pytest.raises(errors.EntryNotInForce):
        make.decide(renewal, Verb.COMPLETE, "reviewer")
    with make.home.db.read() as session:
        assert queries.find_entry(session, code).status is EntryStatus.REVOKED


def test_a_renewal_does_not_bring_a_cancelled_certificate_back(make: Maker) -> None:
    code = certified(make)
    last = certificate(make, code).valid_until
    make.clock.set(make.clock().replace(year=last.year, month=last.month, day=1))
    more = {
        **{key: value for key, value in make.property_form().items() if "commitment" in key},
        "renewal_until": str(last.replace(year=last.year + 1)),
        "renewed_rights": ["use"],
    }
    renewal = make.later(
        Type.RENEWAL, code, register=Register.PROPERTY, person="operator_handler", **more
    )
    walk(make, renewal, _RENEWAL)
    end(make, Register.PROPERTY, code, EntryVerb.CANCEL, certificate(make, code).version)
    with pytest.raises(errors.EntryNotInForce):
        make.decide(renewal, Verb.RECORD_EVIDENCE, "coder")
    assert certificate(make, code).status is EntryStatus.CANCELLED


def test_a_certificate_has_one_open_application_by_whichever_of_its_names(make: Maker) -> None:
    code = certified(make)
    registration = certificate(make, code).certificate_id
    make.later(Type.CHANGE, code, register=Register.PROPERTY, person="operator_handler")
    with pytest.raises(errors.AlreadyOpen):
        make.later(
            Type.CANCELLATION, registration, register=Register.PROPERTY, person="operator_handler"
        )


def test_a_co_holders_agreement_does_not_stand_for_the_transferee(make: Maker) -> None:
    code = certified(make)
    make.preserve(make.actor("operator_handler"), {"evidence_sha256": "77" * 32})
    draft = transfer(make, code, "use", co_holder_agreement="77" * 32)
    with pytest.raises(errors.ConsentMissing):
        make.decide(draft, Verb.FILE, "operator_handler")


def test_nobody_transfers_the_right_of_another_holder(make: Maker) -> None:
    rights = make.property_form()["rights"]
    make.preserve(make.actor("operator_handler"), {"contract_file": "2c" * 32})
    second = {
        **rights[1],
        "holder_name": HEALTH,
        "holder_code": CREDIT_CODES[HEALTH],
        "proof": "2c" * 32,
    }
    code = certified(make, rights=[*rights, second])
    draft = transfer(make, code, "use")
    agree(make, draft)
    walk(make, draft, _TRANSFER)
    left = [(one.holder_code, one.right) for one in certificate(make, code).rights]
    assert (CREDIT_CODES[HEALTH], "use") in left
    assert len(left) == 3


def test_naming_a_principal_shows_nobody_its_registered_form(make: Maker) -> None:
    code = str(make.application(Status.EFFECTIVE).code)
    wanted = service.Draft(
        "resource", {}, type=Type.CHANGE, entry_code=code, on_behalf_of=CREDIT_CODES[HEALTH]
    )
    stranger = make.actor("operator_handler")
    with pytest.raises(errors.EntryNotYours):
        service.draft(make.home.db, actor=stranger, now=make.clock(), wanted=wanted)


def test_a_hand_over_package_names_no_preservation_of_others(call: Any, make: Maker) -> None:
    make.list_agency()
    row = make.property_application(Status.SUBMITTED)
    make.preserve(make.actor("handler"), {"evidence_sha256": row.form["evidence_sha256"]})
    make.list_agency(None)
    make.decide(row.application_id, Verb.HAND_OVER, "acceptor")
    reply = call("operator_handler").get(f"{REGISTRY}/applications/{row.application_id}/hand-over")
    assert reply.status_code == 200
    digests = [one["sha256"] for one in reply.get_json()["files"]]
    assert digests.count(row.form["evidence_sha256"]) == 1


def at_once(*acts: Any) -> list[str | HexiError]:
    """Let every act begin at the same moment; what each made, or the refusal that it met."""
    barrier = Barrier(len(acts))

    def run(act: Any) -> str | HexiError:
        barrier.wait()
        try:
            return str(act())
        except HexiError as refused:
            return refused

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))


@pytest.mark.postgres
def test_of_two_later_applications_opened_at_once_one_is_refused(make_any: Maker) -> None:
    make = make_any
    code = str(make.application(Status.EFFECTIVE).code)
    request = service.CorrectionRequest(
        code, "张三", "13800000000", "名称有误请求更正", "证明材料一份", {"name": "更正"}
    )
    made = at_once(
        lambda: make.later(Type.CHANGE, code),
        lambda: make.later(Type.CANCELLATION, code),
        lambda: service.ask_for_correction(
            make.home.db, actor=VISITOR, now=make.clock(), wanted=request
        ),
    )
    assert sum(isinstance(one, errors.AlreadyOpen) for one in made) == 2


@pytest.mark.postgres
def test_the_first_two_codes_of_a_year_are_given_at_once_and_differ(make_any: Maker) -> None:
    make = make_any
    first = make.application(Status.PUBLIC_NOTICE)
    second = make.application(
        Status.PUBLIC_NOTICE, form=make.form(name="甘肃省二〇二五年医疗机构床位统计数据")
    )
    make.wait(12)
    ids = (first.application_id, second.application_id)
    made = at_once(*(lambda one=one: make.decide(one, Verb.ISSUE_CODE, "coder") for one in ids))
    assert made == ["None", "None"]
    codes = {make.read_application(one).code for one in ids}
    assert len(codes) == 2
    assert None not in codes


def test_text_that_no_database_holds_is_refused_and_not_a_fault(call: Any, make: Maker) -> None:
    code = str(make.application(Status.EFFECTIVE).code)
    handler, visitor = call("handler"), call("")
    for number, odd in enumerate(("\ud800", "a\x00b", ["\udfff"], {"a": "\x00"}, {"\x00": 1})):
        body = {"form": {"name": odd}}
        made = handler.post(f"{REGISTRY}/applications", body, Idempotency_Key=f"odd{number}")
        assert made.status_code == 422
    party = {"name": "张三", "contact": "138\ud800", "statement": "abcdef", "evidence": "abcdef"}
    for path in (f"/entries/{code}/corrections", "/notices/none/objections"):
        assert visitor.post(REGISTRY + path, party).status_code == 422
    for path in ("/entries/%00", "/certificates/a%00b", "/certificates/%00.pdf"):
        assert visitor.get(REGISTRY + path).status_code == 404
    assert visitor.get(f"{REGISTRY}/entries?industry=%00").status_code == 422
    # Base64 of a NUL.
    for path in ("applications", "files", "notices", "entries?as_of=2026-04-01"):
        mark = "&" if "?" in path else "?"
        assert handler.get(f"{REGISTRY}/{path}{mark}cursor=AA==").status_code == 422


def test_a_body_that_is_nested_without_end_is_unreadable_and_not_a_fault(call: Any) -> None:
    visitor = call("")
    reply = visitor.client.post(
        f"/api/v1{REGISTRY}/notices/none/objections",
        data="[" * 100_000,
        content_type="application/json",
    )
    assert reply.status_code == 422


def test_what_silence_accepted_is_not_sent_away_before_the_clerk_comes(make: Maker) -> None:
    make.list_agency()
    row = make.property_application(Status.SUBMITTED)
    assert row.due_on is not None
    make.wait(4)
    for verb in (Verb.DECLINE, Verb.REQUEST_SUPPLEMENT):
        with pytest.raises(errors.VerbUnlawful):
            make.decide(row.application_id, verb, "acceptor", "材料不全")
    make.wait(3)
    make.decide(row.application_id, Verb.ACCEPT, "acceptor")
    with make.home.db.read() as session:
        clocks = queries.clocks_of(session, row.application_id)
    (total,) = [one for one in clocks if one.kind == "total"]
    # Filed on Monday 2 March, three working days to the 5th: silence accepted on Friday the 6th.
    assert total.clock.spans[0].begin == date(2026, 3, 6)


def test_a_supplement_that_comes_after_its_last_day_is_too_late_before_the_clerk_comes(
    make: Maker,
) -> None:
    make.list_agency()
    row = make.property_application(Status.SUBMITTED)
    make.decide(row.application_id, Verb.REQUEST_SUPPLEMENT, "acceptor", "请补充来源证明")
    make.wait(11)
    with pytest.raises(errors.VerbUnlawful):
        make.decide(row.application_id, Verb.REFILE, "operator_handler")
    assert service.run_clocks(make.home.db, now=make.clock()) == 1
    assert make.read_application(row.application_id).status is Status.LAPSED


def test_what_was_known_then_is_not_what_a_later_limit_or_filing_made_of_it(make: Maker) -> None:
    row = make.application(Status.PUBLIC_NOTICE)
    make.wait(0)
    before = make.clock()
    make.wait(0)
    wanted = NewValue("notice", Scope.PROVINCIAL, 15, "省规定", local_day(make.clock()))
    service.set_limit(make.home.db, actor=make.actor("admin"), now=make.clock(), wanted=wanted)
    moved = make.read_application(row.application_id)
    assert moved.notice_ends_on != row.notice_ends_on
    assert row.notice_ends_on is not None
    with make.home.db.read() as session:
        then = queries.find_application(session, row.application_id, as_of=before)
        now = queries.find_application(session, row.application_id, as_of=make.clock())
    assert (then.notice_ends_on, then.due_on) == (row.notice_ends_on, row.due_on)
    assert (now.notice_ends_on, now.due_on) == (moved.notice_ends_on, moved.due_on)
    assert then.submitted_at == row.submitted_at


def test_an_application_that_was_filed_again_was_filed_before(make: Maker) -> None:
    row = make.application(Status.SUBMITTED)
    make.wait(1)
    make.decide(row.application_id, Verb.REQUEST_SUPPLEMENT, "acceptor", "请补充来源证明")
    then = make.clock()
    make.wait(1)
    make.decide(row.application_id, Verb.REFILE, "handler")
    with make.home.db.read() as session:
        found = queries.find_application(session, row.application_id, as_of=then)
    assert found.submitted_at == row.submitted_at
    assert found.reason == "请补充来源证明"


def test_the_contact_of_an_interested_party_is_for_the_institution_alone(make: Maker) -> None:
    code = str(make.application(Status.EFFECTIVE).code)
    request = service.CorrectionRequest(
        code, "张三", "13800000000", "名称有误请求更正", "证明材料一份", {"name": "更正"}
    )
    made = service.ask_for_correction(make.home.db, actor=VISITOR, now=make.clock(), wanted=request)
    with make.home.db.read() as session:
        shown = queries.visible_application(session, make.actor("handler"), made)
        whole = queries.visible_application(session, make.actor("acceptor"), made)
    assert (shown.party["name"], shown.party["contact"]) == ("张三", "")
    assert whole.party["contact"] == "13800000000"
