"""The limits that licensing counts with. No statute sets a number for them; the fallbacks are ours.

Filing is a duty without a number of days (S2 Art. 11 and 13), evaluation has no cycle (Art. 14(9)).

S2 leaves the dealings between operator and licensee to them; that every wait has an owner and a day
is what people ask for who negotiated elsewhere (domain 9).
"""

from kernel.errors import msgid
from kernel.limits.declared import Declaration, Unit

_SOURCE = "S2 Art. 6"

LIMITS: tuple[Declaration, ...] = (
    Declaration(
        "l_decide",
        msgid("Decide on an application for a licence"),
        Unit.WORKDAYS,
        None,
        _SOURCE,
        fallback=10,
    ),
    Declaration(
        "l_answer",
        msgid("Answer a request or a counter-offer"),
        Unit.WORKDAYS,
        None,
        _SOURCE,
        fallback=10,
    ),
    Declaration("l_sign", msgid("Sign a licence"), Unit.WORKDAYS, None, _SOURCE, fallback=10),
    Declaration(
        "plan_filing",
        msgid("File a decided plan"),
        Unit.WORKDAYS,
        None,
        "S2 Art. 11",
        fallback=20,
    ),
    Declaration(
        "agreement_filing",
        msgid("File a signed agreement"),
        Unit.WORKDAYS,
        None,
        "S2 Art. 13",
        fallback=20,
    ),
    Declaration(
        "agreement_evaluation",
        msgid("Evaluate an agreement"),
        Unit.MONTHS,
        None,
        "S2 Art. 14(9)",
        fallback=12,
    ),
)
