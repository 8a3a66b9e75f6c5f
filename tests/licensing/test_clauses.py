"""Clauses in words: every term is said, every constraint belongs to a clause, changes are found."""

from dataclasses import fields, replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given

from licensing.contract.clauses import clauses_of, difference
from licensing.contract.odrl import offer_document
from licensing.contract.terms import PURPOSES, Terms
from tests.licensing.test_odrl import TERMS

PLAIN = Terms("aggregate", "visits", ("visits.age",), (PURPOSES[0],), 10, 80, 10, 365)
FULL = Terms(
    mode="dp",
    dataset="visits",
    columns=("visits.age", "visits.sex"),
    purposes=PURPOSES[:2],
    run_quota=10,
    price_cents=80,
    min_cell_size=10,
    term_days=365,
    expires_at=datetime(2027, 1, 1, tzinfo=UTC),
    starts_at=datetime(2026, 1, 1, tzinfo=UTC),
    quota_period="month",
    row_quota=5,
    compute_quota=6,
    call_quota=7,
    privacy_rho=8,
    output_review="always",
    response_time="fixed",
    regions=("620000",),
    industries=("Q",),
    credentials=("ethics-approval",),
    recipients=("urn:hexi:account:1",),
    most_users=3,
    report_months=3,
    must_attribute=True,
    must_delete=True,
)


@given(TERMS)
def test_every_constraint_and_duty_of_the_policy_belongs_to_a_clause(terms: Terms) -> None:
    rule = offer_document("urn:uuid:1", terms, assigner="urn:a")["permission"][0]
    said = [part for clause in clauses_of(terms) for part in clause.odrl]
    left_over = [
        part
        for part in (*rule["constraint"], *rule["duty"])
        # Inside the sandbox is the first clause's own sentence; a zero is a clause without a number.
        if part not in said and part.get("leftOperand") not in {"hexi:sandboxOnly", *_ZERO}
    ]
    assert left_over == []


_ZERO = ("hexi:minCellSize", "count", "timeInterval")


@pytest.mark.parametrize("name", [one.name for one in fields(Terms)])
def test_no_term_can_change_without_a_clause_that_says_so(name: str) -> None:
    other: dict[str, Any] = {
        "mode": "open",
        "dataset": "other",
        "expires_at": datetime(2028, 1, 1, tzinfo=UTC),
        "starts_at": None,
        "quota_period": "day",
        "output_review": "none",
        "response_time": "when_done",
        "recipients": ("urn:hexi:account:1", "urn:hexi:account:2"),
    }
    value = getattr(FULL, name)
    if name not in other:
        other[name] = (
            value[:-1] if isinstance(value, tuple) else not value if value is True else value + 1
        )
    base = replace(FULL, recipients=()) if name == "most_users" else FULL
    base = replace(base, expires_at=None) if name == "term_days" else base
    changes = difference(base, replace(base, **{name: other[name]}))
    assert len(changes) >= 1


def test_a_difference_names_what_came_what_went_and_what_changed() -> None:
    new = replace(PLAIN, run_quota=20, row_quota=100, price_cents=0)
    found = {one.name: (one.old is not None, one.new is not None) for one in difference(PLAIN, new)}
    assert found == {"runs": (True, True), "rows": (False, True), "price": (True, True)}
    assert difference(PLAIN, PLAIN) == []


def test_every_value_of_a_sentence_is_given() -> None:
    for terms in (PLAIN, FULL, replace(FULL, expires_at=None), replace(PLAIN, mode="open")):
        for clause in clauses_of(terms):
            values = {name: "x" for name, _, _ in clause.values}
            assert "%(" not in clause.sentence % values


def test_a_contract_with_noise_does_not_speak_of_suppressed_cells() -> None:
    terms = replace(PLAIN, mode="dp", min_cell_size=0, privacy_rho=1)
    (mode,) = [one for one in clauses_of(terms) if one.name == "mode"]
    assert "noise" in mode.sentence
    assert "suppressed" not in mode.sentence
