"""Values of one kind: no comparison or condition may leave a conversion to the engine.

DuckDB turns the text column of ``county = 1`` into numbers row by row, fails at the first that is
none, and says which (decision 20). So both sides must be of one kind; a literal text beside a
date or a number is converted here, to NULL where it does not fit.
"""

from kernel.errors import msgid
from sandbox.engine.guard.functions import is_number, widest_type
from sandbox.engine.guard.nodes import Cast, Constant, Expression
from sandbox.engine.guard.walk import type_of
from sandbox.errors.guard import ConstructNotAllowed


def family_of(kind: str) -> str:
    """The kind of values that may stand side by side: text, number, time, ... or '' for NULL."""
    bare = kind.removeprefix("ID ")
    if is_number(bare):
        return "number"
    if bare in ("DATE", "TIMESTAMP"):
        return "time"
    return "" if bare in ("NULL", "ANY") else bare


def alike(values: tuple[Expression, ...]) -> tuple[Expression, ...]:
    """The values, literal texts turned into what stands beside them.

    Raises:
        ConstructNotAllowed: values of different kinds would have to be converted.
    """
    others = [one for one in values if not _is_text(one)]
    families = {family_of(type_of(one)) for one in others} - {""}
    if len(families) > 1:
        raise ConstructNotAllowed(
            construct=msgid("Mixing values of different kinds"),
            rewrite=msgid("convert one side with TRY_CAST(... AS ...)"),
        )
    wanted = next((type_of(one) for one in others if family_of(type_of(one))), "VARCHAR")
    if wanted.removeprefix("ID ") == "VARCHAR":
        return values
    return tuple(Cast(one, _plain(wanted)) if _is_text(one) else one for one in values)


def common_type(left: Expression, right: Expression) -> str:
    """The type of a column that comes of two; an identifier stays one.

    Raises:
        ConstructNotAllowed: one of them would have to be converted.
    """
    alike((left, right))
    kinds = [type_of(one) for one in (left, right)]
    bare = widest_type([one.removeprefix("ID ") for one in kinds])
    return f"ID {bare}" if any(one.startswith("ID ") for one in kinds) else bare


def check_condition(value: Expression | None) -> None:
    """Refuse a condition that is not true, false or unknown by its type.

    Raises:
        ConstructNotAllowed: a number or a text stands where a condition must.
    """
    if value is not None and type_of(value) not in ("BOOLEAN", "NULL"):
        raise ConstructNotAllowed(
            construct=msgid("A value as a condition"), rewrite=msgid("compare it, as in age > 30")
        )


def _is_text(value: Expression) -> bool:
    return isinstance(value, Constant) and value.kind == "text"


def _plain(kind: str) -> str:
    bare = kind.removeprefix("ID ")
    return "DOUBLE" if bare in ("DECIMAL", "HUGEINT") else bare
