"""The storefront's refusals."""

from kernel.errors import Broken, Conflict, NotFound, Refused, Unavailable, msgid


class InvoiceUnknown(NotFound):
    """No invoice of that identifier for this person."""

    code = "marketplace-invoice-unknown"
    title = msgid("There is no such invoice")
    detail = msgid("Check the number; an invoice is shown to its two parties and to regulators.")


class NothingToBill(Refused):
    """No settled run without an invoice line."""

    code = "marketplace-nothing-to-bill"
    title = msgid("There is nothing to bill")
    detail = msgid("All finished runs of this licensee are on an invoice already.")


class InvoicePaid(Conflict):
    """A second payment."""

    code = "marketplace-invoice-paid"
    title = msgid("This invoice is paid")
    detail = msgid("Nothing more is owed; its payment reference is %(reference)s.")


class PaymentRefused(Refused):
    """The gateway refused the payment."""

    code = "marketplace-payment-refused"
    title = msgid("The payment was refused")
    detail = msgid("Ask your bank, then try again; the invoice stays open.")


class GatewayUnavailable(Unavailable):
    """The gateway does not answer, or none is set up."""

    code = "marketplace-gateway-unavailable"
    title = msgid("The payment service does not answer")
    detail = msgid("Try again later or pay by transfer; the invoice stays open.")


class ReceiptUnknown(NotFound):
    """A receipt of somebody else."""

    code = "marketplace-receipt-unknown"
    title = msgid("There is no such receipt")
    detail = msgid(
        "Check the receipt's identifier; receipts are shown to their holder and to regulators."
    )


class ProductUnknown(NotFound):
    """No product of that code in the catalogue."""

    code = "marketplace-product-unknown"
    title = msgid("There is no such product")
    detail = msgid("Search the catalogue by name, code or provider.")


class EngineStarting(Unavailable):
    """The query engine does not answer yet."""

    code = "marketplace-engine-starting"
    title = msgid("The query engine is starting")
    detail = msgid("Ask again in a second; if it stays, the operator looks at `hexi serve`.")


class CodeUnknown(NotFound):
    """An inspection of a code that is in no register."""

    code = "marketplace-code-unknown"
    title = msgid("There is nothing under this code")
    detail = msgid("Enter a registration code, such as one from a certificate.")


class ProblemUnknown(NotFound):
    """A problem type that is not ours."""

    code = "marketplace-problem-unknown"
    title = msgid("There is no such problem type")
    detail = msgid("The list of all problem types stands at /problems.")


class DemoInProduction(Refused):
    """Sample accounts have no place in production."""

    code = "marketplace-demo-in-production"
    title = msgid("The demonstration does not run in production")
    detail = msgid(
        "Set HEXI_ENVIRONMENT to development, with a home of its own. Nothing was changed."
    )


class DemoHomeTaken(Conflict):
    """A home that is not the demonstration's."""

    code = "marketplace-demo-home-taken"
    title = msgid("This home holds something else")
    detail = msgid("Give an empty folder with --home; nothing was changed.")


class PortInUse(Unavailable):
    """Somebody else listens there."""

    code = "marketplace-port-in-use"
    title = msgid("The port is in use")
    detail = msgid(
        "Stop what listens on %(host)s:%(port)s, or choose another port with --port. Nothing was started."
    )


class DatabaseOfAnotherVersion(Conflict):
    """The tables are not those of this program."""

    code = "marketplace-database-version"
    title = msgid("The database belongs to another version")
    detail = msgid(
        "It is at revision %(found)s and this program needs %(wanted)s. Run `hexi migrate` with the "
        "newer program, or use the program that made it. Nothing was changed."
    )


class InvariantBroken(Broken):
    """Something that may never happen is in the stored state."""

    code = "marketplace-invariant-broken"
    title = msgid("An invariant does not hold")
    detail = msgid(
        "%(invariant)s: %(count)s cases, the first is %(first)s. Stop the installation and keep its disk as evidence."
    )
