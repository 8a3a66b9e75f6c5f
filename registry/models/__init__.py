"""Tables of both registers. No behaviour: rules decide, services write, queries read."""

from registry.models.applications import Application, Consent, Objection, Step
from registry.models.clocks import ClockChange, ClockRecord, PreservedFile
from registry.models.entries import (
    Certificate,
    CodeNumber,
    Entry,
    Input,
    Item,
    PropertyCodeNumber,
    Remark,
    Right,
    Version,
)

__all__ = [
    "Application",
    "Certificate",
    "ClockChange",
    "ClockRecord",
    "CodeNumber",
    "Consent",
    "Entry",
    "Input",
    "Item",
    "Objection",
    "PreservedFile",
    "PropertyCodeNumber",
    "Remark",
    "Right",
    "Step",
    "Version",
]
