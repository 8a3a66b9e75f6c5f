"""Whether a policy permits something, in three values, with a trace of every comparison.

ODRL 2.2 leaves open what happens when a value is not known. Here a comparison is *met*, *not met*
or *undecided* (Kleene's strong logic of three values); what is undecided is for a person. An operand
that we do not know fails closed on both sides: it permits nothing, and it prohibits. A prohibition
wins over every permission (``odrl:conflict = prohibit``).
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from licensing.contract.policy import Constraint, Logical, Policy, Rule
from licensing.contract.vocabulary import KNOWN, USES, lies_within


class Verdict(StrEnum):
    """How one comparison, or a whole rule, came out."""

    MET = "met"
    NOT_MET = "not_met"
    UNDECIDED = "undecided"


class Outcome(StrEnum):
    """What a policy says to an action."""

    PERMITTED = "permitted"
    DENIED = "denied"
    UNDECIDED = "undecided"


@dataclass(frozen=True, slots=True)
class Fact:
    """A value that was seen and where it came from; ``verdict`` where somebody decided before."""

    value: Any = None
    source: str = ""
    verdict: Verdict | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """One comparison of the trace: what was wanted, what was seen, and how it came out."""

    path: str
    operand: str
    operator: str
    wanted: Any
    seen: Any
    source: str
    verdict: Verdict
    is_prohibition: bool = False


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The outcome with the trace that shows why."""

    outcome: Outcome
    trace: tuple[Finding, ...]

    def stopping(self) -> tuple[Finding, ...]:
        """The findings that stand between the request and a permission."""
        return tuple(
            one
            for one in self.trace
            if one.verdict is not (Verdict.NOT_MET if one.is_prohibition else Verdict.MET)
        )


_MET, _NOT, _OPEN = Verdict.MET, Verdict.NOT_MET, Verdict.UNDECIDED


def evaluate(policy: Policy, action: str, facts: Mapping[str, Fact]) -> Evaluation:
    """What the policy says to an action under these facts (left operand: what was seen).

    Without a permission for the action it is denied: nothing is permitted by silence.
    """
    trace: list[Finding] = []
    outcome = Outcome.DENIED
    for rule in policy.permissions:
        if covers(rule.action, action):
            verdict = _rule(rule, facts, trace, is_prohibition=False)
            outcome = _better(outcome, _OF_VERDICT[verdict])
    for rule in policy.prohibitions:
        if covers(rule.action, action):
            verdict = _rule(rule, facts, trace, is_prohibition=True)
            if verdict is _MET:
                outcome = Outcome.DENIED
            elif verdict is _OPEN and outcome is Outcome.PERMITTED:
                outcome = Outcome.UNDECIDED
    return Evaluation(outcome, tuple(trace))


def covers(rule_action: str, action: str) -> bool:
    """Whether a rule about one action is about another; ``use`` is about everything within it."""
    return rule_action == action or (rule_action == "use" and action in USES)


_OF_VERDICT: Final = {
    _MET: Outcome.PERMITTED,
    _NOT: Outcome.DENIED,
    _OPEN: Outcome.UNDECIDED,
}
_ORDER: Final = (Outcome.DENIED, Outcome.UNDECIDED, Outcome.PERMITTED)


def _better(one: Outcome, other: Outcome) -> Outcome:
    return max(one, other, key=_ORDER.index)


def _rule(
    rule: Rule, facts: Mapping[str, Fact], trace: list[Finding], *, is_prohibition: bool
) -> Verdict:
    return _all(
        [_judge(one, facts, trace, is_prohibition=is_prohibition) for one in rule.constraints]
    )


