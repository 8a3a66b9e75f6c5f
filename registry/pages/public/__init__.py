"""What everybody may see of the registers, without an account."""

from registry.pages.public import (
    certificates,
    corrections,
    entries,
    exports,
    items,
    notices,
    search,
)

__all__ = ["certificates", "corrections", "entries", "exports", "items", "notices", "search"]
