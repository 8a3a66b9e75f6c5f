"""Licensing from plain values: matrices, prices, terms, and policies that fail closed."""

import copy
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.errors import HexiError
from kernel.identity import Actor, Role
from licensing import errors, rules
from licensing.contract.odrl import agreement_document, digest_of, offer_document, read_terms
from licensing.contract.terms import MODES, PURPOSES, Parties, Terms
from licensing.rules import Standing
from licensing.states import (
    APPLICATION_TRANSITIONS,
    LICENCE_TRANSITIONS,
    ApplicationStatus,
    LicenceStatus,
    Side,
)
from marketplace.operations.demo.material import AGREEMENT_TOPICS

#: status -> verb -> role and side; everything else is refused.
APPLICATIONS: dict[str, dict[str, tuple[str, str]]] = {
    "draft": {
        "edit": ("enterprise", "applicant"),
        "submit": ("enterprise", "applicant"),
        "withdraw": ("enterprise", "applicant"),
    },
    "submitted": {
        "withdraw": ("enterprise", "applicant"),
        "request-changes": ("operator", "provider"),
        "approve": ("operator", "provider"),
        "refuse": ("operator", "provider"),
    },
    "changes_requested": {
        "edit": ("enterprise", "applicant"),
        "submit": ("enterprise", "applicant"),
        "withdraw": ("enterprise", "applicant"),
    },
    "approved": {},
    "refused": {},
    "withdrawn": {},
}
LICENCES: dict[str, dict[str, tuple[str, str]]] = {
    "awaiting_signatures": {
        "sign": ("enterprise", "applicant"),
        "countersign": ("operator", "provider"),
    },
    "in_force": {"suspend": ("operator", "provider"), "terminate": ("operator", "provider")},
    "suspended": {"resume": ("operator", "provider"), "terminate": ("operator", "provider")},
    "ended": {},
}


def _standing(status: Any) -> Standing:
    return Standing(status, {Side.APPLICANT: "applicant", Side.PROVIDER: "provider"})


_TABLES = [
    (APPLICATION_TRANSITIONS, ApplicationStatus, APPLICATIONS),
    (LICENCE_TRANSITIONS, LicenceStatus, LICENCES),
]


@pytest.mark.parametrize(("table", "statuses", "matrix"), _TABLES)
def test_every_cell_of_status_role_side_and_verb(table: Any, statuses: Any, matrix: Any) -> None:
    assert set(matrix) == {status.value for status in statuses}
    verbs = {move.verb for move in table}
    assert {verb for row in matrix.values() for verb in row} == verbs
    for status in statuses:
        for verb in verbs:
            for role in Role:
                for side in ("applicant", "provider"):
                    actor = Actor("a", "a", side, side, frozenset({role}))
                    standing = _standing(status)
                    expected = matrix[status.value].get(verb) == (role.value, side)
                    try:
                        rules.check_may(actor, table, verb, standing, reason="理由")
                        allowed = True
                    except HexiError:
                        allowed = False
                    assert allowed is expected, (status, verb, role, side)
                    shown = verb in rules.possible_verbs(actor, table, standing)
                    assert shown is expected


@pytest.mark.parametrize(
    ("table", "verb", "status", "role", "side"),
    [
        (APPLICATION_TRANSITIONS, "refuse", ApplicationStatus.SUBMITTED, Role.OPERATOR, "provider"),
        (LICENCE_TRANSITIONS, "suspend", LicenceStatus.IN_FORCE, Role.OPERATOR, "provider"),
    ],
)
def test_a_decision_against_somebody_needs_reasons(
    table: Any, verb: str, status: Any, role: Role, side: str
) -> None:
    actor = Actor("a", "a", side, side, frozenset({role}))
    with pytest.raises(errors.ReasonMissing):
        rules.check_may(actor, table, verb, _standing(status), reason=" ")


def test_a_price_one_cent_above_its_ceiling_is_refused() -> None:
    rules.check_price(100, 100)
    rules.check_price(0, None)
    with pytest.raises(errors.PriceAboveCeiling):
        rules.check_price(101, 100)
    with pytest.raises(errors.CeilingMissing):
        rules.check_price(1, None)


def test_an_agreement_of_five_years_and_a_day_is_refused() -> None:
    start = date(2024, 2, 29)
    rules.check_agreement(start, date(2029, 2, 28), AGREEMENT_TOPICS)
    with pytest.raises(errors.AgreementTooLong):
        rules.check_agreement(start, date(2029, 3, 1), AGREEMENT_TOPICS)
    with pytest.raises(errors.AgreementTooLong):
        rules.check_agreement(start, start, AGREEMENT_TOPICS)
    with pytest.raises(errors.TopicsMissing) as refused:
        rules.check_agreement(start, date(2025, 1, 1), {**AGREEMENT_TOPICS, "security": " "})
    assert refused.value.facts["missing"] == ["security"]


