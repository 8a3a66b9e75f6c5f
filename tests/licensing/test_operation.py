"""Authorised operation's use cases on both engines: plan, selection, agreement, consent, and the gates."""

from datetime import date, timedelta
from typing import Any

import pytest
from sqlmodel import Session

from kernel.errors import HexiError
from kernel.limits import NewValue, Scope
from kernel.trust import audit
from kernel.workdays import local_day
from licensing import errors, queries, service
from licensing.queries import AgreementRow, CandidateRow, PlanRow
from licensing.states import AgreementStatus, PlanStatus, SelectionStatus
from marketplace.operations.demo import authorising
from marketplace.operations.demo.material import AGREEMENT_TOPICS, FLIGHTS, HEALTH
from marketplace.operations.demo.people import CREDIT_CODES, ENTERPRISE, OPERATOR
from registry.states import Status
from tests.licensing.shared_data import consent, shared_resource
from tests.make import Maker


def _resource(make: Maker, **form: Any) -> str:
    return str(make.application(Status.EFFECTIVE, form=make.form(HEALTH, **form)).code)


def _plan(make: Maker, plan_id: str) -> PlanRow:
    with make.home.db.read() as session:
        return queries.find_plan(session, plan_id)


def _agreement(make: Maker, agreement_id: str) -> AgreementRow:
    with make.home.db.read() as session:
        return queries.find_agreement(session, agreement_id, local_day(make.clock()))


def _today(make: Maker) -> date:
    return local_day(make.clock())


def _submitted(make: Maker, code: str) -> str:
    return authorising.leave_plan_open(make.stage, (code,))


def _drafted(make: Maker, code: str, *, years: int = 3, **more: Any) -> str:
    selection_id = authorising.select_operator(
        make.stage, authorising.file_plan(make.stage, (code,))
    )
    today = _today(make)
    return authorising.draft_agreement(
        make.stage,
        selection_id,
        number=str(more.get("number", "A-1")),
        scope=(code,),
        ends_on=today.replace(year=today.year + years),
    )


@pytest.mark.postgres
def test_the_whole_procedure_leads_to_a_filed_agreement_in_force(make_any: Maker) -> None:
    code = _resource(make_any)
    made = make_any.agreement([code])
    row = _agreement(make_any, made)
    assert row.status is AgreementStatus.IN_FORCE
    assert row.filed_on == _today(make_any)
    assert row.decision is not None
    assert row.file_by is not None
    assert row.file_by > _today(make_any)
    with make_any.home.db.read() as session:
        selection = queries.find_selection(session, row.selection_id)
        plan = queries.find_plan(session, selection.plan_id)
        verbs = [one.action.rpartition(".")[2] for one in audit.history(session, plan.plan_id)]
        assert queries.count_operators(session, _today(make_any)) == 1
    assert selection.status is SelectionStatus.DECIDED
    assert selection.chosen is not None
    assert selection.chosen.name == OPERATOR
    assert plan.status is PlanStatus.FILED
    assert sorted(verbs) == ["approve", "draft", "file-for-record", "submit"]


def test_an_approver_who_drafted_edited_or_submitted_is_refused(make: Maker) -> None:
    plan_id = _submitted(make, _resource(make))
    decision = make.stage.decision("党组会议", "一号")
    wanted = service.PlanApproval(plan_id, 2, decision)
    with pytest.raises(errors.SamePerson):
        service.approve_plan(
            make.home.db, actor=make.actor("implementing_body"), now=make.clock(), wanted=wanted
        )
    assert _plan(make, plan_id).status is PlanStatus.IN_DECISION
    # Whoever mends a returned plan has a hand in it too, and stays barred after others edited.
    second = make.actor("implementing_body_2")
    move = service.PlanMove(plan_id, "return", 2, "请补充风险管控")
    service.move_plan(make.home.db, actor=second, now=make.clock(), wanted=move)
    assert _plan(make, plan_id).reply == "请补充风险管控"
    text = authorising.plan_text(_plan(make, plan_id).scope, necessity="补充了风险管控论证")
    for revision, person in ((3, "implementing_body_2"), (4, "implementing_body")):
        edit = service.PlanEdit(plan_id, revision, text)
        service.edit_plan(make.home.db, actor=make.actor(person), now=make.clock(), wanted=edit)
    submit = service.PlanMove(plan_id, "submit", 5)
    service.move_plan(
        make.home.db, actor=make.actor("implementing_body"), now=make.clock(), wanted=submit
    )
    with pytest.raises(errors.SamePerson):
        service.approve_plan(
            make.home.db,
            actor=second,
            now=make.clock(),
            wanted=service.PlanApproval(plan_id, 6, decision),
        )


