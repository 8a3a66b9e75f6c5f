"""Register A: who registers, who applies for them, and since when the data is in use (domain 2.8)."""

from kernel.errors import msgid
from registry.form.fields import Field, FieldKind, Group, Need
from registry.form.groups.terms import PHONE

_AGENT = Need(when=("has_agent", (True,)))

ENTITY_GROUPS: tuple[Group, ...] = (
    Group(
        "head",
        msgid("The registration"),
        msgid("What the registration is linked to, and since when the data is in use."),
        (
            Field(
                "region",
                FieldKind.REGION,
                msgid("Region"),
                msgid(
                    "The province, prefecture or county whose body holds the data, as its six digits."
                ),
                required=Need.ALWAYS,
            ),
            Field(
                "is_joint",
                FieldKind.FLAG,
                msgid("Joint application"),
                msgid("Tick this when several holders apply together."),
            ),
            Field(
                "prior_code",
                FieldKind.TEXT,
                msgid("Earlier registration code"),
                msgid("The code of an earlier registration of the same data, if there is one."),
                most=64,
            ),
            Field(
                "agreement_number",
                FieldKind.TEXT,
                msgid("Operation agreement"),
                msgid("The number of the operation agreement under which the data is used."),
                most=64,
            ),
            Field(
                "agreement_ends_on",
                FieldKind.DATE,
                msgid("Agreement ends on"),
                msgid("A product is valid no longer than an agreement of three years or less."),
            ),
            Field(
                "operation_started_on",
                FieldKind.DATE,
                msgid("Operation started on"),
                msgid("The registration is due within 20 working days of start and delivery."),
            ),
            Field(
                "delivered_on",
                FieldKind.DATE,
                msgid("Delivered on"),
                msgid("The day the resource was provided or the product delivered."),
            ),
            Field(
                "other_registrations",
                FieldKind.LONG_TEXT,
                msgid("Other registrations"),
                msgid(
                    "Name registrations of this data elsewhere, such as data property or data IP."
                ),
                most=400,
            ),
        ),
    ),
    Group(
        "entity",
        msgid("Registering entity"),
        msgid("Who holds or manages the data because of its duties or of an agreement."),
        (
            Field(
                "entity_class",
                FieldKind.CHOICE,
                msgid("Class of the entity"),
                msgid("Choose what the registering entity is in law."),
                choices="entity_classes",
            ),
            Field(
                "entity_level",
                FieldKind.CHOICE,
                msgid("Level of the entity"),
                msgid("Bodies of the central level register on the national platform."),
                choices="entity_levels",
            ),
            Field(
                "entity_code",
                FieldKind.CREDIT_CODE,
                msgid("Unified social credit code"),
                msgid("The 18 characters on the certificate of the entity."),
            ),
            Field(
                "entity_address",
                FieldKind.TEXT,
                msgid("Address"),
                msgid("The address at which letters reach the entity."),
                most=120,
            ),
            Field(
                "legal_representative",
                FieldKind.TEXT,
                msgid("Legal representative"),
                msgid("The name of the person who represents the entity."),
                most=60,
            ),
            Field(
                "handler_name",
                FieldKind.TEXT,
                msgid("Handler"),
                msgid("The person whom the institution may ask about this form."),
                most=60,
            ),
            Field(
                "handler_phone",
                FieldKind.TEXT,
                msgid("Phone of the handler"),
                msgid("With the area code, such as 0931-1234567."),
                most=26,
                pattern=PHONE,
            ),
        ),
    ),
    Group(
        "agent",
        msgid("Agent"),
        msgid("Fill this in only when somebody else applies for the entity."),
        (
            Field(
                "has_agent",
                FieldKind.FLAG,
                msgid("An agent applies"),
                msgid("Tick this when the entity has authorised an agent."),
            ),
            Field(
                "agent_name",
                FieldKind.TEXT,
                msgid("Name of the agent"),
                msgid("The name as it stands in the authorisation."),
                required=_AGENT,
                most=120,
            ),
            Field(
                "agent_code",
                FieldKind.CREDIT_CODE,
                msgid("Credit code of the agent"),
                msgid("The 18 characters on the certificate of the agent."),
                required=_AGENT,
            ),
            Field(
                "agent_contact",
                FieldKind.TEXT,
                msgid("Contact of the agent"),
                msgid("A name and a phone number."),
                required=_AGENT,
                most=120,
            ),
            Field(
                "agent_file",
                FieldKind.FILE,
                msgid("Authorisation"),
                msgid("Preserve the sealed authorisation and choose it here."),
                required=_AGENT,
            ),
            Field(
                "agent_until",
                FieldKind.DATE,
                msgid("Authorised until"),
                msgid("The last day of the authorisation; it must not have passed."),
                required=_AGENT,
            ),
        ),
    ),
)
