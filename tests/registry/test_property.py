"""Register B on both databases: gates, totals that stop, silence, rights, remarks, codes, hand-over."""

from datetime import date
from typing import Any

import pytest

from kernel.identity import VISITOR
from marketplace.operations.demo.people import CREDIT_CODES, ENTERPRISE, OPERATOR
from registry import errors, queries, service
from registry.certificate.number import PropertyCodesExhausted
from registry.models import PropertyCodeNumber
from registry.queries import CertificateRow
from registry.states import EntryStatus, EntryVerb, Register, Status, Type, Verb
from tests.make import Maker

_CODE_OF_ENTERPRISE = CREDIT_CODES[ENTERPRISE]


def certificate(make: Maker, code: str) -> CertificateRow:
    with make.home.db.read() as session:
        return queries.find_certificate(session, code)


def certified(make: Maker) -> str:
    make.list_agency()
    return str(make.property_application(Status.CERTIFIED).code)


@pytest.mark.postgres
def test_the_straight_path_ends_with_rights_and_a_fifteen_character_code(make_any: Maker) -> None:
    row = certificate(make_any, certified(make_any))
    assert row.code == "SJ6212026030001"
    assert [right.right for right in row.rights] == ["hold", "use", "operate"]
    assert row.status is EntryStatus.EFFECTIVE
    assert row.valid_until == date(2031, 3, 13)


def test_the_second_code_of_a_month_follows_and_the_ten_thousandth_is_refused(make: Maker) -> None:
    certified(make)
    make.property_application(Status.CERTIFIED)
    with make.home.db.transaction() as session:
        number = session.get_one(PropertyCodeNumber, ("621", "202603"))
        assert number.last == 2
        number.last = 9999
        session.add(number)
    recorded = make.property_application(Status.RECORDED)
    if recorded.notice_ends_on and recorded.notice_ends_on.month == 3:
        with pytest.raises(PropertyCodesExhausted):
            make.decide(recorded.application_id, Verb.CERTIFY, "coder")
        assert make.read_application(recorded.application_id).status is Status.RECORDED


def test_raw_government_data_and_unregistered_products_do_not_enter(make: Maker) -> None:
    make.list_agency()
    raw = make.property_application(Status.DRAFT, form=make.property_form(is_government_data=True))
    with pytest.raises((errors.GovernmentData, errors.FormRefused)):
        make.decide(raw.application_id, Verb.FILE, "operator_handler")
    unknown = make.property_form(is_government_data=True, resource_code="L620000-2026-2-000009")
    product = make.property_application(Status.DRAFT, form=unknown)
    with pytest.raises(errors.NotInResourceRegister):
        make.decide(product.application_id, Verb.FILE, "operator_handler")


def test_a_product_of_public_data_enters_once_register_a_has_it(make: Maker) -> None:
    make.list_agency()
    _, code = make.registered()
    form = make.property_form(is_government_data=True, resource_code=code)
    row = make.property_application(Status.CERTIFIED, form=form)
    with make.home.db.read() as session:
        assert queries.certificate_code_of(session, code) == row.code


def test_a_body_that_is_not_listed_checks_and_hands_over(make: Maker) -> None:
    row = make.property_application(Status.SUBMITTED)
    with pytest.raises(errors.NotListedAgency):
        make.decide(row.application_id, Verb.ACCEPT, "acceptor")
    make.decide(row.application_id, Verb.HAND_OVER, "acceptor")
    assert make.read_application(row.application_id).status is Status.HANDED_OVER
    make.list_agency()
    listed = make.property_application(Status.SUBMITTED)
    with pytest.raises(errors.ListedAgency):
        make.decide(listed.application_id, Verb.HAND_OVER, "acceptor")