def test_a_decision_needs_its_preserved_minutes_and_a_day_that_has_come(make: Maker) -> None:
    plan_id = _submitted(make, _resource(make))
    decider, today = make.actor("implementing_body_2"), _today(make)
    known = make.stage.decision("党组会议", "一号").minutes_sha256
    for decided_on, digest, refusal in (
        (today, "0" * 64, errors.MinutesNotPreserved),
        (today + timedelta(days=1), known, errors.DayAhead),
    ):
        decision = service.CollectiveDecision("党组会议", "一号", decided_on, digest)
        with pytest.raises(refusal):
            service.approve_plan(
                make.home.db,
                actor=decider,
                now=make.clock(),
                wanted=service.PlanApproval(plan_id, 2, decision),
            )


def test_an_incomplete_plan_stays_a_draft_and_a_withdrawn_one_is_over(make: Maker) -> None:
    drafter, now = make.actor("implementing_body"), make.clock()
    text = service.PlanText({"name": "只有名称"}, "whole", (), (), 36)
    made = service.draft_plan(make.home.db, actor=drafter, now=now, wanted=service.NewPlan(text))
    submit = service.PlanMove(made, "submit", 1)
    with pytest.raises(errors.PlanItemsMissing):
        service.move_plan(make.home.db, actor=drafter, now=now, wanted=submit)
    unknown = authorising.plan_text(("L620000-2026-1-000099",))
    edit = service.PlanEdit(made, 1, unknown)
    service.edit_plan(make.home.db, actor=drafter, now=now, wanted=edit)
    with pytest.raises(errors.NotRegistered):
        service.move_plan(
            make.home.db, actor=drafter, now=now, wanted=service.PlanMove(made, "submit", 2)
        )
    with pytest.raises(errors.ContractChanged):
        service.move_plan(make.home.db, actor=drafter, now=now, wanted=submit)
    withdraw = service.PlanMove(made, "withdraw", 2)
    service.move_plan(make.home.db, actor=drafter, now=now, wanted=withdraw)
    with pytest.raises(errors.VerbUnlawful):
        service.move_plan(
            make.home.db, actor=drafter, now=now, wanted=service.PlanMove(made, "submit", 3)
        )
    with pytest.raises(errors.VerbUnlawful):
        service.move_plan(
            make.home.db, actor=drafter, now=now, wanted=service.PlanMove(made, "approve", 3)
        )
    with pytest.raises(errors.ThingUnknown):
        service.move_plan(
            make.home.db, actor=drafter, now=now, wanted=service.PlanMove("nothing", "submit", 1)
        )


@pytest.mark.postgres
def test_a_changed_plan_repeats_the_procedure_and_takes_the_old_ones_place(
    make_any: Maker,
) -> None:
    code = _resource(make_any)
    old = authorising.file_plan(make_any.stage, (code,))
    new = authorising.file_plan(make_any.stage, (code,), supersedes_id=old)
    assert _plan(make_any, old).status is PlanStatus.SUPERSEDED
    assert _plan(make_any, new).status is PlanStatus.FILED
    for wanted in (old, "nothing"):
        again = service.NewPlan(authorising.plan_text((code,)), wanted)
        with pytest.raises((errors.NothingToChange, errors.ThingUnknown)):
            service.draft_plan(
                make_any.home.db,
                actor=make_any.actor("implementing_body"),
                now=make_any.clock(),
                wanted=again,
            )
    with pytest.raises(errors.PlanNotDecided):
        authorising.select_operator(make_any.stage, old)


