"""The two forms as data: register A (domain 2.8) and register B (S4 annexes 1 to 5)."""

from collections.abc import Mapping
from functools import cache

from registry.form.fields import Field, Group
from registry.form.groups.property import PROPERTY_GROUPS
from registry.form.groups.resources import RESOURCE_GROUPS
from registry.form.groups.terms import WHOLE_FORM

__all__ = [
    "PROPERTY_GROUPS",
    "RESOURCE_GROUPS",
    "all_fields",
    "fields_by_name",
    "fields_of",
    "groups_of",
]


_REGISTERS = {"resources": RESOURCE_GROUPS, "property": PROPERTY_GROUPS}


@cache
def groups_of(register: str, registration: str, kind: str) -> tuple[Group, ...]:
    """The groups that a registration asks for, in the order of the pages.

    ``register`` is ``resources`` or ``property``; ``registration`` is ``initial``, ``change``,
    ``correction``, ``party-correction``, ``renewal``, ``cancellation`` or ``transfer``; ``kind`` is
    ``resource``, ``product``, ``service`` or, for property, ``data``.
    """
    return tuple(
        group
        for group in _REGISTERS[register]
        if registration in (group.types or WHOLE_FORM) and (not group.kinds or kind in group.kinds)
    )


def fields_of(register: str, registration: str, kind: str) -> tuple[Field, ...]:
    """The fields of those groups, each once."""
    return tuple(fields_by_name(register, registration, kind).values())


@cache
def fields_by_name(register: str, registration: str, kind: str) -> Mapping[str, Field]:
    """The fields of those groups by their names, in the order of the pages."""
    groups = groups_of(register, registration, kind)
    return {field.name: field for group in groups for field in group.fields}


@cache
def all_fields(register: str) -> tuple[Field, ...]:
    """Every field that any registration of the register may ask for, each name once."""
    groups = _REGISTERS[register]
    return tuple({field.name: field for group in groups for field in group.fields}.values())
