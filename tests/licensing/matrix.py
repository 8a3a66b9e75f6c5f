"""Who may do what to applications, negotiations and licences: status -> verb -> role and side.

Written by hand from the law, the protocol and the design; whatever is not here is refused.
"""

_E, _O = ("enterprise", "applicant"), ("operator", "provider")

OFFERS: dict[str, dict[str, tuple[str, str]]] = {
    "open": {"replace": _O, "withdraw": _O},
    "withdrawn": {},
}

APPLICATIONS: dict[str, dict[str, tuple[str, str]]] = {
    "draft": {"edit": _E, "submit": _E, "withdraw": _E},
    "submitted": {
        "withdraw": _E,
        "counter": _E,
        "accept-terms": _E,
        "counter-offer": _O,
        "request-changes": _O,
        "approve": _O,
        "refuse": _O,
    },
    "changes_requested": {"edit": _E, "submit": _E, "withdraw": _E},
    "approved": {},
    "refused": {},
    "withdrawn": {},
}

LICENCES: dict[str, dict[str, tuple[str, str]]] = {
    "awaiting_signatures": {
        "sign": _E,
        "decline-to-sign": _E,
        "countersign": _O,
        "take-back": _O,
    },
    "in_force": {
        "suspend": _O,
        "terminate": _O,
        "change-representative": _E,
        "give-up": _E,
    },
    "suspended": {"resume": _O, "terminate": _O},
    "ended": {},
}

NEGOTIATIONS: dict[str, dict[str, tuple[str, str]]] = {
    "REQUESTED": {"offer": _O, "agree": _O, "withdraw": _E, "terminate": _O},
    "OFFERED": {"request": _E, "accept": _E, "withdraw": _E, "terminate": _O},
    "ACCEPTED": {"agree": _O, "withdraw": _E, "terminate": _O},
    "AGREED": {"verify": _E, "withdraw": _E, "terminate": _O},
    "VERIFIED": {"finalize": _O, "withdraw": _E, "terminate": _O},
    "FINALIZED": {},
    "TERMINATED": {},
}
