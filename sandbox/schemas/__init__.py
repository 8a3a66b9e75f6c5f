"""Outside shapes of the sandbox: request bodies to commands, rows to replies, answers to files."""

from sandbox.schemas.datasets import SignatureBody, signatures_reply
from sandbox.schemas.files import FILES, File
from sandbox.schemas.reviews import CommentBody, VoteBody, review_reply
from sandbox.schemas.runs import CheckBody, RunBody, run_reply
from sandbox.schemas.versions import DeletionBody, LastDayBody, NoteBody, version_reply

__all__ = [
    "FILES",
    "CheckBody",
    "CommentBody",
    "DeletionBody",
    "File",
    "LastDayBody",
    "NoteBody",
    "RunBody",
    "SignatureBody",
    "VoteBody",
    "review_reply",
    "run_reply",
    "signatures_reply",
    "version_reply",
]
