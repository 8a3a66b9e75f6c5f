"""Refusals about the signed risk report of a dataset's version."""

from kernel.errors import Broken, Conflict, NotFound, Refused, msgid


class ReportMissing(NotFound):
    """A version from before reports could be signed."""

    code = "sandbox-report-missing"
    title = msgid("This version has no report that can be signed")
    detail = msgid("Publish a new version of %(name)s: its report is bound to its data.")


class ReportChanged(Broken):
    """The stored report, or the manifest that it is bound to, does not have its digest."""

    code = "sandbox-report-changed"
    title = msgid("The stored risk report is not the one that was made")
    detail = msgid(
        "Nobody can sign it. Tell the operator of the platform; its record of the ingest says which was made."
    )


class ReportOutdated(Conflict):
    """A signature for another report than that of the newest version."""

    code = "sandbox-report-outdated"
    title = msgid("You would sign another report than the one you saw")
    detail = msgid(
        "Load the report again and compare its digest %(digest)s with the one that you read."
    )


class ReportNotWaiting(Conflict):
    """A second signature of one person, or a third one."""

    code = "sandbox-report-not-waiting"
    title = msgid("This report does not wait for your signature")
    detail = msgid(
        "You have signed it, and another person signs next; or two people have signed it already."
    )


class SignaturesMissing(Refused):
    """A dataset whose versions all wait for signatures that their declaration demands."""

    code = "sandbox-signatures-missing"
    title = msgid("The risk report of this dataset is not signed yet")
    detail = msgid(
        "Two people of the provider have to sign the report of %(name)s before its data can be queried; ask the provider."
    )
