"""Terms to ODRL 2.2 and back, in the profile that the sandbox enforces.

An offer in our catalogue carries no target; an Agreement has assigner, assignee and target. Reading
fails closed: an operand, operator or action that we do not enforce is refused, because a clause
that nobody enforces would be a promise that nobody keeps.
"""

import hashlib
import re
from dataclasses import fields
from datetime import UTC, datetime
from typing import Any, Final

from ledger.encoding import canonical_bytes
from licensing.contract.policy import Constraint, Rule, need, read_policy, walk
from licensing.contract.terms import (
    MODES,
    OUTPUT_REVIEWS,
    PERIODS,
    PURPOSES,
    RESPONSE_TIMES,
    Parties,
    Terms,
)
from licensing.contract.vocabulary import (
    ACTION_OF_MODE,
    BY_NAME,
    CONTEXT,
    DUTIES,
    NAMESPACE,
    OPERANDS,
    PROFILE,
    PROFILES,
    PROHIBITED,
    XSD,
    Kind,
    Operand,
)

_CENTS: Final = 100
_PRICE: Final = re.compile(r"(0|[1-9][0-9]{0,9})\.([0-9]{2})\Z")
_DAYS: Final = re.compile(r"P([0-9]{1,5})D\Z")
_MONTHS: Final = re.compile(r"P([0-9]{1,2})M\Z")
_WHOLE: Final = re.compile(r"(0|[1-9][0-9]{0,15})\Z")
_DEFAULTS: Final = {one.name: one.default for one in fields(Terms)}
_ALWAYS: Final = frozenset({"hexi:mode", "hexi:sandboxOnly", "purpose", "hexi:column"}) | {
    "hexi:minCellSize",
    "count",
    "elapsedTime",
}
_CHOICES: Final = {
    "hexi:mode": MODES,
    "timeInterval": PERIODS,
    "hexi:outputReview": OUTPUT_REVIEWS,
    "hexi:responseTime": RESPONSE_TIMES,
}


def offer_document(
    identifier: str, terms: Terms, *, assigner: str, target: str = ""
) -> dict[str, Any]:
    """The offer as an ODRL Offer; with a target as one that a message of the protocol carries."""
    parties = {"assigner": assigner, **({"target": target} if target else {})}
    return _document("Offer", identifier, terms, parties)


def agreement_document(
    identifier: str, terms: Terms, parties: Parties, *, agreed_at: datetime
) -> dict[str, Any]:
    """The licence as an ODRL Agreement; this, canonical and hashed, is what both sides sign."""
    return _document(
        "Agreement",
        identifier,
        terms,
        {
            "assigner": parties.assigner,
            "assignee": parties.assignee,
            "target": target_of(terms),
            "timestamp": moment(agreed_at),
        },
    )


def target_of(terms: Terms) -> str:
    """The URN of what the terms are about; the same one names the dataset in the catalogue."""
    return f"urn:hexi:dataset:{terms.dataset}"


def digest_of(document: dict[str, Any]) -> str:
    """Hex SHA-256 of the document's JCS bytes (RFC 8785)."""
    return hashlib.sha256(canonical_bytes(document)).hexdigest()


def moment(value: datetime) -> str:
    """A moment as ODRL writes it: ISO 8601 in UTC with whole seconds."""
    return value.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _document(kind: str, identifier: str, terms: Terms, parties: dict[str, Any]) -> dict[str, Any]:
    return {
        "@context": [CONTEXT, {"hexi": NAMESPACE}],
        "@id": identifier,
        "@type": kind,
        "profile": PROFILE,
        **parties,
        "permission": [
            {
                "action": ACTION_OF_MODE[terms.mode],
                "constraint": [
                    constraint_of(operand, value)
                    for operand in OPERANDS
                    if (value := _value_of(terms, operand)) is not None
                ],
                "duty": _duties(terms),
                "hexi:dataset": terms.dataset,
            }
        ],
        "prohibition": [{"action": action} for action in PROHIBITED],
    }


