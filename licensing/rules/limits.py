"""The limits that licensing counts with: S2 sets no numbers for them, so each is ours until a province sets its own."""

from kernel.errors import msgid
from kernel.limits.declared import Declaration, Unit

#: Filing is a duty without a number of days (S2 Art. 11 and 13); evaluation has no cycle (Art. 14(9)).
LIMITS: tuple[Declaration, ...] = (
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
