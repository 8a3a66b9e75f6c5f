"""``python -m marketplace.operations.command``: the same as ``hexi``."""

from marketplace.operations.command import main

main()
