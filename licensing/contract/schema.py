"""The JSON Schema of our ODRL profile, made from the same table that reads and writes it.

Outsiders validate an offer or an agreement with it before they send it (JSON Schema 2020-12). What
no schema can say, that a licence's parts fit each other, ``read_terms`` says.
"""

from functools import cache
from typing import Any, Final

from licensing.contract.terms import MODES, OUTPUT_REVIEWS, PERIODS, PURPOSES, RESPONSE_TIMES
from licensing.contract.vocabulary import (
    ACTION_OF_MODE,
    DUTIES,
    OPERANDS,
    PROFILE,
    PROHIBITED,
    XSD,
    Kind,
    Operand,
)

_TEXT: Final = {"type": "string", "minLength": 1}
_CHOICES: Final[dict[str, tuple[str, ...]]] = {
    "hexi:mode": MODES,
    "timeInterval": PERIODS,
    "hexi:outputReview": OUTPUT_REVIEWS,
    "hexi:responseTime": RESPONSE_TIMES,
    "purpose": PURPOSES,
}


@cache
def profile_schema() -> dict[str, Any]:
    """The schema of an Offer or Agreement of the profile."""
    rule = {
        "type": "object",
        "properties": {
            "action": {"enum": sorted(set(ACTION_OF_MODE.values()))},
            "constraint": {
                "type": "array",
                "items": {"oneOf": [_constraint(one) for one in OPERANDS]},
                "minItems": 1,
                "uniqueItems": True,
            },
            "duty": {"type": "array", "items": _duty(), "minItems": 1},
            "hexi:dataset": _TEXT,
        },
        "required": ["action", "constraint", "duty", "hexi:dataset"],
        "additionalProperties": False,
    }
    prohibitions = [
        {"const": {"action": action}, "$comment": "never lifted"} for action in PROHIBITED
    ]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"{PROFILE}/schema.json",
        "title": "An Offer or Agreement of the profile",
        "type": "object",
        "properties": {
            "@context": {"type": "array", "minItems": 1},
            "@id": _TEXT,
            "@type": {"enum": ["Offer", "Agreement"]},
            "profile": {"const": PROFILE},
            "assigner": _TEXT,
            "assignee": _TEXT,
            "target": _TEXT,
            "timestamp": {"type": "string", "format": "date-time"},
            "permission": {"type": "array", "items": rule, "minItems": 1, "maxItems": 1},
            "prohibition": {
                "type": "array",
                "prefixItems": prohibitions,
                "minItems": len(PROHIBITED),
                "maxItems": len(PROHIBITED),
            },
        },
        "required": ["@context", "@id", "@type", "profile", "permission", "prohibition"],
        "additionalProperties": False,
        "if": {"properties": {"@type": {"const": "Agreement"}}},
        "then": {"required": ["assigner", "assignee", "target", "timestamp"]},
    }


def _constraint(operand: Operand) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": {
            "leftOperand": {"const": operand.name},
            "operator": {"const": operand.operator},
            "rightOperand": _right(operand),
        },
        "required": ["leftOperand", "operator", "rightOperand"],
        "additionalProperties": False,
    }


def _right(operand: Operand) -> dict[str, Any]:
    choices = _CHOICES.get(operand.name)
    text = {"enum": list(choices)} if choices else _TEXT
    if operand.kind is Kind.NAMES:
        return {"type": "array", "items": text, "minItems": 1, "uniqueItems": True}
    if operand.kind is Kind.TEXT:
        return dict(text)
    name, pattern = _TYPED[operand.kind]
    return {
        "type": "object",
        "properties": {
            "@value": {"type": "string", "pattern": pattern},
            "@type": {"const": f"{XSD}{name}"},
        },
        "required": ["@value", "@type"],
        "additionalProperties": False,
    }


_TYPED: Final = {
    Kind.WHOLE: ("integer", "^(0|[1-9][0-9]{0,15})$"),
    Kind.FLAG: ("boolean", "^true$"),
    Kind.DAYS: ("duration", "^P[0-9]{1,5}D$"),
    Kind.MOMENT: ("dateTime", r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}Z$"),
}


def _duty() -> dict[str, Any]:
    return {
        "type": "object",
        "properties": {
            "action": {"enum": list(DUTIES)},
            "constraint": {"type": "array", "minItems": 1, "maxItems": 1},
        },
        "required": ["action"],
        "additionalProperties": False,
    }
