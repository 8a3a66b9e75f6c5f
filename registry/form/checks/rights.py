"""Which right over data may be claimed from which origin (S4 Art. 21; domain 5.5)."""

from collections.abc import Mapping

_ALL = frozenset({"hold", "use", "operate"})
#: Rights that an origin gives by itself.
RIGHTS_BY_ORIGIN: Mapping[str, frozenset[str]] = {
    "own_activity": _ALL,
    "by_contract": _ALL,
    "natural_person": _ALL,
    "crawled": frozenset({"hold", "use"}),
    "crawled_product": _ALL,
    "merged": frozenset({"hold", "use"}),
    "derived": _ALL,
    "processor": frozenset(),
}
#: What comes to it with the others' consent, or for a processor where a contract says so.
_RIGHTS_BY_CONSENT: Mapping[str, frozenset[str]] = {
    "merged": frozenset({"operate"}),
    "processor": _ALL,
}


def may_claim(origin: str, right: str, *, has_consent: bool) -> bool:
    """The origin gives the right, by itself or with the consent that is there."""
    if right in RIGHTS_BY_ORIGIN.get(origin, frozenset()):
        return True
    return has_consent and right in _RIGHTS_BY_CONSENT.get(origin, frozenset())
