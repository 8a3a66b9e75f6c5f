"""Who may do what at which status: every cell of status x role x verb of both registers."""

from datetime import date

import pytest

from kernel.errors import HexiError
from kernel.identity import VISITOR, Actor, Role
from registry import errors
from registry.rules import decide, filing, terms
from registry.rules.decide import Facts
from registry.states import (
    FINAL,
    TYPES,
    EntryStatus,
    EntryVerb,
    Register,
    Status,
    Type,
    Verb,
    transition,
    verbs_from,
)
from tests.registry.matrix import ENTRIES, LAWFUL

ENTITY = "entity"
CENTRE = "centre"
_OF_ENTITY = {Role.HANDLER, Role.ENTITY_REVIEWER}
_CASES = [(register, type_) for register in Register for type_ in sorted(TYPES[register])]


def person(role: Role, organisation: str = "") -> Actor:
    home = organisation or (ENTITY if role in _OF_ENTITY else CENTRE)
    return Actor(f"account-{role.value}", role.value, home, home, frozenset({role}))


def facts(register: Register, type_: Type, status: Status, **changes: object) -> Facts:
    plain = {
        "register": register,
        "type": type_,
        "kind": "resource",
        "status": status,
        "organisation_id": ENTITY,
        "agent_organisation_id": "",
        "drafted_by": "account-somebody",
        "accepted_by": "account-acceptor",
        "reviewed_by": "",
        "supplements": 0,
        "extensions": 0,
        "notice_ends_on": date(2026, 3, 20),
    }
    return Facts(**{**plain, **changes})  # type: ignore[arg-type] # the fields of Facts


def may(actor: Actor, verb: Verb, of: Facts) -> bool:
    try:
        decide.check_may(actor, verb, of, reason="理由")
    except HexiError:
        return False
    return True


def side(role: Role, verb: Verb, type_: Type) -> Actor:
    """A person of that role on the side that the verb belongs to."""
    if verb is Verb.AGREE and type_ is not Type.PARTY_CORRECTION:
        return person(role, "co-holder")
    return person(role)


@pytest.mark.parametrize("register", list(Register))
def test_the_matrix_names_only_words_that_exist_and_all_that_matter(register: Register) -> None:
    lawful = LAWFUL[register]
    assert {type_ for type_, _, _ in lawful} == {type_.value for type_ in TYPES[register]}
    for type_ in TYPES[register]:
        for status in Status:
            named = {verb for t, s, verb in lawful if (t, s) == (type_, status)}
            known = {verb.value for verb in verbs_from(register, type_, status)}
            if register is Register.PROPERTY and status is Status.PUBLIC_NOTICE:
                # Only rights that appear or move have a notice; the other types never get there.
                known |= {"record-evidence"} & named
            assert named == known, (type_, status)


@pytest.mark.parametrize(("register", "type_"), _CASES)
def test_every_cell_of_status_role_and_verb(register: Register, type_: Type) -> None:
    for status in Status:
        for verb in Verb:
            allowed = LAWFUL[register].get((type_.value, status.value, verb.value), set())
            of = facts(register, type_, status)
            for role in Role:
                expected = "*" in allowed or role.value in allowed
                assert may(side(role, verb, type_), verb, of) is expected, (status, verb, role)
            assert may(VISITOR, verb, of) is ("*" in allowed), (status, verb)


@pytest.mark.parametrize(("register", "type_"), _CASES)
def test_buttons_follow_the_same_matrix(register: Register, type_: Type) -> None:
    for status in Status:
        for role in Role:
            of = facts(register, type_, status)
            shown = {verb.value for verb in decide.possible_verbs(person(role), of)}
            lawful = {
                verb
                for (t, s, verb), who in LAWFUL[register].items()
                if (t, s) == (type_.value, status.value)
                and ("*" in who or role.value in who)
                and may(person(role), Verb(verb), of)
            }
            assert shown == lawful, (status, role)


@pytest.mark.parametrize("register", list(Register))
def test_every_cell_of_entries_and_certificates(register: Register) -> None:
    lines = [line.split() for line in ENTRIES[register.value].strip().splitlines()]
    lawful = {(status, verb): role for status, verb, role in lines}
    for status in EntryStatus:
        for verb in EntryVerb:
            for role in Role:
                expected = lawful.get((status.value, verb.value)) == role.value
                actor, reached = person(role), True
                try:
                    decide.check_may_end(actor, register, verb, status, reason="理由")
                except HexiError:
                    reached = False
                assert reached is expected, (status, verb, role)


