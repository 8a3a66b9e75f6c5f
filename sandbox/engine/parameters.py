"""Typed parameters of an approved query: what each may be, and a value as the guard binds it.

Types: *integer* and *decimal* and *date* within bounds (both included), *choice* of listed values (all whole
numbers or all texts), *text* of at most so many characters, compared with one public column only. A value is
written as text: decimal digits, an ISO 8601 date, or the text itself. It reaches a query as a literal of the
syntax tree (``guard.reading.parameters``), never as text of it.

A ``pattern`` of a text is a row of characters and bracketed classes, each once or ``{n}`` times, of which the last
may be ``{m,n}`` times: what is read from left to right in one way cannot make a matcher work without end.
"""

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final

KINDS: Final = ("integer", "decimal", "date", "choice", "text")
LONGEST_TEXT: Final = 200
_MOST_CHOICES: Final = 100
_NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,39}\Z")
_COLUMN: Final = re.compile(r"[^\W\d]\w{0,62}\.[^\W\d]\w{0,62}\Z")
_INTEGER: Final = re.compile(r"-?\d{1,18}\Z", re.ASCII)
_DECIMAL: Final = re.compile(r"-?\d{1,18}(\.\d{1,9})?\Z", re.ASCII)
_DATE: Final = re.compile(r"\d{4}-\d{2}-\d{2}\Z", re.ASCII)
#: Control characters, and the invisible ones that the guard's gate takes in no text.
_UNPRINTABLE: Final = re.compile(
    "[\x00-\x1f\x7f-\x9f\ufeff\u200b-\u200f\u2060-\u206f\u202a-\u202e\ud800-\udfff]"
)
# Each text is read in one way, so that checking a pattern comes to an end too.
_PIECE: Final = r"(?:[\w \-]|\[(?:\w-\w|\w(?!-\w)|[ ._])+-?\])"
_PATTERN: Final = re.compile(
    rf"(?:{_PIECE}(?:\{{\d{{1,3}}\}})?)*?(?:{_PIECE}\{{\d{{1,3}},\d{{1,3}}\}})?\Z"
)


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter; what its type does not need is empty. ``length`` counts characters.

    ``column`` (table.column) is the public column that a text is compared with. ``example`` is a value that fits.
    """

    name: str
    kind: str
    example: str
    least: str = ""
    most: str = ""
    choices: tuple[str, ...] = ()
    length: int = 0
    pattern: str = ""
    column: str = ""

    def fault_of(self, text: str) -> str:
        """What is wrong with a value, in the words of marshmallow's own validators; empty where it fits."""
        if self.kind == "choice":
            listed = ", ".join(self.choices)
            return "" if text in self.choices else f"Must be one of: {listed}."
        if self.kind == "text":
            return self._text_fault(text)
        value = _value_of(self.kind, text)
        if value is None:
            return {"date": "Not a valid date."}.get(self.kind, "Not a valid number.")
        least, most = _value_of(self.kind, self.least), _value_of(self.kind, self.most)
        assert least is not None  # a parameter is made by ``read_parameter`` only
        assert most is not None
        if least <= value <= most:
            return ""
        return (
            f"Must be greater than or equal to {self.least} and less than or equal to {self.most}."
        )

    def bound(self, text: str) -> dict[str, str]:
        """A value that fits as the guard's description takes it."""
        is_whole = self.kind == "choice" and all(_INTEGER.match(one) for one in self.choices)
        kind = "integer" if is_whole else {"choice": "listed"}.get(self.kind, self.kind)
        return {"kind": kind, "value": text, "column": self.column}

    def to_json(self) -> dict[str, Any]:
        """As JSON values."""
        return {**asdict(self), "choices": list(self.choices)}

    def _text_fault(self, text: str) -> str:
        if not 1 <= len(text) <= self.length:
            return f"Length must be between 1 and {self.length}."
        is_fitting = not self.pattern or re.fullmatch(self.pattern, text)
        if _UNPRINTABLE.search(text) or not is_fitting:
            return "String does not match expected pattern."
        return ""


def read_parameter(document: Mapping[str, Any]) -> Parameter:
    """A parameter from its JSON form.

    Raises:
        ValueError: its name or type is unknown, it lacks what its type needs, or its example does not fit.
    """
    made = Parameter(
        name=str(document.get("name", "")),
        kind=str(document.get("kind", "")),
        example=str(document.get("example", "")),
        least=str(document.get("least", "")),
        most=str(document.get("most", "")),
        choices=tuple(str(one) for one in document.get("choices", ())),
        length=int(document.get("length") or 0),
        pattern=str(document.get("pattern", "")),
        column=str(document.get("column", "")),
    )
    sound = {
        "choice": _is_list(made.choices),
        "text": 1 <= made.length <= LONGEST_TEXT
        and bool(_COLUMN.match(made.column))
        and _is_pattern(made.pattern),
    }
    if not _NAME.match(made.name) or made.kind not in KINDS:
        raise ValueError(made.name)
    if not sound.get(made.kind, _is_range(made)) or made.fault_of(made.example):
        raise ValueError(made.name)
    return made


def _is_range(one: Parameter) -> bool:
    least, most = _value_of(one.kind, one.least), _value_of(one.kind, one.most)
    return least is not None and most is not None and least <= most


def _is_pattern(pattern: str) -> bool:
    if not _PATTERN.match(pattern):
        return False
    try:
        # A range may be turned round, or a least number above its greatest one.
        re.compile(pattern)
    except re.error:
        return False
    return True


def _is_list(choices: tuple[str, ...]) -> bool:
    is_short = 1 <= len(choices) <= _MOST_CHOICES and len(set(choices)) == len(choices)
    return is_short and all(
        1 <= len(one) <= LONGEST_TEXT and not _UNPRINTABLE.search(one) for one in choices
    )


def _value_of(kind: str, text: str) -> Any:  # noqa: ANN401 - numbers, or dates
    """A number or a date as a value that compares; None where the text is none."""
    if kind == "integer":
        return int(text) if _INTEGER.match(text) else None
    if kind == "decimal":
        return Decimal(text) if _DECIMAL.match(text) else None
    try:
        return date.fromisoformat(text) if _DATE.match(text) else None
    except ValueError:
        return None
