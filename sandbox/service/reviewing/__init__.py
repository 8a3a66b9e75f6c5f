"""The airlock: an answer that two people look at before it leaves (OpenSAFELY's rules, decision 37).

``deciding`` is who may look, vote and withdraw, and what a decision does; ``filing`` keeps the answers that are files.
"""

from sandbox.service.reviewing.deciding import (
    Comment,
    Vote,
    comment,
    hold,
    open_file,
    open_review,
    vote,
    withdraw,
)
from sandbox.service.reviewing.filing import HeldFile, erase_unnamed, path_of, stored

__all__ = [
    "Comment",
    "HeldFile",
    "Vote",
    "comment",
    "erase_unnamed",
    "hold",
    "open_file",
    "open_review",
    "path_of",
    "stored",
    "vote",
    "withdraw",
]
