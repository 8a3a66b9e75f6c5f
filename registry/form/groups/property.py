"""Register B, data property: the whole form, and here what S4 annexes 2 to 5 add (domain 5.6)."""

from kernel.errors import msgid
from registry.form.fields import Field, FieldKind, Group, Need
from registry.form.groups.property_data import APPLICATION_GROUPS
from registry.form.groups.terms import CERTIFICATE, EVERY_TYPE

_COMMITTED = Need(when=("commitment_accepted", (True,)))
_OF_CHANGE = Need(types=("change",))

_LATER_GROUPS: tuple[Group, ...] = (
    Group(
        "transfer",
        msgid("Transfer"),
        msgid("Both parties apply together; the transferor keeps nothing of what moves."),
        (
            Field(
                "certificate_code",
                FieldKind.TEXT,
                msgid("Certificate"),
                msgid("The 15 characters of the certificate."),
                required=Need.ALWAYS,
                most=15,
                pattern=CERTIFICATE,
            ),
            Field(
                "transferee_name",
                FieldKind.TEXT,
                msgid("Transferee"),
                msgid("The name on the certificate of the transferee."),
                required=Need.ALWAYS,
                most=120,
            ),
            Field(
                "transferee_code",
                FieldKind.TEXT,
                msgid("Number of the transferee"),
                msgid("The unified social credit code or identity number."),
                required=Need.ALWAYS,
                most=40,
            ),
            Field(
                "transferee_contact",
                FieldKind.TEXT,
                msgid("Contact of the transferee"),
                msgid("A name and a phone number."),
                most=120,
            ),
            Field(
                "transferred_rights",
                FieldKind.CHOICES,
                msgid("Rights that move"),
                msgid("Choose each right that the transferor gives up."),
                choices="rights",
                required=Need.ALWAYS,
                most=3,
            ),
            Field(
                "transfer_extent",
                FieldKind.CHOICE,
                msgid("Extent"),
                msgid("Whether all of the right moves or a part of it."),
                choices="transfer_extents",
            ),
            Field(
                "transfer_terms",
                FieldKind.LONG_TEXT,
                msgid("Terms"),
                msgid("The scope, the term and the use that the parties agreed on."),
                most=2000,
            ),
            Field(
                "contract_file",
                FieldKind.FILE,
                msgid("Contract"),
                msgid("Preserve the signed contract and choose it here."),
                required=Need.ALWAYS,
            ),
        ),
        types=("transfer",),
    ),
    Group(
        "change",
        msgid("What changes"),
        msgid("Holder and source stay as they are; anything else may be put right."),
        (
            Field(
                "certificate_code",
                FieldKind.TEXT,
                msgid("Certificate"),
                msgid("The 15 characters of the certificate."),
                required=Need.ALWAYS,
                most=15,
                pattern=CERTIFICATE,
            ),
            Field(
                "before",
                FieldKind.LONG_TEXT,
                msgid("Before"),
                msgid("What the certificate says now."),
                required=_OF_CHANGE,
                most=2000,
            ),
            Field(
                "after",
                FieldKind.LONG_TEXT,
                msgid("After"),
                msgid("What it should say."),
                required=_OF_CHANGE,
                most=2000,
            ),
            Field(
                "change_reason",
                FieldKind.LONG_TEXT,
                msgid("Reason"),
                msgid("What changed or was wrong, and since when."),
                required=Need.ALWAYS,
                most=2000,
            ),
            Field(
                "change_proof",
                FieldKind.FILE,
                msgid("Proof"),
                msgid("Preserve a document that shows it and choose it here."),
            ),
        ),
        types=("change", "correction", "party-correction"),
    ),
    Group(
        "renewal",
        msgid("Renewal"),
        msgid("From six months before the end to the day before it."),
        (
            Field(
                "certificate_code",
                FieldKind.TEXT,
                msgid("Certificate"),
                msgid("The 15 characters of the certificate."),
                required=Need.ALWAYS,
                most=15,
                pattern=CERTIFICATE,
            ),
            Field(
                "renewal_until",
                FieldKind.DATE,
                msgid("Renew until"),
                msgid("At most five years more."),
                required=Need.ALWAYS,
            ),
            Field(
                "renewed_rights",
                FieldKind.CHOICES,
                msgid("Rights to renew"),
                msgid("Choose each right that goes on."),
                choices="rights",
                most=3,
            ),
        ),
        types=("renewal",),
    ),
    Group(
        "cancellation",
        msgid("Cancellation"),
        msgid("The certificate loses its effect and stays readable."),
        (
            Field(
                "certificate_code",
                FieldKind.TEXT,
                msgid("Certificate"),
                msgid("The 15 characters of the certificate."),
                required=Need.ALWAYS,
                most=15,
                pattern=CERTIFICATE,
            ),
            Field(
                "reason_kind",
                FieldKind.CHOICE,
                msgid("Kind of reason"),
                msgid("The case that applies."),
                choices="reason_kinds",
            ),
            Field(
                "cancellation_reason",
                FieldKind.LONG_TEXT,
                msgid("Reason"),
                msgid("What happened to the data or to the right."),
                required=Need.ALWAYS,
                most=2000,
            ),
        ),
        types=("cancellation",),
    ),
    Group(
        "commitment",
        msgid("Commitment"),
        msgid("The applicant answers for truth, completeness, lawfulness and validity."),
        (
            Field(
                "commitment_accepted",
                FieldKind.FLAG,
                msgid("We commit ourselves"),
                msgid("Tick this when the signer has read the letter of commitment."),
                required=Need.ALWAYS,
            ),
            Field(
                "commitment_signer",
                FieldKind.TEXT,
                msgid("Signer"),
                msgid("The person who signs for the applicant."),
                required=_COMMITTED,
                most=60,
            ),
        ),
        types=EVERY_TYPE,
    ),
)

PROPERTY_GROUPS: tuple[Group, ...] = APPLICATION_GROUPS + _LATER_GROUPS
