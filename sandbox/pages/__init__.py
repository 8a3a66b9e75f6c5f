"""Pages of the sandbox: the researcher's workbench, and the checkers' airlock."""

from sandbox.pages import reviews, workbench
from sandbox.pages.door import blueprint

__all__ = ["blueprint", "reviews", "workbench"]
