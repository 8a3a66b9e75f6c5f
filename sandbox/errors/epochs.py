"""Refusals about the epochs of a series; none tells who is in one."""

from kernel.errors import Conflict, Malformed, Refused, Unavailable, msgid


class PeopleKnown(Refused):
    """People who are in another epoch of the series already."""

    code = "sandbox-people-known"
    title = msgid("Some people are in another epoch of the series")
    detail = msgid(
        "Of the people of %(table)s, %(people)s are in another epoch. Make the dataset from that epoch "
        "(made_from), so that both share one privacy budget, or leave these people out (drop_known). Nothing was "
        "stored."
    )


class PeopleNotComparable(Refused):
    """Rows about people that cannot be held against those of other epochs."""

    code = "sandbox-people-not-comparable"
    title = msgid("The people of a table cannot be compared with those of other epochs")
    detail = msgid(
        "Declare the person_column of %(table)s, and name the person in each row by a text or a whole number. "
        "Nothing was stored."
    )


class EpochMemoryLost(Unavailable):
    """What is remembered of an epoch's people is missing, or is not what was stored."""

    code = "sandbox-epoch-memory-lost"
    title = msgid("The memory of another epoch is missing or was changed")
    detail = msgid(
        "Restore the store of snapshots from its backup, let hexi doctor examine it, then ingest again; nothing "
        "was stored."
    )


class SeriesFixed(Refused):
    """A dataset would change its series, or join one after its first version."""

    code = "sandbox-series-fixed"
    about = ("series",)
    title = msgid("The series of these people was settled with their first version")
    detail = msgid(
        "Leave the series out, so that %(name)s stays as it is, or begin another dataset in the series."
    )


class SeriesMissing(Malformed):
    """People of other epochs are to be left out where there are no epochs."""

    code = "sandbox-series-missing"
    about = ("series",)
    title = msgid("The dataset is in no series")
    detail = msgid(
        "Name the series from whose other epochs people are left out, or leave nobody out."
    )


class SeriesChanged(Conflict):
    """Another epoch of the series was stored in the meantime."""

    code = "sandbox-series-changed"
    title = msgid("Another epoch of the series was stored in the meantime")
    detail = msgid("Ingest again, so that its people are compared too; nothing was stored.")
