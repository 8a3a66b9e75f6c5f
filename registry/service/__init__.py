"""Use cases of both registers: one verb, one function, one transaction, one audit entry."""

from registry.service.applications import Decision, Draft, Edit, act_by_clock, decide, draft, edit
from registry.service.batch import Batch, Imported, Mode, Reader, import_batch, sentence_of
from registry.service.calendar import load_calendar, recount_if_due, run_clocks, set_limit
from registry.service.clocks import Recount, recount
from registry.service.entries import (
    Ending,
    Lifting,
    NewRemark,
    end_entry,
    expire_entries,
    fill_search,
    lift_remark,
    record_remark,
)
from registry.service.evidence import (
    NewFile,
    NewFingerprint,
    preserve_file,
    preserve_fingerprint,
)
from registry.service.objections import (
    Answer,
    CorrectionRequest,
    NewObjection,
    answer_objection,
    ask_for_correction,
    conclude_objection,
    object_later,
    object_to,
    tell_registrant,
)

__all__ = [
    "Answer",
    "Batch",
    "CorrectionRequest",
    "Decision",
    "Draft",
    "Edit",
    "Ending",
    "Imported",
    "Lifting",
    "Mode",
    "NewFile",
    "NewFingerprint",
    "NewObjection",
    "NewRemark",
    "Reader",
    "Recount",
    "act_by_clock",
    "answer_objection",
    "ask_for_correction",
    "conclude_objection",
    "decide",
    "draft",
    "edit",
    "end_entry",
    "expire_entries",
    "fill_search",
    "import_batch",
    "lift_remark",
    "load_calendar",
    "object_later",
    "object_to",
    "preserve_file",
    "preserve_fingerprint",
    "record_remark",
    "recount",
    "recount_if_due",
    "run_clocks",
    "sentence_of",
    "set_limit",
    "tell_registrant",
]