def test_a_selection_needs_a_decided_plan_a_fair_way_and_candidates(make: Maker) -> None:
    code = _resource(make)
    body, now = make.actor("implementing_body"), make.clock()
    undecided, today = _submitted(make, code), _today(make)

    def open_(plan_id: str, way: str = "negotiation", on: date = today) -> str:
        wanted = service.NewSelection(plan_id, way, on, "门户网站")
        return service.open_selection(make.home.db, actor=body, now=now, wanted=wanted)

    with pytest.raises(errors.PlanNotDecided):
        open_(undecided)
    plan_id = authorising.file_plan(make.stage, (code,))
    with pytest.raises(errors.WayUnexplained):
        open_(plan_id, "other_fair")
    with pytest.raises(errors.DayAhead):
        open_(plan_id, on=today + timedelta(days=1))
    stranger = make.acting_as("enterprise", "implementing_body")
    with pytest.raises(errors.NotYourSide):
        service.open_selection(
            make.home.db,
            actor=stranger,
            now=now,
            wanted=service.NewSelection(plan_id, "negotiation", today, "门户网站"),
        )
    made = open_(plan_id)
    with pytest.raises(errors.SelectionGoingOn):
        open_(plan_id)

    def end(revision: int, verb: str, chosen: str = "", reasons: str = "理由") -> int:
        wanted = service.SelectionResult(made, revision, verb, reasons, chosen)
        return service.decide_selection(make.home.db, actor=body, now=now, wanted=wanted)

    with pytest.raises(errors.CandidatesMissing):
        end(1, "decide", CREDIT_CODES[OPERATOR])
    wrong = CandidateRow("某公司", "91620100MA7000006B", "", is_qualified=True)
    with pytest.raises(errors.CreditCodeWrong):
        service.add_candidate(
            make.home.db, actor=body, now=now, wanted=service.Candidacy(made, 1, wrong)
        )
    for revision, is_qualified in ((1, True), (2, False)):
        candidate = CandidateRow(OPERATOR, CREDIT_CODES[OPERATOR], "", is_qualified)
        entry = service.Candidacy(made, revision, candidate)
        service.add_candidate(make.home.db, actor=body, now=now, wanted=entry)
    with pytest.raises(errors.NotACandidate):
        end(3, "decide", CREDIT_CODES[OPERATOR])
    with pytest.raises(errors.NotACandidate):
        end(3, "decide", CREDIT_CODES[ENTERPRISE])
    with pytest.raises(errors.VerbUnlawful):
        end(3, "conclude")
    assert end(3, "fail", reasons="唯一候选机构不符合条件") == 4
    with pytest.raises(errors.VerbUnlawful):
        end(4, "decide", CREDIT_CODES[OPERATOR])
    assert open_(plan_id)


def test_a_result_owes_reasons_and_is_decided_once(make: Maker) -> None:
    body = make.actor("implementing_body")
    made = authorising.select_operator(
        make.stage, authorising.file_plan(make.stage, (_resource(make),))
    )
    for reasons, refusal in (("", errors.VerbUnlawful), ("再选", errors.VerbUnlawful)):
        wanted = service.SelectionResult(made, 4, "decide", reasons, CREDIT_CODES[OPERATOR])
        with pytest.raises(refusal):
            service.decide_selection(make.home.db, actor=body, now=make.clock(), wanted=wanted)
    plan_id = authorising.file_plan(make.stage, (_resource(make, name="另一份年度记录"),))
    fresh = service.open_selection(
        make.home.db,
        actor=body,
        now=make.clock(),
        wanted=service.NewSelection(
            plan_id,
            "other_fair",
            _today(make),
            "门户网站",
            "同等条件下公开比选",
        ),
    )
    candidate = CandidateRow(OPERATOR, CREDIT_CODES[OPERATOR], "", is_qualified=True)
    service.add_candidate(
        make.home.db, actor=body, now=make.clock(), wanted=service.Candidacy(fresh, 1, candidate)
    )
    with pytest.raises(errors.ReasonMissing):
        service.decide_selection(
            make.home.db,
            actor=body,
            now=make.clock(),
            wanted=service.SelectionResult(fresh, 2, "decide", " ", CREDIT_CODES[OPERATOR]),
        )


