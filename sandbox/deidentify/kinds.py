"""Kinds of values that say what a column is, as predicates of the engine over a text ``v``.

Identity numbers: GB 11643-1999 with its check digit (ISO 7064 MOD 11-2). Mobile numbers: the numbering
plan's eleven digits.
"""

_ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_ID_CHECKS = "10X98765432"


def _weighted(weights: tuple[int, ...], letters: str) -> str:
    terms = (
        f"(instr('{letters}', substr(v, {place}, 1)) - 1) * {weight}"
        for place, weight in enumerate(weights, start=1)
    )
    return " + ".join(terms)


#: The engine evaluates a CASE from left to right, so sums are made of well-formed texts only.
ID_NUMBER = (
    "CASE WHEN regexp_full_match(v, '[1-9][0-9]{16}[0-9Xx]') THEN "
    f"substr('{_ID_CHECKS}', (({_weighted(_ID_WEIGHTS, '0123456789')}) % 11 + 1)::INTEGER, 1) = upper(substr(v, 18, 1)) "
    "ELSE false END"
)
MOBILE = r"regexp_full_match(v, '(\+?86[- ]?)?1[3-9][0-9]{9}')"
#: Values of these kinds name a person directly.
DIRECT = {"id_number": ID_NUMBER, "mobile": MOBILE}
#: A column is of a kind that so large a share of its values has; the rest counts as invalid.
SHARE = 0.9