@pytest.mark.postgres
def test_silence_accepts_on_the_first_working_day_after_the_limit(make_any: Maker) -> None:
    make = make_any
    make.list_agency()
    row = make.property_application(Status.SUBMITTED)
    assert row.due_on == date(2026, 3, 5)
    make.wait(3)
    assert service.run_clocks(make.home.db, now=make.clock()) == 0
    make.wait(3)
    assert service.run_clocks(make.home.db, now=make.clock()) == 1
    accepted = make.read_application(row.application_id)
    assert accepted.status is Status.ACCEPTED
    # Ten working days from Friday 6 March, the law's own day, although the clerk came on the 10th.
    assert accepted.due_on == date(2026, 3, 20)
    assert service.run_clocks(make.home.db, now=make.clock()) == 0


def test_silence_of_an_unlisted_body_accepts_nothing(make: Maker) -> None:
    row = make.property_application(Status.SUBMITTED)
    make.wait(8)
    assert service.run_clocks(make.home.db, now=make.clock()) == 0
    assert make.read_application(row.application_id).status is Status.SUBMITTED


def test_a_supplement_that_is_not_completed_in_time_lapses(make: Maker) -> None:
    make.list_agency()
    row = make.property_application(Status.SUBMITTED)
    make.decide(row.application_id, Verb.REQUEST_SUPPLEMENT, "acceptor", "缺少取得证明")
    assert make.read_application(row.application_id).due_on == date(2026, 3, 16)
    make.wait(10)
    assert service.run_clocks(make.home.db, now=make.clock()) == 0
    make.wait(1)
    assert service.run_clocks(make.home.db, now=make.clock()) == 1
    assert make.read_application(row.application_id).status is Status.LAPSED


def test_the_total_stops_for_proof_notice_and_objection_and_is_extended_once(make: Maker) -> None:
    make.list_agency()
    row = make.property_application(Status.ACCEPTED)
    # Accepted on Tuesday 3 March: ten working days end on the 17th.
    assert row.due_on == date(2026, 3, 17)
    one = row.application_id
    make.wait(2)
    make.decide(one, Verb.BEGIN_REVIEW, "reviewer")
    make.decide(one, Verb.REQUEST_PROOF, "reviewer", "请补充加工协议")
    assert make.read_application(one).due_on is None
    make.wait(5)
    make.decide(one, Verb.PROVIDE_PROOF, "operator_handler")
    # Two days used up to Thursday the 5th; eight more after Thursday the 12th.
    assert make.read_application(one).due_on == date(2026, 3, 24)
    make.decide(one, Verb.EXTEND_REVIEW, "reviewer", "案情复杂")
    # Ten more working days; Qingming on Monday 6 April is free.
    assert make.read_application(one).due_on == date(2026, 4, 8)
    with pytest.raises(errors.ExtensionOnlyOnce):
        make.decide(one, Verb.EXTEND_REVIEW, "reviewer", "仍然复杂")
    make.wait(1)
    make.decide(one, Verb.PUBLISH_NOTICE, "reviewer")
    assert make.read_application(one).notice_ends_on == date(2026, 3, 20)
    make.wait(2)
    objection = service.NewObjection(one, "李四", "13900000000", "数据来源有争议", "合同复印件")
    service.object_to(make.home.db, actor=VISITOR, now=make.clock(), wanted=objection)
    assert make.read_application(one).due_on == date(2026, 3, 31)
    make.wait(6)
    make.decide(one, Verb.DISMISS_OBJECTION, "reviewer", "证据不足")
    make.decide(one, Verb.RECORD_EVIDENCE, "coder")
    # Three of twenty days used up to Friday the 13th; 17 more after Wednesday the 25th.
    assert make.read_application(one).due_on == date(2026, 4, 20)


def test_what_cannot_be_proved_is_terminated_and_a_waived_notice_needs_its_reason(
    make: Maker,
) -> None:
    make.list_agency()
    row = make.property_application(Status.SUBSTANTIVE_REVIEW)
    make.decide(row.application_id, Verb.TERMINATE, "reviewer", "来源无法证明")
    assert make.read_application(row.application_id).status is Status.TERMINATED
    other = make.property_application(Status.SUBSTANTIVE_REVIEW)
    make.decide(other.application_id, Verb.WAIVE_NOTICE, "reviewer", "涉及商业秘密")
    make.decide(other.application_id, Verb.RECORD_EVIDENCE, "coder")
    make.decide(other.application_id, Verb.CERTIFY, "coder")
    assert make.read_application(other.application_id).status is Status.CERTIFIED


