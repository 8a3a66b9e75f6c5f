"""The codes of both registers: local provisional ones for A, the national form for B.

Register A: until the national rule of unified coding is published, ours are provisional. The
official code will be opaque text of at most 64 characters; nothing may depend on its parts. Ours
start with ``L`` (local), so that nobody takes them for official ones.

Register B: 15 characters by annex 6 of the working guide of data property registration: ``SJ``,
two digits of the agency's province (GB/T 2260), the agency's digit, year and month, and a serial
that starts again each month.
"""

import re
from datetime import date
from typing import Final

from kernel.errors import Exhausted, msgid

#: GB/T 2260 code of Gansu province.
PROVINCE = "620000"
_KIND_DIGITS = {"resource": "1", "product": "2", "service": "3"}

#: A code of register B (annex 6); the serial 0000 is never given.
PROPERTY_CODE: Final = re.compile(r"^SJ\d{2}\d\d{4}(0[1-9]|1[0-2])(?!0000)\d{4}$", re.ASCII)
#: Annex 6: four digits, 0001 to 9999, for each agency and month.
MOST_PROPERTY_CODES_A_MONTH: Final = 9999


class PropertyCodesExhausted(Exhausted):
    """The agency has given every certificate code of this month."""

    code = "registry-property-codes-exhausted"
    title = msgid("This month's certificate codes are used up")
    detail = msgid(
        "The agency has given all %(most)s codes of %(month)s. Issue the certificate on a day of "
        "the next month, or ask for a second agency digit."
    )


def provisional_code(*, year: int, kind: str, serial: int) -> str:
    """The code of the ``serial``-th entry of a year, such as ``L620000-2026-2-000017``."""
    return f"L{PROVINCE}-{year}-{_KIND_DIGITS[kind]}-{serial:06d}"


def property_code(*, region_digits: str, agency_digit: int, day: date, serial: int) -> str:
    """The certificate code of the ``serial``-th entry of a month, such as ``SJ6212026110001``.

    Raises:
        PropertyCodesExhausted: the serial is above 9999.
        ValueError: region, agency or serial are no digits of annex 6; a mistake of the caller.
    """
    if serial > MOST_PROPERTY_CODES_A_MONTH:
        raise PropertyCodesExhausted(most=MOST_PROPERTY_CODES_A_MONTH, month=f"{day:%Y-%m}")
    # %Y writes a year before 1000 with fewer digits; the pattern then refuses the code.
    code = f"SJ{region_digits}{agency_digit}{day:%Y%m}{serial:04d}"
    if not PROPERTY_CODE.fullmatch(code):
        message = f"{code!r} is no certificate code"
        raise ValueError(message)
    return code
