"""Authorised operation from plain values: every status, role and verb; plans, terms and gates."""

from datetime import date
from enum import StrEnum

import pytest

from kernel.errors import HexiError
from kernel.identity import Actor, Role
from licensing import errors, rules
from licensing.rules import Standing
from licensing.states import (
    AGREEMENT_TRANSITIONS,
    PLAN_TRANSITIONS,
    SELECTION_TRANSITIONS,
    AgreementStatus,
    PlanStatus,
    SelectionStatus,
    Side,
    Transition,
)
from marketplace.operations.demo.authorising import PLAN_ITEMS, PLANNED
from marketplace.operations.demo.material import AGREEMENT_TOPICS

#: One line a lawful cell: status, verb, role, side. Everything else is refused.
PLANS = """
draft        edit           implementing_body  body
draft        submit         implementing_body  body
draft        withdraw       implementing_body  body
in_decision  return         implementing_body  body
in_decision  approve        implementing_body  body
approved     file           data_authority     authority
"""
SELECTIONS = """
open         add-candidate  implementing_body  body
open         decide         implementing_body  body
open         fail           implementing_body  body
"""
AGREEMENTS = """
draft               edit         implementing_body  body
draft               withdraw     implementing_body  body
draft               decide       implementing_body  body
decided             return       implementing_body  body
decided             sign         operator           operator
decided             countersign  implementing_body  body
awaiting_signature  sign         operator           operator
awaiting_signature  countersign  implementing_body  body
awaiting_signature  terminate    implementing_body  body
signed              file         data_authority     authority
signed              terminate    implementing_body  body
in_force            file         data_authority     authority
in_force            evaluate     data_authority     authority
in_force            terminate    implementing_body  body
in_force            exit         implementing_body  body
ended               evaluate     data_authority     authority
ended               exit         implementing_body  body
"""
TABLES: tuple[tuple[str, type[StrEnum], tuple[Transition, ...]], ...] = (
    (PLANS, PlanStatus, PLAN_TRANSITIONS),
    (SELECTIONS, SelectionStatus, SELECTION_TRANSITIONS),
    (AGREEMENTS, AgreementStatus, AGREEMENT_TRANSITIONS),
)
SIDES = {Side.BODY: "body", Side.OPERATOR: "operator"}
CELLS = [
    (matrix, table, status, role, verb)
    for matrix, statuses, table in TABLES
    for status in statuses
    for role in Role
    for verb in sorted({move.verb for move in table})
]


def _allowed(matrix: str, status: StrEnum, role: Role, verb: str) -> str:
    for line in matrix.strip().splitlines():
        row = line.split()
        if row[:3] == [status.value, verb, role.value]:
            return row[3]
    return ""


@pytest.mark.parametrize(("matrix", "table", "status", "role", "verb"), CELLS)
def test_every_status_role_and_verb(
    matrix: str, table: tuple[Transition, ...], status: StrEnum, role: Role, verb: str
) -> None:
    side = _allowed(matrix, status, role, verb)
    for organisation in ("body", "operator", "elsewhere"):
        actor = Actor("a", "somebody", organisation, "somewhere", frozenset({role}))
        standing = Standing(status, SIDES)
        is_lawful = bool(side) and side in {"authority", organisation}
        assert (verb in rules.possible_verbs(actor, table, standing)) is is_lawful
        try:
            rules.check_may(actor, table, verb, standing, reason="reasons")
        except HexiError:
            assert not is_lawful
        else:
            assert is_lawful


@pytest.mark.parametrize(
    ("table", "status", "verb", "hands"),
    [
        (PLAN_TRANSITIONS, PlanStatus.IN_DECISION, "approve", ("draft", "edit", "submit")),
        (AGREEMENT_TRANSITIONS, AgreementStatus.DRAFT, "decide", ("draft", "edit")),
    ],
)
def test_whoever_wrote_it_does_not_decide_on_it(
    table: tuple[Transition, ...], status: StrEnum, verb: str, hands: tuple[str, ...]
) -> None:
    actor = Actor("a", "somebody", "body", "somewhere", frozenset({Role.IMPLEMENTING_BODY}))
    for hand in hands:
        several = Standing(status, SIDES, {hand: ("b", "a", "c")})
        with pytest.raises(errors.SamePerson) as refused:
            rules.check_may(actor, table, verb, several, reason="")
        assert refused.value.facts == {"earlier": hand, "verb": verb}
        assert verb not in rules.possible_verbs(actor, table, several)
        rules.check_may(actor, table, verb, Standing(status, SIDES, {hand: ("b",)}), reason="")


@pytest.mark.parametrize(
    ("table", "verb"),
    [
        (PLAN_TRANSITIONS, "return"),
        (SELECTION_TRANSITIONS, "fail"),
        (AGREEMENT_TRANSITIONS, "return"),
        (AGREEMENT_TRANSITIONS, "terminate"),
    ],
)
def test_a_decision_against_somebody_owes_reasons(table: tuple[Transition, ...], verb: str) -> None:
    move = next(one for one in table if one.verb == verb)
    actor = Actor("a", "somebody", "body", "somewhere", frozenset({Role.IMPLEMENTING_BODY}))
    with pytest.raises(errors.ReasonMissing):
        rules.check_may(actor, table, verb, Standing(move.source, SIDES), reason=" ")


