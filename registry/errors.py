"""The registry's refusals."""

from kernel.errors import Conflict, Forbidden, Malformed, NotFound, Refused, Stale, msgid


class ApplicationUnknown(NotFound):
    """No application of that identifier, or not one for this person."""

    code = "registry-application-unknown"
    title = msgid("There is no such application")
    detail = msgid(
        "Check the identifier; an application is shown to its entity and to the institution."
    )


class EntryUnknown(NotFound):
    """No entry has that code."""

    code = "registry-entry-unknown"
    title = msgid("There is no entry with this code")
    detail = msgid("Check the code %(code)s, or search the register by name.")


class VerbUnlawful(Conflict):
    """The verb does not belong to the status."""

    code = "registry-verb-unlawful"
    title = msgid("This cannot be done now")
    detail = msgid(
        "The application is at “%(status)s”; “%(verb)s” is not possible there. Nothing was changed."
    )


class NotYourEntity(Forbidden):
    """A person of another organisation."""

    code = "registry-not-your-entity"
    title = msgid("This application belongs to another organisation")
    detail = msgid("Only people of the registering entity may do this.")


class SamePerson(Refused):
    """Two steps that the law gives to two people (S1 Art. 7, 10 and 11)."""

    code = "registry-same-person"
    title = msgid("Another person has to do this")
    detail = msgid("You did “%(earlier)s” on this application; somebody else has to do “%(verb)s”.")


class SupplementOnlyOnce(Refused):
    """A second supplement notice (S1 Art. 10: everything is told once)."""

    code = "registry-supplement-only-once"
    title = msgid("A supplement was asked for already")
    detail = msgid(
        "The law allows one notice that names everything. Accept the application or decline it with reasons."
    )


class NoticeRunning(Refused):
    """The code was asked for before the notice ended (S1 Art. 12 and 13)."""

    code = "registry-notice-running"
    title = msgid("The public notice has not ended")
    detail = msgid("The code may be issued after %(ends_on)s.")


class NoticeOver(Refused):
    """An objection after the last day of the notice."""

    code = "registry-notice-over"
    title = msgid("The public notice is over")
    detail = msgid(
        "It ended on %(ends_on)s. Ask the institution for a correction registration instead."
    )


class ReasonMissing(Malformed):
    """A decision against somebody without reasons."""

    code = "registry-reason-missing"
    title = msgid("Reasons are needed")
    detail = msgid("Write the reasons: the applicant has a right to them.")


class InputNotInForce(Refused):
    """A product names an input that is not registered and in force."""

    code = "registry-input-not-in-force"
    title = msgid("An input of this product is not in force")
    detail = msgid("Register the resource first, or correct its code: %(codes)s.")


class FormIncomplete(Refused):
    """A form was filed with groups missing (S1 Art. 9)."""

    code = "registry-form-incomplete"
    title = msgid("The form is not complete")
    detail = msgid("Fill in these fields first: %(fields)s.")


class ApplicationChanged(Stale):
    """Another officer was faster."""

    code = "registry-application-changed"
    title = msgid("Somebody else changed this application first")
    detail = msgid(
        "Load it again, look at what changed, and decide again; nothing was overwritten."
    )
