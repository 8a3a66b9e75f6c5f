"""Refusals of use under a licence."""

from kernel.errors import (
    Exhausted,
    Forbidden,
    Refused,
    msgid,
)


class NotYourLicence(Forbidden):
    """A licence of another organisation."""

    code = "licensing-licence-not-yours"
    title = msgid("This licence belongs to another organisation")
    detail = msgid("Use a licence of your own organisation, or apply for one.")


class LicenceExpired(Refused):
    """The licence's term is over."""

    code = "licensing-licence-expired"
    title = msgid("The licence has expired")
    detail = msgid("It ended at %(expires_at)s; apply for a new one.")


class LicenceNotInForce(Refused):
    """Not signed yet, suspended, or ended."""

    code = "licensing-licence-not-in-force"
    title = msgid("The licence is not in force")
    detail = msgid("Its status is “%(status)s”; the licence's page says what is missing.")


class RegistrationEnded(Refused):
    """The product's registration is no longer in force."""

    code = "licensing-registration-ended"
    title = msgid("The product's registration is not in force")
    detail = msgid("Entry %(code)s has ended or was revoked; no run is possible under it.")


class OperationStopped(Refused):
    """The operator may not operate the product's data now: an agreement ended, a consent was taken back."""

    code = "licensing-operation-stopped"
    title = msgid("The operation of this product's data has stopped")
    detail = msgid(
        "The operating institution has no authority over the data of entry %(code)s now; ask it when "
        "the operation goes on. The licence stays as it is."
    )


class PurposeNotLicensed(Refused):
    """A run for a purpose that the licence does not permit."""

    code = "licensing-purpose-not-licensed"
    title = msgid("This purpose is not licensed")
    detail = msgid(
        "The licence permits: %(purposes)s. Apply for another licence for “%(purpose)s”."
    )


class QuotaSpent(Exhausted):
    """No run is left."""

    code = "licensing-run-quota-spent"
    title = msgid("The licence's runs are used up")
    detail = msgid("All %(granted)s runs are taken or reserved; apply for more.")


class UnitQuotaSpent(Exhausted):
    """Rows, compute units or calls are used up."""

    code = "licensing-quota-spent"
    title = msgid("A quota of the licence is used up")
    detail = msgid(
        "All %(granted)s of “%(unit)s” are taken or reserved in this period; wait for the next "
        "period or apply for more."
    )


class NotNamedInLicence(Forbidden):
    """A person whom the contract does not name."""

    code = "licensing-not-named"
    title = msgid("The licence names other people")
    detail = msgid("Ask your organisation to apply for a contract that names you.")


class PolicyDenies(Refused):
    """The signed policy does not permit this use."""

    code = "licensing-policy-denies"
    title = msgid("The signed policy does not permit this")
    detail = msgid("These clauses stand against it: %(clauses)s. Nothing was run.")