def test_a_plan_names_all_missing_items_at_once() -> None:
    rules.check_plan(PLAN_ITEMS, ["L1"], PLANNED)
    assert len(rules.PLAN_ITEMS) == 12
    with pytest.raises(errors.PlanItemsMissing) as refused:
        rules.check_plan({**PLAN_ITEMS, "oversight": " ", "further": ""}, [], ())
    assert refused.value.facts["missing"] == ["oversight", "further", "data_scope", "product_rows"]


def test_an_agreement_of_five_years_and_a_day_is_refused() -> None:
    rules.check_agreement(date(2026, 3, 2), date(2031, 3, 2), AGREEMENT_TOPICS)
    with pytest.raises(errors.AgreementTooLong) as refused:
        rules.check_agreement(date(2026, 3, 2), date(2031, 3, 3), AGREEMENT_TOPICS)
    assert refused.value.facts == {"latest": "2031-03-02"}


def test_an_agreement_stays_within_its_plan() -> None:
    rules.check_within_plan(
        ["L1"], date(2026, 8, 31), date(2027, 2, 28), plan=["L1", "L2"], months=6
    )
    with pytest.raises(errors.OutsidePlan):
        rules.check_within_plan(
            ["L1"], date(2026, 8, 31), date(2027, 3, 1), plan=["L1", "L2"], months=6
        )
    with pytest.raises(errors.OutsidePlan) as refused:
        rules.check_within_plan(
            ["L1", "L3"], date(2026, 8, 31), date(2026, 9, 30), plan=["L1"], months=6
        )
    assert refused.value.facts["codes"] == "L3"


@pytest.mark.parametrize(
    ("day", "status"),
    [
        (date(2026, 3, 1), AgreementStatus.SIGNED),
        (date(2026, 3, 2), AgreementStatus.IN_FORCE),
        (date(2027, 3, 2), AgreementStatus.IN_FORCE),
        (date(2027, 3, 3), AgreementStatus.ENDED),
    ],
)
def test_a_term_begins_and_ends_by_itself(day: date, status: AgreementStatus) -> None:
    first, last = date(2026, 3, 2), date(2027, 3, 2)
    assert rules.agreement_status_on(AgreementStatus.IN_FORCE, first, last, day) is status
    decided = AgreementStatus.DECIDED
    assert rules.agreement_status_on(decided, first, last, day) is decided


def test_a_day_that_has_not_come_is_refused() -> None:
    rules.check_happened(date(2026, 3, 2), date(2026, 3, 2))
    with pytest.raises(errors.DayAhead):
        rules.check_happened(date(2026, 3, 3), date(2026, 3, 2))


def test_another_way_owes_reasons_and_only_a_qualified_candidate_is_chosen() -> None:
    rules.check_way("open_tender", "")
    rules.check_way("other_fair", "全部候选机构同等条件比选")
    with pytest.raises(errors.WayUnexplained):
        rules.check_way("other_fair", " ")
    rules.check_choice("A", {"A": True})
    with pytest.raises(errors.CandidatesMissing):
        rules.check_choice("A", {})
    for candidates in ({"B": True}, {"A": False}):
        with pytest.raises(errors.NotACandidate):
            rules.check_choice("A", candidates)


def test_the_gates_name_all_codes_at_once() -> None:
    rules.check_within(["L1"], {"L1", "L2"})
    for codes in ((), ("L1", "L3")):
        with pytest.raises(errors.OutsideAgreement):
            rules.check_within(codes, {"L1"})
    rules.check_classified({"L1": "general", "L2": "important"})
    with pytest.raises(errors.NotClassified) as unclassified:
        rules.check_classified({"L1": "", "L2": "general", "L3": ""})
    assert unclassified.value.facts["codes"] == "L1, L3"
    with pytest.raises(errors.CoreData):
        rules.check_classified({"L1": "core"})
    rules.check_consents(["L1"], ["L1"])
    with pytest.raises(errors.ConsentMissing) as unconsented:
        rules.check_consents(["L1", "L2"], ["L1"])
    assert unconsented.value.facts["codes"] == "L2"


@pytest.mark.parametrize("applicant", ["operator", "affiliate"])
def test_an_operator_and_its_affiliates_do_not_redevelop(applicant: str) -> None:
    with pytest.raises(errors.OwnRedevelopment):
        rules.check_not_own_redevelopment(
            applicant, "operator", ["affiliate"], "product-improvement"
        )
    rules.check_not_own_redevelopment(applicant, "operator", ["affiliate"], "statistical-analysis")
    rules.check_not_own_redevelopment("", "operator", ["", "affiliate"], "product-improvement")
    rules.check_not_own_redevelopment("other", "operator", ["affiliate"], "product-improvement")