def _value_of(terms: Terms, operand: Operand) -> Any:  # noqa: ANN401 - the field's own type
    """What a clause says; None where the contract has no such clause."""
    if not operand.field:
        return True
    value = getattr(terms, operand.field)
    is_there = operand.name in _ALWAYS or value != _DEFAULTS[operand.field]
    return value if is_there else None


def constraint_of(operand: Operand, value: Any) -> dict[str, Any]:  # noqa: ANN401 - the field's own type
    """One clause as a constraint; numbers and flags are typed literals (DSP 2025-1 takes no bare ones)."""
    return {
        "leftOperand": operand.name,
        "operator": operand.operator,
        "rightOperand": _literal(operand.kind, value),
    }


def _literal(kind: Kind, value: Any) -> Any:  # noqa: ANN401 - a JSON-LD literal
    if kind is Kind.NAMES:
        return list(value)
    if kind is Kind.TEXT:
        return value
    texts = {
        Kind.WHOLE: ("integer", str(value)),
        Kind.FLAG: ("boolean", "true"),
        Kind.DAYS: ("duration", f"P{value}D"),
        Kind.MOMENT: ("dateTime", moment(value) if kind is Kind.MOMENT else ""),
    }
    name, text = texts[kind]
    return {"@value": text, "@type": f"{XSD}{name}"}


def _duties(terms: Terms) -> list[dict[str, Any]]:
    price = f"{terms.price_cents // _CENTS}.{terms.price_cents % _CENTS:02d}"
    amount = {"leftOperand": "payAmount", "operator": "eq", "rightOperand": price}
    duties: list[dict[str, Any]] = [
        {"action": "compensate", "constraint": [{**amount, "unit": "CNY/run"}]}
    ]
    if terms.report_months:
        cycle = {
            "leftOperand": "timeInterval",
            "operator": "eq",
            "rightOperand": f"P{terms.report_months}M",
        }
        duties.append({"action": "inform", "constraint": [cycle]})
    if terms.must_attribute:
        duties.append({"action": "attribute"})
    if terms.must_delete:
        duties.append({"action": "delete"})
    return duties


def read_terms(document: dict[str, Any]) -> Terms:
    """The terms of a document in our profile.

    Raises:
        PolicyMalformed: what ``read_policy`` refuses, another profile, an operand or operator that
            we do not enforce, a rule too many, or a value out of range.
    """
    policy = read_policy(document)
    need(document.get("profile") in PROFILES, "/profile", PROFILE)
    need(len(policy.permissions) == 1, "/permission", "exactly one rule")
    need(not policy.obligations, "/obligation", "duties on the permission")
    prohibited = tuple(one.action for one in policy.prohibitions if not one.constraints)
    is_whole = len(prohibited) == len(policy.prohibitions)
    need(is_whole and prohibited == PROHIBITED, "/prohibition", ", ".join(PROHIBITED))
    rule = policy.permissions[0]
    values = _values(rule)
    mode = str(values.get("mode"))
    need(rule.action == ACTION_OF_MODE[mode], f"{rule.path}/action", ACTION_OF_MODE[mode])
    dataset = document["permission"][0].get("hexi:dataset")
    need(isinstance(dataset, str) and bool(dataset), "hexi:dataset", "the dataset's name")
    terms = Terms(dataset=dataset, **values, **_read_duties(rule))
    need(document.get("target", target_of(terms)) == target_of(terms), "/target", target_of(terms))
    return terms


def _values(rule: Rule) -> dict[str, Any]:
    need(
        all(isinstance(one, Constraint) for one in rule.constraints), rule.path, "no and, or, xone"
    )
    seen: set[str] = set()
    found: dict[str, Any] = {}
    for one in walk(rule):
        operand = BY_NAME.get((one.left, one.operator))
        if operand is None:
            writes = [each.operator for each in OPERANDS if each.name == one.left]
            need(bool(writes), f"{one.path}/leftOperand", "an operand of the profile")
            need(False, f"{one.path}/operator", ", ".join(writes))  # noqa: FBT003 - refuses here
            continue
        key = f"{one.left} {one.operator}"
        need(key not in seen, one.path, "only once")
        seen.add(key)
        value = _read(operand, one)
        if operand.field:
            found[operand.field] = value
    missing = sorted(
        name for name in _ALWAYS if not any(key.startswith(f"{name} ") for key in seen)
    )
    need(not missing, f"{rule.path}/constraint", ", ".join(missing))
    return found