def _seize(make: Maker, code: str) -> str:
    return service.record_remark(
        make.home.db,
        actor=make.actor("coder"),
        now=make.clock(),
        wanted=service.NewRemark(
            code, "preservation", "兰州市中级人民法院", "（2026）甘01执1号", date(2026, 3, 1)
        ),
        seal=make.home.seal,
    )


def _transfer(make: Maker, code: str, *rights: str) -> str:
    form = {
        **make.property_form(),
        "transferee_name": make.people["enterprise"].organisation,
        "transferee_code": _CODE_OF_ENTERPRISE,
        "transferred_rights": list(rights),
        "contract_file": "1b" * 32,
    }
    make.preserve(make.actor("operator_handler"), form)
    return make.later(
        Type.TRANSFER, code, register=Register.PROPERTY, person="operator_handler", **form
    )


def _agree(make: Maker, application_id: str) -> None:
    row = make.read_application(application_id)
    reviewer = make.acting_as("enterprise", "entity_reviewer")
    service.decide(
        make.home.db,
        actor=reviewer,
        now=make.clock(),
        wanted=service.Decision(application_id, Verb.AGREE, row.revision),
        seal=make.home.seal,
    )


def _walk_to_certified(make: Maker, application_id: str) -> None:
    for verb, person, days in (
        (Verb.FILE, "operator_handler", 0),
        (Verb.ACCEPT, "acceptor", 1),
        (Verb.BEGIN_REVIEW, "reviewer", 0),
        (Verb.PUBLISH_NOTICE, "reviewer", 0),
        (Verb.RECORD_EVIDENCE, "coder", 6),
        (Verb.CERTIFY, "coder", 0),
    ):
        make.wait(days)
        make.decide(application_id, verb, person)


def test_a_seizure_blocks_a_transfer_until_it_is_lifted(make: Maker) -> None:
    code = certified(make)
    remark = _seize(make, code)
    transfer = _transfer(make, code, "use")
    _agree(make, transfer)
    with pytest.raises(errors.TransferBlocked):
        make.decide(transfer, Verb.FILE, "operator_handler")
    service.lift_remark(
        make.home.db,
        actor=make.actor("coder"),
        now=make.clock(),
        wanted=service.Lifting(code, remark, "法院已解除"),
        seal=make.home.seal,
    )
    make.decide(transfer, Verb.FILE, "operator_handler")
    assert make.read_application(transfer).status is Status.SUBMITTED
    with pytest.raises(errors.RemarkUnknown):
        service.lift_remark(
            make.home.db,
            actor=make.actor("coder"),
            now=make.clock(),
            wanted=service.Lifting(code, remark, "再次解除"),
            seal=make.home.seal,
        )


def test_a_transfer_needs_both_and_moves_only_what_it_names(make: Maker) -> None:
    code = certified(make)
    transfer = _transfer(make, code, "use")
    with pytest.raises(errors.ConsentMissing):
        make.decide(transfer, Verb.FILE, "operator_handler")
    _agree(make, transfer)
    _walk_to_certified(make, transfer)
    new = certificate(make, str(make.read_application(transfer).code))
    assert [right.right for right in new.rights] == ["use"]
    assert new.organisation_name == make.people["enterprise"].organisation
    old = certificate(make, code)
    assert [right.right for right in old.rights] == ["hold", "operate"]
    assert [one["right"] for one in old.form["rights"]] == ["hold", "operate"]
    # What is known of the datum goes over; the transferor's own particulars stay with it.
    assert new.form["summary"] == old.form["summary"]
    assert new.form["rights"] == [
        {"holder_name": new.organisation_name, "holder_code": _CODE_OF_ENTERPRISE, "right": "use"}
    ]
    assert not {"applicant_contact", "applicant_phone", "business_scope"} & new.form.keys()
    assert old.form["applicant_phone"]


