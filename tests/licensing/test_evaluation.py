"""Policies in three values: the truth tables, what fails closed, and what a trace shows."""

from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from licensing.contract.evaluation import (
    Evaluation,
    Fact,
    Outcome,
    Verdict,
    compare,
    covers,
    evaluate,
)
from licensing.contract.policy import Constraint, read_policy
from licensing.contract.vocabulary import OPERATORS, lies_within

MET, NOT, OPEN = Verdict.MET, Verdict.NOT_MET, Verdict.UNDECIDED
#: Any three known operands; what was decided about them before stands in the facts.
_OPERANDS = {"count": 0, "purpose": 1, "recipient": 2}


def _one(left: str, operator: str = "eq", right: Any = "x") -> dict[str, Any]:
    return {"leftOperand": left, "operator": operator, "rightOperand": right}


def _ask(
    permissions: list[Any], facts: dict[str, Fact], prohibitions: list[Any] | None = None
) -> Evaluation:
    document: dict[str, Any] = {
        "@id": "urn:uuid:1",
        "@type": "Set",
        "permission": [{"action": "use", "constraint": [one]} for one in permissions],
    }
    if prohibitions:
        document["prohibition"] = [
            {"action": "aggregate", "constraint": [one]} for one in prohibitions
        ]
    return evaluate(read_policy(document), "aggregate", facts)


def _facts(*verdicts: Verdict) -> dict[str, Fact]:
    return {
        name: Fact(verdict=verdicts[place])
        for name, place in _OPERANDS.items()
        if place < len(verdicts)
    }


@pytest.mark.parametrize(("one", "other"), list(product(Verdict, Verdict)))
def test_and_or_and_xone_are_kleenes(one: Verdict, other: Verdict) -> None:
    parts = [_one("count"), _one("purpose")]
    wanted = {
        "and": NOT if NOT in (one, other) else OPEN if OPEN in (one, other) else MET,
        "or": MET if MET in (one, other) else OPEN if OPEN in (one, other) else NOT,
        "xone": OPEN if OPEN in (one, other) else MET if one is not other else NOT,
    }
    for kind, verdict in wanted.items():
        found = _ask([{kind: parts}], _facts(one, other)).outcome
        assert found.value == {MET: "permitted", NOT: "denied", OPEN: "undecided"}[verdict]


def test_xone_of_three_is_not_met_as_soon_as_two_are() -> None:
    parts = [_one("count"), _one("purpose"), _one("recipient")]
    assert _ask([{"xone": parts}], _facts(MET, MET, OPEN)).outcome is Outcome.DENIED


def test_an_unknown_operand_permits_nothing_and_prohibits() -> None:
    strange = _one("hexi:moonPhase")
    assert _ask([strange], {}).outcome is Outcome.DENIED
    assert _ask([{"or": [strange, _one("count")]}], _facts(MET)).outcome is Outcome.PERMITTED
    denied = _ask([_one("count")], _facts(MET), [strange])
    assert denied.outcome is Outcome.DENIED
    (finding,) = denied.stopping()
    assert (finding.operand, finding.source) == ("hexi:moonPhase", "unknown-operand")


@given(st.sampled_from(Verdict), st.sampled_from(Verdict), st.sampled_from(Verdict))
def test_a_prohibition_wins(first: Verdict, second: Verdict, prohibited: Verdict) -> None:
    permissions = [_one("count"), _one("purpose")]
    facts = _facts(first, second, prohibited)
    found = _ask(permissions, facts, [_one("recipient")]).outcome
    if prohibited is MET:
        assert found is Outcome.DENIED
    elif MET in (first, second):
        assert found is (Outcome.PERMITTED if prohibited is NOT else Outcome.UNDECIDED)
    else:
        assert found is (Outcome.UNDECIDED if OPEN in (first, second) else Outcome.DENIED)


def test_silence_permits_nothing() -> None:
    document = {"@id": "urn:uuid:1", "@type": "Set", "permission": [{"action": "read"}]}
    assert evaluate(read_policy(document), "aggregate", {}).outcome is Outcome.DENIED
    assert covers("use", "aggregate")
    assert not covers("read", "aggregate")
    assert not covers("use", "unheard-of")


