"""Register A: lawful source, evidence, storage, level and risk (domain 2.8 and 7)."""

from kernel.errors import msgid
from registry.form.fields import Field, FieldKind, Group, Need

#: S2 Art. 5: data obtained by sharing is authorised only with its provider's consent.
_SHARED = Need(when=("collection_mode", ("shared",)))
#: PIPL Art. 55: assess before the information is provided to others.
_PERSONAL = Need(when=("has_personal_information", (True,)))
#: S15 Art. 5: important data is assessed each year.
_IMPORTANT = Need(when=("data_level", ("important",)))

SAFEGUARD_GROUPS: tuple[Group, ...] = (
    Group(
        "source",
        msgid("Lawful source"),
        msgid("By which right the data was collected."),
        (
            Field(
                "source_basis",
                FieldKind.LONG_TEXT,
                msgid("Basis of duty"),
                msgid("The law or the document of duties by which the data is collected."),
                required=Need.ALWAYS,
                most=400,
            ),
            Field(
                "collection_mode",
                FieldKind.TEXT,
                msgid("Way of collection"),
                msgid("How the data came to the entity."),
                choices="collection_modes",
                most=80,
            ),
            Field(
                "shared_provider",
                FieldKind.TEXT,
                msgid("Sharing provider"),
                msgid("The body from which the data was obtained."),
                required=_SHARED,
                most=120,
            ),
            Field(
                "consent_file",
                FieldKind.FILE,
                msgid("Consent of the provider"),
                msgid("Preserve the written consent and choose it here."),
                required=_SHARED,
            ),
            Field(
                "source_files",
                FieldKind.TABLE,
                msgid("Proofs of source"),
                msgid("The documents that show the lawful source."),
                most=20,
                columns=(
                    Field(
                        "title",
                        FieldKind.TEXT,
                        msgid("Title"),
                        msgid("What the document is."),
                        required=Need.ALWAYS,
                        most=120,
                    ),
                    Field(
                        "file",
                        FieldKind.FILE,
                        msgid("File"),
                        msgid("Preserve the document and choose it here."),
                        required=Need.ALWAYS,
                    ),
                ),
            ),
        ),
    ),
    Group(
        "evidence",
        msgid("Evidence"),
        msgid("The data is preserved before the application, so that its source can be traced."),
        (
            Field(
                "evidence_sha256",
                FieldKind.DIGEST,
                msgid("SHA-256 of the data"),
                msgid("64 hexadecimal digits over the data as it was preserved."),
                required=Need.ALWAYS,
            ),
            Field(
                "evidence_method",
                FieldKind.CHOICE,
                msgid("Way of preservation"),
                msgid("How the evidence was made."),
                choices="evidence_methods",
            ),
            Field(
                "evidence_institution",
                FieldKind.TEXT,
                msgid("Evidence institution"),
                msgid("Who preserved it, if it was not the entity itself."),
                most=120,
            ),
            Field(
                "evidence_reference",
                FieldKind.TEXT,
                msgid("Evidence number"),
                msgid("The number or the transaction by which it is found again."),
                most=200,
            ),
            Field(
                "evidence_at",
                FieldKind.DATE,
                msgid("Preserved on"),
                msgid("The day of preservation."),
            ),
        ),
    ),
    Group(
        "storage",
        msgid("Storage"),
        msgid("Where the data lies and how it is guarded."),
        (
            Field(
                "storage_location",
                FieldKind.TEXT,
                msgid("Location"),
                msgid("The place of the machines."),
                most=120,
            ),
            Field(
                "storage_platform",
                FieldKind.TEXT,
                msgid("Platform"),
                msgid("The cloud or data centre that keeps the data."),
                choices="storage_platforms",
                most=80,
            ),
            Field(
                "storage_zone",
                FieldKind.TEXT,
                msgid("Network zone"),
                msgid("The network from which the data can be reached."),
                choices="storage_zones",
                most=80,
            ),
            Field(
                "storage_protection_level",
                FieldKind.CHOICE,
                msgid("Protection level"),
                msgid("The level of the system under the multi-level protection scheme."),
                choices="protection_levels",
            ),
            Field(
                "storage_backup",
                FieldKind.TEXT,
                msgid("Backup"),
                msgid("Where and how often a copy is made."),
                most=200,
            ),
            Field(
                "storage_encryption",
                FieldKind.TEXT,
                msgid("Encryption"),
                msgid("The algorithm, and who holds the keys."),
                most=200,
            ),
        ),
    ),
    Group(
        "classification",
        msgid("Classification"),
        msgid("The level of the data under GB/T 43697 and what it says of people."),
        (
            Field(
                "data_level",
                FieldKind.CHOICE,
                msgid("Level"),
                msgid("The higher level wins; core data cannot be registered here."),
                choices="data_levels",
            ),
            Field(
                "general_level",
                FieldKind.CHOICE,
                msgid("Level of general data"),
                msgid("From 1, the least harm, to 4."),
                choices="general_levels",
            ),
            Field(
                "has_personal_information",
                FieldKind.FLAG,
                msgid("Holds personal information"),
                msgid("Tick this when a record is about a natural person."),
            ),
            Field(
                "has_sensitive_information",
                FieldKind.FLAG,
                msgid("Holds sensitive personal information"),
                msgid("Tick this for health, finance, location or children under 14."),
            ),
            Field(
                "deidentification_level",
                FieldKind.CHOICE,
                msgid("De-identification level"),
                msgid("The effect under GB/T 42460, from 1 to 4."),
                choices="deidentification_levels",
                required=_PERSONAL,
            ),
            Field(
                "impact_assessment",
                FieldKind.TEXT,
                msgid("Impact assessment"),
                msgid("The number of the report on the protection of personal information."),
                required=_PERSONAL,
                most=120,
            ),
        ),
    ),
    Group(
        "risk",
        msgid("Risk assessment"),
        msgid("What the assessment of data security found."),
        (
            Field(
                "risk_conclusion",
                FieldKind.LONG_TEXT,
                msgid("Conclusion"),
                msgid("The finding of the assessment and the risk that remains."),
                required=Need.ALWAYS,
                most=400,
            ),
            Field(
                "risk_report",
                FieldKind.FILE,
                msgid("Report"),
                msgid("Preserve the report and choose it here; important data needs one."),
                required=_IMPORTANT,
            ),
            Field(
                "risk_assessed_on",
                FieldKind.DATE,
                msgid("Assessed on"),
                msgid("The day on the report."),
            ),
            Field(
                "risk_assessor",
                FieldKind.TEXT,
                msgid("Assessor"),
                msgid("The same assessor may not do it three times in a row."),
                most=120,
            ),
            Field(
                "risk_valid_until",
                FieldKind.DATE,
                msgid("Valid until"),
                msgid("Important data is assessed each year; the day must not have passed."),
                required=_IMPORTANT,
            ),
        ),
    ),
)
