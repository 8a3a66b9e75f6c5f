"""Refusals about how long a version of a dataset is kept."""

from kernel.errors import Conflict, Malformed, NotFound, Refused, msgid


class VersionUnknown(NotFound):
    """The dataset has no version of that number, for this person."""

    code = "sandbox-version-unknown"
    title = msgid("There is no such version")
    detail = msgid("Check the number; the versions of a dataset are shown to its provider.")


class VersionEnded(Conflict):
    """The version is being deleted, or is deleted."""

    code = "sandbox-version-ended"
    title = msgid("This version has ended")
    detail = msgid("It stands at “%(state)s”, and nothing of it can be changed any more.")


class SnapshotExpired(Refused):
    """The newest version has had its last day."""

    code = "sandbox-snapshot-expired"
    title = msgid("The data may no longer be queried")
    detail = msgid(
        "Its last day was %(day)s. The provider has to publish a new version; tell the operator."
    )


class DatasetEnded(Refused):
    """Every version of the dataset has been deleted."""

    code = "sandbox-dataset-ended"
    title = msgid("The data has been deleted")
    detail = msgid(
        "No version of %(name)s is left. The provider has to publish a new one; tell the operator."
    )


class ExpiryPast(Malformed):
    """A last day that is over."""

    code = "sandbox-expiry-past"
    about = ("last_day",)
    title = msgid("This day is over")
    detail = msgid("Give today, %(today)s, or a later day as the last one; or delete the version.")


class DeletionUnexplained(Malformed):
    """A version is to be deleted without a reason."""

    code = "sandbox-deletion-unexplained"
    about = ("reason",)
    title = msgid("The reason is missing")
    detail = msgid("Say in a sentence why this version is deleted; it cannot be brought back.")


class NoteMissing(Malformed):
    """Alarms are noted without a word."""

    code = "sandbox-note-missing"
    about = ("note",)
    title = msgid("The note is missing")
    detail = msgid("Say in a sentence what you found out about the alarms.")