def test_the_transferee_changes_its_certificate_without_the_transferors_files(make: Maker) -> None:
    code = certified(make)
    transfer = _transfer(make, code, "use")
    _agree(make, transfer)
    _walk_to_certified(make, transfer)
    new = str(make.read_application(transfer).code)
    own = {
        name: value
        for name, value in make.property_form().items()
        if name.startswith(("applicant_", "commitment_"))
    }
    actor = make.acting_as("enterprise", "operator_handler")
    change = service.draft(
        make.home.db,
        actor=actor,
        now=make.clock(),
        wanted=service.Draft(
            "data",
            {**own, "before": "旧", "after": "新", "change_reason": "更正", "summary": "新摘要"},
            register=Register.PROPERTY,
            type=Type.CHANGE,
            entry_code=new,
        ),
    )
    row = make.read_application(change)
    assert row.form["acquisition_proof"] == certificate(make, code).form["acquisition_proof"]
    wanted = service.Decision(change, Verb.FILE, row.revision)
    service.decide(make.home.db, actor=actor, now=make.clock(), wanted=wanted, seal=make.home.seal)
    assert make.read_application(change).status is Status.SUBMITTED


def test_a_right_that_is_not_held_does_not_move(make: Maker) -> None:
    make.list_agency()
    form = make.property_form()
    form["rights"] = form["rights"][:1]
    code = str(make.property_application(Status.CERTIFIED, form=form).code)
    transfer = _transfer(make, code, "operate")
    _agree(make, transfer)
    with pytest.raises(errors.RightNotHeld):
        make.decide(transfer, Verb.FILE, "operator_handler")


def _with_second_holder(make: Maker, **more: str) -> dict[str, Any]:
    form = make.property_form()
    holder = {"holder_name": ENTERPRISE, "holder_code": _CODE_OF_ENTERPRISE}
    return {**form, "rights": [*form["rights"], {**form["rights"][1], **holder, **more}]}


def test_the_same_right_on_the_same_datum_may_have_several_holders(make: Maker) -> None:
    make.list_agency()
    make.preserve(make.actor("operator_handler"), {"contract_file": "2c" * 32})
    form = _with_second_holder(make, proof="2c" * 32)
    row = certificate(make, str(make.property_application(Status.CERTIFIED, form=form).code))
    assert [right.right for right in row.rights].count("use") == 2


def test_nobody_is_made_a_holder_without_agreeing_or_a_proof_that_was_preserved(
    make: Maker,
) -> None:
    make.list_agency()
    unasked = make.property_application(Status.DRAFT, form=_with_second_holder(make))
    with pytest.raises(errors.ConsentMissing, match=ENTERPRISE):
        make.decide(unasked.application_id, Verb.FILE, "operator_handler")
    unknown = _with_second_holder(make, proof="3d" * 32)
    unproved = make.property_application(Status.DRAFT, form=unknown)
    with pytest.raises(errors.NotPreserved):
        make.decide(unproved.application_id, Verb.FILE, "operator_handler")


def test_a_holder_who_is_here_reads_the_form_and_agrees_itself(make: Maker) -> None:
    make.list_agency()
    form = _with_second_holder(make)
    made = make.property_application(Status.DRAFT, form=form).application_id
    with make.home.db.read() as session:
        seen = queries.visible_application(session, make.actor("enterprise"), made)
    assert seen.form["rights"][-1]["holder_name"] == ENTERPRISE
    _agree(make, made)
    make.decide(made, Verb.FILE, "operator_handler")
    assert make.read_application(made).status is Status.SUBMITTED


