"""A problem of a form, and the words of each kind of problem.

Problems are values and not exceptions, because a form tells all of them at once.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from kernel.errors import msgid

#: The sentence of each code, with places for its facts.
MESSAGES: Mapping[str, str] = {
    "registry-form-missing": msgid("Fill in “%(label)s”."),
    "registry-form-wrong-type": msgid("“%(label)s” has to be %(expected)s."),
    "registry-form-too-long": msgid(
        "“%(label)s” has %(length)s characters; shorten it to %(most)s."
    ),
    "registry-form-too-many": msgid("“%(label)s” has %(count)s entries; at most %(most)s fit."),
    "registry-form-pattern": msgid("Write “%(label)s” in the form that the help shows."),
    "registry-form-not-in-dictionary": msgid(
        "Choose “%(label)s” from the list; “%(value)s” is not in it."
    ),
    "registry-form-not-a-number": msgid(
        "Write “%(label)s” as a whole number in digits, without words; it says “%(value)s”."
    ),
    "registry-form-number-out-of-range": msgid("“%(label)s” has to be between 0 and %(most)s."),
    "registry-form-not-a-date": msgid(
        "Write “%(label)s” as a day such as 2026-01-31; it says “%(value)s”."
    ),
    "registry-form-not-a-flag": msgid("Answer “%(label)s” with yes or no; it says “%(value)s”."),
    "registry-form-not-a-digest": msgid(
        "“%(label)s” has to be the 64 hexadecimal digits of a SHA-256."
    ),
    "registry-form-not-a-credit-code": msgid(
        "Check “%(label)s”: 18 characters, of which the last one does not fit the others."
    ),
    "registry-form-not-a-code": msgid(
        "Each entry of “%(label)s” has to be a registration code of 1 to 64 characters."
    ),
    "registry-form-code-twice": msgid("“%(label)s” names %(value)s twice; leave it once."),
    "registry-form-not-a-region": msgid("Write “%(label)s” as the six digits of the division."),
    "registry-form-region-unknown": msgid(
        "There is no division %(value)s in Gansu; choose “%(label)s” from the list."
    ),
    "registry-form-column-unknown": msgid("“%(label)s” has no column “%(value)s”; remove it."),
    "registry-form-row-uneven": msgid(
        "The row has more cells than the first row has names; look for a comma that shifts it."
    ),
    "registry-form-not-asked": msgid("This registration does not ask for “%(label)s”; empty it."),
    "registry-form-dates-contradict": msgid(
        "“%(label)s” (%(value)s) lies before “%(other_label)s” (%(other_value)s)."
    ),
    "registry-form-date-in-future": msgid("“%(label)s” (%(value)s) lies in the future."),
    "registry-form-agent-expired": msgid(
        "The authorisation of the agent ended on %(value)s; preserve a new one."
    ),
    "registry-form-risk-expired": msgid(
        "The risk assessment was valid until %(value)s; important data needs a current one."
    ),
    "registry-form-core-data": msgid("Core data cannot be registered here; do not file this form."),
    "registry-form-central-entity": msgid(
        "Bodies of the central level register on the national platform, not here."
    ),
    "registry-form-division-not-in-section": msgid(
        "Division %(value)s does not belong to section %(section)s; choose one that does."
    ),
    "registry-form-sensitive-not-personal": msgid(
        "Sensitive personal information is personal information; tick both or neither."
    ),
    "registry-form-format-not-of-form": msgid(
        "The format %(value)s does not fit the form %(form)s; correct one of them."
    ),
    "registry-form-share-mode-not-of-format": msgid(
        "Data kept as %(format)s is not shared as %(value)s; correct one of them."
    ),
    "registry-form-catalogue-code-short": msgid(
        "A catalogue code has at least %(least)s characters: class, item, subject, detail, number."
    ),
    "registry-form-catalogue-code-shape": msgid(
        "A catalogue code begins with six digits (class, item, subject) and has no blanks or words."
    ),
    "registry-form-system-name": msgid(
        "“%(value)s” is the name of a system; name the data that it holds."
    ),
    "registry-form-name-noise": msgid(
        "Remove needless blanks and punctuation from “%(label)s”; without them it is “%(value)s”."
    ),
    "registry-form-summary-is-name": msgid(
        "The summary repeats the name; say what the data holds."
    ),
    "registry-form-item-twice": msgid("The item “%(value)s” is listed twice; leave it once."),
    "registry-form-shares-over-whole": msgid("The shares add up to %(value)s percent."),
    "registry-form-right-not-by-origin": msgid(
        "Data of this origin (%(origin)s) does not give the right “%(right)s” (S4 Art. 21)."
    ),
    "registry-form-government-data": msgid(
        "Data from the duties of a public body enters this register only as a registered product: name its code."
    ),
    "registry-form-name-without-time": msgid("A good name says which time the data is from."),
    "registry-form-name-without-region": msgid("A good name says which region the data is from."),
    "registry-form-name-without-type": msgid(
        "A good name ends with the type of data, such as records, statistics or a list."
    ),
}
#: S4 Art. 19 counsels how to name data; a form may be filed without heeding it.
_ADVICE = frozenset(
    {
        "registry-form-name-without-time",
        "registry-form-name-without-region",
        "registry-form-name-without-type",
    }
)


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with one field.

    ``field`` is a field's name, or for a cell of a table ``items/0/type`` with rows counted from 0.
    ``label``, ``other_label`` and ``expected`` among the facts are message ids, to be translated
    before they are put into ``message``. Advice does not keep a form from being filed.
    """

    field: str
    code: str
    message: str
    facts: Mapping[str, Any]
    is_advice: bool = False


def found(field: str, code: str, **facts: object) -> Problem:
    """The problem of that code at a field."""
    return Problem(field, code, MESSAGES[code], facts, code in _ADVICE)


def excerpt(value: object, most: int = 40) -> str:
    """The beginning of a value, short enough for a sentence."""
    text = str(value)
    return text if len(text) <= most else f"{text[: most - 1]}…"