def _judge(
    one: Constraint | Logical,
    facts: Mapping[str, Fact],
    trace: list[Finding],
    *,
    is_prohibition: bool,
) -> Verdict:
    if isinstance(one, Logical):
        parts = [_judge(part, facts, trace, is_prohibition=is_prohibition) for part in one.parts]
        return _LOGICAL[one.kind](parts)
    if one.left not in KNOWN:
        verdict, fact = (_MET if is_prohibition else _NOT), Fact(source="unknown-operand")
    else:
        fact = facts.get(one.left, Fact())
        verdict = fact.verdict or compare(one, fact.value)
    trace.append(
        Finding(
            one.path,
            one.left,
            one.operator,
            one.right,
            fact.value,
            fact.source,
            verdict,
            is_prohibition,
        )
    )
    return verdict


def _all(parts: Iterable[Verdict]) -> Verdict:
    found = set(parts)
    return _NOT if _NOT in found else _OPEN if _OPEN in found else _MET


def _any(parts: Iterable[Verdict]) -> Verdict:
    found = set(parts)
    return _MET if _MET in found else _OPEN if _OPEN in found else _NOT


def _one(parts: Iterable[Verdict]) -> Verdict:
    found = list(parts)
    met, is_open = found.count(_MET), _OPEN in found
    if met > 1:
        return _NOT
    if is_open:
        return _OPEN
    return _MET if met == 1 else _NOT


_LOGICAL: Final[dict[str, Callable[[Iterable[Verdict]], Verdict]]] = {
    "and": _all,
    "or": _any,
    "xone": _one,
}


def compare(one: Constraint, seen: Any) -> Verdict:  # noqa: ANN401 - whatever was seen
    """One comparison; a value that was not seen, or cannot be compared, decides nothing."""
    if seen is None or seen in ((), []):
        return _OPEN
    try:
        holds = _COMPARE[one.operator](one.left, seen, one.right)
    except (TypeError, ValueError, OverflowError):
        return _OPEN
    return _MET if holds else _NOT


def _list(value: Any) -> tuple[Any, ...]:  # noqa: ANN401 - one value or several
    return tuple(value) if isinstance(value, tuple | list | set | frozenset) else (value,)


def _number(value: Any) -> int | float:  # noqa: ANN401 - a literal of ODRL
    if isinstance(value, bool):
        raise TypeError(value)
    if isinstance(value, int | float):
        return value
    text = str(value)
    whole = text.removeprefix("P").removesuffix("D") if text.startswith("P") else text
    return int(whole)


def _same(_left: str, seen: Any, right: Any) -> bool:  # noqa: ANN401 - literals of ODRL
    if isinstance(seen, bool):
        return seen is (right if isinstance(right, bool) else str(right) == "true")
    if isinstance(seen, int):
        return seen == _number(right)
    return bool(seen == right)


def _order(test: Callable[[Any, Any], bool]) -> Callable[[str, Any, Any], bool]:
    def holds(left: str, seen: Any, right: Any) -> bool:  # noqa: ANN401 - literals of ODRL
        if left == "dateTime":
            return test(datetime.fromisoformat(str(seen)), datetime.fromisoformat(str(right)))
        return test(_number(seen), _number(right))

    return holds


def _within(left: str, seen: Any, right: Any) -> bool:  # noqa: ANN401 - literals of ODRL
    return all(
        any(lies_within(left, str(value), str(whole)) for whole in _list(right))
        for value in _list(seen)
    )


_COMPARE: Final[dict[str, Callable[[str, Any, Any], bool]]] = {
    "eq": _same,
    "neq": lambda left, seen, right: not _same(left, seen, right),
    "lt": _order(lambda a, b: a < b),
    "lteq": _order(lambda a, b: a <= b),
    "gt": _order(lambda a, b: a > b),
    "gteq": _order(lambda a, b: a >= b),
    "isAnyOf": lambda _, seen, right: set(_list(seen)) <= set(_list(right)),
    "isNoneOf": lambda _, seen, right: not set(_list(seen)) & set(_list(right)),
    "isAllOf": lambda _, seen, right: set(_list(right)) <= set(_list(seen)),
    "isPartOf": _within,
    "isA": _within,
    "hasPart": lambda left, seen, right: _within(left, right, seen),
}