def _read(operand: Operand, one: Constraint) -> Any:  # noqa: ANN401 - the field's own type
    value: Any = _READERS[operand.kind](one, f"{one.path}/rightOperand")
    if operand.name in _CHOICES:
        choices = _CHOICES[operand.name]
        need(value in choices, f"{one.path}/rightOperand", ", ".join(choices))
    if operand.name == "purpose":
        need(
            isinstance(value, tuple) and set(value) <= set(PURPOSES),
            f"{one.path}/rightOperand",
            ", ".join(PURPOSES),
        )
    return value


def _read_names(one: Constraint, path: str) -> tuple[str, ...]:
    names = one.right if isinstance(one.right, tuple) else (one.right,)
    need(all(isinstance(name, str) and name for name in names), path, "names")
    need(len(set(names)) == len(names), path, "each name once")
    return tuple(names)


def _read_text(one: Constraint, path: str) -> str:
    need(isinstance(one.right, str), path, "a text")
    return str(one.right)


def _read_whole(one: Constraint, path: str) -> int:
    is_whole = not isinstance(one.right, bool) and bool(_WHOLE.match(str(one.right)))
    need(is_whole, path, "a whole number")
    return int(str(one.right))


def _read_flag(one: Constraint, path: str) -> bool:
    need(str(one.right).lower() == "true", path, "true")
    return True


def _read_days(one: Constraint, path: str) -> int:
    if isinstance(one.right, int):
        return _read_whole(one, path)
    found = _DAYS.match(str(one.right))
    need(found is not None, path, "a duration in days, such as P365D")
    return int(found[1]) if found else 0


def _read_moment(one: Constraint, path: str) -> datetime:
    try:
        found = datetime.fromisoformat(str(one.right))
    except ValueError:
        found = None
    need(
        found is not None and found.tzinfo is not None,
        path,
        "an xsd:dateTime with its zone",
    )
    assert found is not None
    return found


_READERS: Final = {
    Kind.NAMES: _read_names,
    Kind.TEXT: _read_text,
    Kind.WHOLE: _read_whole,
    Kind.FLAG: _read_flag,
    Kind.DAYS: _read_days,
    Kind.MOMENT: _read_moment,
}


def _read_duties(rule: Rule) -> dict[str, Any]:
    actions = [one.action for one in rule.duties]
    path = f"{rule.path}/duty"
    need(set(actions) <= set(DUTIES) and len(set(actions)) == len(actions), path, ", ".join(DUTIES))
    by_action = {one.action: list(walk(one)) for one in rule.duties}
    found: dict[str, Any] = {
        "price_cents": _price(by_action.get("compensate", []), path),
        "must_attribute": "attribute" in by_action,
        "must_delete": "delete" in by_action,
    }
    if "inform" in by_action:
        cycle = by_action["inform"]
        text = str(cycle[0].right) if len(cycle) == 1 else ""
        months = _MONTHS.match(text)
        need(months is not None, f"{path}/inform", "a cycle in months, such as P3M")
        found["report_months"] = int(months[1]) if months else 0
    return found


def _price(constraints: list[Constraint], path: str) -> int:
    amount = constraints[0] if len(constraints) == 1 else None
    is_amount = amount is not None and (amount.left, amount.operator) == ("payAmount", "eq")
    text = str(amount.right) if amount is not None and is_amount else ""
    found = _PRICE.match(text)
    need(found is not None, path, "compensate with an amount such as 0.80")
    assert found is not None
    return int(found[1]) * _CENTS + int(found[2])
