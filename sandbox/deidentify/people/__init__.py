"""The people of a table: who they are to its marks, how many of their rows stay, and in which epoch they are."""

from dataclasses import dataclass

#: The ending of a file of digests of people; its name is the SHA-256 of its bytes.
MEMORY = "people"


@dataclass(frozen=True, slots=True)
class Series:
    """What proves that nobody of one epoch is in another one.

    ``key`` (hex) is that under which people of the series are compared. ``others`` are the memory files of the
    other epochs, by SHA-256. ``drop_known`` leaves the rows of people out who are in one of them.
    """

    key: str
    others: tuple[str, ...] = ()
    drop_known: bool = False
