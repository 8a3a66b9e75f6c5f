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


class AgencyIsApplicant(Forbidden):
    """An agency would register for itself (S4 Art. 10(7))."""

    code = "registry-agency-is-applicant"
    title = msgid("An agency may not register for itself")
    detail = msgid("File this application with another listed registration agency.")


class ExtensionOnlyOnce(Refused):
    """The review of register B was extended before (S4 Art. 28)."""

    code = "registry-extension-only-once"
    title = msgid("The review was extended already")
    detail = msgid("Decide within the extended period; the law allows one extension.")


class EntryVerbUnlawful(Conflict):
    """The verb does not belong to the entry's status."""

    code = "registry-entry-verb-unlawful"
    title = msgid("This cannot be done to this entry now")
    detail = msgid(
        "The entry is at “%(status)s”; “%(verb)s” is not possible there. Nothing was changed."
    )


class RenewalTooEarly(Refused):
    """A renewal before its window (S1 Art. 15, S4 Art. 35)."""

    code = "registry-renewal-too-early"
    title = msgid("It is too early to renew")
    detail = msgid("File the renewal from %(opens_on)s on.")


class RenewalTooLate(Refused):
    """A renewal after the last day of validity."""

    code = "registry-renewal-too-late"
    title = msgid("It is too late to renew")
    detail = msgid("The term ended on %(last_day)s. File an initial registration.")


class RenewalTooLong(Refused):
    """A renewal beyond what the law allows, or to a day that is past."""

    code = "registry-renewal-too-long"
    title = msgid("The renewal cannot last until this day")
    detail = msgid("Name a day after the present end and no later than %(most)s.")


class FormRefused(Refused):
    """A filed form has mistakes; all of them are told at once."""

    code = "registry-form-refused"
    title = msgid("The form has mistakes")
    detail = msgid("Correct these fields and file again; nothing was lost: %(fields)s.")


class OfNationalPlatform(Refused):
    """A central body registers with the national platform (S1 Art. 6)."""

    code = "registry-of-national-platform"
    title = msgid("Central bodies register with the national platform")
    detail = msgid(
        "Central organs, their units and central enterprises file at sjdj.nda.gov.cn, not here."
    )


class OutsideProvince(Refused):
    """The registering entity's region is not of this province (S1 Art. 6)."""

    code = "registry-outside-province"
    title = msgid("This region is not of this province")
    detail = msgid("File with the registration institution of the region %(region)s.")


class NotPreserved(Refused):
    """The evidence named in the form was not preserved by this entity (S1 Art. 7)."""

    code = "registry-not-preserved"
    title = msgid("The evidence was not preserved")
    detail = msgid(
        "Preserve the file or its fingerprint first, then name its SHA-256 in the form; "
        "unknown here: %(digests)s."
    )


class FingerprintUnusable(Malformed):
    """A fingerprint that is no SHA-256, or has no name."""

    code = "registry-fingerprint-unusable"
    title = msgid("This fingerprint cannot be preserved")
    detail = msgid(
        "Give the SHA-256 as 64 lower-case hex digits, and a name that says what it is of."
    )


class ChecklistIncomplete(Refused):
    """A review was finished with points of its checklist open."""

    code = "registry-checklist-incomplete"
    title = msgid("The checklist is not complete")
    detail = msgid("Answer every point; open or answered with no: %(points)s.")


class ConsentMissing(Refused):
    """A joint application without the agreement of every party to this very form."""

    code = "registry-consent-missing"
    title = msgid("Somebody has not agreed yet")
    detail = msgid(
        "Ask these organisations to agree to the form as it stands, or file their agreement: "
        "%(names)s."
    )


class NotAParty(Forbidden):
    """Somebody would agree for an organisation that the form does not name."""

    code = "registry-not-a-party"
    title = msgid("Your organisation is no party to this application")
    detail = msgid("Ask the applicant to name your organisation's credit code in the form.")


class AlreadyOpen(Conflict):
    """Another application is already changing the same entry."""

    code = "registry-already-open"
    title = msgid("Another application on this entry is open")
    detail = msgid("Finish or withdraw it first: %(application_id)s.")


class EntryNotYours(Forbidden):
    """A later type of registration on an entry of another entity."""

    code = "registry-entry-not-yours"
    title = msgid("This entry belongs to another entity")
    detail = msgid("Only its registering entity may file this; others may ask for a correction.")


