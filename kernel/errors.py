"""The kinds of failure, as plain values that know nothing of HTTP or of a language.

::

    HexiError                 kind                                    HTTP  exit
    ├── Malformed             the shape of the input                   422    65
    │   └── Unconditioned     a change without the version it is for   428    65
    ├── Unauthenticated       we do not know who you are               401    77
    ├── Forbidden             it is not for you                        403    77
    ├── NotFound              there is no such thing                   404    66
    ├── Conflict              wrong state, stale version, duplicate    409    65
    │   └── Stale             somebody else changed it first           412    65
    ├── NotAcceptable         not in a form that the caller takes      406    65
    ├── Refused               a lawful request that a rule denies      422    65
    ├── Exhausted             quota, rate or concurrency               429    75
    ├── Unavailable           a thing that we need is down             503    75
    └── Broken                an invariant failed                      500    70

A concrete error subclasses one kind and sets ``code`` (stable, kebab-case, starts with the
package), ``title`` (a message id, the same for every occurrence) and ``detail`` (a message id
with ``%(fact)s`` places that says what to do). Facts are public, typed and JSON-able; never a
finished sentence and never a value of protected data. ``kernel.web.problems`` and
``kernel.console`` hold the two tables that turn a kind into a status or an exit code (RFC 9457).
"""

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

#: Facts that are message ids themselves: what is wrong, or what to write instead.
_PHRASES = frozenset({"construct", "rewrite", "measure", "bound"})


def msgid(text: str) -> str:
    """Mark a message id for the catalogues without translating it here."""
    return text


class HexiError(Exception):
    """Root of every failure that Hexi names."""

    code: ClassVar[str] = ""
    title: ClassVar[str] = ""
    detail: ClassVar[str] = ""
    #: Names of the form fields that it is about, where it is about what somebody typed.
    about: ClassVar[tuple[str, ...]] = ()

    def __init__(self, **facts: Any) -> None:  # noqa: ANN401 - facts are JSON values of any type
        """Keep the public facts that fill the places of ``detail``."""
        super().__init__(self.code)
        self.facts: dict[str, Any] = facts

    def __str__(self) -> str:
        """The English sentence, for logs and tracebacks; people get a translated one."""
        try:
            return f"{self.code}: {self.detail % said_facts(self.facts, str)}"
        except (KeyError, TypeError, ValueError):
            return f"{self.code}: {self.facts}"


def said_facts(facts: Mapping[str, Any], translate: Callable[[str], str]) -> dict[str, Any]:
    """The facts, those that are phrases in the reader's language and filled with the others."""

    def say(phrase: str) -> str:
        said = translate(phrase)
        return said % facts if "%(" in phrase else said

    return {
        name: say(value) if name in _PHRASES and isinstance(value, str) and value else value
        for name, value in facts.items()
    }


def revive(code: str, facts: dict[str, Any]) -> HexiError:
    """The refusal of that code and facts once more, as when it was first made.

    Raises:
        Broken: no loaded refusal has the code.
    """
    waiting = list(HexiError.__subclasses__())
    while waiting:
        kind = waiting.pop()
        if kind.code == code:
            return kind(**facts)
        waiting += kind.__subclasses__()
    raise Broken(code=code)


class Malformed(HexiError):
    """The shape of the input is wrong; ``errors`` in the facts holds JSON pointers."""


class Unconditioned(Malformed):
    """A change was asked for without saying which version it is meant for."""


class Unauthenticated(HexiError):
    """We do not know who is asking."""


class Forbidden(HexiError):
    """We know who is asking, and it is not for them."""


class NotFound(HexiError):
    """There is no such thing, or its existence is not to be told."""


class Conflict(HexiError):
    """The thing is in another state, has another version, or exists already."""


class Stale(Conflict):
    """The version that the request was made for is no longer the newest one."""


class NotAcceptable(HexiError):
    """The thing exists, and in none of the forms that the caller takes (RFC 9110 section 15.5.7)."""


class Refused(HexiError):
    """A lawful request that a rule or a policy denies."""


class Exhausted(HexiError):
    """A quota, a rate or the room for concurrent work is used up."""


class Unavailable(HexiError):
    """Something that we need does not answer."""


class Broken(HexiError):
    """An invariant failed: integrity is in doubt, nothing about it is told outside."""
