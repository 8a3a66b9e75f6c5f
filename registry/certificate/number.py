"""Local provisional codes, until the national rule of unified coding is published.

The official code is opaque text of at most 64 characters; nothing may depend on its parts. Ours
starts with ``L`` (local), so that nobody takes it for an official one.
"""

#: GB/T 2260 code of Gansu province.
PROVINCE = "620000"
_KIND_DIGITS = {"resource": "1", "product": "2"}


def provisional_code(*, year: int, kind: str, serial: int) -> str:
    """The code of the ``serial``-th entry of a year, such as ``L620000-2026-2-000017``."""
    return f"L{PROVINCE}-{year}-{_KIND_DIGITS[kind]}-{serial:06d}"