def _new(make: Maker, selection_id: str, scope: tuple[str, ...], **more: Any) -> str:
    today = _today(make)
    text = service.AgreementText(
        scope,
        more.get("topics", AGREEMENT_TOPICS),
        today,
        more.get("ends_on", today + timedelta(days=365)),
        more.get("affiliates", ()),
    )
    wanted = service.NewAgreement(
        more.get("number", "A-2"), selection_id, text, more.get("supersedes_id", "")
    )
    actor = make.actor(more.get("actor", "implementing_body"))
    return service.draft_agreement(make.home.db, actor=actor, now=make.clock(), wanted=wanted)


def test_an_agreement_keeps_to_law_plan_and_selection(make: Maker) -> None:
    code, other = _resource(make), _resource(make, name="另一份年度记录")
    plan_id = authorising.file_plan(make.stage, (code,))
    undecided = service.open_selection(
        make.home.db,
        actor=make.actor("implementing_body"),
        now=make.clock(),
        wanted=service.NewSelection(plan_id, "negotiation", _today(make), "门户网站"),
    )
    for missing in (undecided, ""):
        with pytest.raises(errors.NotSelected):
            _new(make, missing, (code,))
    with pytest.raises(errors.ThingUnknown):
        _new(make, "nothing", (code,))
    service.decide_selection(
        make.home.db,
        actor=make.actor("implementing_body"),
        now=make.clock(),
        wanted=service.SelectionResult(undecided, 1, "fail", "无人响应"),
    )
    chosen, today = authorising.select_operator(make.stage, plan_id), _today(make)
    five_years = today.replace(year=today.year + 5)
    cases: tuple[tuple[type[HexiError], dict[str, Any]], ...] = (
        (errors.AgreementTooLong, {"ends_on": five_years + timedelta(days=1)}),
        (errors.TopicsMissing, {"topics": {**AGREEMENT_TOPICS, "security": ""}}),
        (errors.CreditCodeWrong, {"affiliates": ("91620100MA7000006B",)}),
        (errors.OutsidePlan, {"scope": (code, other)}),
    )
    draft = _new(make, chosen, (code,), ends_on=five_years, number="A-9")
    for refusal, more in cases:
        with pytest.raises(refusal):
            _new(make, chosen, more.pop("scope", (code,)), **more)
    with pytest.raises(errors.NothingToChange):
        _new(make, chosen, (code,), supersedes_id=draft)
    with pytest.raises(errors.NumberTaken):
        _new(make, chosen, (code,), number="A-9")


def test_a_selected_institution_needs_an_account_here(make: Maker) -> None:
    code = _resource(make)
    body, now = make.actor("implementing_body"), make.clock()
    made = service.open_selection(
        make.home.db,
        actor=body,
        now=now,
        wanted=service.NewSelection(
            authorising.file_plan(make.stage, (code,)), "negotiation", _today(make), "门户网站"
        ),
    )
    stranger = authorising.OTHER_CANDIDATE
    service.add_candidate(
        make.home.db, actor=body, now=now, wanted=service.Candidacy(made, 1, stranger)
    )
    service.decide_selection(
        make.home.db,
        actor=body,
        now=now,
        wanted=service.SelectionResult(made, 2, "decide", "理由", stranger.credit_code),
    )
    with pytest.raises(errors.OperatorUnknown):
        _new(make, made, (code,))


def _sign(make: Maker, made: str, person: str, verb: str, revision: int) -> AgreementStatus:
    return service.sign_agreement(
        make.home.db,
        actor=make.actor(person),
        now=make.clock(),
        wanted=service.AgreementSignature(made, verb, revision),
    )


