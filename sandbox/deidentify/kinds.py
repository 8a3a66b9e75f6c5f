"""Values that name a person directly, as predicates of the engine over a text ``v``.

Identity numbers: GB 11643-1999 with its check digit (ISO 7064 MOD 11-2). Mobile numbers: the numbering
plan's eleven digits.
"""

_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECKS = "10X98765432"
_SUM = " + ".join(
    f"substr(v, {place}, 1)::INTEGER * {weight}" for place, weight in enumerate(_WEIGHTS, start=1)
)
#: The engine evaluates a CASE from left to right, so sums are made of well-formed texts only.
_ID_NUMBER = (
    "CASE WHEN regexp_full_match(v, '[1-9][0-9]{16}[0-9Xx]') "
    f"THEN substr('{_CHECKS}', ({_SUM}) % 11 + 1, 1) = upper(substr(v, 18, 1)) ELSE false END"
)
_MOBILE = r"regexp_full_match(v, '(\+?86[- ]?)?1[3-9][0-9]{9}')"
DIRECT = {"id_number": _ID_NUMBER, "mobile": _MOBILE}
#: A column names persons where so large a share of its distinct values does.
SHARE = 0.9
