"""How the people of a dataset are protected, as its declaration says it: pseudonyms, and the least that is demanded."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sandbox import errors

ALGORITHMS = ("hmac-sha256", "hmac-sm3")
#: Smallest class by sharing model: thresholds of 1/3, 1/5 and 1/20 (GB/T 42460-2023, annex D.1.5).
SHARING = {"enclave": 3, "controlled": 5, "public": 20}
#: People who sign a report where a declaration demands it.
SIGNATURES = 2


@dataclass(frozen=True, slots=True)
class Protection:
    """How people of a dataset are protected: pseudonyms, and the smallest class that is allowed.

    ``rotation`` counts the keys of the pseudonyms: a new number makes new ones. ``sharing`` is the model of
    GB/T 37964 that sets the threshold of a person's share in a class, 1/3, 1/5 or 1/20; ``is_strict`` tells
    whether only a share above it is too large (the standard's text reads both ways). ``k`` may ask for more people.

    ``context_risk`` is the probability that somebody tries to find a person at all, with the source of that number.
    ``signatures`` of different people under the risk report are demanded before anybody queries: none or two.

    ``l`` values of each sensitive column in a class at least, a distance ``t`` at most, and ``overall_risk`` at most
    are demanded at ingest, beside k; 1 demands nothing.
    """

    algorithm: str = "hmac-sha256"
    rotation: int = 0
    sharing: str = "enclave"
    is_strict: bool = True
    context_risk: float = 1.0
    context_source: str = ""
    signatures: int = 0
    k: int = 0
    l: int = 1  # noqa: E741 - the field's own name
    t: float = 1.0
    overall_risk: float = 1.0

    @property
    def least(self) -> int:
        """The smallest class of people that is allowed."""
        return max(SHARING[self.sharing] + (not self.is_strict), self.k)


def read_protection(document: dict[str, Any]) -> Protection:
    """How a declaration protects people.

    Raises:
        DeclarationMalformed: a choice that there is not, or a number out of its range.
    """
    sharing = one_of("sharing", document.get("sharing", "enclave"), SHARING)
    context = document.get("context", {})
    risk, source = context.get("risk", 1), str(context.get("source", ""))
    is_number = isinstance(risk, int | float) and not isinstance(risk, bool) and 0 < risk <= 1
    if not is_number or (risk < 1 and (not source.strip() or sharing == "public")):
        # What is published for everybody is tried by somebody.
        need = "a risk above 0 and up to 1, with its source; 1 for public sharing"
        raise errors.DeclarationMalformed(place="context", need=need)
    signatures = document.get("signatures", 0)
    if signatures not in (0, SIGNATURES) or isinstance(signatures, bool):
        raise errors.DeclarationMalformed(place="signatures", need=f"0, {SIGNATURES}")
    return Protection(
        algorithm=one_of("algorithm", document.get("algorithm", ALGORITHMS[0]), ALGORITHMS),
        rotation=int(document.get("rotation", 0)),
        sharing=sharing,
        is_strict=bool(document.get("strict", True)),
        context_risk=float(risk),
        context_source=source,
        signatures=signatures,
        k=int(document.get("k", 0)),
        l=max(whole("l", document.get("l", 1)), 1),
        t=_part("t", document.get("t", 1)),
        overall_risk=_part("overall_risk", document.get("overall_risk", 1)),
    )


def one_of(place: str, given: object, choices: Iterable[str]) -> str:
    """The text, if it is one of the choices; else DeclarationMalformed."""
    if given not in set(choices):
        raise errors.DeclarationMalformed(place=place, need=", ".join(choices))
    return str(given)


def whole(place: str, given: object) -> int:
    """The whole number from 0; else DeclarationMalformed."""
    if not isinstance(given, int) or isinstance(given, bool) or given < 0:
        raise errors.DeclarationMalformed(place=place, need="a whole number from 0")
    return given


def _part(place: str, given: object) -> float:
    if not isinstance(given, int | float) or isinstance(given, bool) or not 0 <= given <= 1:
        raise errors.DeclarationMalformed(place=place, need="a number from 0 to 1")
    return float(given)
