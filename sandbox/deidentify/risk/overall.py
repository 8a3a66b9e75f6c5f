"""The overall risk of re-identification: that of the data times that of its context (GB/T 42460-2023, annex D).

The data's risk is the mean share of a person in the classes where an agreement binds who sees the data, and the
highest one where anybody may (El Emam 2013, ch. 16). The context's is the probability that somebody tries at all; it is
declared with its source, and is 1 where nothing was declared.
"""

from typing import Any

from sandbox.deidentify.protection import Protection

#: Acceptable overall risk (GB/T 42460-2023, annex D).
ACCEPTABLE = 0.05
_PLACES = 6


def overall_risk(measured: dict[str, Any], protection: Protection) -> dict[str, Any]:
    """The overall risk of a measured relation; a class above the threshold makes it 1."""
    shares = measured["prosecutor"]
    is_open = protection.sharing == "public"
    data_risk = shares["highest"] if is_open else shares["average"]
    risk = round(data_risk * protection.context_risk, _PLACES)
    if measured["small_classes"]:
        risk = 1.0
    return {
        "data_risk": data_risk,
        "of": "highest" if is_open else "average",
        "context_risk": protection.context_risk,
        "context_source": protection.context_source,
        "risk": risk,
        "acceptable": ACCEPTABLE,
        "is_acceptable": risk <= ACCEPTABLE,
    }
