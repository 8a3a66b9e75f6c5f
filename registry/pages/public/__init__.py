"""What everybody may see of the registers, without an account."""

from registry.pages.public import certificates, search

__all__ = ["certificates", "search"]
