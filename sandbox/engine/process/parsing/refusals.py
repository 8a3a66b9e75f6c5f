"""Refusals on their way between processes: a code and facts, never an object."""

from collections.abc import Iterator, Mapping
from typing import Any, NoReturn, overload

from kernel.errors import HexiError, msgid
from sandbox.errors import engine, guard

#: The guard's own limit of a text; a longer one is not even sent.
_MOST_CHARACTERS = 20_000


@overload
def too_large(sql: None) -> dict[str, Any]: ...
@overload
def too_large(sql: str) -> dict[str, Any] | None: ...
def too_large(sql: str | None) -> dict[str, Any] | None:
    """The refusal of a text by its length, or, without a text, of one that a worker died of."""
    if sql is None:
        facts: dict[str, Any] = {"measure": msgid("the seconds of its reading"), "limit": 2}
    elif len(sql) > _MOST_CHARACTERS:
        facts = {"measure": msgid("the characters of the text"), "limit": _MOST_CHARACTERS}
    else:
        return None
    return {"code": guard.SqlTooLarge.code, "facts": facts}


def raise_refusal(verdict: Mapping[str, Any]) -> NoReturn:
    """Raise the error that the code names, with its facts.

    Raises:
        HexiError: of the class that the code names; EngineUnavailable where none has it.
    """
    kind = _CLASSES.get(str(verdict.get("code")), engine.EngineUnavailable)
    if issubclass(kind, engine.RunFailed):
        raise kind(data_read=bool(verdict.get("data_read")), **verdict.get("facts", {}))
    raise kind(**verdict.get("facts", {}))


def _below(kind: type[HexiError]) -> Iterator[type[HexiError]]:
    yield kind
    for one in kind.__subclasses__():
        yield from _below(one)


_ROOTS = (
    guard.SqlRefused,
    guard.DescriptionMalformed,
    engine.EngineUnavailable,
    engine.RunFailed,
)
_CLASSES = {one.code: one for root in _ROOTS for one in _below(root)}