def test_a_licence_is_usable_exactly_inside_its_term() -> None:
    start, end = datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)

    def check(status: LicenceStatus, now: datetime) -> None:
        rules.check_usable(status, starts_at=start, expires_at=end, now=now)

    check(LicenceStatus.IN_FORCE, start)
    with pytest.raises(errors.LicenceExpired):
        check(LicenceStatus.IN_FORCE, end)
    for status in LicenceStatus:
        if status is not LicenceStatus.IN_FORCE:
            with pytest.raises(errors.LicenceNotInForce):
                check(status, start)
    with pytest.raises(errors.LicenceNotInForce):
        check(LicenceStatus.IN_FORCE, datetime(2025, 12, 31, tzinfo=UTC))


TERMS = st.builds(
    Terms,
    mode=st.sampled_from(MODES),
    dataset=st.text(
        st.characters(codec="utf-8", exclude_categories=["Cs"]), min_size=1, max_size=20
    ),
    columns=st.lists(
        st.from_regex(r"[a-z]{1,6}\.[a-z]{1,6}", fullmatch=True), min_size=1, max_size=6
    ).map(tuple),
    purposes=st.lists(st.sampled_from(PURPOSES), min_size=1, max_size=3, unique=True).map(tuple),
    run_quota=st.integers(0, 10**6),
    price_cents=st.integers(0, 10**8),
    min_cell_size=st.integers(0, 1000),
    term_days=st.integers(1, 1826),
    expires_at=st.none()
    | st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1)).map(  # noqa: DTZ001 - the zone is added next
        lambda moment: moment.replace(microsecond=0, tzinfo=UTC)
    ),
)


@given(TERMS)
def test_terms_survive_the_way_to_odrl_and_back(terms: Terms) -> None:
    agreement = agreement_document(
        "urn:uuid:1", terms, Parties("urn:a", "urn:b"), agreed_at=datetime(2026, 1, 1, tzinfo=UTC)
    )
    assert read_terms(agreement) == terms
    assert read_terms(offer_document("urn:uuid:1", terms, assigner="urn:a")) == terms
    assert digest_of(copy.deepcopy(agreement)) == digest_of(agreement)


def _plain() -> dict[str, Any]:
    terms = Terms("aggregate", "visits", ("visits.age",), (PURPOSES[0],), 10, 80, 10, 365)
    return offer_document("urn:uuid:1", terms, assigner="urn:a")


def _spoil_operand(policy: dict[str, Any]) -> None:
    policy["permission"][0]["constraint"][0]["leftOperand"] = "spatial"


def _spoil_operator(policy: dict[str, Any]) -> None:
    policy["permission"][0]["constraint"][0]["operator"] = "neq"


def _add_constraint(policy: dict[str, Any]) -> None:
    policy["permission"][0]["constraint"].append(policy["permission"][0]["constraint"][0])


def _empty_list(policy: dict[str, Any]) -> None:
    policy["permission"][0]["constraint"] = []


def _no_columns(policy: dict[str, Any]) -> None:
    for one in policy["permission"][0]["constraint"]:
        if one["leftOperand"] == "hexi:column":
            one["rightOperand"] = []


def _second_permission(policy: dict[str, Any]) -> None:
    policy["permission"] *= 2


def _no_prohibition(policy: dict[str, Any]) -> None:
    del policy["prohibition"]


def _other_profile(policy: dict[str, Any]) -> None:
    policy["profile"] = "urn:other"


def _other_target(policy: dict[str, Any]) -> None:
    policy["target"] = "urn:hexi:dataset:other"


def _no_price(policy: dict[str, Any]) -> None:
    policy["permission"][0]["duty"] = [{"action": "compensate"}]


def _fraction_of_a_run(policy: dict[str, Any]) -> None:
    for one in policy["permission"][0]["constraint"]:
        if one["leftOperand"] == "count":
            one["rightOperand"] = 1.5


@pytest.mark.parametrize(
    "spoil",
    [
        _spoil_operand,
        _spoil_operator,
        _add_constraint,
        _empty_list,
        _no_columns,
        _second_permission,
        _no_prohibition,
        _other_profile,
        _other_target,
        _no_price,
        _fraction_of_a_run,
    ],
)
def test_a_policy_that_we_would_not_enforce_is_refused(spoil: Any) -> None:
    policy = _plain()
    read_terms(policy)
    spoil(policy)
    with pytest.raises(errors.PolicyMalformed):
        read_terms(policy)