@pytest.mark.parametrize(("register", "type_"), _CASES)
def test_nothing_follows_a_final_status_and_something_follows_every_other(
    register: Register, type_: Type
) -> None:
    reached, border = {Status.SUBMITTED}, [Status.SUBMITTED]
    while border:
        status = border.pop()
        for verb in verbs_from(register, type_, status):
            move = transition(register, type_, verb, status)
            assert move is not None
            if move.target not in reached:
                reached.add(move.target)
                border.append(move.target)
    for status in reached:
        assert bool(verbs_from(register, type_, status)) is (status not in FINAL), status


def test_another_entity_is_refused_by_name() -> None:
    stranger = person(Role.HANDLER, "other")
    of = facts(Register.RESOURCES, Type.INITIAL, Status.DRAFT)
    with pytest.raises(errors.NotYourEntity):
        decide.check_may(stranger, Verb.EDIT, of, reason="")


def test_an_agent_drafts_but_never_approves_inside_the_entity() -> None:
    of = facts(Register.RESOURCES, Type.INITIAL, Status.DRAFT, agent_organisation_id="agent")
    assert may(person(Role.HANDLER, "agent"), Verb.EDIT, of)
    inside = facts(
        Register.RESOURCES, Type.INITIAL, Status.INTERNAL_REVIEW, agent_organisation_id="agent"
    )
    with pytest.raises(errors.NotYourEntity):
        decide.check_may(person(Role.ENTITY_REVIEWER, "agent"), Verb.SUBMIT, inside, reason="")


def test_an_agency_never_decides_on_its_own_application() -> None:
    of = facts(Register.PROPERTY, Type.INITIAL, Status.SUBMITTED, organisation_id=CENTRE)
    with pytest.raises(errors.AgencyIsApplicant):
        decide.check_may(person(Role.ACCEPTOR), Verb.ACCEPT, of, reason="")


def test_the_acceptor_never_reviews_what_he_accepted() -> None:
    both = Actor("one", "一", CENTRE, "中心", frozenset({Role.ACCEPTOR, Role.REVIEWER}))
    accepted = facts(Register.RESOURCES, Type.INITIAL, Status.ACCEPTED, accepted_by="one")
    with pytest.raises(errors.SamePerson):
        decide.check_may(both, Verb.BEGIN_REVIEW, accepted, reason="")
    assert Verb.BEGIN_REVIEW not in decide.possible_verbs(both, accepted)


def test_the_drafter_never_approves_inside_what_he_drafted() -> None:
    both = Actor("one", "一", ENTITY, "实体", frozenset(_OF_ENTITY))
    of = facts(Register.RESOURCES, Type.INITIAL, Status.INTERNAL_REVIEW, drafted_by="one")
    with pytest.raises(errors.SamePerson):
        decide.check_may(both, Verb.SUBMIT, of, reason="")


@pytest.mark.parametrize("register", list(Register))
def test_a_second_supplement_notice_is_refused(register: Register) -> None:
    of = facts(register, Type.INITIAL, Status.SUBMITTED, supplements=1)
    with pytest.raises(errors.SupplementOnlyOnce):
        decide.check_may(person(Role.ACCEPTOR), Verb.REQUEST_SUPPLEMENT, of, reason="缺材料")


def test_a_second_extension_is_refused() -> None:
    of = facts(Register.PROPERTY, Type.INITIAL, Status.SUBSTANTIVE_REVIEW, extensions=1)
    with pytest.raises(errors.ExtensionOnlyOnce):
        decide.check_may(person(Role.REVIEWER), Verb.EXTEND_REVIEW, of, reason="案情复杂")


@pytest.mark.parametrize(
    ("register", "verb", "status", "role"),
    [
        (Register.RESOURCES, Verb.DECLINE, Status.SUBMITTED, Role.ACCEPTOR),
        (Register.RESOURCES, Verb.REQUEST_SUPPLEMENT, Status.SUBMITTED, Role.ACCEPTOR),
        (Register.RESOURCES, Verb.REJECT, Status.FORMAL_REVIEW, Role.REVIEWER),
        (Register.RESOURCES, Verb.UPHOLD_OBJECTION, Status.OBJECTION, Role.REVIEWER),
        (Register.RESOURCES, Verb.WITHDRAW, Status.SUBMITTED, Role.HANDLER),
        (Register.PROPERTY, Verb.REFUSE, Status.SUBSTANTIVE_REVIEW, Role.REVIEWER),
        (Register.PROPERTY, Verb.WAIVE_NOTICE, Status.SUBSTANTIVE_REVIEW, Role.REVIEWER),
        (Register.PROPERTY, Verb.TERMINATE, Status.PROOF_REQUESTED, Role.REVIEWER),
    ],
)
def test_a_decision_against_somebody_needs_reasons(
    register: Register, verb: Verb, status: Status, role: Role
) -> None:
    with pytest.raises(errors.ReasonMissing):
        decide.check_may(person(role), verb, facts(register, Type.INITIAL, status), reason="  ")


