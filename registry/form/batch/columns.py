"""Which fields of a form are columns of its table, and how a small table fits into one cell."""

from collections.abc import Mapping
from functools import cache

from registry.form.fields import Field, FieldKind, is_needed
from registry.form.groups import fields_of

#: Tables that fit into a cell: one line for each row, split by semicolons, its columns by bars.
JOINED_COLUMNS: Mapping[str, tuple[str, ...]] = {
    "items": ("name", "type", "source_department"),
    "co_holders": ("name", "credit_code", "share"),
    "rights": ("holder_name", "holder_code", "right"),
}
#: What stands between the columns of such a line.
BAR = "|"


@cache
def columns_of(register: str, kind: str) -> tuple[Field, ...]:
    """The columns of an initial registration: what is always owed first, each in the form's order."""
    fields = [
        field
        for field in fields_of(register, "initial", kind)
        if field.kind is not FieldKind.TABLE or field.name in JOINED_COLUMNS
    ]
    return tuple(sorted(fields, key=lambda field: not is_owed(field, kind)))


def is_owed(field: Field, kind: str) -> bool:
    """The column is owed whatever the others say."""
    return is_needed(field.required, "initial", kind, {})
