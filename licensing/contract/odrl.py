"""Terms to ODRL 2.2 and back, in the profile that the sandbox enforces.

An offer in our catalogue carries no target on its rules; an Agreement has assigner, assignee and
target. Reading fails closed: an operand, operator or action that we do not enforce is refused,
because a clause that nobody enforces would be a promise that nobody keeps.
"""

import hashlib
from datetime import UTC, datetime
from typing import Any

from ledger.encoding import canonical_bytes
from licensing import errors
from licensing.contract.terms import MODES, PURPOSES, Parties, Terms

CONTEXT = "http://www.w3.org/ns/odrl.jsonld"
NAMESPACE = "https://hexi.example/ns/odrl#"
PROFILE = "https://hexi.example/odrl/profile/1"
_DATE_TIME = "http://www.w3.org/2001/XMLSchema#dateTime"
_ACTIONS = {"open": "execute", "aggregate": "aggregate", "dp": "aggregate"}
#: Operand of the profile -> the operator that we enforce for it.
_OPERATORS = {
    "purpose": "isAnyOf",
    "count": "lteq",
    "dateTime": "lteq",
    "elapsedTime": "lteq",
    "hexi:mode": "eq",
    "hexi:column": "isAnyOf",
    "hexi:minCellSize": "gteq",
    "hexi:sandboxOnly": "eq",
}
_PROHIBITIONS = ("distribute", "hexi:reidentify")
_CENTS = 100


def offer_document(identifier: str, terms: Terms, *, assigner: str) -> dict[str, Any]:
    """The offer as an ODRL Offer."""
    return _document("Offer", identifier, terms, {"assigner": assigner})


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
            "target": f"urn:hexi:dataset:{terms.dataset}",
            "timestamp": _moment(agreed_at),
        },
    )


def digest_of(document: dict[str, Any]) -> str:
    """Hex SHA-256 of the document's JCS bytes (RFC 8785)."""
    return hashlib.sha256(canonical_bytes(document)).hexdigest()


def read_terms(document: dict[str, Any]) -> Terms:
    """The terms of a document in our profile.

    Raises:
        PolicyMalformed: another profile, an operand or operator that we do not enforce, an empty
            list, a rule too many, or a value out of range.
    """
    _need(document.get("profile") == PROFILE, "profile", PROFILE)
    permissions = document.get("permission")
    _need(isinstance(permissions, list) and len(permissions) == 1, "permission", "exactly one rule")
    rule = permissions[0] if isinstance(permissions, list) else {}
    operands = _operands(rule)
    mode = operands.get("hexi:mode")
    _need(mode in MODES, "hexi:mode", ", ".join(MODES))
    _need(rule.get("action") == _ACTIONS[str(mode)], "action", _ACTIONS[str(mode)])
    _need(operands.get("hexi:sandboxOnly") is True, "hexi:sandboxOnly", "true")
    _need(
        [one.get("action") for one in document.get("prohibition", [])] == list(_PROHIBITIONS),
        "prohibition",
        ", ".join(_PROHIBITIONS),
    )
    return Terms(
        mode=str(mode),
        dataset=_dataset(document, rule),
        columns=_names(operands, "hexi:column"),
        purposes=_purposes(operands),
        run_quota=_whole(operands, "count"),
        price_cents=_price(rule),
        min_cell_size=_whole(operands, "hexi:minCellSize"),
        term_days=_whole(operands, "elapsedTime"),
        expires_at=_expiry(operands),
    )


def _document(kind: str, identifier: str, terms: Terms, parties: dict[str, Any]) -> dict[str, Any]:
    return {
        "@context": [CONTEXT, {"hexi": NAMESPACE}],
        "@id": identifier,
        "@type": kind,
        "profile": PROFILE,
        **parties,
        "permission": [_permission(terms)],
        "prohibition": [{"action": action} for action in _PROHIBITIONS],
    }


