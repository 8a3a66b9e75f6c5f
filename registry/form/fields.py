"""What a form is made of: fields, groups of fields, and when a value is owed.

All of it is data, so that the outside shapes, the pages, the checks and the batch tables come from
the same declaration. Labels and helps are English message ids.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, ClassVar


class FieldKind(StrEnum):
    """The shapes of a value.

    ``TEXT`` with ``choices`` takes one of those codes or free text: the dictionary is a suggestion.
    ``FILE`` is the SHA-256 of a preserved file, ``CODES`` a list of registration codes.
    """

    TEXT = "text"
    LONG_TEXT = "long_text"
    CHOICE = "choice"
    CHOICES = "choices"
    INTEGER = "integer"
    DATE = "date"
    FLAG = "flag"
    DIGEST = "digest"
    CREDIT_CODE = "credit_code"
    CODES = "codes"
    REGION = "region"
    TABLE = "table"
    FILE = "file"


@dataclass(frozen=True, slots=True)
class Need:
    """When a value is owed; every condition that is given has to hold.

    ``when`` names another field and the values that make this one owed; without values, any value
    of the other field does.
    """

    is_owed: bool = True
    kinds: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    when: tuple[str, tuple[str | bool, ...]] | None = None

    NEVER: ClassVar["Need"]
    ALWAYS: ClassVar["Need"]


Need.NEVER = Need(is_owed=False)
Need.ALWAYS = Need()


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a form.

    ``most`` counts characters of a text, entries of a list or rows of a table, and is the largest
    value of an integer; 0 leaves it to the kind. ``is_public`` marks what a public notice shows.
    """

    name: str
    kind: FieldKind
    label: str
    help: str
    choices: str = ""
    required: Need = Need.NEVER
    most: int = 0
    pattern: str = ""
    columns: tuple["Field", ...] = ()
    is_public: bool = False


@dataclass(frozen=True, slots=True)
class Group:
    """A page of the form; without ``types`` it belongs to the registrations that show all data."""

    name: str
    label: str
    help: str
    fields: tuple[Field, ...]
    kinds: tuple[str, ...] = ()
    types: tuple[str, ...] = ()


def is_filled(value: object) -> bool:
    """A value is there: zero counts, an unticked box, blank text and an empty list do not."""
    if isinstance(value, str):
        return bool(value.strip())
    return value is not None and value is not False and value not in ([], (), {})


def is_needed(need: Need, registration: str, kind: str, form: Mapping[str, Any]) -> bool:
    """The value is owed in this registration, given the rest of the form."""
    if not need.is_owed:
        return False
    if (need.kinds and kind not in need.kinds) or (need.types and registration not in need.types):
        return False
    if need.when is None:
        return True
    other, values = need.when
    value = form.get(other)
    return value in values if values else is_filled(value)
