"""Working days: the calendar that counts deadlines, and the holiday notices that it is made of."""

from kernel.workdays.calendar import (
    MOST_WORKDAYS,
    Calendar,
    Deadline,
    WorkdaysOutOfRange,
    YearWithoutCalendar,
    local_day,
)
from kernel.workdays.notices import (
    DayOff,
    NewNotice,
    NoticeRow,
    NoticeUnusable,
    list_notices,
    load_notice,
    read_calendar,
    seed_calendar,
    shipped_calendar,
)

__all__ = [
    "MOST_WORKDAYS",
    "Calendar",
    "DayOff",
    "Deadline",
    "NewNotice",
    "NoticeRow",
    "NoticeUnusable",
    "WorkdaysOutOfRange",
    "YearWithoutCalendar",
    "list_notices",
    "load_notice",
    "local_day",
    "read_calendar",
    "seed_calendar",
    "shipped_calendar",
]
