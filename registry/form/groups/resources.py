"""Register A, public data resources: the whole form, and here its last pages (domain 2.8).

Always owed is only what S1 Art. 9 names; the rest is owed where another answer makes it so.
"""

from kernel.errors import msgid
from registry.form.fields import Field, FieldKind, Group, Need
from registry.form.groups.data import DATA_GROUPS
from registry.form.groups.entity import ENTITY_GROUPS
from registry.form.groups.safeguards import SAFEGUARD_GROUPS
from registry.form.groups.terms import EVERY_TYPE, PRODUCT_KINDS

_OF_PRODUCT = Need(kinds=PRODUCT_KINDS)
_COMMITTED = Need(when=("commitment_accepted", (True,)))

_LAST_GROUPS: tuple[Group, ...] = (
    Group(
        "product",
        msgid("Product or service"),
        msgid("What is delivered, and from which registered data it was made."),
        (
            Field(
                "product_form",
                FieldKind.TEXT,
                msgid("Form of the product"),
                msgid("What a customer receives."),
                choices="product_forms",
                required=_OF_PRODUCT,
                most=80,
            ),
            Field(
                "product_class",
                FieldKind.CHOICE,
                msgid("Class of the product"),
                msgid("Public governance and public welfare are free of charge."),
                choices="product_classes",
            ),
            Field(
                "price_type",
                FieldKind.CHOICE,
                msgid("Price"),
                msgid("How the price is set."),
                choices="price_types",
            ),
            Field(
                "inputs",
                FieldKind.CODES,
                msgid("Registered inputs"),
                msgid("The codes of the registered data that the product is made from."),
                required=_OF_PRODUCT,
                most=50,
            ),
            Field(
                "lineage",
                FieldKind.LONG_TEXT,
                msgid("From input to output"),
                msgid("Which inputs become which part of the product, step by step."),
                most=2000,
            ),
        ),
        kinds=PRODUCT_KINDS,
    ),
    Group(
        "scenario",
        msgid("Scenario"),
        msgid("What the data will be used for."),
        (
            Field(
                "scenario_domain",
                FieldKind.CHOICE,
                msgid("Domain"),
                msgid("The domain that fits best."),
                choices="scenario_domains",
            ),
            Field(
                "scenario",
                FieldKind.TEXT,
                msgid("Scenario"),
                msgid("Who does what with it."),
                choices="scenario_domains",
                required=Need.ALWAYS,
                most=200,
            ),
            Field(
                "beneficiaries",
                FieldKind.TEXT,
                msgid("Beneficiaries"),
                msgid("Who gains by it."),
                most=200,
            ),
            Field(
                "expected_effect",
                FieldKind.LONG_TEXT,
                msgid("Expected effect"),
                msgid("What will be better, in figures where there are any."),
                most=400,
            ),
        ),
    ),
    Group(
        "co_holders",
        msgid("Co-holders"),
        msgid("Fill this in only when several bodies hold the data."),
        (
            Field(
                "co_holders",
                FieldKind.TABLE,
                msgid("Co-holders"),
                msgid("Each other holder with its share in percent."),
                most=50,
                columns=(
                    Field(
                        "name",
                        FieldKind.TEXT,
                        msgid("Name"),
                        msgid("The name on the certificate of the holder."),
                        required=Need.ALWAYS,
                        most=120,
                    ),
                    Field(
                        "credit_code",
                        FieldKind.CREDIT_CODE,
                        msgid("Credit code"),
                        msgid("The 18 characters on the certificate of the holder."),
                    ),
                    Field(
                        "share",
                        FieldKind.INTEGER,
                        msgid("Share in percent"),
                        msgid("A whole number from 0 to 100."),
                        most=100,
                    ),
                ),
            ),
            Field(
                "co_holder_agreement",
                FieldKind.FILE,
                msgid("Agreement of the holders"),
                msgid("Without it, each holder agrees here to the form as it stands."),
            ),
        ),
    ),
    Group(
        "change",
        msgid("What changes"),
        msgid("The form shows the entry as it stands; change what is no longer right."),
        (
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
        msgid("A renewal is asked for in the last 60 days of validity."),
        (
            Field(
                "renewal_until",
                FieldKind.DATE,
                msgid("Renew until"),
                msgid("At most three years more."),
                required=Need.ALWAYS,
            ),
        ),
        types=("renewal",),
    ),
    Group(
        "cancellation",
        msgid("Cancellation"),
        msgid("The entry stays readable and says that it was cancelled."),
        (
            Field(
                "reason_kind",
                FieldKind.CHOICE,
                msgid("Kind of reason"),
                msgid("The case of the law that applies."),
                choices="reason_kinds",
            ),
            Field(
                "cancellation_reason",
                FieldKind.LONG_TEXT,
                msgid("Reason"),
                msgid("What happened to the data, the interest or the entity."),
                required=Need.ALWAYS,
                most=2000,
            ),
        ),
        types=("cancellation",),
    ),
    Group(
        "commitment",
        msgid("Commitment"),
        msgid("The entity answers for truth, completeness, lawfulness and validity."),
        (
            Field(
                "commitment_accepted",
                FieldKind.FLAG,
                msgid("We commit ourselves"),
                msgid("Tick this when the signer has read the letter of commitment."),
            ),
            Field(
                "commitment_signer",
                FieldKind.TEXT,
                msgid("Signer"),
                msgid("The person who signs for the entity."),
                required=_COMMITTED,
                most=60,
            ),
        ),
        types=EVERY_TYPE,
    ),
)

RESOURCE_GROUPS: tuple[Group, ...] = ENTITY_GROUPS + DATA_GROUPS + SAFEGUARD_GROUPS + _LAST_GROUPS
