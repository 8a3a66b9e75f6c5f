"""Strict readers of base64, JSON and decimal numbers: one spelling for each value, or refused.

A verifier that accepts two spellings of one receipt lets somebody change bytes that nobody
signed; every reader here accepts exactly the canonical one.
"""

import base64
import json
import re
from typing import Any

import rfc8785

from ledger.errors import BadFormat

#: A receipt of ours is about 3 kB; a thousand times as much is an attack.
LARGEST_BYTES = 4_000_000
_DECIMAL = re.compile(r"(0|[1-9][0-9]{0,18})\Z")


def to_base64(data: bytes) -> str:
    """Standard base64 with padding (RFC 4648 section 4)."""
    return base64.b64encode(data).decode("ascii")


def from_base64(text: object) -> bytes:
    """Read base64 in its one canonical spelling.

    Raises:
        BadFormat: no text, other letters, wrong padding, or left-over bits that are not zero.
    """
    if not isinstance(text, str):
        message = "base64 text is missing"
        raise BadFormat(message)
    try:
        data = base64.b64decode(text, validate=True)
    except ValueError as error:
        message = "this is not base64"
        raise BadFormat(message) from error
    if to_base64(data) != text:
        message = "base64 in another than its canonical spelling"
        raise BadFormat(message)
    return data


def from_decimal(text: object) -> int:
    """Read a non-negative whole number written without leading zeros.

    Raises:
        BadFormat: anything else.
    """
    if not isinstance(text, str) or not _DECIMAL.match(text):
        message = "this is not a plain decimal number"
        raise BadFormat(message)
    return int(text)


def canonical_bytes(value: Any) -> bytes:  # noqa: ANN401 - any JSON value
    """The JCS bytes of a JSON value (RFC 8785).

    Raises:
        BadFormat: a float that is not finite, an integer beyond 2^53, or a lone surrogate.
    """
    try:
        return rfc8785.dumps(value)
    except (rfc8785.CanonicalizationError, UnicodeError, RecursionError) as error:
        message = "the value has no canonical form"
        raise BadFormat(message) from error


def from_canonical(data: bytes) -> Any:  # noqa: ANN401 - any JSON value
    """Read JSON that is byte for byte its own JCS form.

    Raises:
        BadFormat: not JSON, too large, or another spelling of the same value.
    """
    if len(data) > LARGEST_BYTES:
        message = "the document is too large"
        raise BadFormat(message)
    try:
        value = json.loads(data)
    except (ValueError, RecursionError) as error:
        message = "this is not JSON"
        raise BadFormat(message) from error
    if canonical_bytes(value) != data:
        message = "the JSON is not in its canonical form"
        raise BadFormat(message)
    return value


def member(value: Any, *path: str | int) -> Any:  # noqa: ANN401 - any JSON value
    """Walk into a JSON value by names and positions.

    Raises:
        BadFormat: there is nothing at that place.
    """
    for step in path:
        if not _has(value, step):
            message = f"{'.'.join(str(part) for part in path)} is missing"
            raise BadFormat(message)
        value = value[step]
    return value


def _has(value: Any, step: str | int) -> bool:  # noqa: ANN401 - any JSON value
    if isinstance(step, str):
        return isinstance(value, dict) and step in value
    return isinstance(value, list) and step < len(value)
