"""Any ODRL policy as frozen rules: read strictly, within limits, before anything is decided.

What is not understood is refused here or fails closed when it is evaluated; nothing is skipped.
Limits: 64 kB of JCS, 200 constraints, eight levels of logical constraints.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from kernel.errors import HexiError
from ledger.encoding import canonical_bytes
from ledger.errors import LedgerError
from licensing import errors
from licensing.contract.vocabulary import LOGICAL, OPERATORS

MOST_BYTES: Final = 64 * 1024
MOST_CONSTRAINTS: Final = 200
MOST_DEPTH: Final = 8
_CLASSES: Final = ("Set", "Offer", "Agreement")
_RULES: Final = ("permission", "prohibition", "obligation")
_OF_CONSTRAINT: Final = frozenset(
    {"@type", "uid", "@id", "leftOperand", "operator", "rightOperand", "unit", "dataType", "status"}
)
_OF_RULE: Final = frozenset(
    {"@type", "uid", "@id", "action", "constraint", "duty", "hexi:dataset", "consequence"}
)


@dataclass(frozen=True, slots=True)
class Constraint:
    """One comparison. ``path`` is its JSON pointer; ``right`` is plain: text, number, flag, list."""

    path: str
    left: str
    operator: str
    right: Any
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Logical:
    """``and``, ``or`` or ``xone`` over constraints."""

    path: str
    kind: str
    parts: tuple["Constraint | Logical", ...]


@dataclass(frozen=True, slots=True)
class Rule:
    """A permission, a prohibition or a duty: one action under all of its constraints."""

    path: str
    action: str
    constraints: tuple[Constraint | Logical, ...]
    duties: tuple["Rule", ...] = ()


@dataclass(frozen=True, slots=True)
class Policy:
    """A Set, Offer or Agreement."""

    kind: str
    identifier: str
    permissions: tuple[Rule, ...]
    prohibitions: tuple[Rule, ...]
    obligations: tuple[Rule, ...]


class _Count:
    """How many constraints there were so far: a document may not be larger than we check."""

    def __init__(self) -> None:
        self.left = MOST_CONSTRAINTS

    def one(self, path: str) -> None:
        self.left -= 1
        need(self.left >= 0, path, f"at most {MOST_CONSTRAINTS} constraints")


def need(holds: bool, place: str, wanted: str) -> None:  # noqa: FBT001 - reads as an assertion
    """Refuse a document at a place.

    Raises:
        PolicyMalformed: it does not hold.
    """
    if not holds:
        raise errors.PolicyMalformed(place=place, need=wanted)


def read_policy(document: object) -> Policy:
    """The rules of a document.

    Raises:
        PolicyMalformed: it is too large or too deep, has an empty list, a target on a rule or in a
            catalogue's place, a word that we do not know, or nothing that permits or prohibits.
    """
    check_size(document)
    need(isinstance(document, dict), "/", "a JSON object")
    assert isinstance(document, dict)
    kind, count = str(document.get("@type")), _Count()
    need(kind in _CLASSES, "/@type", ", ".join(_CLASSES))
    need(_is_text(document.get("@id")), "/@id", "an identifier")
    found = {name: _rules(document.get(name), f"/{name}", count) for name in _RULES}
    need(bool(found["permission"] or found["prohibition"]), "/permission", "at least one rule")
    if kind == "Agreement":
        for name in ("assigner", "assignee", "target"):
            need(_is_text(document.get(name)), f"/{name}", "an identifier")
    permissions, prohibitions, obligations = (found[name] for name in _RULES)
    return Policy(kind, str(document["@id"]), permissions, prohibitions, obligations)


def check_size(document: object) -> None:
    """Refuse what is larger or deeper than a contract can be, before anything walks through it.

    Raises:
        PolicyMalformed: over 64 kB, deeper than its classes allow, or not JSON.
    """
    need(_depth_of(document) <= MOST_DEPTH * 2, "/", f"at most {MOST_DEPTH} levels of constraints")
    try:
        size = len(canonical_bytes(document))
    except (LedgerError, HexiError, ValueError, TypeError) as error:
        raise errors.PolicyMalformed(place="/", need="plain JSON") from error
    need(size <= MOST_BYTES, "/", f"at most {MOST_BYTES} bytes")


def _depth_of(document: object) -> int:
    """Levels of lists and objects, without a call a level: a megabyte of brackets is no reason to fall."""
    depth, level = 0, [document]
    while level:
        nested = [
            part
            for one in level
            if isinstance(one, dict | list)
            for part in (one.values() if isinstance(one, dict) else one)
        ]
        depth += 1
        if depth > MOST_DEPTH * 3:
            return depth
        level = nested
    return depth


def _rules(value: object, path: str, count: _Count) -> tuple[Rule, ...]:
    if value is None:
        return ()
    need(isinstance(value, list) and bool(value), path, "a list that is not empty")
    assert isinstance(value, list)
    return tuple(_rule(one, f"{path}/{number}", count) for number, one in enumerate(value))


def _rule(value: object, path: str, count: _Count) -> Rule:
    need(isinstance(value, dict), path, "a rule")
    assert isinstance(value, dict)
    need("target" not in value, f"{path}/target", "no target on a rule")
    for name in value:
        need(name in _OF_RULE, f"{path}/{name}", "a word of the profile")
    need(_is_text(value.get("action")), f"{path}/action", "an action")
    duties = _rules(value.get("duty"), f"{path}/duty", count)
    constraints = _constraints(value.get("constraint"), f"{path}/constraint", count, 1)
    return Rule(path, str(value["action"]), constraints, duties)


def _constraints(
    value: object, path: str, count: _Count, depth: int
) -> tuple[Constraint | Logical, ...]:
    if value is None:
        return ()
    need(isinstance(value, list) and bool(value), path, "a list that is not empty")
    need(depth <= MOST_DEPTH, path, f"at most {MOST_DEPTH} levels of constraints")
    assert isinstance(value, list)
    return tuple(
        _constraint(one, f"{path}/{number}", count, depth) for number, one in enumerate(value)
    )


def _constraint(value: object, path: str, count: _Count, depth: int) -> Constraint | Logical:
    need(isinstance(value, dict), path, "a constraint")
    assert isinstance(value, dict)
    count.one(path)
    kinds = [name for name in LOGICAL if name in value]
    if kinds:
        need(len(value) == 1, path, "one logical operator")
        need(kinds[0] != "andSequence", path, "and, or, xone")
        return Logical(
            path, kinds[0], _constraints(value[kinds[0]], f"{path}/{kinds[0]}", count, depth + 1)
        )
    for name in value:
        need(name in _OF_CONSTRAINT, f"{path}/{name}", "a word of the profile")
    need(_is_text(value.get("leftOperand")), f"{path}/leftOperand", "an operand")
    operator = str(value.get("operator"))
    need(operator in OPERATORS, f"{path}/operator", ", ".join(sorted(OPERATORS)))
    right = plain(value.get("rightOperand"), f"{path}/rightOperand")
    return Constraint(
        path,
        str(value["leftOperand"]),
        "lteq" if operator == "term-lteq" else operator,
        right,
        str(value.get("unit", "")),
    )


def plain(value: object, path: str) -> Any:  # noqa: ANN401 - what the literal holds
    """A right operand without its JSON-LD clothes: text, number, flag, or a list of such.

    Raises:
        PolicyMalformed: it is missing, empty, or an object without ``@value`` or ``@id``.
    """
    if isinstance(value, dict):
        known = value.get("@value", value.get("@id"))
        need(isinstance(known, str | int | bool), path, "@value or @id")
        return known
    if isinstance(value, list):
        need(bool(value), path, "a list that is not empty")
        return tuple(plain(one, f"{path}/{number}") for number, one in enumerate(value))
    need(isinstance(value, str | int | bool) and value != "", path, "a value")
    return value


def _is_text(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip())


def walk(rule: Rule) -> Iterator[Constraint]:
    """Every comparison of a rule, however deep, without those of its duties."""
    waiting = list(reversed(rule.constraints))
    while waiting:
        one = waiting.pop()
        if isinstance(one, Constraint):
            yield one
        else:
            waiting.extend(reversed(one.parts))
