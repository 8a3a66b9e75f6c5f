"""Every refusal there is, found by its class: the list behind /problems and docs/problems.md."""

from collections.abc import Iterator
from dataclasses import dataclass

from kernel.errors import HexiError


@dataclass(frozen=True, slots=True)
class Problem:
    """One type of refusal with its message ids."""

    code: str
    title: str
    detail: str
    kind: type[HexiError]


def all_problems() -> list[Problem]:
    """All refusals that are loaded, by code."""
    found = {kind.code: kind for kind in _below(HexiError) if kind.code}
    return [Problem(code, kind.title, kind.detail, kind) for code, kind in sorted(found.items())]


def _below(kind: type[HexiError]) -> Iterator[type[HexiError]]:
    for child in kind.__subclasses__():
        yield child
        yield from _below(child)