@pytest.mark.postgres
def test_an_agreement_is_decided_by_another_person_and_signed_in_any_order(
    make_any: Maker,
) -> None:
    made = _drafted(make_any, _resource(make_any))
    decision = make_any.stage.decision("办公会", "二号")
    with pytest.raises(errors.SamePerson):
        service.decide_agreement(
            make_any.home.db,
            actor=make_any.actor("implementing_body"),
            now=make_any.clock(),
            wanted=service.AgreementDecision(made, 1, decision),
        )
    with pytest.raises(errors.VerbUnlawful):
        _sign(make_any, made, "operator", "sign", 1)
    authorising.decide_agreement(make_any.stage, made)
    first = _sign(make_any, made, "implementing_body", "countersign", 2)
    assert first is AgreementStatus.AWAITING_SIGNATURE
    with pytest.raises(errors.SignedAlready):
        _sign(make_any, made, "implementing_body", "countersign", 3)
    with pytest.raises(errors.VerbUnlawful):
        _sign(make_any, made, "operator", "seal", 3)
    assert _sign(make_any, made, "operator", "sign", 3) is AgreementStatus.IN_FORCE
    row = _agreement(make_any, made)
    assert row.evaluate_by == _today(make_any).replace(year=_today(make_any).year + 1)


def test_a_decided_text_goes_back_and_is_decided_again(make: Maker) -> None:
    code = _resource(make)
    made = _drafted(make, code)
    authorising.decide_agreement(make.stage, made)
    second, now = make.actor("implementing_body_2"), make.clock()
    back = service.AgreementMove(made, "return", 2, "补充退出条款")
    service.move_agreement(make.home.db, actor=second, now=now, wanted=back)
    row = _agreement(make, made)
    assert (row.status, row.decision, row.reply) == (AgreementStatus.DRAFT, None, "补充退出条款")
    text = service.AgreementText(
        row.scope,
        {**row.topics, "evaluation": "每年评估，退出须交还数据"},
        row.starts_on,
        row.ends_on,
    )
    edit = service.AgreementEdit(made, 3, text)
    service.edit_agreement(
        make.home.db, actor=make.actor("implementing_body"), now=now, wanted=edit
    )
    withdraw = service.AgreementMove(made, "withdraw", 4)
    service.move_agreement(make.home.db, actor=second, now=now, wanted=withdraw)
    assert _agreement(make, made).end_reason == "withdrawn"
    # Nobody was bound by it: there is nothing to evaluate and nobody to leave.
    with make.home.db.read() as session:
        for name in ("implementing_body", "data_authority"):
            row = queries.find_agreement(session, made, _today(make))
            assert queries.open_verbs(make.actor(name), row) == ()
    today = _today(make)
    with pytest.raises(errors.VerbUnlawful):
        service.exit_agreement(
            make.home.db, actor=second, now=now, wanted=service.Exit(made, 5, today, "无")
        )
    with pytest.raises(errors.VerbUnlawful):
        service.evaluate_agreement(
            make.home.db,
            actor=make.actor("data_authority"),
            now=now,
            wanted=service.EffectEvaluation(made, 5, today, "passed", "无"),
        )
    with pytest.raises(errors.VerbUnlawful):
        service.move_agreement(
            make.home.db, actor=second, now=now, wanted=service.AgreementMove(made, "file", 5)
        )


def test_a_term_that_is_over_counts_as_ended_without_any_job(make: Maker) -> None:
    code = _resource(make)
    made = make.agreement([code])
    row = _agreement(make, made)
    with make.home.db.read() as session:
        after = row.ends_on + timedelta(days=1)
        ended = queries.find_agreement(session, made, after)
        assert queries.count_operators(session, after) == 0
        covering = queries.covering_agreement(
            session, operator_id=row.operator_id, codes=(code,), today=after
        )
    assert (ended.status, ended.end_reason) == (AgreementStatus.ENDED, "expired")
    assert ended.ended_on == row.ends_on
    assert covering is None
    make.clock.advance(timedelta(days=1500))
    wanted = service.AgreementMove(made, "terminate", row.revision, "违约")
    with pytest.raises(errors.VerbUnlawful):
        service.move_agreement(
            make.home.db,
            actor=make.actor("implementing_body"),
            now=make.clock(),
            wanted=wanted,
        )


