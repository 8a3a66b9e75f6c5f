"""Who may do what at which status: every cell of status x role x verb against one matrix."""

from datetime import date

import pytest

from kernel.errors import HexiError
from kernel.identity import VISITOR, Actor, Role
from registry import errors, rules
from registry.rules import Facts
from registry.states import Status, Verb
from tests.registry.matrix import LAWFUL

ENTITY = "entity"


def person(role: Role) -> Actor:
    return Actor(f"account-{role.value}", role.value, ENTITY, "实体", frozenset({role}))


def facts(status: Status, **changes: object) -> Facts:
    plain = {
        "organisation_id": ENTITY,
        "kind": "resource",
        "status": status,
        "drafted_by": "account-somebody",
        "accepted_by": "account-acceptor",
        "supplements": 0,
        "notice_ends_on": date(2026, 3, 20),
    }
    return Facts(**{**plain, **changes})  # type: ignore[arg-type] # the fields of Facts


def may(actor: Actor, verb: Verb, status: Status) -> bool:
    try:
        rules.check_may(actor, verb, facts(status), reason="理由")
    except HexiError:
        return False
    return True


def test_the_matrix_speaks_of_every_status_and_every_verb() -> None:
    assert set(LAWFUL) == {status.value for status in Status}
    assert {verb for row in LAWFUL.values() for verb in row} == {verb.value for verb in Verb}


@pytest.mark.parametrize("status", list(Status))
@pytest.mark.parametrize("verb", list(Verb))
def test_every_cell_of_status_role_and_verb(status: Status, verb: Verb) -> None:
    allowed = LAWFUL[status.value].get(verb.value, set())
    for role in Role:
        expected = "*" in allowed or role.value in allowed
        assert may(person(role), verb, status) is expected, (status, verb, role)
    assert may(VISITOR, verb, status) is ("*" in allowed)


def test_buttons_follow_the_same_matrix() -> None:
    for status in Status:
        for role in Role:
            shown = {verb.value for verb in rules.possible_verbs(person(role), facts(status))}
            lawful = {
                verb
                for verb, who in LAWFUL[status.value].items()
                if "*" in who or role.value in who
            }
            assert shown == lawful, (status, role)


def test_another_entity_is_refused_by_name() -> None:
    stranger = Actor("x", "x", "other", "其他", frozenset({Role.HANDLER}))
    with pytest.raises(errors.NotYourEntity):
        rules.check_may(stranger, Verb.EDIT, facts(Status.DRAFT), reason="")


def test_the_acceptor_never_reviews_what_he_accepted() -> None:
    both = Actor("one", "一", "centre", "中心", frozenset({Role.ACCEPTOR, Role.REVIEWER}))
    accepted = facts(Status.ACCEPTED, accepted_by="one")
    with pytest.raises(errors.SamePerson):
        rules.check_may(both, Verb.BEGIN_REVIEW, accepted, reason="")
    assert Verb.BEGIN_REVIEW not in rules.possible_verbs(both, accepted)


def test_the_drafter_never_approves_inside_what_he_drafted() -> None:
    both = Actor("one", "一", ENTITY, "实体", frozenset({Role.HANDLER, Role.ENTITY_REVIEWER}))
    with pytest.raises(errors.SamePerson):
        rules.check_may(
            both, Verb.SUBMIT, facts(Status.INTERNAL_REVIEW, drafted_by="one"), reason=""
        )


def test_a_second_supplement_notice_is_refused() -> None:
    with pytest.raises(errors.SupplementOnlyOnce):
        rules.check_may(
            person(Role.ACCEPTOR),
            Verb.REQUEST_SUPPLEMENT,
            facts(Status.SUBMITTED, supplements=1),
            reason="缺材料",
        )


@pytest.mark.parametrize(
    ("verb", "status", "role"),
    [
        (Verb.DECLINE, Status.SUBMITTED, Role.ACCEPTOR),
        (Verb.REQUEST_SUPPLEMENT, Status.SUBMITTED, Role.ACCEPTOR),
        (Verb.REJECT, Status.FORMAL_REVIEW, Role.REVIEWER),
        (Verb.UPHOLD_OBJECTION, Status.OBJECTION, Role.REVIEWER),
    ],
)
def test_a_decision_against_somebody_needs_reasons(verb: Verb, status: Status, role: Role) -> None:
    with pytest.raises(errors.ReasonMissing):
        rules.check_may(person(role), verb, facts(status), reason="  ")


def test_all_missing_fields_are_named_at_once() -> None:
    with pytest.raises(errors.FormIncomplete) as refused:
        rules.check_complete("product", {"name": "名称"})
    assert refused.value.facts["missing"] == [
        *(name for name in rules.REQUIRED_FIELDS if name != "name"),
        "inputs",
        "product_form",
    ]


def test_the_notice_binds_on_its_last_day() -> None:
    last = date(2026, 3, 20)
    rules.check_notice_running(last, last)
    with pytest.raises(errors.NoticeRunning):
        rules.check_notice_over(last, last)
    rules.check_notice_over(date(2026, 3, 21), last)
    with pytest.raises(errors.NoticeOver):
        rules.check_notice_running(date(2026, 3, 21), last)


@pytest.mark.parametrize(
    ("coded", "until"),
    [(date(2026, 3, 20), date(2029, 3, 20)), (date(2028, 2, 29), date(2031, 2, 28))],
)
def test_an_entry_is_valid_for_three_years(coded: date, until: date) -> None:
    assert rules.valid_until(coded) == until