@pytest.mark.parametrize(
    ("left", "operator", "seen", "right", "verdict"),
    [
        ("count", "eq", 5, "5", MET),
        ("count", "neq", 5, "5", NOT),
        ("count", "lt", 5, "5", NOT),
        ("count", "lteq", 5, "5", MET),
        ("count", "gt", 6, 5, MET),
        ("count", "gteq", 4, "5", NOT),
        ("count", "lteq", 5, "many", OPEN),
        ("count", "lteq", True, "5", OPEN),
        ("count", "lteq", None, "5", OPEN),
        ("elapsedTime", "lteq", 30, "P30D", MET),
        ("hexi:sandboxOnly", "eq", True, "true", MET),
        ("hexi:sandboxOnly", "eq", False, True, NOT),
        ("dateTime", "lteq", "2026-01-01T00:00:00Z", "2026-01-01T08:00:00+08:00", MET),
        ("dateTime", "lt", "2026-01-01T00:00:00Z", "2026-01-01T08:00:00+08:00", NOT),
        ("dateTime", "lt", "2026-01-01T00:00:00Z", "tomorrow", OPEN),
        ("dateTime", "lt", "2026-01-01T00:00:00Z", "2026-01-01", OPEN),
        ("purpose", "isAnyOf", "academic-research", ("academic-research", "x"), MET),
        ("hexi:column", "isAnyOf", ("a.b", "a.c"), ("a.b",), NOT),
        ("purpose", "isNoneOf", "academic-research", ("x",), MET),
        ("hexi:participantCredential", "isAllOf", ("a", "b", "c"), ("a", "b"), MET),
        ("hexi:participantCredential", "isAllOf", ("a",), ("a", "b"), NOT),
        ("hexi:participantCredential", "isAllOf", (), ("a",), OPEN),
        ("purpose", "isPartOf", "academic-research", "research", MET),
        ("purpose", "isPartOf", "product-improvement", ("research",), NOT),
        ("purpose", "isA", "academic-research", "academic-research", MET),
        ("spatial", "isPartOf", "620102", ("620000",), MET),
        ("spatial", "hasPart", "620000", "620102", MET),
        ("spatial", "isPartOf", "110101", ("620000", "CN"), MET),
        ("industry", "isPartOf", "Q84", ("Q",), MET),
        ("industry", "isPartOf", "Q", ("Q84",), NOT),
    ],
)
def test_comparisons(left: str, operator: str, seen: Any, right: Any, verdict: Verdict) -> None:
    assert compare(Constraint("/", left, operator, right), seen) is verdict


def test_every_operator_that_we_read_can_be_evaluated() -> None:
    for operator in OPERATORS - {"term-lteq"}:
        assert compare(Constraint("/", "count", operator, "1"), 1) is not OPEN
    (read,) = read_policy(
        {
            "@id": "urn:uuid:1",
            "@type": "Set",
            "permission": [{"action": "use", "constraint": [_one("count", "term-lteq", "1")]}],
        }
    ).permissions
    (constraint,) = read.constraints
    assert isinstance(constraint, Constraint)
    assert constraint.operator == "lteq"


@pytest.mark.parametrize(
    ("value", "whole", "within"),
    [
        ("620102", "620100", True),
        ("620102", "620000", True),
        ("621002", "620000", True),
        ("621002", "621000", True),
        ("620200", "621000", False),
        ("630000", "620000", False),
        ("620000", "620102", False),
        ("anything", "", False),
    ],
)
def test_regions_lie_within_each_other_by_their_codes(
    value: str, whole: str, *, within: bool
) -> None:
    assert lies_within("spatial", value, whole) is within


def test_the_trace_says_what_was_seen_and_where_it_came_from() -> None:
    facts = {"purpose": Fact("academic-research", "request"), "count": Fact(9, "meter")}
    found = _ask([{"and": [_one("purpose", "isAnyOf", ["x"]), _one("count", "lteq", "9")]}], facts)
    assert [(one.path, one.seen, one.source, one.verdict) for one in found.trace] == [
        ("/permission/0/constraint/0/and/0", "academic-research", "request", NOT),
        ("/permission/0/constraint/0/and/1", 9, "meter", MET),
    ]
    assert [one.operand for one in found.stopping()] == ["purpose"]