def test_nobody_signs_after_the_term(make: Maker) -> None:
    made = _drafted(make, _resource(make), years=1)
    authorising.decide_agreement(make.stage, made)
    make.clock.advance(timedelta(days=500))
    with pytest.raises(errors.VerbUnlawful):
        _sign(make, made, "operator", "sign", 2)


def test_filing_evaluation_exit_and_termination_are_recorded(make: Maker) -> None:
    made = make.agreement([_resource(make)])
    authority, body, now = (
        make.actor("data_authority"),
        make.actor("implementing_body"),
        make.clock(),
    )
    again = service.AgreementFiling(made, 5, "BA-2")
    with pytest.raises(errors.FiledAlready):
        service.file_agreement(make.home.db, actor=authority, now=now, wanted=again)
    today = _today(make)
    ahead = service.EffectEvaluation(made, 5, today + timedelta(days=1), "passed", "达标")
    with pytest.raises(errors.DayAhead):
        service.evaluate_agreement(make.home.db, actor=authority, now=now, wanted=ahead)
    for revision, next_on in ((5, None), (6, today + timedelta(days=90))):
        wanted = service.EffectEvaluation(made, revision, today, "improve", "限期改进", next_on)
        service.evaluate_agreement(make.home.db, actor=authority, now=now, wanted=wanted)
    assert _agreement(make, made).evaluate_by == today + timedelta(days=90)
    with pytest.raises(errors.DayAhead):
        service.exit_agreement(
            make.home.db,
            actor=body,
            now=now,
            wanted=service.Exit(made, 7, today + timedelta(days=1), "交还数据"),
        )
    for revision, step in ((7, "交还数据并销毁副本"), (8, "移交产品清单与账册")):
        make.wait(0)
        wanted_exit = service.Exit(made, revision, today, step)
        service.exit_agreement(make.home.db, actor=body, now=make.clock(), wanted=wanted_exit)
    final = service.EffectEvaluation(made, 9, today, "failed", "退出后总结")
    service.evaluate_agreement(make.home.db, actor=authority, now=now, wanted=final)
    row = _agreement(make, made)
    assert (row.status, row.end_reason, row.evaluate_by) == (AgreementStatus.ENDED, "exited", None)
    with make.home.db.read() as session:
        assert [one.step for one in queries.list_exit_steps(session, made)] == [
            "交还数据并销毁副本",
            "移交产品清单与账册",
        ]
        assert len(queries.list_evaluations(session, made)) == 3


def test_a_terminated_agreement_covers_nothing(make: Maker) -> None:
    _, product = make.registered()
    with make.home.db.read() as session:
        (row,) = queries.list_agreements(session, _today(make))
    stop = service.AgreementMove(row.agreement_id, "terminate", row.revision, "严重违约")
    service.move_agreement(
        make.home.db, actor=make.actor("implementing_body"), now=make.clock(), wanted=stop
    )
    assert _agreement(make, row.agreement_id).end_reason == "terminated"
    with pytest.raises(errors.OutsideAgreement):
        make.offer(HEALTH, product)


@pytest.mark.postgres
@pytest.mark.parametrize("days", [0, 30])
def test_a_renewal_takes_the_old_agreements_place(make_any: Maker, days: int) -> None:
    code = _resource(make_any)
    old = make_any.agreement([code])
    row, today = _agreement(make_any, old), _today(make_any)
    starts_on = today + timedelta(days=days)
    text = service.AgreementText(
        (code,), AGREEMENT_TOPICS, starts_on, starts_on + timedelta(days=365)
    )
    made = service.draft_agreement(
        make_any.home.db,
        actor=make_any.actor("implementing_body"),
        now=make_any.clock(),
        wanted=service.NewAgreement("A-2", row.selection_id, text, old),
    )
    make_any.wait(1)
    authorising.decide_agreement(make_any.stage, made)
    authorising.sign_agreement(make_any.stage, made)
    assert _agreement(make_any, made).status is (
        AgreementStatus.SIGNED if days else AgreementStatus.IN_FORCE
    )
    assert _agreement(make_any, old).status is (
        AgreementStatus.IN_FORCE if days else AgreementStatus.ENDED
    )
    with make_any.home.db.read() as session:
        later = starts_on + timedelta(days=1)
        assert queries.find_agreement(session, old, later).end_reason == "superseded"
        assert queries.find_agreement(session, old, later).status is AgreementStatus.ENDED
        assert queries.find_agreement(session, made, later).status is AgreementStatus.IN_FORCE


