"""How long each side of a licence has to answer. No statute sets a number; the fallbacks are ours.

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
)