def test_a_later_objection_is_told_within_five_working_days_answered_and_concluded(
    make: Maker,
) -> None:
    code = certified(make)
    wanted = service.NewObjection("", "王五", "13700000000", "该数据侵害本人权益", "律师函")
    one = service.object_later(
        make.home.db, actor=VISITOR, now=make.clock(), code=code, wanted=wanted
    )
    with make.home.db.read() as session:
        (due,) = queries.list_due(session, queries.DueSearch())
    assert due.clock.kind.value == "later_objection"
    # Five working days from Friday 13 March.
    assert due.clock.due_on == date(2026, 3, 20)
    db, now = make.home.db, make.clock()
    reviewer = make.actor("reviewer")
    service.tell_registrant(db, actor=reviewer, now=now, wanted=service.Answer(one, "已书面通知"))
    with make.home.db.read() as session:
        assert queries.list_due(session, queries.DueSearch()) == []
    own = make.actor("operator_reviewer")
    service.answer_objection(db, actor=own, now=now, wanted=service.Answer(one, "不同意，理由如下"))
    with pytest.raises(errors.NotYourEntity):
        service.answer_objection(
            db, actor=make.actor("entity_reviewer"), now=now, wanted=service.Answer(one, "不是我们")
        )
    conclusion = service.Answer(one, "异议成立", "upheld")
    service.conclude_objection(db, actor=reviewer, now=now, wanted=conclusion)
    with pytest.raises(errors.ObjectionUnknown):
        service.conclude_objection(db, actor=reviewer, now=now, wanted=conclusion)
    row = certificate(make, code)
    ending = service.Ending(Register.PROPERTY, code, EntryVerb.CANCEL, row.version, "异议成立")
    service.end_entry(db, actor=make.actor("coder"), now=now, wanted=ending, seal=make.home.seal)
    assert certificate(make, code).status is EntryStatus.CANCELLED
    with pytest.raises(errors.EntryNotInForce):
        service.object_later(db, actor=VISITOR, now=now, code=code, wanted=wanted)


@pytest.mark.parametrize(
    ("kind", "issuer", "number", "ends_on"),
    [
        ("nonsense", "法院", "1号", None),
        ("preservation", " ", "1号", None),
        ("preservation", "法院", "", None),
        ("preservation", "法院", "1号", date(2025, 1, 1)),
    ],
)
def test_a_remark_that_nobody_could_check_is_refused(
    make: Maker, kind: str, issuer: str, number: str, ends_on: date | None
) -> None:
    code = certified(make)
    wanted = service.NewRemark(code, kind, issuer, number, date(2026, 3, 1), ends_on)
    with pytest.raises(errors.RemarkUnusable):
        service.record_remark(
            make.home.db,
            actor=make.actor("coder"),
            now=make.clock(),
            wanted=wanted,
            seal=make.home.seal,
        )


def test_a_certificate_is_renewed_within_six_months_or_lapses_by_itself(make: Maker) -> None:
    code = certified(make)
    early = make.later(
        Type.RENEWAL,
        code,
        register=Register.PROPERTY,
        person="operator_handler",
        renewal_until="2034-01-01",
        commitment_accepted=True,
        commitment_signer="石业务",
    )
    with pytest.raises(errors.RenewalTooEarly):
        make.decide(early, Verb.FILE, "operator_handler")
    assert certificate(make, code).status_on(date(2031, 3, 13)) is EntryStatus.EFFECTIVE
    assert certificate(make, code).status_on(date(2031, 3, 14)) is EntryStatus.EXPIRED


def test_a_principal_agrees_to_what_its_agent_files(make: Maker) -> None:
    make.list_agency()
    form = make.property_form()
    make.preserve(make.actor("handler"), form)
    wanted = service.Draft(
        "data", form, register=Register.PROPERTY, on_behalf_of=CREDIT_CODES[OPERATOR]
    )
    made = service.draft(make.home.db, actor=make.actor("handler"), now=make.clock(), wanted=wanted)
    with pytest.raises(errors.ConsentMissing):
        make.decide(made, Verb.FILE, "handler")
    make.decide(made, Verb.AGREE, "operator_reviewer")
    make.decide(made, Verb.FILE, "handler")
    assert make.read_application(made).status is Status.SUBMITTED
    own = make.property_application(Status.DRAFT)
    with pytest.raises(errors.NotYourEntity):
        make.decide(own.application_id, Verb.AGREE, "operator_reviewer")
