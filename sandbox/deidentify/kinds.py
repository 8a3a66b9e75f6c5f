"""Kinds of values that say what a column is, as predicates of the engine over a text ``v``.

Identity numbers: GB 11643-1999 with its check digit (ISO 7064 MOD 11-2). Unified social credit codes:
GB 32100-2015 with its check character. Mobile numbers: the numbering plan's eleven digits.
"""

_ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_ID_CHECKS = "10X98765432"
_CREDIT_LETTERS = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_CREDIT_WEIGHTS = tuple(3**place % 31 for place in range(17))


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
CREDIT_CODE = (
    f"CASE WHEN regexp_full_match(v, '[{_CREDIT_LETTERS}]{{18}}') THEN "
    f"substr('{_CREDIT_LETTERS}', ((31 - ({_weighted(_CREDIT_WEIGHTS, _CREDIT_LETTERS)}) % 31) % 31 + 1)::INTEGER, 1)"
    " = substr(v, 18, 1) ELSE false END"
)
MOBILE = r"regexp_full_match(v, '(\+?86[- ]?)?1[3-9][0-9]{9}')"
#: Values of these kinds name a person directly.
DIRECT = {"id_number": ID_NUMBER, "mobile": MOBILE}
KINDS = {
    **DIRECT,
    "credit_code": CREDIT_CODE,
    "date": "TRY_CAST(v AS DATE) IS NOT NULL AND regexp_matches(v, '^[0-9]{4}-[0-9]{2}-[0-9]{2}')",
    "amount": r"regexp_full_match(v, '-?[0-9]+\.[0-9]+')",
    "code": "regexp_full_match(v, '[A-Za-z0-9][A-Za-z0-9._/-]{0,31}')",
}
#: A column is of a kind that so large a share of its values has; the rest counts as invalid.
SHARE = 0.9

#: Words of headers, Chinese and English, and what they say; the first that fits decides.
HEADERS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("id_number", ("身份证", "证件号", "id_card", "idcard", "id_number", "identity")),
    ("mobile", ("手机", "电话", "联系方式", "mobile", "phone", "tel_no")),
    (
        "person_name",
        ("姓名", "患者名", "联系人", "法定代表人", "full_name", "surname", "person_name"),
    ),
    (
        "person_code",
        ("人员编号", "个人编号", "参保号", "病历号", "person_id", "patient_id", "member_id"),
    ),
    ("address", ("住址", "地址", "address", "street")),
    ("free_text", ("备注", "意见", "说明", "描述", "remark", "comment", "note", "description")),
    ("credit_code", ("统一社会信用代码", "信用代码", "credit_code", "uscc")),
    ("date", ("日期", "时间", "出生", "date", "birth", "_at", "_on")),
    ("amount", ("金额", "费用", "价格", "amount", "fee", "price", "cost", "_usd", "_cny")),
)


def header_kind(name: str) -> str:
    """What a column's name alone suggests; an empty text where it says nothing."""
    plain = name.lower()
    return next((kind for kind, words in HEADERS if any(word in plain for word in words)), "")
