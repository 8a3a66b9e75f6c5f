"""The words of our ODRL 2.2 profile: operands, operators, actions, and what lies within what.

One table says which operand carries which term of a contract and with which operator we write it.
Reading and evaluating know the same table, so a clause that nobody enforces cannot be written.
Sources: ODRL Vocabulary 2.2 (W3C, 2018); Dataspace Protocol 2025-1, whose schema takes no bare
numbers and booleans as right operands; GB/T 2260 for regions, GB/T 4754 for industries.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

CONTEXT: Final = "http://www.w3.org/ns/odrl.jsonld"
NAMESPACE: Final = "https://hexi.example/ns/odrl#"
PROFILE: Final = "https://hexi.example/odrl/profile/2"
#: Contracts of the first profile were signed with bare numbers; they stay readable.
PROFILES: Final = (PROFILE, "https://hexi.example/odrl/profile/1")
XSD: Final = "http://www.w3.org/2001/XMLSchema#"


class Kind(StrEnum):
    """What a right operand holds."""

    NAMES = "names"
    TEXT = "text"
    WHOLE = "whole"
    FLAG = "flag"
    MOMENT = "moment"
    DAYS = "days"


class By(StrEnum):
    """What decides about an operand when a query runs; before that a person may have to."""

    REQUEST = "request"
    GUARD = "guard"
    METER = "meter"
    SIGNATURE = "signature"


@dataclass(frozen=True, slots=True)
class Operand:
    """One left operand: how we write it, which field of the terms it carries, and who decides."""

    name: str
    operator: str
    kind: Kind
    field: str
    by: By


_K, _B = Kind, By
OPERANDS: Final = (
    Operand("hexi:mode", "eq", _K.TEXT, "mode", _B.GUARD),
    Operand("hexi:sandboxOnly", "eq", _K.FLAG, "", _B.GUARD),
    Operand("purpose", "isAnyOf", _K.NAMES, "purposes", _B.REQUEST),
    Operand("hexi:column", "isAnyOf", _K.NAMES, "columns", _B.GUARD),
    Operand("hexi:minCellSize", "gteq", _K.WHOLE, "min_cell_size", _B.GUARD),
    Operand("count", "lteq", _K.WHOLE, "run_quota", _B.METER),
    Operand("timeInterval", "eq", _K.TEXT, "quota_period", _B.METER),
    Operand("hexi:rowsOut", "lteq", _K.WHOLE, "row_quota", _B.METER),
    Operand("hexi:computeUnits", "lteq", _K.WHOLE, "compute_quota", _B.METER),
    Operand("hexi:calls", "lteq", _K.WHOLE, "call_quota", _B.METER),
    Operand("hexi:privacyRho", "lteq", _K.WHOLE, "privacy_rho", _B.METER),
    Operand("hexi:outputReview", "eq", _K.TEXT, "output_review", _B.GUARD),
    Operand("hexi:responseTime", "eq", _K.TEXT, "response_time", _B.GUARD),
    Operand("spatial", "isPartOf", _K.NAMES, "regions", _B.SIGNATURE),
    Operand("industry", "isPartOf", _K.NAMES, "industries", _B.SIGNATURE),
    Operand("hexi:participantCredential", "isAllOf", _K.NAMES, "credentials", _B.SIGNATURE),
    Operand("recipient", "isAnyOf", _K.NAMES, "recipients", _B.REQUEST),
    Operand("hexi:userCount", "lteq", _K.WHOLE, "most_users", _B.SIGNATURE),
    Operand("hexi:maxDelegationDepth", "lteq", _K.WHOLE, "delegation_depth", _B.REQUEST),
    Operand("elapsedTime", "lteq", _K.DAYS, "term_days", _B.METER),
    Operand("dateTime", "gteq", _K.MOMENT, "starts_at", _B.REQUEST),
    Operand("dateTime", "lteq", _K.MOMENT, "expires_at", _B.REQUEST),
)
#: By left operand and the operator that we write; several operators of one operand are several rows.
BY_NAME: Final = {(one.name, one.operator): one for one in OPERANDS}
#: Left operands whose constraints we can evaluate.
KNOWN: Final = {one.name: one for one in OPERANDS}

#: Operators that we evaluate. The protocol knows ``term-lteq`` too, an artefact of its context.
OPERATORS: Final = frozenset(
    {
        *("eq", "neq", "lt", "lteq", "gt", "gteq"),
        *("isAnyOf", "isNoneOf", "isAllOf", "isPartOf", "hasPart", "isA", "term-lteq"),
    }
)
#: Logical constraints; ``andSequence`` is read and then refused: nothing here has an order in time.
LOGICAL: Final = ("and", "or", "xone", "andSequence")

#: Action of a permission by mode.
ACTION_OF_MODE: Final = {"open": "execute", "aggregate": "aggregate", "dp": "aggregate"}
PROHIBITED: Final = ("distribute", "hexi:reidentify")
#: ``use`` is the umbrella of ODRL: a rule about it is a rule about everything that lies within.
USES: Final = frozenset(
    {
        *("read", "execute", "aggregate", "derive", "display", "archive"),
        *("distribute", "hexi:reidentify"),
    }
)
DUTIES: Final = ("compensate", "inform", "attribute", "delete")

#: The taxonomy of purposes (``PURPOSE_TAXONOMY``): each purpose and what it lies within.
WITHIN: Final = {
    "statistical-analysis": "research",
    "academic-research": "research",
    "public-governance": "public-interest",
    "product-improvement": "industry-development",
}
_COUNTRY = "CN"
_SECTION = 1


def lies_within(operand: str, value: str, whole: str) -> bool:
    """Whether a purpose, a region or an industry is another one or a part of it."""
    if value == whole:
        return True
    if operand == "purpose":
        return WITHIN.get(value) == whole
    if operand == "spatial":
        # A code of GB/T 2260 fills with zeros what it leaves open: 620000 holds 620102.
        pairs = whole.rstrip("0") + "0" * (len(whole.rstrip("0")) % 2)
        return whole == _COUNTRY or (whole.isdigit() and value.startswith(pairs))
    if operand == "industry":
        return len(whole) == _SECTION and value[:_SECTION] == whole
    return False
