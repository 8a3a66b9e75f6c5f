"""Outside shapes of the sandbox: request bodies to commands, rows to replies, answers to files."""

from sandbox.engine.files import FILES, STORED, File
from sandbox.schemas.datasets import SignatureBody, signatures_reply
from sandbox.schemas.research import (
    SampleBody,
    SampleFormBody,
    SavedArguments,
    SavedBody,
    SavedChangeBody,
    TemplateArguments,
    TemplateBody,
    TemplateDraftBody,
    TemplateFormBody,
    TemplateUseBody,
    read_values,
    sample_reply,
    saved_reply,
    template_reply,
)
from sandbox.schemas.reviews import CommentBody, VoteBody, review_reply
from sandbox.schemas.runs import CheckBody, RunBody, media_type_of, run_reply
from sandbox.schemas.simulations import SimulationBody, SimulationFormBody, simulation_reply
from sandbox.schemas.versions import DeletionBody, LastDayBody, NoteBody, version_reply

__all__ = [
    "FILES",
    "STORED",
    "CheckBody",
    "CommentBody",
    "DeletionBody",
    "File",
    "LastDayBody",
    "NoteBody",
    "RunBody",
    "SampleBody",
    "SampleFormBody",
    "SavedArguments",
    "SavedBody",
    "SavedChangeBody",
    "SignatureBody",
    "SimulationBody",
    "SimulationFormBody",
    "TemplateArguments",
    "TemplateBody",
    "TemplateDraftBody",
    "TemplateFormBody",
    "TemplateUseBody",
    "VoteBody",
    "media_type_of",
    "read_values",
    "review_reply",
    "run_reply",
    "sample_reply",
    "saved_reply",
    "signatures_reply",
    "simulation_reply",
    "template_reply",
    "version_reply",
]
