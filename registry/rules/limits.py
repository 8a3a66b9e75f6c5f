"""The limits that both registers count with: key, national value, unit and article.

A key without a national value is one for which the law sets no number; its fallback is ours.
"""

from kernel.errors import msgid
from kernel.limits.declared import Declaration, Unit

_D, _U = Declaration, Unit

#: Order: register A, then register B, as the laws have them.
LIMITS: tuple[Declaration, ...] = (
    _D(
        "first_registration",
        msgid("File after start of operation and delivery"),
        _U.WORKDAYS,
        20,
        "S1 Art. 9(1)",
    ),
    _D("acceptance", msgid("Accept an application"), _U.WORKDAYS, 3, "S1 Art. 10"),
    _D("review", msgid("Formal review"), _U.WORKDAYS, 20, "S1 Art. 11"),
    _D("notice", msgid("Public notice"), _U.WORKDAYS, 10, "S1 Art. 12"),
    _D("objection", msgid("Re-examine an objection"), _U.WORKDAYS, None, "S1 Art. 12", fallback=10),
    _D("code", msgid("Issue the code"), _U.WORKDAYS, None, "S1 Art. 13", fallback=5),
    _D("change", msgid("Review a change"), _U.WORKDAYS, None, "S1 Art. 9(2)", fallback=20),
    _D("correction", msgid("Review a correction"), _U.WORKDAYS, None, "S1 Art. 9(3)", fallback=20),
    _D("renewal", msgid("Review a renewal"), _U.WORKDAYS, None, "S1 Art. 15", fallback=20),
    _D("cancellation", msgid("Finish a cancellation"), _U.WORKDAYS, 10, "S1 Art. 9(4)"),
    _D("validity", msgid("Validity of an entry"), _U.YEARS, 3, "S1 Art. 15"),
    _D("renewal_window", msgid("Renewal window before expiry"), _U.DAYS, 60, "S1 Art. 15"),
    _D("renewal_most", msgid("Longest renewal of an entry"), _U.YEARS, 3, "S1 Art. 15"),
    _D("b_acceptance", msgid("Accept (data property)"), _U.WORKDAYS, 3, "S4 Art. 17"),
    _D(
        "b_supplement",
        msgid("Complete an application (data property)"),
        _U.WORKDAYS,
        None,
        "S4 Art. 17",
        fallback=10,
    ),
    _D(
        "b_total", msgid("Register (data property), from acceptance"), _U.WORKDAYS, 10, "S4 Art. 28"
    ),
    _D("b_extension", msgid("Extension (data property)"), _U.WORKDAYS, 10, "S4 Art. 28"),
    _D("b_notice", msgid("Public notice (data property)"), _U.WORKDAYS, 5, "S4 Art. 24"),
    _D("b_objection", msgid("Decide an objection (data property)"), _U.WORKDAYS, 10, "S4 Art. 25"),
    _D(
        "b_late_objection",
        msgid("Tell the registrant of a later objection"),
        _U.WORKDAYS,
        5,
        "S4 Art. 29",
    ),
    _D("b_validity", msgid("Validity of a certificate"), _U.YEARS, 5, "S4 Art. 26"),
    _D("b_renewal_window", msgid("Renewal window of a certificate"), _U.MONTHS, 6, "S4 Art. 35"),
    # 0 to 9; no value while the body that runs this is not on the national list.
    _D(
        "b_agency_digit",
        msgid("Agency digit of a listed registration agency"),
        _U.NUMBER,
        None,
        "S4 Art. 7, annex 6",
    ),
)
