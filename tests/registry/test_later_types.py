"""Register A after the code: changes, corrections, renewals, cancellations, sanctions, as-of answers."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from kernel.identity import VISITOR, Actor
from registry import errors, public, queries, service
from registry.queries import EntryRow, EntrySearch
from registry.states import EntryStatus, EntryVerb, Register, Status, Type, Verb
from tests.make import Maker

REVIEWED = (
    (Verb.SEND_TO_INTERNAL_REVIEW, "handler"),
    (Verb.SUBMIT, "entity_reviewer"),
    (Verb.ACCEPT, "acceptor"),
    (Verb.BEGIN_REVIEW, "reviewer"),
    (Verb.COMPLETE, "reviewer"),
)
CANCELLED = (*REVIEWED[:3], REVIEWED[4])


def entry(make: Maker, code: str, as_of: datetime | None = None) -> EntryRow:
    with make.home.db.read() as session:
        return queries.find_entry(session, code, as_of=as_of)


def walk(make: Maker, application_id: str, steps: tuple[tuple[Verb, str], ...]) -> None:
    for verb, person in steps:
        make.wait(0)
        make.decide(application_id, verb, person)


def registered(make: Maker) -> str:
    return str(make.application(Status.EFFECTIVE).code)


@pytest.mark.postgres
def test_a_change_replaces_the_form_and_the_old_one_is_read_as_of_then(make_any: Maker) -> None:
    make = make_any
    code = registered(make)
    make.wait(0)
    before = make.clock()
    old = entry(make, code)
    make.wait(0)
    form: dict[str, Any] = {
        "summary": "更新后的内容简介，口径有变化。",
        "change_reason": "年度更新",
    }
    walk(make, make.later(Type.CHANGE, code, **form), REVIEWED)
    new = entry(make, code)
    assert new.form["summary"] == form["summary"]
    assert new.form["source_basis"] == old.form["source_basis"]
    assert (new.version, new.status) == (3, EntryStatus.EFFECTIVE)
    then = entry(make, code, before)
    assert then.form["summary"] == old.form["summary"]
    assert then == old
    with make.home.db.read() as session:
        found = queries.search_entries(session, EntrySearch(text="口径有变化"))
        assert [row.code for row in found.rows] == [code]
        past = queries.search_entries(session, EntrySearch(text="口径有变化", as_of=before))
        assert past.rows == []
        assert [v.type for v in queries.versions(session, Register.RESOURCES, code)] == [
            "initial",
            "put-into-effect",
            "change",
        ]


def test_a_change_needs_its_reason_and_only_one_is_open_at_a_time(make: Maker) -> None:
    code = registered(make)
    draft = make.later(Type.CHANGE, code)
    make.decide(draft, Verb.SEND_TO_INTERNAL_REVIEW, "handler")
    with pytest.raises(errors.FormIncomplete) as refused:
        make.decide(draft, Verb.SUBMIT, "entity_reviewer")
    assert refused.value.facts["missing"] == ["change_reason"]
    with pytest.raises(errors.AlreadyOpen):
        make.later(Type.CANCELLATION, code)
    make.decide(draft, Verb.RETURN_TO_DRAFT, "entity_reviewer", "缺理由")
    make.decide(draft, Verb.WITHDRAW, "handler", "不再变更")
    assert make.later(Type.CANCELLATION, code)


def test_only_the_entity_itself_changes_its_entry(make: Maker) -> None:
    code = registered(make)
    with pytest.raises(errors.EntryNotYours):
        make.later(Type.CHANGE, code, person="operator_handler")
    with pytest.raises(errors.EntryUnknown):
        make.later(Type.CHANGE, "L620000-2026-1-999999")
    with pytest.raises(errors.TypeUnlawful):
        make.later(Type.TRANSFER, code)
    with pytest.raises(errors.TypeUnlawful):
        make.later(Type.INITIAL, code)


@pytest.mark.postgres
def test_a_cancellation_ends_the_entry_within_ten_working_days_of_acceptance(
    make_any: Maker,
) -> None:
    make = make_any
    code = registered(make)
    draft = make.later(Type.CANCELLATION, code, cancellation_reason="数据已灭失，无法恢复。")
    walk(make, draft, CANCELLED[:3])
    # Accepted on Friday 20 March; ten working days end on Friday 3 April.
    assert make.read_application(draft).due_on == date(2026, 4, 3)
    walk(make, draft, CANCELLED[3:])
    assert entry(make, code).status is EntryStatus.CANCELLED
    with make.home.db.read() as session:
        assert not public.in_force(session, code, date(2026, 3, 21))
    with pytest.raises(errors.EntryNotInForce):
        make.later(Type.CHANGE, code)


def test_a_renewal_is_filed_in_its_window_and_counts_from_the_day_after(make: Maker) -> None:
    code = registered(make)
    assert entry(make, code).valid_until == date(2029, 3, 20)
    make.clock.set(datetime(2029, 1, 18, 1, tzinfo=UTC))
    draft = make.later(Type.RENEWAL, code, renewal_until="2032-03-20")
    make.decide(draft, Verb.SEND_TO_INTERNAL_REVIEW, "handler")
    with pytest.raises(errors.RenewalTooEarly):
        make.decide(draft, Verb.SUBMIT, "entity_reviewer")
    make.clock.set(datetime(2029, 1, 19, 1, tzinfo=UTC))
    walk(make, draft, REVIEWED[1:3])
    make.clock.set(datetime(2029, 3, 21, 1, tzinfo=UTC))
    # Filed in time, decided late: the entry waits for the decision and is not lost.
    assert service.expire_entries(make.home.db, now=make.clock(), seal=make.home.seal) == 0
    walk(make, draft, REVIEWED[3:])
    renewed = entry(make, code)
    assert renewed.valid_until == date(2032, 3, 20)
    assert renewed.status_on(date(2029, 3, 22)) is EntryStatus.EFFECTIVE


@pytest.mark.postgres
def test_an_entry_that_nobody_renewed_expires_by_itself_and_once(make_any: Maker) -> None:
    make = make_any
    code = registered(make)
    make.clock.set(datetime(2029, 3, 20, 15, 59, tzinfo=UTC))
    assert service.expire_entries(make.home.db, now=make.clock(), seal=make.home.seal) == 0
    make.clock.set(datetime(2029, 3, 20, 16, 0, tzinfo=UTC))
    # Midnight in Lanzhou: the term is over, before the clerk's note and after it.
    assert entry(make, code).status_on(date(2029, 3, 21)) is EntryStatus.EXPIRED
    assert service.expire_entries(make.home.db, now=make.clock(), seal=make.home.seal) == 1
    assert service.expire_entries(make.home.db, now=make.clock(), seal=make.home.seal) == 0
    assert entry(make, code).status is EntryStatus.EXPIRED
    with make.home.db.read() as session:
        assert queries.versions(session, Register.RESOURCES, code)[-1].type == "expire"


def _end(
    make: Maker, code: str, verb: EntryVerb, version: int, reason: str = "查实提供虚假材料"
) -> int:
    wanted = service.Ending(Register.RESOURCES, code, verb, version, reason)
    return service.end_entry(
        make.home.db,
        actor=make.actor("coder"),
        now=make.clock(),
        wanted=wanted,
        seal=make.home.seal,
    )


@pytest.mark.postgres
def test_a_revocation_is_visible_at_once_and_not_before(make_any: Maker) -> None:
    make = make_any
    code = registered(make)
    before = make.clock()
    make.wait(0)
    version = entry(make, code).version
    assert _end(make, code, EntryVerb.REVOKE, version) == version + 1
    assert entry(make, code).status is EntryStatus.REVOKED
    assert entry(make, code, before).status is EntryStatus.EFFECTIVE
    with make.home.db.read() as session:
        assert not public.in_force(session, code, date(2026, 3, 21))
        revoked = queries.search_entries(session, EntrySearch(status="revoked"))
        assert [row.code for row in revoked.rows] == [code]
    with pytest.raises(errors.EntryVerbUnlawful):
        _end(make, code, EntryVerb.CANCEL, version + 1)


def test_of_two_officers_who_end_an_entry_one_is_told_to_look_again(make: Maker) -> None:
    code = registered(make)
    with pytest.raises(errors.ApplicationChanged):
        _end(make, code, EntryVerb.REVOKE, 1)
    with pytest.raises(errors.ReasonMissing):
        _end(make, code, EntryVerb.REVOKE, 2, " ")


def _ask(make: Maker, code: str, **changes: str) -> str:
    wanted = service.CorrectionRequest(
        **{  # type: ignore[arg-type] # the fields of the request
            "code": code,
            "name": "赵六",
            "contact": "13600000000",
            "statement": "登记的内容简介与事实不符",
            "evidence": "原始合同与系统截图",
            "corrected": {"summary": "更正后的内容简介。"},
            **changes,
        }
    )
    return service.ask_for_correction(make.home.db, actor=VISITOR, now=make.clock(), wanted=wanted)


PARTY = (
    (Verb.ACCEPT, "acceptor"),
    (Verb.BEGIN_REVIEW, "reviewer"),
)


def test_an_interested_party_gets_a_correction_that_the_entity_agrees_to(make: Maker) -> None:
    code = registered(make)
    asked = _ask(make, code)
    assert make.read_application(asked).due_on is not None
    walk(make, asked, PARTY)
    make.decide(asked, Verb.AGREE, "entity_reviewer", "情况属实，同意更正")
    make.decide(asked, Verb.COMPLETE, "reviewer")
    corrected = entry(make, code)
    assert corrected.form["summary"] == "更正后的内容简介。"
    assert corrected.form["name"] == entry(make, code).name


def test_a_correction_is_done_without_agreement_only_when_something_proves_it(make: Maker) -> None:
    code = registered(make)
    asked = _ask(make, code)
    walk(make, asked, PARTY)
    with pytest.raises(errors.CorrectionUnproved):
        make.decide(asked, Verb.COMPLETE, "reviewer")
    make.decide(asked, Verb.COMPLETE, "reviewer", "登记簿与合同原件不一致，证据确凿")
    assert entry(make, code).form["summary"] == "更正后的内容简介。"


@pytest.mark.parametrize("missing", ["name", "contact", "statement", "evidence"])
def test_nothing_anonymous_is_taken(make: Maker, missing: str) -> None:
    row = make.application(Status.PUBLIC_NOTICE)
    texts = {
        "name": "张三",
        "contact": "138",
        "statement": "理由",
        "evidence": "证据",
        missing: "  ",
    }
    wanted = service.NewObjection(row.application_id, **texts)
    with pytest.raises(errors.ObjectionAnonymous):
        service.object_to(make.home.db, actor=VISITOR, now=make.clock(), wanted=wanted)
    assert make.read_application(row.application_id) == row


def test_a_joint_application_waits_for_everybodys_agreement_to_this_very_form(make: Maker) -> None:
    from marketplace.operations.demo.people import CREDIT_CODES, OPERATOR  # noqa: PLC0415 - once

    form = make.form(co_holders=[{"name": OPERATOR, "credit_code": CREDIT_CODES[OPERATOR]}])
    row = make.application(Status.INTERNAL_REVIEW, form=form)
    with pytest.raises(errors.ConsentMissing):
        make.decide(row.application_id, Verb.SUBMIT, "entity_reviewer")
    make.decide(row.application_id, Verb.RETURN_TO_DRAFT, "entity_reviewer", "等共有人同意")
    make.decide(row.application_id, Verb.AGREE, "operator_reviewer")
    walk(make, row.application_id, REVIEWED[:1])
    make.decide(row.application_id, Verb.SUBMIT, "entity_reviewer")
    other = make.application(Status.DRAFT, form=form)
    make.decide(other.application_id, Verb.AGREE, "operator_reviewer")
    revision = make.read_application(other.application_id).revision
    service.edit(
        make.home.db,
        actor=make.actor("handler"),
        now=make.clock(),
        wanted=service.Edit(other.application_id, revision, {"summary": "改过的内容简介。"}),
    )
    make.decide(other.application_id, Verb.SEND_TO_INTERNAL_REVIEW, "handler")
    with pytest.raises(errors.ConsentMissing):
        make.decide(other.application_id, Verb.SUBMIT, "entity_reviewer")


def test_nobody_agrees_for_an_organisation_that_the_form_does_not_name(make: Maker) -> None:
    row = make.application(Status.DRAFT)
    with pytest.raises(errors.NotAParty):
        make.decide(row.application_id, Verb.AGREE, "operator_reviewer")


def test_an_agent_drafts_for_an_entity_that_is_known_here(make: Maker) -> None:
    from marketplace.operations.demo.people import CREDIT_CODES, HEALTH  # noqa: PLC0415 - once

    def draft(credit_code: str) -> str:
        wanted = service.Draft("resource", make.form(), on_behalf_of=credit_code)
        return service.draft(
            make.home.db, actor=make.actor("operator_handler"), now=make.clock(), wanted=wanted
        )

    row = make.read_application(draft(CREDIT_CODES[HEALTH]))
    assert row.organisation_name == HEALTH
    make.preserve(make.actor("operator_handler"), row.form)
    make.decide(row.application_id, Verb.SEND_TO_INTERNAL_REVIEW, "operator_handler")
    with pytest.raises(errors.NotYourEntity):
        make.decide(row.application_id, Verb.SUBMIT, "operator_reviewer")
    make.decide(row.application_id, Verb.SUBMIT, "entity_reviewer")
    with pytest.raises(errors.PrincipalUnknown):
        draft("91620000000000000X")


def test_evidence_that_this_entity_did_not_preserve_is_no_evidence(make: Maker) -> None:
    make.preserve(make.actor("operator_handler"), {"evidence_sha256": "77" * 32})
    wanted = service.Draft("resource", make.form(evidence_sha256="77" * 32))
    made = service.draft(make.home.db, actor=make.actor("handler"), now=make.clock(), wanted=wanted)
    make.decide(made, Verb.SEND_TO_INTERNAL_REVIEW, "handler")
    with pytest.raises(errors.NotPreserved):
        make.decide(made, Verb.SUBMIT, "entity_reviewer")


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"entity_level": "central"}, errors.OfNationalPlatform),
        ({"region": "110000"}, errors.OutsideProvince),
        ({"data_level": "core"}, errors.FormRefused),
        ({"data_level": "important"}, errors.FormIncomplete),
        ({"time_from": "2026-02-01", "time_to": "2026-01-01"}, errors.FormRefused),
        ({"entity_code": "91620100MA7000004X"}, errors.FormRefused),
    ],
)
def test_what_may_not_be_filed_is_refused_with_its_code(
    make: Maker, changes: dict[str, Any], refusal: type[Exception]
) -> None:
    row = make.application(Status.INTERNAL_REVIEW, form=make.form(**changes))
    with pytest.raises(refusal):
        make.decide(row.application_id, Verb.SUBMIT, "entity_reviewer")
    assert make.read_application(row.application_id) == row


def test_the_same_data_twice_is_pointed_out(make: Maker) -> None:
    first = make.application(Status.SUBMITTED)
    second = make.application(Status.DRAFT)
    other = make.application(
        Status.DRAFT, form=make.form(name="完全不同的目录数据", evidence_sha256="99" * 32)
    )

    def found(row: queries.ApplicationRow) -> set[str]:
        with make.home.db.read() as session:
            rows = queries.duplicates(
                session,
                application_id=row.application_id,
                name_key=row.name_key,
                organisation_id=row.organisation_id,
                fingerprint=row.fingerprint,
            )
        return {one.application_id for one in rows}

    assert found(second) == {first.application_id}
    assert found(other) == set()


def test_an_application_is_read_as_it_stood(make: Maker) -> None:
    row = make.application(Status.DRAFT)
    moments: list[datetime] = []
    for verb, person in REVIEWED[:3]:
        make.wait(1)
        moments.append(make.clock() - timedelta(seconds=1))
        make.decide(row.application_id, verb, person)
    with make.home.db.read() as session:
        stood = [
            queries.find_application(session, row.application_id, as_of=moment).status
            for moment in moments
        ]
        assert stood == [Status.DRAFT, Status.INTERNAL_REVIEW, Status.SUBMITTED]
        with pytest.raises(errors.ApplicationUnknown):
            queries.find_application(
                session, row.application_id, as_of=row.created_at - timedelta(seconds=1)
            )


def test_an_application_is_shown_to_its_parties_and_the_institution_alone(make: Maker) -> None:
    row = make.application(Status.DRAFT)

    def may_see(actor: Actor) -> bool:
        with make.home.db.read() as session:
            try:
                queries.visible_application(session, actor, row.application_id)
            except errors.ApplicationUnknown:
                return False
        return True

    seen = {name for name in make.people if may_see(make.actor(name))}
    assert seen == {
        *("handler", "entity_reviewer", "source_department"),
        *("acceptor", "reviewer", "coder", "regulator"),
    }


@pytest.mark.postgres
def test_notices_and_deadlines_are_read_as_they_stood(make_any: Maker) -> None:
    make = make_any
    row = make.application(Status.PUBLIC_NOTICE)
    then = make.clock()
    make.wait(11)
    make.decide(row.application_id, Verb.ISSUE_CODE, "coder")
    with make.home.db.read() as session:
        assert queries.running_notices(session, date(2026, 3, 6)) == []
        (notice,) = queries.running_notices(session, date(2026, 3, 5), as_of=then)
        assert notice.application_id == row.application_id
        (due,) = queries.list_due(session, queries.DueSearch(as_of=then))
        assert (due.clock.kind.value, due.clock.due_on) == ("notice", row.notice_ends_on)
        assert due.status == "public_notice"
        (now,) = queries.list_due(session, queries.DueSearch())
        assert now.clock.kind.value == "code"


def test_whoever_edited_a_draft_never_approves_it_inside(make: Maker) -> None:
    row = make.application(Status.DRAFT)
    reviewer = make.actor("entity_reviewer")
    both = Actor(
        reviewer.account_id,
        reviewer.display_name,
        reviewer.organisation_id,
        reviewer.organisation_name,
        reviewer.roles | make.actor("handler").roles,
    )
    edit = service.Edit(row.application_id, row.revision, {"summary": "由审核人改写的简介。"})
    service.edit(make.home.db, actor=both, now=make.clock(), wanted=edit)
    make.decide(row.application_id, Verb.SEND_TO_INTERNAL_REVIEW, "handler")
    with pytest.raises(errors.SamePerson):
        make.decide(row.application_id, Verb.SUBMIT, "entity_reviewer")