@pytest.mark.postgres
def test_shared_data_needs_its_providers_consent_at_each_step(make_any: Maker) -> None:
    code = shared_resource(make_any)
    made = _drafted(make_any, code)
    with pytest.raises(errors.ConsentMissing) as refused:
        authorising.decide_agreement(make_any.stage, made)
    assert refused.value.facts == {"codes": code}
    consent(make_any, code, is_given=True)
    authorising.decide_agreement(make_any.stage, made)
    make_any.wait(0)
    consent(make_any, code, is_given=False, reason="数据口径待核实")
    with pytest.raises(errors.ConsentMissing):
        _sign(make_any, made, "operator", "sign", 2)
    make_any.wait(0)
    consent(make_any, code, is_given=True)
    authorising.sign_agreement(make_any.stage, made)
    product = make_any.application(
        Status.EFFECTIVE,
        kind="product",
        form={**HEALTH.product, "inputs": [code], "evidence_sha256": "cd" * 32},
    )
    consent(make_any, code, is_given=False, reason="停止共享")
    with pytest.raises(errors.ConsentMissing):
        make_any.offer(HEALTH, str(product.code))


def test_only_the_provider_consents_and_only_to_what_it_shared(make: Maker) -> None:
    code, own = shared_resource(make), _resource(make, name="自行采集的年度记录")
    with pytest.raises(errors.NotRegistered):
        consent(make, "L620000-2026-1-000099", is_given=True)
    with pytest.raises(errors.NotShared):
        consent(make, own, is_given=True)
    stranger = make.acting_as("enterprise", "source_department")
    with pytest.raises(errors.NotTheProvider):
        service.record_consent(
            make.home.db,
            actor=stranger,
            now=make.clock(),
            wanted=service.Consent(code, is_given=True, document_number="一号"),
        )
    with pytest.raises(errors.ConsentUnchanged):
        consent(make, code, is_given=False, reason="没有同意过")
    consent(make, code, is_given=True)
    with pytest.raises(errors.ConsentUnchanged):
        consent(make, code, is_given=True)
    with pytest.raises(errors.ReasonMissing):
        consent(make, code, is_given=False)
    with make.home.db.read() as session:
        assert [one.is_given for one in queries.list_consents(session)] == [True]


def test_data_without_a_level_is_not_operated(make: Maker) -> None:
    form = {name: value for name, value in make.form(FLIGHTS).items() if name != "data_level"}
    code = str(make.application(Status.EFFECTIVE, form=form).code)
    with pytest.raises(errors.NotClassified):
        make.agreement([code])


def _affiliated(make: Maker, code: str) -> None:
    made = _drafted(make, code)
    row = _agreement(make, made)
    text = service.AgreementText(
        row.scope, row.topics, row.starts_on, row.ends_on, (CREDIT_CODES[ENTERPRISE],)
    )
    service.edit_agreement(
        make.home.db,
        actor=make.actor("implementing_body"),
        now=make.clock(),
        wanted=service.AgreementEdit(made, 1, text),
    )
    decision = make.stage.decision("办公会", "三号")
    service.decide_agreement(
        make.home.db,
        actor=make.actor("implementing_body_2"),
        now=make.clock(),
        wanted=service.AgreementDecision(made, 2, decision),
    )
    for revision, person, verb in (
        (3, "operator", "sign"),
        (4, "implementing_body", "countersign"),
    ):
        _sign(make, made, person, verb, revision)


