"""Pages of the register: what everybody sees, and the work of its people."""

from registry.pages import applications, filing, office, public
from registry.pages.door import blueprint

__all__ = ["applications", "blueprint", "filing", "office", "public"]
