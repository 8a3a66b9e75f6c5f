"""The best levels of generalisation: a search in the lattice of what a declaration allows."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Wanted:
    """Protection that is wanted: people a class (k), values a class (l), distance (t), share of rows left out at most."""

    k: int
    l: int = 1  # noqa: E741 - the field's own name
    t: float = 1.0
    suppressed_share: float = 0.0
