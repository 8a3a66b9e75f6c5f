"""“Would I be accepted?”: each clause of an offer against what is known of the applicant.

What we verified ourselves decides; what the applicant only says of itself never decides in its
favour, but leaves the clause to a person, who sees the value and where it came from.
"""

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Final

from licensing.contract.evaluation import (
    Evaluation,
    Fact,
    Finding,
    Outcome,
    Verdict,
    compare,
    evaluate,
)
from licensing.contract.odrl import moment, read_terms
from licensing.contract.policy import Policy, read_policy, walk
from licensing.contract.vocabulary import ACTION_OF_MODE, OPERANDS, By

#: Where a value came from.
FROM_APPLICATION: Final = "application"
FROM_CREDIT_CODE: Final = "credit-code"
FROM_CONTRACT: Final = "contract"
_DIVISION: Final = slice(2, 8)
_CREDIT_CODE_LENGTH: Final = 18


@dataclass(frozen=True, slots=True)
class Applicant:
    """What is known of who applies: its credit code is verified, the rest is its own word."""

    credit_code: str
    purpose: str
    people: tuple[str, ...]
    region: str = ""
    industry: str = ""
    credentials: tuple[str, ...] = ()


def check_offer(document: dict[str, Any], applicant: Applicant, now: datetime) -> Evaluation:
    """What the offer's policy says to this applicant, clause by clause.

    Raises:
        PolicyMalformed: the offer is not of the profile.
    """
    policy = read_policy(document)
    facts = {
        one.name: Fact(source=FROM_CONTRACT, verdict=Verdict.MET)
        for one in OPERANDS
        if one.by in {By.GUARD, By.METER}
    }
    facts |= _facts(policy, applicant, now)
    return evaluate(policy, ACTION_OF_MODE[read_terms(document).mode], facts)


def _facts(policy: Policy, applicant: Applicant, now: datetime) -> dict[str, Fact]:
    # Digits 3 to 8 of a unified social credit code are the registering division (GB 32100).
    code = applicant.credit_code
    division = code[_DIVISION] if len(code) == _CREDIT_CODE_LENGTH else ""
    region = (
        Fact(division, FROM_CREDIT_CODE)
        if division and applicant.region in {"", division}
        else _claim(policy, "spatial", applicant.region)
    )
    return {
        "purpose": Fact(applicant.purpose, FROM_APPLICATION),
        "recipient": Fact(applicant.people, FROM_APPLICATION),
        "hexi:userCount": Fact(len(applicant.people), FROM_APPLICATION),
        # Who applies runs by itself.
        "hexi:maxDelegationDepth": Fact(0, FROM_APPLICATION),
        # An offer that begins later may be applied for now.
        "dateTime": Fact(moment(now), FROM_CONTRACT, Verdict.MET),
        "spatial": region,
        "industry": _claim(policy, "industry", applicant.industry),
        "hexi:participantCredential": _claim(
            policy, "hexi:participantCredential", applicant.credentials
        ),
    }


def _claim(policy: Policy, operand: str, value: str | tuple[str, ...]) -> Fact:
    """The applicant's own word: it can fail by itself, but it needs a person to hold."""
    if not value:
        return Fact(None, FROM_APPLICATION)
    failed = any(
        compare(one, value) is Verdict.NOT_MET
        for rule in policy.permissions
        for one in walk(rule)
        if one.left == operand
    )
    return Fact(value, FROM_APPLICATION, Verdict.NOT_MET if failed else Verdict.UNDECIDED)


def trace_of(found: Evaluation) -> list[dict[str, Any]]:
    """The trace as JSON, as it is stored with an application."""
    return [_plain(one) for one in found.trace]


def _plain(one: Finding) -> dict[str, Any]:
    plain = asdict(one)
    plain["verdict"] = one.verdict.value
    for name in ("wanted", "seen"):
        if isinstance(plain[name], tuple):
            plain[name] = list(plain[name])
    return plain


def is_for_the_rule(found: Evaluation) -> bool:
    """Whether nothing is left to a person, so that a declared rule may decide at once."""
    return found.outcome is Outcome.PERMITTED
