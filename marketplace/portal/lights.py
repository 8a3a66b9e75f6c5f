"""The four lights of a deadline: overdue, soon, enough time, clock paused."""

from enum import StrEnum

#: Up to this many working days left, a deadline is near.
SOON_WORKDAYS = 3


class Light(StrEnum):
    """How urgent something is; shape, glyph and words differ, not only the colour."""

    OVERDUE = "overdue"
    SOON = "soon"
    ENOUGH = "enough"
    PAUSED = "paused"


def light_of(workdays_left: int | None) -> Light:
    """The light for a number of working days left; None means that no clock runs."""
    if workdays_left is None:
        return Light.PAUSED
    if workdays_left < 0:
        return Light.OVERDUE
    return Light.SOON if workdays_left <= SOON_WORKDAYS else Light.ENOUGH
