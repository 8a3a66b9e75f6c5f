"""Identifiers: UUIDv7 for rows, so that they sort by time, and short codes for people.

Source: RFC 9562 section 5.7.
"""

import secrets
from datetime import datetime
from uuid import UUID

_VERSION_7 = 0x7 << 76
_VARIANT = 0b10 << 62


def new_id(now: datetime) -> str:
    """A UUIDv7 for the moment: 48 bits of milliseconds, then 74 random bits."""
    milliseconds = int(now.timestamp() * 1000) & ((1 << 48) - 1)
    random_a = secrets.randbits(12)
    random_b = secrets.randbits(62)
    return str(UUID(int=(milliseconds << 80) | _VERSION_7 | (random_a << 64) | _VARIANT | random_b))


def new_secret(size_bytes: int = 32) -> str:
    """A URL-safe random text with the given number of random bytes in it."""
    return secrets.token_urlsafe(size_bytes)