def test_operator_and_affiliate_are_not_licensed_to_redevelop(make: Maker) -> None:
    resource = _resource(make)
    _affiliated(make, resource)
    product = make.application(
        Status.EFFECTIVE,
        kind="product",
        form={**HEALTH.product, "inputs": [resource], "evidence_sha256": "cd" * 32},
    )
    purposes = ("statistical-analysis", "product-improvement")
    offer_id = make.offer(HEALTH, str(product.code), purposes=purposes)
    own = make.acting_as("operator", "enterprise")
    for actor in (make.actor("enterprise"), own):
        wanted = service.NewApplication(
            offer_id, service.Wish("product-improvement", "改进自有产品"), submit=False
        )
        with pytest.raises(errors.OwnRedevelopment):
            service.apply_for_licence(make.home.db, actor=actor, now=make.clock(), wanted=wanted)
    # Another purpose is possible, and cannot be changed into that one afterwards.
    wanted = service.NewApplication(
        offer_id, service.Wish("statistical-analysis", "统计研究"), submit=False
    )
    made = service.apply_for_licence(
        make.home.db, actor=make.actor("enterprise"), now=make.clock(), wanted=wanted
    )
    edit = service.ApplicationEdit(made, 1, service.Wish("product-improvement", "改进自有产品"))
    with pytest.raises(errors.OwnRedevelopment):
        service.edit_application(
            make.home.db, actor=make.actor("enterprise"), now=make.clock(), wanted=edit
        )


def test_a_province_sets_the_days_of_filing(make: Maker) -> None:
    today = _today(make)
    service.set_limit(
        make.home.db,
        actor=make.actor("admin"),
        now=make.clock(),
        wanted=NewValue("plan_filing", Scope.PROVINCIAL, 5, "甘肃省实施细则", today),
    )
    plan_id = authorising.file_plan(make.stage, (_resource(make),))
    row = _plan(make, plan_id)
    assert row.file_by is not None
    assert 5 <= (row.file_by - today).days <= 60


def test_everything_that_waits_has_an_owner_and_its_day(make: Maker) -> None:
    plan_id = _submitted(make, _resource(make))

    def tasks(name: str) -> list[tuple[str, tuple[str, ...], bool]]:
        with make.home.db.read() as session:
            return _tasks(session, make, name)

    assert tasks("implementing_body") == [("plan", ("return",), False)]
    assert tasks("implementing_body_2") == [("plan", ("return", "approve"), False)]
    assert tasks("data_authority") == []
    approval = service.PlanApproval(plan_id, 2, make.stage.decision("党组会议", "一号"))
    service.approve_plan(
        make.home.db,
        actor=make.actor("implementing_body_2"),
        now=make.clock(),
        wanted=approval,
    )
    assert tasks("data_authority") == [("plan", ("file",), True)]
    authorising.select_operator(make.stage, plan_id)
    made = authorising.draft_agreement(
        make.stage,
        _selection_of(make, plan_id),
        number="A-1",
        scope=_plan(make, plan_id).scope,
        ends_on=_today(make).replace(year=_today(make).year + 2),
    )
    assert ("agreement", ("edit", "decide"), False) in tasks("implementing_body_2")
    authorising.decide_agreement(make.stage, made)
    assert tasks("operator") == [("agreement", ("sign",), False)]
    authorising.sign_agreement(make.stage, made)
    assert ("agreement", ("file",), True) in tasks("data_authority")
    make.clock.advance(timedelta(days=330))
    assert ("agreement", ("file", "evaluate"), True) in tasks("data_authority")


def _selection_of(make: Maker, plan_id: str) -> str:
    with make.home.db.read() as session:
        return queries.list_selections(session, plan_id=plan_id)[0].selection_id


def _tasks(session: Session, make: Maker, name: str) -> list[tuple[str, tuple[str, ...], bool]]:
    found = queries.operation_tasks(session, make.actor(name), _today(make))
    return [(one.kind, one.verbs, one.due_on is not None) for one in found]
