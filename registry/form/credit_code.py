"""The unified social credit code and its check character (GB 32100-2015).

18 characters: the registering authority and the class of the organisation (one each), the
administrative division of the registering authority (six digits), the organisation's own code
(nine) and a check character, in an alphabet of 31 that leaves out I, O, S, V and Z.
"""

import re

ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_VALUES = {character: value for value, character in enumerate(ALPHABET)}
_MODULUS = 31
#: GB 32100-2015, annex A: the weight of the i-th character is 3^(i-1) mod 31.
_WEIGHTS = tuple(pow(3, place, _MODULUS) for place in range(17))
_SHAPE = re.compile(rf"[{ALPHABET}]{{2}}[0-9]{{6}}[{ALPHABET}]{{10}}\Z")
#: GB 32100-2015, table 1: who registers the organisation, from the first character.
_AUTHORITIES = {
    "1": "机构编制",
    "5": "民政",
    "9": "工商",
    "Y": "其他",
}


def check_character(first17: str) -> str:
    """The 18th character that belongs to the first 17.

    It finds every wrong character and every swap of two neighbours: 31 is prime, no weight is a
    multiple of it, and neighbouring weights differ.

    Raises:
        KeyError: a character is outside the alphabet.
        ValueError: there are not 17 characters.
    """
    pairs = zip(first17, _WEIGHTS, strict=True)
    total = sum(_VALUES[character] * weight for character, weight in pairs)
    return ALPHABET[-total % _MODULUS]


def is_credit_code(text: str) -> bool:
    """The text has the shape of a code and its check character is right."""
    return bool(_SHAPE.match(text)) and check_character(text[:17]) == text[17]


def division_of(code: str) -> str:
    """The six digits of the division whose authority registered the organisation (places 3 to 8)."""
    return code[2:8]


def authority_of(code: str) -> str:
    """The registering authority in Chinese, empty where the standard of 2015 names none."""
    return _AUTHORITIES.get(code[:1], "")