def _permission(terms: Terms) -> dict[str, Any]:
    values: dict[str, Any] = {
        "hexi:mode": terms.mode,
        "hexi:sandboxOnly": True,
        "purpose": list(terms.purposes),
        "hexi:column": list(terms.columns),
        "hexi:minCellSize": terms.min_cell_size,
        "count": terms.run_quota,
        "elapsedTime": terms.term_days,
    }
    if terms.expires_at is not None:
        values["dateTime"] = {"@value": _moment(terms.expires_at), "@type": _DATE_TIME}
    price = f"{terms.price_cents // _CENTS}.{terms.price_cents % _CENTS:02d}"
    return {
        "action": _ACTIONS[terms.mode],
        "constraint": [
            {"leftOperand": operand, "operator": _OPERATORS[operand], "rightOperand": value}
            for operand, value in values.items()
        ],
        "duty": [
            {
                "action": "compensate",
                "constraint": [
                    {
                        "leftOperand": "payAmount",
                        "operator": "eq",
                        "rightOperand": price,
                        "unit": "CNY/run",
                    }
                ],
            }
        ],
        "hexi:dataset": terms.dataset,
    }


def _operands(rule: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    constraints = rule.get("constraint")
    _need(
        isinstance(constraints, list) and bool(constraints),
        "constraint",
        "a list that is not empty",
    )
    for one in constraints or []:
        operand = str(one.get("leftOperand")) if isinstance(one, dict) else ""
        _need(operand in _OPERATORS, operand, "an operand of the profile")
        _need(one.get("operator") == _OPERATORS[operand], operand, _OPERATORS[operand])
        _need(operand not in found, operand, "only once")
        found[operand] = one.get("rightOperand")
    return found


def _dataset(document: dict[str, Any], rule: dict[str, Any]) -> str:
    name = rule.get("hexi:dataset")
    _need(isinstance(name, str) and bool(name), "hexi:dataset", "the dataset's name")
    target = document.get("target", f"urn:hexi:dataset:{name}")
    _need(target == f"urn:hexi:dataset:{name}", "target", f"urn:hexi:dataset:{name}")
    return str(name)


def _names(operands: dict[str, Any], operand: str) -> tuple[str, ...]:
    names = operands.get(operand)
    is_list = isinstance(names, list) and bool(names)
    _need(is_list and all(isinstance(name, str) and name for name in names or []), operand, "names")
    return tuple(names or ())


def _purposes(operands: dict[str, Any]) -> tuple[str, ...]:
    purposes = _names(operands, "purpose")
    _need(set(purposes) <= set(PURPOSES), "purpose", ", ".join(PURPOSES))
    return purposes


def _whole(operands: dict[str, Any], operand: str) -> int:
    value = operands.get(operand)
    is_whole = isinstance(value, int) and not isinstance(value, bool) and value >= 0
    _need(is_whole, operand, "a whole number")
    return int(value or 0)


def _expiry(operands: dict[str, Any]) -> datetime | None:
    value = operands.get("dateTime")
    if value is None:
        return None
    text = value.get("@value") if isinstance(value, dict) else None
    try:
        moment = datetime.fromisoformat(str(text))
    except ValueError:
        moment = None
    _need(
        moment is not None and moment.tzinfo is not None,
        "dateTime",
        "an xsd:dateTime with its zone",
    )
    return moment


def _price(rule: dict[str, Any]) -> int:
    try:
        duty = rule["duty"][0]
        amount = duty["constraint"][0]["rightOperand"]
        whole, cents = amount.split(".")
        price = int(whole) * _CENTS + int(cents)
        is_price = duty["action"] == "compensate" and len(cents) == 2 and price >= 0  # noqa: PLR2004 - two digits of cents
    except (KeyError, IndexError, AttributeError, ValueError, TypeError):
        is_price, price = False, 0
    _need(is_price, "duty", "compensate with an amount such as 0.80")
    return price


def _moment(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _need(holds: bool, place: str, need: str) -> None:  # noqa: FBT001 - reads as an assertion
    if not holds:
        raise errors.PolicyMalformed(place=place, need=need)