def test_a_sanction_needs_reasons() -> None:
    with pytest.raises(errors.ReasonMissing):
        decide.check_may_end(
            person(Role.CODER),
            Register.RESOURCES,
            EntryVerb.REVOKE,
            EntryStatus.EFFECTIVE,
            reason="",
        )


def test_the_notice_binds_on_its_last_day() -> None:
    last = date(2026, 3, 20)
    decide.check_notice_running(last, last)
    with pytest.raises(errors.NoticeRunning):
        decide.check_notice_over(last, last)
    decide.check_notice_over(date(2026, 3, 21), last)
    with pytest.raises(errors.NoticeOver):
        decide.check_notice_running(date(2026, 3, 21), last)


@pytest.mark.parametrize(
    ("coded", "until"),
    [(date(2026, 3, 20), date(2029, 3, 20)), (date(2028, 2, 29), date(2031, 2, 28))],
)
def test_an_entry_is_valid_for_three_years(coded: date, until: date) -> None:
    assert terms.valid_until(coded, 3) == until


def test_a_product_is_valid_no_longer_than_its_agreement() -> None:
    end = date(2027, 6, 30)
    assert terms.valid_until(date(2026, 3, 20), 3, agreement_ends_on=end) == end


def test_the_renewal_window_opens_sixty_days_or_six_months_before() -> None:
    last = date(2029, 3, 20)
    assert terms.renewal_opens(last, days=60) == date(2029, 1, 19)
    assert terms.renewal_opens(date(2031, 8, 31), months=6) == date(2031, 2, 28)
    with pytest.raises(errors.RenewalTooEarly):
        terms.check_renewal(date(2029, 1, 18), date(2029, 1, 19), last)
    terms.check_renewal(date(2029, 1, 19), date(2029, 1, 19), last)
    with pytest.raises(errors.RenewalTooLate):
        terms.check_renewal(date(2029, 3, 21), date(2029, 1, 19), last)


def test_a_renewal_lasts_at_most_three_years_from_the_day_after() -> None:
    old = date(2029, 3, 20)
    assert terms.renewed_until(old, None, 3) == date(2032, 3, 20)
    assert terms.renewed_until(old, date(2030, 1, 1), 3) == date(2030, 1, 1)
    for wrong in (old, date(2032, 3, 21)):
        with pytest.raises(errors.RenewalTooLong):
            terms.renewed_until(old, wrong, 3)


@pytest.mark.parametrize(
    ("level", "credit_code", "region"),
    [("central", "", "620000"), ("", "121000000000000000", "620000")],
)
def test_central_bodies_are_sent_to_the_national_platform(
    level: str, credit_code: str, region: str
) -> None:
    with pytest.raises(errors.OfNationalPlatform):
        filing.check_jurisdiction(entity_level=level, credit_code=credit_code, region=region)


def test_another_province_is_sent_to_its_own_institution() -> None:
    with pytest.raises(errors.OutsideProvince):
        filing.check_jurisdiction(entity_level="provincial", credit_code="", region="110000")
    filing.check_jurisdiction(
        entity_level="county", credit_code="126201000000000000", region="620102"
    )


def test_raw_government_data_never_enters_register_b() -> None:
    with pytest.raises(errors.GovernmentData):
        filing.check_property_gate(
            is_government_data=True, resource_code="", is_registered_product=False
        )
    with pytest.raises(errors.NotInResourceRegister):
        filing.check_property_gate(
            is_government_data=True, resource_code="L1", is_registered_product=False
        )
    filing.check_property_gate(
        is_government_data=True, resource_code="L1", is_registered_product=True
    )
    filing.check_property_gate(
        is_government_data=False, resource_code="", is_registered_product=False
    )


def test_only_a_listed_agency_decides_and_only_another_hands_over() -> None:
    filing.check_agency(1, hands_over=False)
    filing.check_agency(None, hands_over=True)
    with pytest.raises(errors.NotListedAgency):
        filing.check_agency(None, hands_over=False)
    with pytest.raises(errors.ListedAgency):
        filing.check_agency(0, hands_over=True)


@pytest.mark.parametrize(("register", "type_"), _CASES)
def test_a_review_ends_well_only_with_every_point_answered(register: Register, type_: Type) -> None:
    points = [point.key for point in filing.checklist_of(register, type_)]
    filing.check_checklist(register, type_, dict.fromkeys(points, True))
    for key in points:
        answers = {point: point != key for point in points}
        with pytest.raises(errors.ChecklistIncomplete) as refused:
            filing.check_checklist(register, type_, answers)
        assert refused.value.facts["missing"] == [key]
