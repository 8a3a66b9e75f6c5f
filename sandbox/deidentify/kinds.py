"""Values of a known form, as predicates of the engine over a text ``v``; some name a person directly.

Identity numbers: GB 11643-1999 with its check digit (ISO 7064 MOD 11-2). Mobile numbers: the numbering
plan's eleven digits. Unified social credit codes: GB 32100-2015 with their check character. Dates: ISO 8601, and
the same with slashes or without separators.
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

#: GB 32100-2015, annex A: 31 characters, and the weight of the i-th place is 3^(i-1) mod 31.
_CREDIT = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_CREDIT_SUM = " + ".join(
    f"(strpos('{_CREDIT}', substr(v, {place + 1}, 1)) - 1) * {pow(3, place, 31)}"
    for place in range(17)
)
_CREDIT_CODE = (
    f"CASE WHEN regexp_full_match(v, '[{_CREDIT}]{{2}}[0-9]{{6}}[{_CREDIT}]{{10}}') "
    f"THEN substr('{_CREDIT}', (31 - ({_CREDIT_SUM}) % 31) % 31 + 1, 1) = substr(v, 18, 1) ELSE false END"
)
_DAYS = ("%Y-%m-%d", "%Y/%m/%d", "%Y%m%d")
_DATE = (
    r"regexp_full_match(v, '(19|20)[0-9]{2}([-/]?)[0-9]{2}([-/]?)[0-9]{2}([T ][0-9:.]+)?') "
    f"AND try_strptime(substr(v, 1, CASE WHEN substr(v, 5, 1) IN ('-', '/') THEN 10 ELSE 8 END), "
    f"{list(_DAYS)}) IS NOT NULL"
)
#: Whoever has a column of one of these forms can be told which of its values break the form.
FORMS = {**DIRECT, "credit_code": _CREDIT_CODE, "date": _DATE}
#: A column names persons where so large a share of its distinct values does.
SHARE = 0.9