class EntryNotInForce(Refused):
    """A later type of registration on an entry that has ended."""

    code = "registry-entry-not-in-force"
    title = msgid("This entry is not in force")
    detail = msgid("%(code)s has ended; file an initial registration instead.")


class TypeUnlawful(Malformed):
    """This register does not know the type, or it is not opened in this way."""

    code = "registry-type-unlawful"
    title = msgid("This registration type cannot be opened here")
    detail = msgid("Choose a type of this register, and name the entry that it acts on.")


class PrincipalUnknown(Refused):
    """An agent named an entity that is not known here."""

    code = "registry-principal-unknown"
    title = msgid("The entity that you act for is not known here")
    detail = msgid("Check its unified social credit code, %(credit_code)s; it needs an account.")


class CorrectionUnproved(Refused):
    """A party's correction without the entity's agreement or a proof (S1 Art. 9(3))."""

    code = "registry-correction-unproved"
    title = msgid("Neither agreed nor proved")
    detail = msgid(
        "The entity has not agreed in writing: state in the reasons what proves the error."
    )


class GovernmentData(Refused):
    """Raw government data would enter register B (S4 Art. 15)."""

    code = "registry-government-data"
    title = msgid("Raw government data is not registered as property")
    detail = msgid(
        "Register the product made from it as a public data product first, and name its code."
    )


class NotInResourceRegister(Refused):
    """A product of public data would enter register B before register A (S4 Art. 15)."""

    code = "registry-not-in-resource-register"
    title = msgid("This product is not registered as a public data product")
    detail = msgid("Register it in the register of public data resources first: %(code)s.")


class NotListedAgency(Refused):
    """A body that is not on the national list would decide in register B (S4 Art. 7)."""

    code = "registry-not-listed-agency"
    title = msgid("This institution is not a listed registration agency")
    detail = msgid("Check the application and hand it over to a listed agency.")


class ListedAgency(Refused):
    """A listed agency would hand an application over instead of deciding on it."""

    code = "registry-listed-agency"
    title = msgid("This institution is a listed registration agency")
    detail = msgid("Accept the application or decline it with reasons.")


class TransferBlocked(Refused):
    """A seizure or a temporary control is recorded (S4 Art. 23)."""

    code = "registry-transfer-blocked"
    title = msgid("The rights cannot be moved now")
    detail = msgid("A remark blocks it: %(issuer)s, %(document_number)s.")


class RightNotHeld(Refused):
    """A transfer of a right that the transferor does not hold."""

    code = "registry-right-not-held"
    title = msgid("The transferor does not hold this right")
    detail = msgid("Only a right on the certificate can move: %(right)s.")


class CertificateUnknown(NotFound):
    """No certificate has that code."""

    code = "registry-certificate-unknown"
    title = msgid("There is no certificate with this code")
    detail = msgid("Check the code %(code)s, or look the data up by name.")


class RemarkUnknown(NotFound):
    """No remark of that identifier is in force on the certificate."""

    code = "registry-remark-unknown"
    title = msgid("There is no such remark in force")
    detail = msgid("Load the certificate again and choose one of its remarks.")


class RemarkUnusable(Malformed):
    """A remark without issuer or document, of an unknown kind, or that ends before it starts."""

    code = "registry-remark-unusable"
    title = msgid("This remark cannot be recorded")
    detail = msgid("Give its kind, its issuer, the document's number, and days in order.")


class ObjectionUnknown(NotFound):
    """No open objection of that identifier."""

    code = "registry-objection-unknown"
    title = msgid("There is no such open objection")
    detail = msgid("Load the case again; somebody may have decided it.")


class ObjectionAnonymous(Malformed):
    """An objection without a real name, a contact, reasons or evidence (S1 Art. 12)."""

    code = "registry-objection-anonymous"
    title = msgid("An objection needs a real name, a contact, reasons and evidence")
    detail = msgid("Fill in every field; the institution has to be able to ask you.")


class BatchHasErrors(Refused):
    """A batch that was to be filed whole has rows with mistakes; nothing was drafted."""

    code = "registry-batch-has-errors"
    title = msgid("Some rows have mistakes")
    detail = msgid(
        "%(rows)s rows have mistakes, so none was taken. Correct them, or choose to take the good rows."
    )


#: What a person cannot do because of who or where he is; pages then show no button.
NOT_FOR_THIS_PERSON = (
    NotYourEntity,
    AgencyIsApplicant,
    SamePerson,
    SupplementOnlyOnce,
    ExtensionOnlyOnce,
    VerbUnlawful,
)
