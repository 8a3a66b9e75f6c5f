"""Licensing from plain values: matrices, prices and terms."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from kernel.errors import HexiError
from kernel.identity import Actor, Role
from licensing import errors, rules
from licensing.rules import Standing
from licensing.states import (
    APPLICATION_TRANSITIONS,
    LICENCE_TRANSITIONS,
    NEGOTIATION_TRANSITIONS,
    OFFER_TRANSITIONS,
    ApplicationStatus,
    LicenceStatus,
    NegotiationState,
    OfferStatus,
    Side,
)
from marketplace.operations.demo.material import AGREEMENT_TOPICS
from tests.licensing.matrix import APPLICATIONS, LICENCES, NEGOTIATIONS, OFFERS


def _standing(status: Any) -> Standing:
    return Standing(status, {Side.APPLICANT: "applicant", Side.PROVIDER: "provider"})


_TABLES = [
    (OFFER_TRANSITIONS, OfferStatus, OFFERS),
    (APPLICATION_TRANSITIONS, ApplicationStatus, APPLICATIONS),
    (LICENCE_TRANSITIONS, LicenceStatus, LICENCES),
    (NEGOTIATION_TRANSITIONS, NegotiationState, NEGOTIATIONS),
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


@pytest.mark.parametrize(
    ("changes", "clauses"),
    [
        ({"mode": "dp", "min_cell_size": 0}, "hexi:privacyRho"),
        ({"mode": "dp", "privacy_rho": 1}, "hexi:minCellSize"),
        ({"privacy_rho": 1}, "hexi:privacyRho"),
        ({"mode": "dp", "min_cell_size": 5}, "hexi:privacyRho, hexi:minCellSize"),
    ],
)
def test_a_contract_promises_only_what_the_machine_keeps(
    changes: dict[str, Any], clauses: str
) -> None:
    plain: dict[str, Any] = {"mode": "aggregate", "privacy_rho": 0, "min_cell_size": 10}
    rules.check_enforceable(**plain)
    rules.check_enforceable(**{**plain, "mode": "dp", "privacy_rho": 1, "min_cell_size": 0})
    with pytest.raises(errors.ClauseNotEnforced) as refused:
        rules.check_enforceable(**{**plain, **changes})
    assert refused.value.facts == {"clauses": clauses}
