"""What is wrong with a field, in the reader's language.

marshmallow speaks English only and builds its sentences itself; each is recognised here and said
again from a message id. A sentence that is not recognised becomes a plain "correct this value".
"""

import re
from collections.abc import Iterator
from typing import Any

from flask_babel import gettext

from kernel.errors import msgid

_SENTENCES: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern), sentence)
    for pattern, sentence in (
        (r"Missing data for required field\.|Field may not be null\.", msgid("This is needed.")),
        (r"Unknown field\.", msgid("There is no such field; leave it out.")),
        (r"Invalid JSON body\.|Invalid input type\.", msgid("Send a JSON object.")),
        (
            r"Length must be between (?P<low>\d+) and (?P<high>\d+)\.",
            msgid("Its length must be between %(low)s and %(high)s."),
        ),
        (r"Must be one of: (?P<choices>.*)\.", msgid("Choose one of: %(choices)s.")),
        (
            r"Must be greater than or equal to (?P<low>\S+) and less than or equal to (?P<high>\S+)\.",
            msgid("It must be between %(low)s and %(high)s."),
        ),
        (r"Not a valid (integer|number|float)\.", msgid("Write a number.")),
        (
            r"Not a valid (date|datetime|aware datetime|time)\.",
            msgid("Write a date as in 2026-03-02."),
        ),
        (
            r"String does not match expected pattern\.",
            msgid("This is not written in the form that is asked for."),
        ),
        (r"Write something here\.", msgid("Write something here.")),
    )
)


def pointers(messages: Any, path: str = "") -> Iterator[dict[str, str]]:  # noqa: ANN401 - a tree of messages
    """A JSON pointer (RFC 6901) and a sentence for each field that is wrong."""
    if isinstance(messages, dict):
        for name, below in messages.items():
            yield from pointers(below, f"{path}/{name}")
        return
    texts = messages if isinstance(messages, list) else [messages]
    yield {"pointer": path or "/", "detail": " ".join(_say(str(text)) for text in texts)}


def _say(text: str) -> str:
    for pattern, sentence in _SENTENCES:
        if found := pattern.fullmatch(text):
            return str(gettext(sentence, **found.groupdict()))
    return str(gettext(msgid("Correct this value.")))
