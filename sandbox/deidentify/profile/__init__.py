"""What a source is like, measured, and how its columns might be declared; a person decides."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Wish:
    """What is profiled: the name that the table shall have, and whether single values are shown."""

    table: str
    with_values: bool = False
