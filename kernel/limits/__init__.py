"""Statutory limits as data: every number of days that a rule counts is a row that people may change.

A package declares its limits with their national values and sources; what a person sets later is a
row of its own, so that the value of any day, as it was known at any moment, can be read again. A
provincial value goes before the national one; an empty provincial value takes it back.
"""

from kernel.limits.declared import (
    Declaration,
    LimitRow,
    Limits,
    LimitUnknown,
    Scope,
    Unit,
    ValueRow,
)
from kernel.limits.values import (
    LimitValue,
    LimitValueUnusable,
    NewValue,
    begins_on,
    read_limits,
    set_value,
)

__all__ = [
    "Declaration",
    "LimitRow",
    "LimitUnknown",
    "LimitValue",
    "LimitValueUnusable",
    "Limits",
    "NewValue",
    "Scope",
    "Unit",
    "ValueRow",
    "begins_on",
    "read_limits",
    "set_value",
]
